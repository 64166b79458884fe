"""What a sender may do wrong, and that nobody else notices."""

import gzip
import json
import os
import time
import zlib
from typing import Any

import psutil
import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from telemetry.devices.services import (
    end_old_token,
    enrol_directly,
    issue_enrolment_code,
    revoke_gateway,
    rotate_token,
)
from telemetry.models import DeadLetter, Packet, QuarantinedReading, Reading, RefusedSender, Stream
from tests.patience import PATIENCE_S
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.running import wait_for
from tests.world.telemetry import a_gateway, a_packet, a_tag, now_ms, sealed

pytestmark = pytest.mark.django_db(transaction=True)

PACKETS = "/ingest/v1/packets"
DEEP = b"[" * 100_000 + b"]" * 100_000


def good(sender: Sender, **more: Any) -> dict[str, Any]:
    """A packet that would be taken."""
    return a_packet([[0, 0, 1.0]], tags=["press.current"], epoch=sender.epoch, **more)


def nothing_was_stored(sender: Sender) -> bool:
    """No row, no packet, no moved watermark."""
    streams = Stream.objects.filter(gateway=sender.gateway, acked_seq__gt=0)
    return not (
        Reading.objects.filter(stream__gateway=sender.gateway).exists()
        or Packet.objects.filter(stream__gateway=sender.gateway).exists()
        or streams.exists()
    )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"\xff\xfe\x00", 400), (b"{", 400), (b"[" * 100_000, 422), (DEEP, 422),
        (b'{"rows":[' + DEEP + b"]}", 400), (b'{"tags":' + DEEP + b"}", 422), (b'{"more":' + DEEP + b"}", 400),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400), (b"[]", 422), (b"null", 422), (b"{}", 422), (b'"x"', 422),
    ],
)  # fmt: skip
def test_unreadable_bodies_are_told_so(sender: Sender, body: bytes, status: int) -> None:
    answer = sender.post(PACKETS, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) >= {"type", "title", "status", "code"}
    assert nothing_was_stored(sender)
    assert sender.post(PACKETS, sealed(good(sender)), **{"content-encoding": "gzip"}).json()["new"] == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"schema": "other/1"}, 422), ({"epoch": "short"}, 422), ({"epoch": "9F2C1A7B5E3D4C60"}, 422),
        ({"lane": "x"}, 422), ({"first_seq": 0}, 422), ({"first_seq": -5}, 422), ({"first_seq": 2**63}, 422),
        ({"first_seq": "1"}, 422), ({"count": 2}, 422), ({"count": -1}, 422), ({"t0": -1}, 422), ({"t0": 1.5}, 422),
        ({"t0": 10**30}, 422), ({"tags": [""]}, 422), ({"tags": [1]}, 422), ({"tags": None}, 422), ({"rows": {}}, 422),
        ({"gaps": [{"from": 5, "to": 4}]}, 422), ({"gaps": [{"from": 1, "to": 9}]}, 422), ({"clock": 5}, 422),
    ],
)  # fmt: skip
def test_packets_of_another_shape_are_told_so(sender: Sender, change: dict[str, Any], status: int) -> None:
    body = json.dumps({**good(sender), **change}).encode()
    assert sender.post(PACKETS, body).status_code == status
    assert nothing_was_stored(sender)


def test_an_unreadable_body_is_kept_in_part(sender: Sender) -> None:
    sender.post(PACKETS, b"{" + b"x" * 100_000)
    wait_for(DeadLetter.objects.filter(gateway=sender.gateway).exists, 10, "the letter")
    letter = DeadLetter.objects.get(gateway=sender.gateway)
    assert (bytes(letter.body[:3]), len(letter.body), letter.source) == (b"{xx", 65_536, "packet")
    assert "JSON" in letter.error


def test_dead_letters_are_bounded(sender: Sender) -> None:
    for _number in range(100):
        assert sender.post(PACKETS, b"{").status_code == 400
    time.sleep(1.5)
    assert DeadLetter.objects.filter(gateway=sender.gateway).count() <= 70


def test_a_gzip_bomb_is_stopped_while_unpacking(sender: Sender) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _mib in range(512)) + packer.flush()
    assert len(bomb) < 1_000_000
    before = psutil.Process(os.getpid()).memory_info().rss
    for _number in range(5):
        assert sender.post(PACKETS, bomb, **{"content-encoding": "gzip"}).status_code == 413
    assert psutil.Process(os.getpid()).memory_info().rss - before < 64 * 2**20
    assert nothing_was_stored(sender)


@pytest.mark.parametrize("spoil", [lambda b: b[:-5], lambda b: b"\x00" + b, lambda b: b + b"more"])
def test_damaged_gzip_is_unreadable(sender: Sender, spoil: Any) -> None:
    body = spoil(sealed(good(sender)))
    assert sender.post(PACKETS, body, **{"content-encoding": "gzip"}).status_code == 400
    assert nothing_was_stored(sender)


def test_an_unknown_encoding_is_unreadable(sender: Sender) -> None:
    assert sender.post(PACKETS, b"{}", **{"content-encoding": "br"}).status_code == 400


def test_too_large_is_told_before_reading_it_all(sender: Sender) -> None:
    assert sender.post(PACKETS, b"x" * (2 * 1024 * 1024 + 1)).status_code == 413
    chunks = (b"x" * 65_536 for _number in range(64))
    headers = {"authorization": f"Bearer {sender.token}"}
    assert sender.client.post(sender.base + PACKETS, content=chunks, headers=headers).status_code == 413
    rows = [[0, 0, 1]] * 10_001
    assert sender.send(rows).status_code == 413
    assert sender.send(rows[:10_000]).json()["new"] == 10_000


def test_strangers_are_counted_not_listed_one_by_one(sender: Sender) -> None:
    for credential in ("Basic x", "Bearer guess-1", "bearer guess-1", "Bearer guess-2"):
        answer = sender.client.post(
            sender.base + PACKETS, content=sealed(good(sender)), headers={"authorization": credential}
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    found = RefusedSender.objects.filter(why="unknown").order_by("attempts")
    wait_for(lambda: [row.attempts for row in found.all()] == [1, 1, 2], 10, "each by the number of tries")
    assert {row.address for row in found} == {"127.0.0.1"}
    assert nothing_was_stored(sender)


def test_a_revoked_gateway_is_cut(sender: Sender) -> None:
    assert sender.send([[0, 0, 1.0]]).status_code == 200
    actor = service_user("plant")
    with acting(actor, channel="test"):
        revoke_gateway(actor=actor, gateway_id=sender.gateway.pk, at=sender.gateway.created_at, reason="stolen")
    revoked = time.monotonic()
    while sender.send([[0, 0, 2.0]], first_seq=2).status_code == 200:
        assert time.monotonic() - revoked < PATIENCE_S
        Stream.objects.filter(gateway=sender.gateway).update(acked_seq=1)
    answer = sender.send([[0, 0, 2.0]], first_seq=3)
    assert (answer.status_code, answer.json()["code"]) == (403, "revoked")
    wait_for(RefusedSender.objects.filter(gateway=sender.gateway).exists, 10, "the refused sender")
    assert RefusedSender.objects.get(gateway=sender.gateway).why == "revoked"
    with acting(actor, channel="test"):
        sender.token = enrol_directly(actor=actor, gateway_id=sender.gateway.pk, at=sender.gateway.created_at)
    sender.knows()
    assert sender.send([[0, 0, 2.0]], epoch="00000000000000aa").status_code == 200


def test_two_tokens_work_while_one_is_exchanged(sender: Sender) -> None:
    actor, old = service_user("plant"), sender.token
    with acting(actor, channel="test"):
        new = rotate_token(actor=actor, gateway_id=sender.gateway.pk, at=sender.gateway.created_at)
    sender.token = new
    sender.knows()
    assert sender.send([[0, 0, 1.0]]).status_code == 200
    sender.token = old
    assert sender.send([[0, 0, 2.0]], first_seq=2).status_code == 200
    with acting(actor, channel="test"):
        end_old_token(actor=actor, gateway_id=sender.gateway.pk, at=sender.gateway.created_at)
    wait_for(lambda: not sender.is_known(), 10, "the door to hear of it")
    assert sender.send([[0, 0, 3.0]], first_seq=3).status_code == 401
    sender.token = new
    assert sender.send([[0, 0, 3.0]], first_seq=3).json()["new"] == 1


def test_the_body_cannot_name_another_gateway(sender: Sender, plant: Plant) -> None:
    other, _token = a_gateway(plant.site)
    a_tag(other, "robot.current", plant.robot)
    body = {**good(sender), "gateway": other.code, "tags": ["robot.current"]}
    answer = sender.post(PACKETS, json.dumps(body).encode())
    assert answer.json()["rejected"] == [{"seq": 1, "code": "unknown_tag"}]
    assert not Stream.objects.filter(gateway=other).exists()
    assert not Reading.objects.filter(tag__gateway=other).exists()


def test_poison_does_not_stop_others_in_the_same_moment(sender: Sender) -> None:
    poison = [[0, 0, "\u0000"], [0, 0, 2.0], [0, 1e300, 1.0], [0, 0, 10**400], [0, 0, [1]], [0], 7]
    body = json.dumps({**good(sender), "rows": poison, "count": len(poison)}).encode()
    answer = sender.post(PACKETS, body)
    assert answer.status_code == 200
    assert (answer.json()["acked_seq"], answer.json()["new"]) == (7, 1)
    assert QuarantinedReading.objects.filter(stream__gateway=sender.gateway).count() == 6
    assert sender.send([[0, 0, 3.0]], first_seq=8).json()["new"] == 1


def test_surrogates_and_zero_characters_do_not_reach_the_database(sender: Sender) -> None:
    at = now_ms()
    body = json.dumps({**good(sender), "t0": at, "rows": [[0, 0, "\ud800"]]}).encode()
    assert sender.post(PACKETS, body).status_code in (200, 400)
    gaps = [{"from": 1, "to": 3, "reason": "a\u0000b" * 200}]
    assert sender.send([[0, 0, 1.0]], first_seq=4, gaps=gaps, epoch="00000000000000bb").status_code == 200


def test_one_gateway_cannot_begin_streams_for_ever(sender: Sender) -> None:
    answers = [sender.send([[0, 0, 1.0]], epoch=f"{number:016x}").status_code for number in range(80)]
    assert set(answers) == {200, 429}
    assert answers[:60] == [200] * 60
    assert Stream.objects.filter(gateway=sender.gateway).count() < 70


def test_other_addresses_and_methods(sender: Sender) -> None:
    assert sender.client.get(sender.base + "/healthz").text == "ok"
    assert sender.client.get(sender.base + PACKETS).status_code == 405
    assert sender.client.get(sender.base + "/nothing").status_code == 404
    metrics = sender.client.get(sender.base + "/metrics").text
    assert "millwright_ingest_answers_total" in metrics
    assert gzip.decompress(sealed({})) == b"{}"


def test_a_code_enrols_once(sender: Sender, plant: Plant) -> None:
    actor = service_user("plant")
    gateway, old = a_gateway(plant.site)
    from factory_core.clock import now

    with acting(actor, channel="test"):
        code = issue_enrolment_code(actor=actor, gateway_id=gateway.pk, at=now())
    answer = sender.client.post(sender.base + "/ingest/v1/enrol", json={"code": code})
    assert answer.status_code == 200
    assert answer.json()["gateway"] == gateway.code
    fresh = Sender(sender.base, answer.json()["token"], gateway, client=sender.client)
    fresh.knows()
    again = sender.client.post(sender.base + "/ingest/v1/enrol", json={"code": code})
    assert (again.status_code, again.json()["code"]) == (403, "bad_enrolment_code")
    assert Sender(sender.base, old, gateway, client=sender.client).send([]).status_code == 401
    assert sender.client.post(sender.base + "/ingest/v1/enrol", json={"code": 7}).status_code == 422
    assert sender.client.post(sender.base + "/ingest/v1/enrol", content=b"{").status_code == 400
