"""Every line of the contract's table of answers, and that the commit alone acknowledges."""

import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest

from telemetry.models import DirtyRange, Gap, LatestValue, Packet, QuarantinedReading, Reading, ReadingText, Stream
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_packet, a_tag, now_ms, sealed

pytestmark = pytest.mark.django_db(transaction=True)


def values(sender: Sender, lane: str = "s") -> list[tuple[int, float | None]]:
    """Stored (seq, value) of the sender's stream, in order."""
    found = Reading.objects.filter(stream__gateway=sender.gateway, stream__lane=lane)
    return list(found.order_by("seq").values_list("seq", "value"))


def test_stores_rows_with_all_that_follows(sender: Sender, plant: Plant) -> None:
    t0 = now_ms() - 5_000
    answer = sender.send(
        [[0, 0, 5.312], [1, 40, 1207], [0, 1000.25, 5.298, 64], [2, 1500, True], [3, 1600, "P-17"], [0, 1700, None, 0]],
        tags=["press.current", "press.part_count", "press.running", "press.program"], t0=t0,
    )  # fmt: skip
    assert answer.status_code == 200
    body = answer.json()
    assert (body["acked_seq"], body["new"], body["rejected"], body["slow_down_ms"]) == (6, 6, [], 0)
    assert abs(body["server_ms"] - now_ms()) < 2_000
    assert body["config_version"] == 0
    assert values(sender) == [(1, 5.312), (2, 1207.0), (3, 5.298), (4, 1.0), (6, None)]
    third = Reading.objects.get(stream__gateway=sender.gateway, seq=3)
    assert (round(third.at.timestamp() * 1_000_000), third.quality) == ((t0 + 1000) * 1000 + 250, 64)
    text = ReadingText.objects.get(stream__gateway=sender.gateway)
    assert (text.seq, text.value, text.quality) == (5, "P-17", 192)
    packet = Packet.objects.get(stream__gateway=sender.gateway)
    assert (packet.first_seq, packet.count, packet.new, packet.shift_ms, packet.synced) == (1, 6, 6, 0, True)
    assert Stream.objects.get(gateway=sender.gateway).acked_seq == 6
    latest = {
        each.tag.name: (each.number, each.text, each.quality) for each in LatestValue.objects.select_related("tag")
    }
    assert latest == {
        "press.current": (None, None, 0), "press.part_count": (1207.0, None, 192),
        "press.running": (1.0, None, 192), "press.program": (None, "P-17", 192),
    }  # fmt: skip
    dirty = DirtyRange.objects.get(machine=plant.press)
    assert (dirty.started_at.timestamp(), dirty.ended_at.timestamp()) == (t0 / 1000, pytest.approx(t0 / 1000 + 1.7))


def test_a_repeat_changes_nothing(sender: Sender) -> None:
    packet = sealed(a_packet([[0, 0, 1.0], [0, 1, 2.0]], tags=["press.current"], epoch=sender.epoch))
    first = sender.post("/ingest/v1/packets", packet, **{"content-encoding": "gzip"}).json()
    again = sender.post("/ingest/v1/packets", packet, **{"content-encoding": "gzip"})
    assert (first["acked_seq"], first["new"]) == (2, 2)
    assert (again.status_code, again.json()["acked_seq"], again.json()["new"]) == (200, 2, 0)
    assert values(sender) == [(1, 1.0), (2, 2.0)]
    assert Packet.objects.filter(stream__gateway=sender.gateway).count() == 1
    sender.gateway.refresh_from_db()
    health = getattr(sender.gateway, "health", None)
    assert health is None or health.clone_suspected_at is None


def test_an_overlap_stores_only_what_is_new(sender: Sender) -> None:
    sender.send([[0, 0, 1.0], [0, 1, 2.0]])
    answer = sender.send([[0, 1, 2.0], [0, 2, 3.0]], first_seq=2)
    assert (answer.json()["acked_seq"], answer.json()["new"]) == (3, 1)
    assert values(sender) == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_hole_is_answered_with_where_to_go_on(sender: Sender) -> None:
    sender.send([[0, 0, 1.0]])
    answer = sender.send([[0, 5, 9.0]], first_seq=5)
    assert answer.status_code == 409
    assert answer.json() == {"expected_seq": 2, "acked_seq": 1}
    assert values(sender) == [(1, 1.0)]


def test_a_declared_gap_moves_the_watermark(sender: Sender) -> None:
    sender.send([[0, 0, 1.0]])
    gaps = [{"from": 2, "to": 4, "reason": "disk_full"}]
    answer = sender.send([[0, 5, 9.0]], first_seq=5, gaps=gaps)
    assert (answer.status_code, answer.json()["acked_seq"], answer.json()["new"]) == (200, 5, 1)
    again = sender.send([], first_seq=5, gaps=gaps)
    assert (again.status_code, again.json()["acked_seq"]) == (200, 5)
    found = Gap.objects.filter(stream__gateway=sender.gateway).values_list("from_seq", "to_seq", "reason")
    assert list(found) == [(2, 4, "disk_full")]


def test_lanes_and_epochs_count_for_themselves(sender: Sender) -> None:
    assert sender.send([[0, 0, 1.0]]).json()["acked_seq"] == 1
    assert sender.send([[0, 0, 2.0]], lane="e").json()["acked_seq"] == 1
    assert sender.send([[0, 0, 3.0]], epoch="00000000000000ff").json()["acked_seq"] == 1
    assert Stream.objects.filter(gateway=sender.gateway).count() == 3


def test_eight_posts_of_one_packet_store_it_once(sender: Sender) -> None:
    packet = sealed(a_packet([[0, n, float(n)] for n in range(500)], tags=["press.current"], epoch=sender.epoch))

    def post(_number: int) -> tuple[int, int, int]:
        answer = sender.post("/ingest/v1/packets", packet, **{"content-encoding": "gzip"})
        return answer.status_code, answer.json()["acked_seq"], answer.json()["new"]

    with ThreadPoolExecutor(8) as eight:
        answers = sorted(eight.map(post, range(8)))
    assert answers == [(200, 500, 0)] * 7 + [(200, 500, 500)]
    assert values(sender) == [(n + 1, float(n)) for n in range(500)]
    assert Packet.objects.filter(stream__gateway=sender.gateway).count() == 1


def test_bad_rows_go_to_quarantine_and_the_stream_goes_on(sender: Sender, plant: Plant) -> None:
    stranger, _token = a_gateway(plant.site)
    a_tag(stranger, "foreign.current", plant.robot)
    at = now_ms()
    rows = [
        [0, 0, 1.0], [1, 0, 1.0], [9, 0, 1.0], [0, 0, "five"], [0, 0, 5000], [0, 60_000, 1.0],
        [0, -200 * 86_400_000, 1.0], [0, 0, 1.0, 999], ["x", 0, 1.0], [0, 0, True], [2, 0, 17], [2, 0, "on"],
        [0, 0, 1.0, 192, -1], [4, 0, "unknown here"], [0, -at - 1, 1.0], [0, 1, 2.0],
    ]  # fmt: skip
    tags = ["press.current", "foreign.current", "press.running", "press.program", "no.such.tag"]
    answer = sender.send(rows, tags=tags, t0=at)
    assert answer.status_code == 200
    rejected = {each["seq"]: each["code"] for each in answer.json()["rejected"]}
    assert rejected == {
        2: "unknown_tag", 3: "unknown_index", 4: "wrong_type", 5: "out_of_range", 6: "future", 7: "too_old",
        8: "bad_quality", 9: "bad_row", 10: "wrong_type", 11: "wrong_type", 12: "wrong_type", 13: "bad_flags",
        14: "unknown_tag", 15: "bad_time",
    }  # fmt: skip
    assert (answer.json()["acked_seq"], answer.json()["new"]) == (16, 2)
    assert values(sender) == [(1, 1.0), (16, 2.0)]
    kept = QuarantinedReading.objects.filter(stream__gateway=sender.gateway)
    assert dict(kept.values_list("seq", "code")) == rejected
    assert kept.get(seq=4).raw == '[0,0,"five",192,0]'
    assert kept.get(seq=2).tag_name == "foreign.current"
    assert sender.send([[0, 0, 3.0]], first_seq=17).json()["new"] == 1


def test_a_recorders_words_for_nothing_and_for_names_are_understood(sender: Sender) -> None:
    rows = [[0, 0, "UNAVAILABLE"], [1, 0, 815], [1, 1, "UNAVAILABLE"]]
    answer = sender.send(rows, tags=["press.current", "press.program"])
    assert (answer.json()["new"], answer.json()["rejected"]) == (3, [])
    number = Reading.objects.filter(tag_id=sender.gateway.tags.get(name="press.current").pk)
    assert list(number.values_list("value", "quality")) == [(None, 24)]
    text = ReadingText.objects.filter(tag_id=sender.gateway.tags.get(name="press.program").pk)
    assert list(text.order_by("seq").values_list("value", flat=True)) == ["815", "UNAVAILABLE"]


def test_a_disabled_tag_is_refused(sender: Sender) -> None:
    from factory_core.access.identity import acting
    from factory_core.people.services import service_user

    tag = sender.gateway.tags.get(name="press.current")
    with acting(service_user("plant"), channel="test"):
        tag.enabled = False
        tag.save()
    sender.knows()
    assert sender.send([[0, 0, 1.0]]).json()["rejected"] == [{"seq": 1, "code": "disabled_tag"}]


def test_history_is_taken_where_it_was_allowed(server: str, plant: Plant) -> None:
    from datetime import UTC, datetime

    gateway, token = a_gateway(plant.site, history_from=datetime(2019, 1, 1, tzinfo=UTC))
    a_tag(gateway, "press.current", plant.press)
    old = Sender(server, token, gateway)
    old.knows()
    t0 = int(datetime(2019, 6, 1, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)
    answer = old.send([[0, 0, 1.0], [0, 2_000, 2.0], [0, -200 * 86_400_000, 3.0]], t0=t0)
    assert answer.json()["new"] == 2
    assert answer.json()["rejected"] == [{"seq": 3, "code": "too_old"}]
    assert values(old) == [(1, 1.0), (2, 2.0)]
    old.client.close()


@pytest.mark.parametrize(
    ("synced", "offset_ms", "shift_ms", "quality"),
    [(True, 0, 0, 192), (False, 1_500, 0, 192), (False, 60_000, 60_000, 64), (False, -60_000, -60_000, 64),
     (True, 60_000, 0, 192), (True, -60_000, -60_000, 64), (False, 7_200_000, 7_200_000, 64)],
)  # fmt: skip
def test_a_wrong_clock_is_put_right(sender: Sender, synced: bool, offset_ms: int, shift_ms: int, quality: int) -> None:
    """offset_ms: how far the gateway's clock lags behind ours."""
    theirs = now_ms() - offset_ms
    answer = sender.send([[0, 0, 1.0]], t0=theirs - 100, sent_ms=theirs, clock={"synced": synced})
    assert answer.json()["new"] == 1
    packet = Packet.objects.get(stream__gateway=sender.gateway)
    assert packet.shift_ms == pytest.approx(shift_ms, abs=1_000)
    row = Reading.objects.get(stream__gateway=sender.gateway)
    assert row.quality == quality
    assert row.at.timestamp() * 1000 == pytest.approx(theirs - 100 + packet.shift_ms, abs=1)


def test_the_clock_of_sending_counts_not_of_sealing(sender: Sender) -> None:
    at = now_ms()
    packet = a_packet([[0, 0, 1.0]], tags=["press.current"], epoch=sender.epoch, t0=at - 600_000,
                      sent_ms=at - 600_000, clock={"synced": False})  # fmt: skip
    headers = {"content-encoding": "gzip", "millwright-sent-ms": str(at)}
    assert sender.post("/ingest/v1/packets", sealed(packet), **headers).json()["new"] == 1
    row = Reading.objects.get(stream__gateway=sender.gateway)
    assert (round(row.at.timestamp() * 1000), row.quality) == (at - 600_000, 192)


def test_older_values_do_not_replace_the_latest(sender: Sender) -> None:
    at = now_ms()
    sender.send([[0, 0, 1.0]], t0=at - 1_000)
    sender.send([[0, 0, 2.0]], first_seq=2, t0=at - 60_000)
    assert LatestValue.objects.get(tag__name="press.current").number == 1.0


def test_two_senders_of_one_buffer_are_noticed(sender: Sender) -> None:
    sender.send([[0, 0, 1.0], [0, 1, 2.0]])
    answer = sender.send([[0, 0, 7.0], [0, 1, 8.0]])
    assert (answer.status_code, answer.json()["new"]) == (200, 0)
    assert values(sender) == [(1, 1.0), (2, 2.0)]
    sender.gateway.refresh_from_db()
    assert sender.gateway.health.clone_suspected_at is not None
    assert sender.gateway.health.clone_note == "rows 1 to 2 came twice with different content"


def test_plain_json_works_as_well_as_gzip(sender: Sender) -> None:
    import msgspec

    packet = a_packet([[0, 0, 1.0]], tags=["press.current"], epoch=sender.epoch)
    assert sender.post("/ingest/v1/packets", msgspec.json.encode(packet)).json()["new"] == 1
    assert gzip.decompress(sealed(packet)) == msgspec.json.encode(packet)
