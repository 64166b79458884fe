"""The gateway's side: only the server's word counts, whatever the broker says or does."""

import gc
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest

from factory_core.processes.broker import rights
from factory_core.processes.data_dir import write_whole
from telemetry.edge import mqtt_way
from telemetry.edge.config import ConfigError, Gateway, Server, load
from telemetry.edge.mqtt_way import MqttWay
from telemetry.edge.net import NoAnswer
from telemetry.edge.sender import Sender
from telemetry.edge.spool import Spool
from tests.telemetry.edge.helpers import CLOCK, SMALL, fill
from tests.telemetry.mqtt.broker import Broker, needs_broker
from tests.world.running import wait_for

pytestmark = needs_broker
CODE = "GW-edge"
# The library leaves a socket whose handshake failed to the collector.
sockets_left_over = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


class FakeServer:
    """The server's side, with answers a test wrote; without any it stays silent."""

    def __init__(self, broker: Broker) -> None:
        self.bodies: list[bytes] = []
        self.sent: list[str] = []
        self.answers: list[Any] = []
        self.default: Any = None
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, "server/fake", protocol=paho.MQTTv5, transport="unix"
        )
        self.ready = False
        self.client.on_subscribe = lambda *told: setattr(self, "ready", True)
        self.client.on_connect = lambda client, *told: client.subscribe("millwright/v1/+/up/packet", 1)
        self.client.on_message = self._heard
        self.client.reconnect_delay_set(0.1, 0.2)  # type: ignore[arg-type]
        self.client.connect(str(broker.files.socket), 1)
        self.client.loop_start()
        wait_for(lambda: self.ready, 5, "the fake server")

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _heard(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        self.bodies.append(message.payload)
        self.sent.append(dict(message.properties.UserProperty)["Millwright-Sent-Ms"])
        answer = self.answers.pop(0) if self.answers else self.default
        if answer is not None:
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            told = paho.Properties(paho.PacketTypes.PUBLISH)
            told.CorrelationData = message.properties.CorrelationData
            client.publish(message.topic.replace("/up/packet", "/down/ack"), body, 1, properties=told)


@pytest.fixture
def server(broker: Broker) -> Iterator[FakeServer]:
    found = FakeServer(broker)
    yield found
    found.close()


@pytest.fixture
def way(broker: Broker) -> Iterator[MqttWay]:
    found = MqttWay(settings(broker))
    yield found
    found.close()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool", SMALL)
    yield opened
    opened.close()


def settings(broker: Broker, **more: str) -> Gateway:
    chain, key, _certificate = broker.certificate(CODE)
    server = {
        "url": "https://127.0.0.1:9", "token": "x", "mqtt": f"mqtts://localhost:{broker.port}",
        "ca_file": str(broker.authority.ca_file), "certificate_file": str(chain), "key_file": str(key),
    }  # fmt: skip
    return Gateway(server=Server(**{**server, **more}, auth_retry_s=0.3))


def acked(seq: int, **more: Any) -> dict[str, Any]:
    return {"status": 200, "acked_seq": seq, "new": 1, **more}


def status(way: MqttWay) -> int:
    """The answer to a packet; 0 when there is none."""
    try:
        return way.packet(b"x", 1).status
    except NoAnswer:
        return 0


def test_the_word_of_the_server_deletes(server: FakeServer, way: MqttWay, spool: Spool) -> None:
    fill(spool, 1, 5)
    server.answers = [acked(5, slow_down_ms=700)]

    assert Sender("s", spool, way, lambda: CLOCK).send_one() == 0.7
    assert spool.idle()
    assert json.loads(gzip.decompress(server.bodies[0]))["count"] == 5
    assert server.sent[0].isdecimal()


def test_a_puback_means_nothing_and_the_same_bytes_go_again(
    server: FakeServer, way: MqttWay, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(spool, 1, 5)
    sender = Sender("s", spool, way, lambda: CLOCK)
    server.answers = [None, b"<html>", {"status": 503, "retry_after_s": 17}, acked(5)]

    with monkeypatch.context() as patch:
        patch.setattr(mqtt_way, "ANSWER_PATIENCE_S", 0.6)
        assert sender.send_one() >= 0.2
        assert "silent" in sender.state
        assert not spool.idle()
        assert sender.send_one() >= 0.2
    wait_for(lambda: len(server.bodies) == 2, 5, "both copies at the server")
    assert 17 <= sender.send_one() < 18
    assert (sender.send_one(), sender.state) == (0, "ok")
    assert spool.idle()
    assert len(set(server.bodies)) == 1
    assert len(server.bodies) == 4


def test_refusals_are_taken_as_over_http(server: FakeServer, way: MqttWay, spool: Spool) -> None:
    fill(spool, 1, 4)
    sender = Sender("s", spool, way, lambda: CLOCK)
    server.answers = [
        {"status": 401}, {"status": 413}, {"status": 413}, {"status": 400, "title": "bad"}, acked(1), acked(2),
        {"status": 409, "expected_seq": 2, "acked_seq": 1}, acked(2), acked(4),
    ]  # fmt: skip

    assert sender.send_one() == 0.3
    assert "revoked" in sender.state
    pauses = []
    while not spool.idle() and len(pauses) < 12:
        pauses.append(sender.send_one())
    assert spool.idle()
    # Halved twice, then the first row parked, declared as a gap, and the rest sent.
    assert spool.quarantined() == 1
    assert "bad" in next((spool.folder / "quarantine").glob("*.txt")).read_text()


def test_nobody_listening_is_said_at_once(broker: Broker, way: MqttWay) -> None:
    with pytest.raises(NoAnswer, match="nobody at the plant takes packets"):
        way.packet(b"x", 1)


def test_a_gateway_without_rights_hears_403(
    broker: Broker, server: FakeServer, way: MqttWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.default = acked(1)
    assert way.packet(b"x", 1).status == 200
    # A packet that slips through before the broker has looked gets an answer that may not be read any more.
    monkeypatch.setattr(mqtt_way, "ANSWER_PATIENCE_S", 0.6)
    write_whole(broker.files.rights, rights([CODE]).encode())
    broker.look_again()
    try:
        wait_for(lambda: status(way) == 403, 5, "the broker's refusal")
    finally:
        write_whole(broker.files.rights, rights().encode())
        broker.look_again()


def test_a_killed_broker_is_waited_for(
    server: FakeServer, way: MqttWay, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [acked(1)]
    assert way.packet(b"x", 1).status == 200
    monkeypatch.setattr(mqtt_way, "CONNECT_PATIENCE_S", 0.5)
    server.close()
    broker.kill()
    with pytest.raises(NoAnswer):
        way.packet(b"x", 1)
    broker.start()
    again = FakeServer(broker)
    # The library sends what was under way again by itself; such a copy is answered too.
    again.default = acked(2)
    try:
        wait_for(lambda: status(way) == 200, 15, "an answer over the new connection")
    finally:
        again.close()


def test_a_missing_certificate_is_said_and_a_new_one_taken(broker: Broker, server: FakeServer, tmp_path: Path) -> None:
    chain, key = tmp_path / "gw.pem", tmp_path / "gw.key"
    way = MqttWay(settings(broker, certificate_file=str(chain), key_file=str(key)))
    try:
        with pytest.raises(NoAnswer, match=r"gw\.pem cannot be used"):
            way.packet(b"x", 1)
        for name in (CODE, "GW-renamed"):
            found, private, _certificate = broker.certificate(name)
            chain.write_bytes(found.read_bytes())
            key.write_bytes(private.read_bytes())
            server.answers = [acked(1)]
            assert way.packet(name.encode(), 1).status == 200
        assert server.bodies[-1] == b"GW-renamed"
    finally:
        way.close()


@sockets_left_over
def test_a_broker_of_another_plant_gets_nothing(
    broker: Broker, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Broker()
    monkeypatch.setattr(mqtt_way, "CONNECT_PATIENCE_S", 0.8)
    way = MqttWay(settings(broker, ca_file=str(other.authority.ca_file)))
    try:
        with pytest.raises(NoAnswer, match="certificate verify failed"):
            way.packet(b"x", 1)
        assert server.bodies == []
    finally:
        way.close()
        other.stop()
        gc.collect()


def test_a_broker_without_tls_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text('[server]\nurl = "https://plant"\ntoken = "x"\nmqtt = "mqtt://plant:1883"\n')

    with pytest.raises(ConfigError, match="Expected an address like mqtts://"):
        load(path)
