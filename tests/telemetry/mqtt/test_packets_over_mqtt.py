"""A packet over MQTT is the same packet: the same commit, the same answers, the same rights."""

import json
import os
from collections import Counter
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection
from django.utils.timezone import now

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from telemetry.devices.models import Gateway, Newcomer, RefusedSender
from telemetry.devices.services import revoke_gateway
from telemetry.ingest import running
from telemetry.ingest.mqtt.consumer import Consumer
from telemetry.ingest.mqtt.messages import Message
from telemetry.models import DeadLetter, Gap, GatewayHealth, QuarantinedReading, Reading, Stream
from tests.telemetry.mqtt.broker import Broker, Device, consuming, needs_broker, settle
from tests.world.running import wait_for
from tests.world.telemetry import a_packet, new_epoch, now_ms, sealed

pytestmark = [needs_broker, pytest.mark.django_db(transaction=True)]
EPOCH = "00000000000000ab"


def packet(first: int, last: int, **more: object) -> bytes:
    rows = [[0, number, float(number)] for number in range(first, last + 1)]
    return sealed(a_packet(rows, tags=["press.current"], first_seq=first, **{"epoch": EPOCH, **more}))


def values(gateway: Gateway) -> list[float]:
    tag = gateway.tags.get(name="press.current")
    return list(Reading.objects.filter(tag_id=tag.pk).order_by("seq").values_list("value", flat=True))


def test_the_commit_is_told_on_the_way_down(device: Device, gateway: Gateway) -> None:
    answer = device.ask(packet(1, 3))

    assert answer["status"] == 200
    assert (answer["acked_seq"], answer["new"], answer["rejected"]) == (3, 3, [])
    assert (answer["epoch"], answer["lane"], answer["first_seq"]) == (EPOCH, "s", 1)
    assert values(gateway) == [1.0, 2.0, 3.0]
    assert Stream.objects.get(gateway=gateway).acked_seq == 3


def test_plain_json_is_taken_as_well(device: Device, gateway: Gateway) -> None:
    rows = [[0, 0, 5.5]]
    content = a_packet(rows, tags=["press.current"], epoch=EPOCH)

    assert device.ask(json.dumps(content).encode())["acked_seq"] == 1
    assert values(gateway) == [5.5]


def test_a_packet_sent_again_changes_nothing(device: Device, gateway: Gateway) -> None:
    body = packet(1, 3)
    for new in (3, 0, 0):
        answer = device.ask(body)
        assert (answer["status"], answer["acked_seq"], answer["new"]) == (200, 3, new)
    assert values(gateway) == [1.0, 2.0, 3.0]


def test_a_hole_is_told(device: Device, gateway: Gateway) -> None:
    device.ask(packet(1, 3))

    answer = device.ask(packet(5, 6))

    assert (answer["status"], answer["expected_seq"], answer["acked_seq"]) == (409, 4, 3)
    assert values(gateway) == [1.0, 2.0, 3.0]
    assert not Gap.objects.exists()


def test_a_row_that_cannot_be_stands_in_quarantine(device: Device, gateway: Gateway) -> None:
    rows = [[0, 0, 1.0], [1, 1, 2.0]]

    answer = device.ask(sealed(a_packet(rows, tags=["press.current", "press.unknown"], epoch=EPOCH)))

    assert (answer["status"], answer["rejected"]) == (200, [{"seq": 2, "code": "unknown_tag"}])
    assert QuarantinedReading.objects.get().tag_name == "press.unknown"


def test_a_heartbeat_is_taken_too(device: Device, gateway: Gateway) -> None:
    report = {"schema": "millwright.health/1", "version": "9.9", "spool_rows": 4, "now_ms": now_ms()}
    device.send(json.dumps(report).encode(), topic=f"millwright/v1/{gateway.code}/up/health", correlation=b"beat")

    assert device.answer(b"beat")["status"] == 200
    assert GatewayHealth.objects.get(gateway=gateway).version == "9.9"


def test_nobody_writes_or_reads_below_another_name(
    device: Device, broker: Broker, gateway: Gateway, plant: object
) -> None:
    other = broker.device("somebody-else")
    other.client.subscribe(f"millwright/v1/{gateway.code}/down/#", 1)
    try:
        mid = other.send(packet(1, 3), topic=f"millwright/v1/{gateway.code}/up/packet")
        assert other.puback(mid) == 135
        device.ask(packet(1, 2))
        assert values(gateway) == [1.0, 2.0]
        assert other.answers == []
        mid = device.send(b"{}", topic=f"millwright/v1/{gateway.code}/down/ack")
        assert device.puback(mid) == 135
    finally:
        other.close()


def test_a_name_nobody_knows_is_told_so(broker: Broker, consumer: None, gateway: Gateway) -> None:
    stranger = broker.device("stranger")
    try:
        answer = stranger.ask(packet(1, 3))
        assert (answer["status"], answer["code"]) == (401, "unknown_gateway")
    finally:
        stranger.close()
    assert values(gateway) == []
    wait_for(RefusedSender.objects.filter(why="unknown", address="MQTT").exists, 5, "the refused sender")
    assert Newcomer.objects.get().name == "stranger"


def test_a_revoked_gateway_is_refused_and_its_session_cut(broker: Broker, device: Device, gateway: Gateway) -> None:
    assert device.ask(packet(1, 3))["status"] == 200
    actor = service_user("plant")
    with acting(actor, channel="test"):
        revoke_gateway(actor=actor, gateway_id=gateway.pk, at=now(), reason="stolen")

    # Within two seconds nothing of it is stored any more, and within ten its connection is gone.
    began = now_ms()
    wait_for(lambda: bool(device.ended), 10, "the broker to cut the session")
    assert now_ms() - began < 10_000
    wait_for(device.client.is_connected, 5, "the device to come back: its certificate is not on the list yet")
    mid = device.send(packet(4, 5))
    assert device.puback(mid) == 135
    assert values(gateway) == [1.0, 2.0, 3.0]


def test_a_certificate_on_the_list_is_not_let_in(broker: Broker, device: Device, gateway: Gateway) -> None:

    chain, key, certificate = broker.certificate("listed")
    listed = broker.device("listed", certificate=(chain, key))
    broker.revoke(certificate)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('millwright_revoked', 'listed')")

    wait_for(lambda: bool(listed.ended), 10, "the broker to cut the session")
    listed.close()
    with pytest.raises((AssertionError, OSError)):
        broker.device("listed", certificate=(chain, key))
    assert device.ask(packet(1, 1))["status"] == 200


def test_a_letter_nobody_can_read_is_kept_and_the_stream_goes_on(device: Device, gateway: Gateway) -> None:
    answer = device.ask(b"\x00\x01 no packet at all")

    assert (answer["status"], answer["code"]) == (400, "unreadable")
    letter = DeadLetter.objects.get()
    assert (letter.gateway, letter.source) == (gateway, "mqtt packet")
    assert bytes(letter.body) == b"\x00\x01 no packet at all"
    assert device.ask(packet(1, 1, epoch=new_epoch()))["status"] == 200


def test_while_the_database_is_away_nothing_is_answered_and_afterwards_everything(
    device: Device, gateway: Gateway
) -> None:
    assert device.ask(packet(1, 3))["acked_seq"] == 3
    name = connection.settings_dict["NAME"]
    elsewhere = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    with psycopg.connect(elsewhere, autocommit=True) as control:
        control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        try:
            control.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name = 'millwright ingest'",
                [name],
            )
            device.send(packet(4, 6), correlation=b"away")
            device.send(b"unreadable", correlation=b"letter")
            with pytest.raises(AssertionError, match="no answer"):
                device.answer(b"away", 1.5)
            assert not DeadLetter.objects.exists()
        finally:
            control.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
    assert (device.answer(b"away", 20)["acked_seq"], device.answer(b"letter", 20)["status"]) == (6, 400)
    assert values(gateway) == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert DeadLetter.objects.count() == 1


def test_consumers_share_the_packets_of_one_gateway(
    broker: Broker, device: Device, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = Counter[int]()
    real = Consumer._begin

    def begin(consumer: Consumer, message: Message) -> None:
        taken[consumer._number] += 1
        real(consumer, message)

    monkeypatch.setattr(Consumer, "_begin", begin)
    monkeypatch.setattr(running, "beat_for_ever", lambda name, wait: None)
    with consuming(broker, number=8):
        wait_for(lambda: "server/8" in broker.log, 10, "the second consumer")
        settle()
        for number in range(1, 21):
            assert device.ask(packet(number, number))["acked_seq"] == number
    assert set(taken) == {1, 8}
    assert device.ask(packet(21, 21))["acked_seq"] == 21
    assert values(gateway) == [float(number) for number in range(1, 22)]
