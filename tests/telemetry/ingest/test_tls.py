"""The door over TLS: who a certificate lets in, and that revoking it cuts what is under way (T15, T17)."""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.models import Event
from factory_core.people.services import service_user
from telemetry import wire
from telemetry.devices import services
from telemetry.devices.authority.keeper import Authority
from telemetry.devices.models import (
    Gateway,
    GatewayCertificate,
    GatewayHealth,
    GatewayStatus,
    Newcomer,
    RefusedSender,
)
from telemetry.ingest import app
from telemetry.ingest.__main__ import configured, with_tls
from telemetry.models import DeadLetter, Packet, QuarantinedReading, Reading, Stream, Tag
from tests.telemetry.devices.test_authority import a_request
from tests.telemetry.ingest.conftest import ThreadServer
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_packet, a_tag, new_epoch, sealed


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of this module's plant, with its authority."""
    from django.conf import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("plant"))
        yield settings.DATA_DIR


@pytest.fixture(scope="module")
def tls_server(django_db_setup: None, data_dir: Path) -> Iterator[str]:
    """The address of the ingest application behind its own TLS."""
    from telemetry.ingest import running

    application = app.Application()
    config = configured(application, "127.0.0.1", 0)
    with_tls(config, application, ["localhost", "127.0.0.1"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "beat_for_ever", lambda name, wait: None)
        with ThreadServer(config).running() as base:
            yield base.replace("http://", "https://")


@pytest.fixture(autouse=True)
def _fresh_allowances(monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry.ingest import enrolment
    from telemetry.ingest.rules import Allowance

    monkeypatch.setattr(enrolment, "_enrolments", Allowance(per_s=2, burst=20))
    monkeypatch.setattr(enrolment, "_knocks", Allowance(per_s=5, burst=50))


OPEN: list[httpx.Client] = []


@pytest.fixture(autouse=True)
def _connections_are_closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


class Agent:
    """A gateway's side: its key, its certificate, its connections."""

    def __init__(self, base: str, data_dir: Path, folder: Path, token: str = "") -> None:
        self.base, self.folder, self.token = base, folder, token
        self.authority = Authority(data_dir / "authority")
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.epoch = new_epoch()
        self.client = self.connect()

    def connect(self, certificate: str = "") -> httpx.Client:
        """A client that trusts the plant's root, showing a certificate if it has one."""
        context = ssl.create_default_context(cafile=str(self.authority.folder / "root.pem"))
        if certificate:
            identity = self.folder / "identity.pem"
            no_protection = serialization.NoEncryption()
            key = self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                no_protection,
            )
            identity.write_bytes(key + certificate.encode())
            context.load_cert_chain(identity)
        headers = {"authorization": f"Bearer {self.token}"} if self.token and not certificate else {}
        OPEN.append(httpx.Client(base_url=self.base, verify=context, timeout=10, headers=headers))
        return OPEN[-1]

    def enrol(self, code: str, name: str = "") -> httpx.Response:
        """Enrol with a certificate request; on success the next requests show the certificate."""
        wish = {"code": code, "request": a_request(name, self.key).decode()}
        answer = self.client.post(wire.ENROL_PATH, json=wish)
        if answer.status_code == 200:
            self.client.close()
            self.client = self.connect(answer.json()["certificate"])
        return answer

    def send(self, first_seq: int = 1, tags: list[str] | None = None, rows: int = 1) -> httpx.Response:
        """One packet."""
        content = [[0, number, 5.0] for number in range(rows)]
        packet = a_packet(
            content,
            tags=tags or ["press.current"],
            epoch=self.epoch,
            first_seq=first_seq,
        )
        return self.client.post(
            wire.PACKETS_PATH,
            content=sealed(packet),
            headers={"content-encoding": "gzip"},
        )


def act(service: Callable[..., Any], **wish: Any) -> Any:
    """One act of the plant."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        return service(actor=actor, at=now(), **wish)


def until(true: Callable[[], bool], seconds: float = 5.0) -> float:
    """Wait for something; how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.fixture
def gateway(plant: Plant) -> Gateway:
    gateway = act(services.register_gateway, code="gw-1", site=plant.site)
    a_tag(gateway, "press.current", plant.press)
    return gateway


@pytest.fixture
def agent(tls_server: str, data_dir: Path, tmp_path: Path, gateway: Gateway) -> Agent:
    """An enrolled gateway that is known by its certificate."""
    made = Agent(tls_server, data_dir, tmp_path)
    code = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    assert made.enrol(code, "gw-1").status_code == 200
    return made


def stored() -> tuple[int, int, int, int, int]:
    """Everything a sender could leave in the plant; readings of earlier tests outlive their tags."""
    readings = Reading.objects.filter(tag_id__in=list(Tag.objects.values_list("pk", flat=True)))
    counted = (Packet, Stream, QuarantinedReading, DeadLetter)
    return (readings.count(), *(model.objects.count() for model in counted))  # type: ignore[return-value]  # five of them


def refused(why: str) -> int:
    """How often somebody was refused for a reason, as the waiting list has it."""
    return sum(RefusedSender.objects.filter(why=why).values_list("attempts", flat=True))


def test_a_certificate_is_a_credential_from_the_first_request_on(agent: Agent) -> None:
    answer = agent.send(rows=3)
    assert (answer.status_code, answer.json()["acked_seq"]) == (200, 3)
    assert stored()[0] == 3
    assert (
        "TLS"
        in agent.client._transport._pool.connections[0]
        ._connection._network_stream.get_extra_info(  # type: ignore[attr-defined]  # the client has no public way to its socket
            "ssl_object"
        )
        .version()
    )


def test_revoking_cuts_live_sessions_within_two_seconds_and_stores_nothing(agent: Agent, gateway: Gateway) -> None:
    assert agent.send().status_code == 200
    before = stored()
    idle = ssl.create_default_context(cafile=str(agent.authority.folder / "root.pem"))
    idle.load_cert_chain(agent.folder / "identity.pem")
    port = int(agent.base.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        idle.wrap_socket(raw, server_hostname="localhost") as live,
    ):
        # Half a request: the connection is in the middle of something.
        live.sendall(b"POST /ingest/v1/packets HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123")
        live.settimeout(2)
        act(services.revoke_gateway, gateway_id=gateway.pk, reason="stolen")
        # Not even half an answer, and no time-out (which is an OSError too).
        assert _heard(live) in ("closed", "cut")
    again = agent.connect((agent.folder / "identity.pem").read_text().split("-----END PRIVATE KEY-----\n")[1])
    agent.client.close()
    agent.client = again
    answer = agent.send(first_seq=2)
    assert (answer.status_code, answer.json()["code"]) == (403, "revoked")
    assert stored() == before
    until(lambda: refused("revoked") == 1)
    assert until(lambda: agent.authority.revoked_serials() == {_serial()}, 10) < 10
    assert GatewayCertificate.objects.get().reason == "stolen"


def _heard(live: ssl.SSLSocket) -> str:
    try:
        return live.recv(1000).decode() or "closed"
    except (ConnectionError, ssl.SSLError) as error:
        return "late" if isinstance(error, TimeoutError) else "cut"


def _serial() -> int:
    return int(GatewayCertificate.objects.get().serial, 16)


def test_one_revoked_certificate_is_refused_though_the_gateway_is_active(agent: Agent, gateway: Gateway) -> None:
    assert agent.send().status_code == 200
    before = stored()
    record = GatewayCertificate.objects.get()
    act(services.revoke_certificate, certificate_id=record.pk, reason="key copied")

    def is_refused() -> bool:
        try:
            answer = agent.send(first_seq=1)
        except httpx.TransportError:
            return False
        return answer.status_code == 403 and answer.json()["code"] == "certificate_revoked"

    assert until(is_refused) < 2
    assert stored() == before
    assert Gateway.objects.get().status == GatewayStatus.ACTIVE


def test_an_expired_certificate_hears_a_sentence_and_is_counted(
    agent: Agent, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + timedelta(days=91)
    from telemetry.ingest import door

    real = door.identified
    monkeypatch.setattr(
        door,
        "identified",
        lambda directory, peer, token, at: real(directory, peer, token, later),
    )
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "certificate_expired")
    assert "new code" in answer.json()["title"]
    assert stored() == (0, 0, 0, 0, 0)
    until(lambda: refused("certificate_expired") == 1)


def test_certificates_of_another_authority_do_not_pass_the_handshake(agent: Agent, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.ensure(now())
    from telemetry.devices.authority.certificates import read_request

    foreign = other.sign_gateway(read_request(a_request("gw-1", agent.key), "gw-1"), "gw-1", now())
    agent.client.close()
    agent.client = agent.connect(other.chain(foreign).decode())
    with pytest.raises(httpx.TransportError):
        agent.send()
    assert stored() == (0, 0, 0, 0, 0)


def test_a_signed_certificate_that_is_not_on_record_is_refused(agent: Agent) -> None:
    from telemetry.devices.authority.certificates import read_request

    ghost = agent.authority.sign_gateway(read_request(a_request("gw-1", agent.key), "gw-1"), "gw-1", now())
    agent.client.close()
    agent.client = agent.connect(agent.authority.chain(ghost).decode())
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "certificate_unknown")
    assert stored() == (0, 0, 0, 0, 0)


def test_a_certificate_does_not_carry_a_foreign_token(agent: Agent, plant: Plant) -> None:
    _other, token = a_gateway(plant.site)
    time.sleep(0.1)
    agent.client.headers["authorization"] = f"Bearer {token}"
    answer = agent.send()
    assert (answer.status_code, answer.json()["code"]) == (403, "two_identities")
    assert stored() == (0, 0, 0, 0, 0)


def test_a_foreign_tag_is_kept_out_and_named(agent: Agent, plant: Plant) -> None:
    other, _token = a_gateway(plant.site)
    a_tag(other, "lathe.current", plant.lathe)
    answer = agent.send(tags=["lathe.current"])
    assert [each["code"] for each in answer.json()["rejected"]] == ["unknown_tag"]
    assert (stored()[0], QuarantinedReading.objects.get().code) == (
        0,
        "unknown_tag",
    )


def test_a_replayed_packet_changes_nothing(agent: Agent) -> None:
    assert agent.send(rows=4).json()["new"] == 4
    before = stored()
    again = agent.send(rows=4).json()
    assert (again["new"], again["acked_seq"], again["rejected"]) == (0, 4, [])
    # The attempt itself is on record, for two senders of one buffer to be noticed.
    assert stored()[0] == before[0] == 4


def test_an_old_token_ends_with_its_exchange(tls_server: str, data_dir: Path, tmp_path: Path, plant: Plant) -> None:
    gateway, token = a_gateway(plant.site)
    a_tag(gateway, "press.current", plant.press)
    agent = Agent(tls_server, data_dir, tmp_path, token)
    until(lambda: agent.client.get(wire.CONFIG_PATH).status_code == 200)
    act(services.rotate_token, gateway_id=gateway.pk)
    assert agent.client.get(wire.CONFIG_PATH).status_code == 200, "both are good while they are exchanged"
    act(services.end_old_token, gateway_id=gateway.pk)
    assert until(lambda: agent.client.get(wire.CONFIG_PATH).status_code == 401) < 2
    assert agent.send().status_code == 401
    assert stored() == (0, 0, 0, 0, 0)


def test_a_used_late_or_wrong_code_enrols_nobody_and_is_counted(
    tls_server: str, data_dir: Path, tmp_path: Path, gateway: Gateway
) -> None:
    agent = Agent(tls_server, data_dir, tmp_path)
    used = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    assert agent.enrol(used).status_code == 200
    late = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    with acting(service_user("plant"), channel="test"):
        Gateway.objects.update(enrol_expires_at=now())
    before = list(GatewayCertificate.objects.values())
    for code in (used, late, "0" * 32):
        answer = agent.enrol(code)
        assert (answer.status_code, answer.json()["code"]) == (403, "bad_enrolment_code")
    assert list(GatewayCertificate.objects.values()) == before
    until(lambda: refused("bad_code") == 3)


def test_refused_requests_keep_the_code_and_are_counted(
    tls_server: str, data_dir: Path, tmp_path: Path, gateway: Gateway
) -> None:
    agent = Agent(tls_server, data_dir, tmp_path)
    code = act(services.issue_enrolment_code, gateway_id=gateway.pk)
    for request_text, word in (
        (a_request("gw-2").decode(), "gw-2"),
        (a_request("gw-1", rsa.generate_private_key(65537, 2048)).decode(), "P-256"),
        ("x" * 10_000, "10000 bytes"),
    ):
        answer = agent.client.post(wire.ENROL_PATH, json={"code": code, "request": request_text})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_certificate_request")
        assert word in answer.json()["title"]
    until(lambda: refused("bad_request") == 3)
    assert agent.enrol(code).status_code == 200, "the code is as good as before"


def test_only_the_present_certificate_renews_itself(agent: Agent, plant: Plant) -> None:
    answer = agent.client.post(wire.RENEW_PATH, json={"request": a_request("gw-1").decode()})
    assert answer.status_code == 200
    assert set(answer.json()) == {"gateway", "token", "certificate", "ca"}
    assert answer.json()["token"] == ""
    assert GatewayCertificate.objects.filter(revoked_at=None, issued_for="renewal").count() == 1
    _other, token = a_gateway(plant.site)
    time.sleep(0.1)
    stranger = Agent(agent.base, agent.authority.folder.parent, agent.folder, token)
    by_token = stranger.client.post(wire.RENEW_PATH, json={"request": a_request().decode()})
    assert (by_token.status_code, by_token.json()["code"]) == (
        401,
        "certificate_needed",
    )


def test_who_knocks_stands_on_the_list_and_leaves_nothing_else(
    tls_server: str, data_dir: Path, tmp_path: Path, plant: Plant
) -> None:
    agent = Agent(tls_server, data_dir, tmp_path, token="mwg_unknown")
    fingerprint = os.urandom(32).hex()
    for _ in range(3):
        answer = agent.client.post(wire.KNOCK_PATH, json={"name": "gw-new", "fingerprint": fingerprint})
        assert answer.status_code == 202
    agent.client.headers[wire.NAME_HEADER] = "scanner-9"
    assert agent.send(rows=50).status_code == 401
    assert (
        agent.client.post(wire.ENROL_PATH, json={"name": "gw-csr", "request": a_request().decode()}).status_code == 403
    )
    until(lambda: Newcomer.objects.count() == 3)
    found = {row.name: (row.attempts, row.address, len(row.mark)) for row in Newcomer.objects.all()}
    assert found == {
        "gw-new": (3, "127.0.0.1", 64),
        "scanner-9": (1, "127.0.0.1", 12),
        "gw-csr": (1, "127.0.0.1", 64),
    }
    assert stored() == (0, 0, 0, 0, 0)
    assert not Gateway.objects.exists()
    assert agent.client.post(wire.KNOCK_PATH, json={"name": "x" * 9_000}).status_code == 413
    assert [agent.client.post(wire.KNOCK_PATH, json={"name": "flood"}).status_code for _ in range(60)][-1] == 429


def test_the_root_is_public_and_fits_the_fingerprint(tls_server: str, data_dir: Path) -> None:
    with httpx.Client(verify=False) as client:  # the very first contact, before anything is trusted
        shown = client.get(tls_server + wire.AUTHORITY_PATH)
    assert shown.text.encode() == (data_dir / "authority" / "root.pem").read_bytes()


def test_old_tls_is_refused(tls_server: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    port = int(tls_server.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(raw)


def test_one_credential_in_two_places_is_told_within_a_minute(agent: Agent, gateway: Gateway) -> None:
    places = []
    for address in ("127.0.0.1", "127.0.0.2"):
        context = ssl.create_default_context(cafile=str(agent.authority.folder / "root.pem"))
        context.load_cert_chain(agent.folder / "identity.pem")
        transport = httpx.HTTPTransport(verify=context, local_address=address)
        OPEN.append(httpx.Client(base_url=agent.base, transport=transport))
        places.append(OPEN[-1])
    for _ in range(3):
        for place in places:
            assert place.get(wire.CONFIG_PATH).status_code == 200
    until(lambda: GatewayHealth.objects.exclude(twin_suspected_at=None).exists(), 10)
    assert GatewayHealth.objects.get().twin_note == "address: 127.0.0.1, 127.0.0.2"
    event = Event.objects.get(name="telemetry.twin_suspected")
    assert event.about[0]["label"] == "gw-1"
