"""Whatever is published, the stream goes on: letters are kept, memory stays, nothing comes back for ever."""

import gzip
import json
import os
import random
import zlib

import psutil
import pytest

from telemetry.devices.models import Gateway
from telemetry.ingest import running
from telemetry.ingest.mqtt.consumer import Consumer
from telemetry.models import DeadLetter, Reading
from tests.telemetry.mqtt.broker import Broker, Device, consuming, needs_broker
from tests.world.running import wait_for
from tests.world.telemetry import a_packet, new_epoch, sealed

pytestmark = [needs_broker, pytest.mark.django_db(transaction=True)]
MIB = 2**20


def bomb(mib: int) -> bytes:
    """Gzip that unpacks to so many MiB of zeros."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(bytes(MIB)) for _ in range(mib)), packer.flush()])


def good(epoch: str, value: float = 1.0) -> bytes:
    return sealed(a_packet([[0, 0, value]], tags=["press.current"], epoch=epoch))


RANDOM = random.Random(16)
POISON = {
    "random bytes": (RANDOM.randbytes(5_000), 400),
    "random bytes that look like gzip": (b"\x1f\x8b" + RANDOM.randbytes(5_000), 400),
    "nothing": (b"", 400),
    "not UTF-8": (b'{"schema":"\xff\xfe"}', 400),
    "100 000 deep": (b"[" * 100_000 + b"]" * 100_000, 400),
    "100 000 deep, packed": (gzip.compress(b'{"a":' * 100_000), 400),
    "a bomb of 1 GB": (bomb(1024), 413),
    "half a gzip": (gzip.compress(os.urandom(2_000))[:1_000], 400),
    "another schema": (json.dumps({"schema": "other/9"}).encode(), 422),
    "too many rows": (sealed(a_packet([[0, 0, 1]] * 10_001, tags=["press.current"], epoch=new_epoch())), 413),
    "a number beyond all": (b'{"count":' + b"9" * 10_000 + b"}", 400),
}


def test_every_kind_of_poison_is_kept_as_a_letter_and_acknowledged(device: Device, gateway: Gateway) -> None:
    ours = psutil.Process()
    assert device.ask(good(new_epoch()))["status"] == 200
    before = ours.memory_info().rss

    for name, (body, status) in POISON.items():
        answer = device.ask(body)
        assert answer["status"] in ({status} | ({422} if status == 400 else set())), (name, answer)

    assert ours.memory_info().rss - before < 60 * MIB
    letters = DeadLetter.objects.filter(gateway=gateway)
    assert letters.count() == len(POISON)
    assert {letter.source for letter in letters} == {"mqtt packet"}
    assert max(len(bytes(letter.body)) for letter in letters) <= 64 * 1024
    assert device.ask(good(new_epoch()))["status"] == 200


def test_poison_left_for_a_killed_consumer_is_taken_once(broker: Broker, gateway: Gateway, monkeypatch) -> None:
    monkeypatch.setattr(Consumer, "_end", _as_if_killed)
    monkeypatch.setattr(running, "beat_for_ever", lambda name, wait: None)
    with consuming(broker, number=7):
        device = broker.device(gateway.code)
        assert device.ask(good(new_epoch()))["status"] == 200
    try:
        for body, _status in POISON.values():
            device.send(body)
        device.send(good(new_epoch(), 7.0))
        tag = gateway.tags.get(name="press.current")
        for _start in range(2):
            with consuming(broker, number=7):
                wait_for(Reading.objects.filter(tag_id=tag.pk, value=7.0).exists, 15, "the good packet behind")
                wait_for(lambda: DeadLetter.objects.count() == len(POISON), 5, "all letters")
        assert Reading.objects.filter(tag_id=tag.pk, value=7.0).count() == 1
        assert DeadLetter.objects.count() == len(POISON)
    finally:
        device.close()
        monkeypatch.undo()
        seen = broker.arrivals(7)
        with consuming(broker, number=7):
            # Gives up its share of the packets, for the tests after this one.
            wait_for(lambda: broker.arrivals(7) > seen, 15, "the consumer at the broker")


async def _as_if_killed(consumer: Consumer) -> None:
    """No word of farewell: the broker keeps the session."""
    consumer._client.loop_stop()
    consumer._client._sock_close()


def test_a_message_too_large_for_the_broker_is_not_passed_on(device: Device, gateway: Gateway) -> None:
    mid = device.send(os.urandom(3 * MIB))

    wait_for(lambda: mid in device.pubacks or bool(device.ended), 10, "what the broker says to 3 MiB")
    assert device.pubacks.get(mid, 149) >= 128
    wait_for(device.client.is_connected, 10, "the connection")
    assert not DeadLetter.objects.exists()


def test_answers_to_nobody_and_strange_topics_do_no_harm(device: Device, gateway: Gateway) -> None:
    device.send(good(new_epoch()), topic=f"millwright/v1/{gateway.code}/up/other")
    device.send(good(new_epoch()), topic=f"millwright/v1/{gateway.code}/up/packet/more")
    for _number in range(300):
        device.send(b"?", qos=0)

    # A gateway with very much under way is told to come later, as it would be over HTTP.
    wait_for(lambda: device.ask(good(new_epoch()))["status"] == 200, 10, "the packet behind all this")
