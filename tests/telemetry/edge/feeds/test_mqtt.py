"""Plain MQTT topics through a real Mosquitto."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telemetry.edge.devices import Mqtt, Tag
from telemetry.edge.drivers.mqtt import ask, listening, looking, session
from telemetry.edge.drivers.mqtt.messages import Map, covers
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import Question
from tests.patience import PATIENCE_S, wait_until
from tests.ports import free_port
from tests.telemetry.edge.feeds.broker import Broker
from tests.telemetry.edge.recording_out import RecordingOut, framed, kept_by, raised_by

pytest.importorskip("paho.mqtt.client")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    running = Broker(tmp_path_factory.mktemp("mosquitto"))
    yield running
    running.stop()


@pytest.fixture
def publisher(broker):
    """A client that publishes fast, QoS 1."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def hall(broker, *addresses: str, code: str = "HALL", **more) -> Mqtt:
    tags = [Tag(name=f"t{number}", address=address) for number, address in enumerate(addresses)]
    return Mqtt(code=code, host="127.0.0.1", port=broker.port, tags=tags, **more)


def test_numbers_words_and_places_in_json(broker):
    device = hall(broker, "p/temp", "p/state#machine.words[1]", "p/state#['odd.key']", "p/+/load", "p/id")
    with kept_by(session, device) as out:
        wait_until(lambda: out.signs_of_life)
        broker.publish("p/temp", "21.5")
        broker.publish("p/state", '{"machine": {"words": ["x", "RUN"]}, "odd.key": true}')
        broker.publish("p/press-1/load", "7")
        broker.publish("p/id", "00123")
        wait_until(lambda: len(out.values) == 5)
    assert out.values == [
        ("t0", 21.5, 192, None),
        ("t1", "RUN", 192, None),
        ("t2", True, 192, None),
        ("t3", 7, 192, None),
        ("t4", "00123", 192, None),
    ]
    assert (out.faults, out.raised) == ([], None)


@pytest.mark.parametrize(
    "stamp", ["2026-11-20T10:00:00.250Z", "2026-11-20T11:00:00.250+01:00", 1795168800.25, 1795168800250]
)
def test_the_senders_time_is_taken_where_it_says_one(stamp):
    device = Mqtt(code="X", host="h", time_path="meta.at", tags=[Tag(name="t", address="a#v")])
    said, faults = Map(device).read("a", json.dumps({"meta": {"at": stamp}, "v": 3}).encode(), retained=False)
    at = datetime(2026, 11, 20, 10, 0, 0, 250_000, tzinfo=UTC)
    assert [(each.value, each.at_us) for each in said] == [(3, round(at.timestamp() * 1e6))]
    assert faults == []


def test_what_cannot_be_read_is_counted_with_its_topic_and_the_rest_flows(broker):
    device = hall(broker, "bad/json#v", "bad/plain", "bad+/x", time_path="at")
    with kept_by(session, device) as out:
        wait_until(lambda: out.signs_of_life)
        broker.publish("bad/json", "{not json")
        broker.publish("bad/json", "[" * 50_000)
        broker.publish("bad/json", '{"w": 1}')
        broker.publish("bad/json", '{"v": [1], "at": 1795168800}')
        broker.publish("bad/plain", b"\xff\xfe")
        broker.publish("bad/plain", b"1" * 300_000)
        broker.publish("bad/json", '{"v": 5, "at": 1795168800}')
        wait_until(lambda: out.values)
    assert out.values == [("t0", 5, 192, 1795168800_000_000)]
    faults = "\n".join(out.faults)
    assert "Tag t2: 'bad+/x' is not a topic" in faults
    assert "'bad/json' was refused: it is not JSON" in faults
    assert "'bad/json' was refused: it is nested deeper than 32 levels" in faults
    assert "'bad/json' has no 'v' (tag t0)" in faults
    assert "list or an object at 'v'" in faults
    assert "'bad/plain' is neither a number nor text" in faults
    assert "300000 bytes" in faults


def test_kept_messages_are_old_by_their_own_time_or_not_live(broker):
    listening._kept.clear()
    broker.publish("old/timed", '{"v": 1, "at": 1795168800}', "-r")
    broker.publish("old/plain", "2", "-r")
    timed = hall(broker, "old/timed#v", code="TIMED", time_path="at")
    plain = hall(broker, "old/plain", code="PLAIN")
    with kept_by(session, timed) as out:
        wait_until(lambda: out.values)
    assert out.values == [("t0", 1, 192, 1795168800_000_000)]
    with kept_by(session, timed) as again:
        wait_until(lambda: again.signs_of_life)
        time.sleep(0.3)
        assert again.values == []  # the same row is not stored at each reconnection
    with kept_by(session, plain) as out:
        wait_until(lambda: out.values)
    assert out.values == [("t0", 2, 68, None)]


def test_what_came_while_the_gateway_was_away_is_kept_by_the_broker(broker, publisher):
    device = hall(broker, "away/n")
    with kept_by(session, device) as out:
        wait_until(lambda: out.signs_of_life)
        publisher.publish("away/n", "0", qos=1).wait_for_publish(PATIENCE_S)
        wait_until(lambda: out.values)
    for number in range(1, 200):
        publisher.publish("away/n", str(number), qos=1).wait_for_publish(PATIENCE_S)
    with kept_by(session, device) as again:
        wait_until(lambda: len(again.values) >= 199)
    assert out.of("t0") + again.of("t0") == list(range(200))


def test_a_message_is_acknowledged_only_after_it_was_taken(broker, publisher):
    """A gateway that cannot take more gets no more, and loses nothing of it when it dies in that state."""
    device = hall(broker, "slow/n")
    gate, taken = threading.Event(), []

    class Slow:
        stopping, signs_of_life = False, 0

        def value(self, tag, raw, *, at_us=None, quality=192):
            gate.wait(PATIENCE_S)
            if self.stopping:
                raise RuntimeError("the process died before the value was taken")
            taken.append(raw)

        def heard(self):
            self.signs_of_life += 1

        def wait(self, seconds): ...

        def fault(self, sentence):
            raise AssertionError(sentence)

    out = Slow()

    def run():
        with pytest.raises(RuntimeError, match="died"):
            session(device, out)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: out.signs_of_life)
    for number in range(100):
        publisher.publish("slow/n", str(number), qos=1).wait_for_publish(PATIENCE_S)
    time.sleep(0.3)
    assert taken == []
    out.stopping = True
    gate.set()
    thread.join(PATIENCE_S)
    with kept_by(session, device) as again:
        wait_until(lambda: len(again.values) >= 100)
    assert again.of("t0") == list(range(100))


def test_a_session_given_up_with_messages_waiting_acknowledges_none_of_them(broker, publisher):
    class GivenUp(RecordingOut):
        """As the frame's: what comes after the end is not taken."""

        def value(self, tag, raw, **more):
            if len(self.values) == 5:
                self.stop()
            if not self.stopping:
                super().value(tag, raw, **more)

    device, out = hall(broker, "given/n", code="GIVEN"), GivenUp()
    thread = threading.Thread(target=session, args=(device, out))
    thread.start()
    wait_until(lambda: out.signs_of_life)
    for number in range(40):
        publisher.publish("given/n", str(number), qos=1).wait_for_publish(PATIENCE_S)
    thread.join(PATIENCE_S)
    with kept_by(session, device) as again:
        wait_until(lambda: again.last("t0") == 39)
    # At least once: an acknowledgement on its way when the session ends may come too late.
    assert out.of("t0") == list(range(5))
    assert again.of("t0") in [list(range(first, 40)) for first in range(6)]


def test_a_frozen_broker_is_noticed_and_left_and_found_again(tmp_path):
    broker = Broker(tmp_path)
    try:
        with framed([hall(broker, "f/n")]) as driver:
            wait_until(lambda: driver.health.get("HALL") and driver.health["HALL"].connected)
            broker.publish("f/n", "1")
            wait_until(lambda: driver.values("t0") == [1])
            os.kill(broker.process.pid, signal.SIGSTOP)
            wait_until(lambda: driver.values("t0") == [1, None])
            os.kill(broker.process.pid, signal.SIGCONT)
            wait_until(lambda: driver.health["HALL"].connected)
            broker.publish("f/n", "2")
            wait_until(lambda: driver.values("t0")[-1] == 2)
    finally:
        os.kill(broker.process.pid, signal.SIGCONT)
        broker.stop()


# paho leaves the socket of a refused handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_user_password_and_certificate_are_checked_both_ways(tmp_path):
    authority, host = certificates(tmp_path)
    (tmp_path / "users").write_text("")
    subprocess.run(["mosquitto_passwd", "-b", tmp_path / "users", "gateway", "right"], check=True, timeout=10)
    (tmp_path / "password").write_text("right\n")
    (tmp_path / "wrong").write_text("wrong\n")
    broker = Broker(
        tmp_path,
        f"password_file {tmp_path}/users",
        f"certfile {host}",
        f"keyfile {tmp_path}/host.key",
        anonymous=False,
    )
    secret = {"tls": True, "user": "gateway"}
    try:
        device = hall(
            broker, "s/n", code="TLS", **secret, ca_file=str(authority), password_file=str(tmp_path / "password")
        )
        with kept_by(session, device) as out:
            wait_until(lambda: out.signs_of_life)
        assert out.raised is None
        device.password_file = str(tmp_path / "wrong")
        assert "refused this gateway: Not authorized" in str(raised_by(session, device))
        device.password_file = str(tmp_path / "missing")
        assert "Expected one line with the password" in str(raised_by(session, device))
        device.password_file, device.ca_file = str(tmp_path / "password"), ""
        assert "certificate verify failed" in str(raised_by(session, device))
        device.ca_file = str(tmp_path / "password")
        assert "is no certificate authority" in str(raised_by(session, device))
    finally:
        broker.stop()
        gc.collect()


def certificates(folder: Path) -> tuple[Path, Path]:
    """A certificate authority and a certificate for 127.0.0.1, by openssl."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def build(name: str, issuer: str, key, signer, *extensions):
        start = datetime.now(UTC) - timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    top, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "ca.pem").write_bytes(build("ca", "ca", top, top, (x509.BasicConstraints(True, None), True)))
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    (folder / "host.pem").write_bytes(build("host", "ca", own, top, (names, False)))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "host.key").write_bytes(own.private_bytes(serialization.Encoding.PEM, *form))
    return folder / "ca.pem", folder / "host.pem"


def test_a_broker_that_is_not_there_is_a_sentence():
    device = Mqtt(code="X", host="127.0.0.1", port=free_port())
    raised = raised_by(session, device)
    assert isinstance(raised, Trouble)
    assert "cannot be reached" in str(raised)


def test_a_wildcard_is_one_level_and_what_it_covers_is_not_asked_twice():
    assert covers("a/+/c", "a/b/c")
    assert not covers("a/+", "a/b/c")
    assert not covers("+/x", "$SYS/x")
    device = Mqtt(code="X", host="h", tags=[Tag(name=n, address=n) for n in ("a/+/c", "a/b/c", "a/d")])
    assert Map(device).topics == ["a/+/c", "a/d"]
    said, _ = Map(device).read("a/b/c", b"1", retained=False)
    assert [each.tag.name for each in said] == ["a/b/c", "a/+/c"]


def test_a_look_lists_what_is_said_with_paths_and_kinds(broker, publisher, monkeypatch):
    monkeypatch.setattr(looking, "LISTEN_S", 1.0)
    stop = threading.Event()

    def talk():
        while not stop.wait(0.1):
            publisher.publish("look/json", '{"a": {"b": [1, "x"]}, "on": true}')
            publisher.publish("look/plain", "21.5")

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        device = hall(broker)
        answer = ask(device, Question(device={}, address="look"))
        read = ask(device, Question(kind="read", device={}, addresses=["look/json#a.b[1]"]))
    finally:
        stop.set()
        talker.join()
    assert [(each.address, each.path, each.kind, each.value) for each in answer.found] == [
        ("look/json#a.b[0]", "look/json", "number", 1),
        ("look/json#a.b[1]", "look/json", "text", "x"),
        ("look/json#on", "look/json", "bool", True),
        ("look/plain", "look", "number", 21.5),
    ]
    assert not answer.more
    assert [(each.address, each.value) for each in read.found] == [("look/json#a.b[1]", "x")]


def test_a_look_lists_at_most_500(broker, publisher, monkeypatch):
    monkeypatch.setattr(looking, "LISTEN_S", 3.0)
    publisher.publish("many/json", json.dumps({f"k{n}": n for n in range(700)}), qos=1, retain=True).wait_for_publish(
        PATIENCE_S
    )
    answer = ask(hall(broker), Question(device={}, address="many"))
    publisher.publish("many/json", b"", qos=1, retain=True).wait_for_publish(PATIENCE_S)
    assert (len(answer.found), answer.more) == (500, True)
    assert {each.quality for each in answer.found} == {68}
