"""Who is trusted, by whom, and what is said when somebody is not."""

import socket
import threading
from contextlib import suppress

import pytest

from telemetry.edge.drivers import opcua
from telemetry.edge.drivers.opcua import connecting, trust
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.ports import free_port
from tests.telemetry.edge.opcua.peers import PRESS, accept_the_rejected, device, needs_node, press, tag
from tests.telemetry.edge.recording_out import kept_by, raised_by


def refusal(settings) -> str:
    error = raised_by(opcua.session, settings)
    assert isinstance(error, Trouble), error
    return str(error)


def flows(settings) -> bool:
    with kept_by(opcua.session, settings) as out:
        wait_until(lambda: out.last("OrderNo") == "00123" or out.raised is not None)
    return out.raised is None


@needs_node
@pytest.mark.parametrize("security", ["sign", "sign_and_encrypt"])
def test_an_unknown_server_is_refused_until_its_certificate_is_moved(shared, tmp_path, security):
    settings = device(shared, tmp_path, tag("OrderNo"), security=security)
    said = refusal(settings)
    (rejected,) = (tmp_path / "trust" / "rejected").glob("*.der")
    assert said == (
        f"The server at {shared.url} shows a certificate nobody here has accepted: 'NodeOPCUA@vm', fingerprint SHA-256 "
        f"{trust.fingerprint(rejected.read_bytes())}. Compare it at the machine, then move {rejected} to "
        f"{tmp_path / 'trust'}."
    ).replace("NodeOPCUA@vm", said.split("'")[1])
    assert trust.fingerprint(rejected.read_bytes(), "sha1") in rejected.name
    # It stays refused, and a look is refused as well.
    assert refusal(settings) == said
    with pytest.raises(Trouble, match="nobody here has accepted"):
        opcua.ask(settings, Question(device={}))
    accept_the_rejected(tmp_path)
    assert flows(settings)


@needs_node
def test_another_certificate_than_the_accepted_one_is_refused(shared, tmp_path):
    (tmp_path / "trust").mkdir()
    other = trust.own(tmp_path / "elsewhere").certificate
    (tmp_path / "trust" / "other.der").write_bytes(other)
    assert "nobody here has accepted" in refusal(device(shared, tmp_path, tag("OrderNo"), security="sign"))


@needs_node
def test_passwords(shared, tmp_path):
    (tmp_path / "good").write_text("secret\n")
    (tmp_path / "bad").write_text("guess")

    def settings(security, file):
        more = {"user": "reader", "password_file": str(tmp_path / file)}
        return device(shared, tmp_path, tag("OrderNo"), security=security, **more)

    # Also without encryption of the rest, a password goes only to the holder of an accepted certificate.
    assert "nobody here has accepted" in refusal(settings("none", "good"))
    accept_the_rejected(tmp_path)
    for security in ("none", "sign_and_encrypt"):
        assert flows(settings(security, "good"))
        said = refusal(settings(security, "bad"))
        assert said == (
            f"The server at {shared.url} refuses user 'reader' or the password (BadUserAccessDenied). "
            "Correct `user` and `password_file`."
        )
        assert "guess" not in said
    assert "cannot be read from" in refusal(settings("sign", "missing"))


@needs_node
def test_the_keys_of_the_channel_are_exchanged_while_values_flow(shared, tmp_path, monkeypatch):
    # The shortest life this server gives: 2.5 s; without new keys it ends the channel.
    monkeypatch.setattr(connecting, "CHANNEL_MS", 2000)
    settings = device(shared, tmp_path, tag("Seq", lane="e"), security="sign_and_encrypt")
    refusal(settings)
    accept_the_rejected(tmp_path)
    with kept_by(opcua.session, settings) as out:
        wait_until(lambda: out.of("Seq"))
        first = out.of("Seq")[0]
        wait_until(lambda: out.last("Seq") >= first + 35)
    assert out.raised is None
    assert out.of("Seq")[:36] == list(range(first, first + 36))


@needs_node
def test_a_strict_server(tmp_path):
    known = tmp_path / "pki" / "trusted" / "certs"
    known.mkdir(parents=True)
    (known / "gateway.der").write_bytes(trust.own(tmp_path / "trust").certificate)
    policies = ["Basic256Sha256", "Aes256_Sha256_RsaPss"]
    server = press(tmp_path, accept=False, policies=policies, modes=["SignAndEncrypt"], anonymous=False)
    (tmp_path / "good").write_text("secret")
    user = {"user": "reader", "password_file": str(tmp_path / "good")}
    try:
        refusal(device(server, tmp_path, tag("OrderNo"), security="sign_and_encrypt"))
        (accepted,) = accept_the_rejected(tmp_path)
        assert flows(device(server, tmp_path, tag("OrderNo"), security="sign_and_encrypt", **user))
        assert refusal(device(server, tmp_path, tag("OrderNo"), security="sign")) == (
            f"The server at {server.url} does not offer 'sign' with a safe policy; it offers SignAndEncrypt "
            "Aes256_Sha256_RsaPss, SignAndEncrypt Basic256Sha256. Switch Basic256Sha256 on at the server."
        )
        nobody = refusal(device(server, tmp_path, tag("OrderNo"), security="sign_and_encrypt"))
        assert "refuses sessions without a user" in nobody
        # Another gateway, whose certificate the server has never seen.
        stranger = tmp_path / "stranger"
        own = trust.own(stranger / "trust")
        (stranger / "trust" / "press.der").write_bytes(accepted.read_bytes())
        said = refusal(device(server, stranger, tag("OrderNo"), security="sign_and_encrypt", **user))
        assert "does not accept this gateway's certificate" in said
        assert f"it is in {own.file}, fingerprint SHA-1 {trust.fingerprint(own.certificate, 'sha1')}" in said
    finally:
        server.stop()


@pytest.mark.parametrize("security", ["none", "sign_and_encrypt"])
@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 64, b"ACKF\x08\0\0\0", b"ERRF\x08\0\0\0", b"\xff" * 999, None],
    ids=["hangs up", "http", "zeros", "short", "error", "junk", "silent"],
)  # fmt: skip
def test_whoever_else_answers_is_trouble_in_time(tmp_path, answer, security):
    class Other:
        def __init__(self) -> None:
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"opc.tcp://127.0.0.1:{self.listener.getsockname()[1]}"
            self.open = []
            threading.Thread(target=self.serve, daemon=True).start()

        def serve(self) -> None:
            with suppress(OSError):
                while True:
                    end, _address = self.listener.accept()
                    end.recv(4096)
                    if answer is not None:
                        end.sendall(answer)
                        end.close()
                    self.open.append(end)

        def close(self) -> None:
            self.listener.shutdown(socket.SHUT_RDWR)
            for end in (self.listener, *self.open):
                end.close()

    other = Other()
    try:
        assert other.url in refusal(device(other, tmp_path, tag("X"), security=security, timeout_s=0.5))
    finally:
        other.close()


def test_nobody_there_and_no_such_name(tmp_path):
    class Nobody:
        url = f"opc.tcp://127.0.0.1:{free_port()}"

    assert refusal(device(Nobody, tmp_path, tag("X"))) == (
        f"Nothing listens at {Nobody.url}. Is the server switched on, and is the port right?"
    )
    Nobody.url = "opc.tcp://no-such-host.invalid:4840"
    assert refusal(device(Nobody, tmp_path, tag("X"))) == (
        "The name in opc.tcp://no-such-host.invalid:4840 is not known here. "
        "Correct it, or use the number of the address."
    )
    with pytest.raises(Trouble, match="not known here"):
        opcua.ask(device(Nobody, tmp_path), Question(device={}, kind="read", addresses=[PRESS]))
