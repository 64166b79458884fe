"""The buffer on disk: what is sealed stays, is numbered once, and every loss is declared."""

import os
import sqlite3

import pytest

from telemetry import wire
from telemetry.edge.disk import DiskState, Limits, SpoolLocked
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.segment import DiskFull, Segment
from telemetry.edge.spool import RESERVE, LaneFull, Spool
from tests.telemetry.edge.helpers import AT, CLOCK, SMALL, fill, readings, waiting_values


@pytest.fixture
def spool(tmp_path):
    opened = Spool(tmp_path / "spool", SMALL)
    yield opened
    if not opened.closed:
        opened.close()


def reopened(spool, limits=SMALL):
    """The spool as another process would find it after kill -9: nothing was closed or tidied."""
    os.close(spool._lock_file)
    spool.closed = True
    return Spool(spool.folder, limits)


def test_rows_are_numbered_from_one_in_each_lane_and_survive_a_restart(spool):
    fill(spool, 1, 5)
    fill(spool, 1, 2, lane="e")
    epoch = spool.live_key("s")

    again = reopened(spool)

    assert again.live_key("s") == epoch
    fill(again, 6, 7)
    assert waiting_values(again, "e") == [1, 2]
    assert waiting_values(again, "s") == [1, 2, 3, 4, 5, 6, 7]


def test_numbers_go_on_after_everything_was_acknowledged_and_deleted(spool):
    fill(spool, 1, 5)
    assert waiting_values(spool) == [1, 2, 3, 4, 5]
    again = reopened(spool)
    fill(again, 6, 6)

    sealed = again.next_to_send(again.live_key("s"))

    assert (sealed.first_seq, sealed.last_seq) == (6, 6)


def test_a_packet_that_was_sent_once_never_changes(spool):
    fill(spool, 1, 3)
    key = spool.live_key("s")
    first = spool.next_to_send(key)
    for number in range(4, 20):
        fill(spool, number, number)

    assert spool.next_to_send(key).body == first.body
    again = reopened(spool)
    assert again.next_to_send(key).body == first.body


def test_a_backlog_of_small_packets_is_packed_into_one_and_loses_nothing(spool):
    for number in range(1, 301):
        fill(spool, number, number)
    key = spool.live_key("s")

    merged = spool.next_to_send(key)

    assert (merged.first_seq, merged.last_seq) == (1, 200)
    assert [row.value for row in unseal(merged).rows] == list(range(1, 201))
    assert waiting_values(spool) == list(range(1, 301))


def test_packets_from_before_the_clock_was_right_are_not_mixed_with_later_ones(spool):
    for number in range(1, 11):
        spool.append("s", readings(number, number), wire.Clock(synced=number > 5), AT)
    key = spool.live_key("s")

    first = spool.next_to_send(key)

    assert (first.first_seq, first.last_seq, unseal(first).clock.synced) == (1, 5, False)


def test_what_is_too_large_for_one_packet_becomes_several(spool):
    spool.append("s", [Reading("t", AT * 1000, "x" * 60_000) for _ in range(100)], CLOCK, AT)
    key = spool.live_key("s")

    sealed = spool.next_to_send(key)

    assert sealed.first_seq == 1
    assert sealed.rows < 100
    assert len(wire.gunzip_limited(sealed.body)) <= wire.MAX_UNPACKED
    assert len(waiting_values(spool)) == 100


def test_values_that_json_or_the_database_cannot_hold_are_made_harmless(spool):
    bad = [float("nan"), float("inf"), 10**400, "a\0b", "\ud800"]
    spool.append("s", [Reading("t", AT * 1000, value) for value in bad], CLOCK, AT)

    packet = unseal(spool.next_to_send(spool.live_key("s")))

    assert [row.value for row in packet.rows] == [None, None, None, "a\ufffdb", "?"]
    assert [row.quality for row in packet.rows] == [16, 16, 16, 192, 192]
    assert [wire.row_problem(packet, index) for index in range(5)] == [""] * 5


def test_segments_are_unlinked_whole_when_acknowledged(tmp_path):
    spool = Spool(tmp_path / "spool", Limits(2**30, 50_000, 0, 0))
    for start in range(1, 60):
        fill(spool, start * 500 - 499, start * 500)
    files = len(list(spool.folder.glob("*.seg")))
    assert files > 3

    assert waiting_values(spool) == list(range(1, 59 * 500 + 1))
    assert len(list(spool.folder.glob("*.seg"))) <= 1
    spool.close()


def test_a_second_agent_is_kept_out(spool):
    with pytest.raises(SpoolLocked, match="used by another agent"):
        Spool(spool.folder, SMALL)


def test_a_damaged_old_segment_is_set_aside_and_its_rows_declared(tmp_path):
    spool = Spool(tmp_path / "spool", Limits(2**30, 50_000, 0, 0))
    for start in range(1, 60):
        fill(spool, start * 500 - 499, start * 500)
    segments = sorted(spool.folder.glob("*.seg"))
    lost, after = (int(path.stem.split("-")[2]) for path in segments[1:3])
    os.close(spool._lock_file)
    segments[1].write_bytes(b"rubbish" * 5000)
    for extra in ("-wal", "-shm"):
        (segments[1].parent / (segments[1].name + extra)).unlink(missing_ok=True)

    again = Spool(spool.folder, SMALL)

    got = waiting_values(again)
    assert (lost, after - 1, "spool_corrupt") in got
    assert [value for value in got if isinstance(value, int)] == [
        *range(1, lost),
        *range(after, 59 * 500 + 1),
    ]
    assert len(list((again.folder / "corrupt").glob("*.seg.*"))) == 1
    again.close()


def test_after_a_damaged_newest_segment_no_number_is_given_out_twice(spool):
    fill(spool, 1, 5)
    (path,) = spool.folder.glob("*.seg")
    os.close(spool._lock_file)
    spool.closed = True
    path.write_bytes(b"rubbish" * 5000)
    (path.parent / (path.name + "-wal")).unlink()

    again = Spool(spool.folder, SMALL)
    fill(again, 77, 77)

    assert waiting_values(again) == [(1, 5 + RESERVE, "spool_corrupt"), 77]
    assert again.notes["corrupt"]
    again.close()


def test_a_packet_damaged_on_disk_is_noticed_before_it_is_sent(spool):
    fill(spool, 1, 5)
    (path,) = spool.folder.glob("*.seg")
    with sqlite3.connect(path) as other:
        other.execute("UPDATE packet SET body = x'00'")
    fill(spool, 6, 7)

    # The whole file is under suspicion, and all its rows are declared.
    assert waiting_values(spool) == [(1, 7, "spool_corrupt")]


def test_a_lost_book_begins_a_new_epoch_and_still_sends_what_is_left(spool):
    fill(spool, 1, 5)
    old = spool.live_key("s")
    os.close(spool._lock_file)
    spool.closed = True
    (spool.folder / "book.sqlite").write_bytes(b"rubbish" * 5000)
    (spool.folder / "book.sqlite-wal").unlink()

    again = Spool(spool.folder, SMALL)

    assert again.live_key("s") != old
    fill(again, 6, 7)
    assert sorted(waiting_values(again)) == [1, 2, 3, 4, 5, 6, 7]
    again.close()


def test_a_copied_spool_goes_on_under_a_new_epoch_with_its_unsent_rows(spool):
    fill(spool, 1, 3)
    key = spool.live_key("s")
    spool.acknowledged(key, 3)
    fill(spool, 4, 6)

    spool.acknowledged(key, 100)

    assert spool.live_key("s") != key
    assert spool.notes["epoch"]
    fill(spool, 7, 7)
    assert waiting_values(spool) == [4, 5, 6, 7]


def test_a_server_put_back_to_an_older_state_gets_again_what_is_still_here(spool):
    fill(spool, 1, 9)
    key = spool.live_key("s")
    assert waiting_values(spool) == list(range(1, 10))

    spool.server_expects(key, 4)
    fill(spool, 10, 10)

    sent = []
    while len(sent) < 2:
        packet = spool.next_to_send(key)
        sent.append((packet.first_seq, packet.last_seq))
        spool.acknowledged(key, packet.last_seq)
    assert sent == [(1, 9), (10, 10)]


def test_a_server_put_back_to_an_older_state_gets_a_gap_for_what_is_gone(tmp_path):
    spool = Spool(tmp_path / "spool", Limits(2**30, 20_000, 0, 0))
    fill(spool, 1, 9)
    key = spool.live_key("s")
    assert waiting_values(spool) == list(range(1, 10))
    assert list(spool.folder.glob("*.seg")) == []
    fill(spool, 10, 10)

    spool.server_expects(key, 4)

    assert spool.next_to_send(key) == [wire.Gap(4, 9, "deleted_after_ack")]
    spool.acknowledged(key, 9)
    assert unseal(spool.next_to_send(key)).rows[0].value == 10
    spool.close()


# ---- a disk that fills up


def tight(**changes):
    return Limits(
        **{"max_bytes": 3_000_000, "segment_bytes": 400_000, "ballast_bytes": 0, "min_free_bytes": 0, **changes}
    )


def big(number, tag="t"):
    """Readings that take some 20 kB sealed, whatever the compression."""
    noise = os.urandom(15_000).hex()
    return [Reading(tag, AT * 1000 + number, f"{number}:{noise}")]


def test_full_spool_drops_the_oldest_samples_with_a_gap_and_never_an_event(tmp_path):
    spool = Spool(tmp_path / "spool", tight())
    for number in range(1, 21):
        spool.append("e", big(number), CLOCK, AT)
    for number in range(1, 301):
        spool.append("s", big(number), CLOCK, AT)

    assert spool.bytes() <= 3_000_000 * 1.02
    events = [int(value.split(":")[0]) for value in waiting_values(spool, "e")]
    assert events == list(range(1, 21))
    got = waiting_values(spool, "s")
    gaps = [item for item in got if isinstance(item, tuple)]
    kept = [int(item.split(":")[0]) for item in got if isinstance(item, str)]
    assert [(first, reason) for first, _, reason in gaps] == [(1, "disk_full")]
    assert kept == list(range(gaps[0][1] + 1, 301))
    assert len(kept) > 20
    spool.close()


def test_events_are_refused_when_nothing_is_left_to_drop_and_taken_again_afterwards(tmp_path):
    spool = Spool(tmp_path / "spool", tight(max_bytes=1_000_000, segment_bytes=200_000))
    taken = 0
    while spool.disk_state() < DiskState.FULL:
        taken += 1
        spool.append("e", big(taken), CLOCK, AT)
    with pytest.raises(LaneFull):
        spool.append("e", big(taken + 1), CLOCK, AT)
    assert spool.disk_state() == DiskState.FULL
    assert spool.refused == 1

    spool.append("s", readings(1, 3), CLOCK, AT)
    assert waiting_values(spool, "s") == [(1, 3, "disk_full")]
    assert len(waiting_values(spool, "e")) == taken
    spool.append("e", big(taken + 1), CLOCK, AT)
    assert len(waiting_values(spool, "e")) == 1
    spool.close()


def test_samples_are_thinned_before_any_is_dropped(tmp_path):
    spool = Spool(tmp_path / "spool", tight())
    while spool.disk_state() < DiskState.THINNING:
        spool.append("e", big(1), CLOCK, AT)
    second = 1_000_000
    values = [10.0, 10.05, 10.2, 10.21, 10.2]
    samples = [Reading("a", AT * 1000 + index * second, value) for index, value in enumerate(values)]
    samples.append(Reading("a", AT * 1000 + 70 * second, 10.2))
    samples += [Reading("n", AT * 1000, 5), Reading("n", AT * 1000 + 1, 6), Reading("n", AT * 1000 + 2, 6)]

    spool.append("s", samples, CLOCK, AT)

    packet = unseal(spool.next_to_send(spool.live_key("s")))
    assert [row.value for row in packet.rows] == [10.0, 10.2, 10.2, 5, 6]
    assert {row.flags for row in packet.rows} == {wire.FLAG_THINNED}
    assert spool.policy.thinned == 4
    spool.close()


def test_a_recorded_log_waits_for_room_instead_of_being_dropped(tmp_path):
    spool = Spool(tmp_path / "spool", tight())
    spool.begin_recorded("00000000000000aa", "s", "log")
    rows = [big(1)[0]._replace(seq=1)]
    while spool.disk_state() < DiskState.THINNING:
        spool.append("e", big(1), CLOCK, AT)

    assert spool.append_recorded("00000000000000aa", "s", rows, CLOCK, AT) is False
    waiting_values(spool, "e")
    assert spool.append_recorded("00000000000000aa", "s", rows, CLOCK, AT) is True
    spool.close()


def test_a_disk_without_room_costs_the_ballast_first_and_then_the_oldest_samples(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "spool", Limits(64 * 2**20, 100_000, 2**20, 0))
    for number in range(1, 20):
        spool.append("s", big(number), CLOCK, AT)
    assert (spool.folder / "ballast").stat().st_size == 2**20
    real, failures = Segment.add, iter([DiskFull("no room"), DiskFull("no room")])

    def add(self, packets, instead_of=None):
        for error in failures:
            raise error
        return real(self, packets, instead_of)

    monkeypatch.setattr(Segment, "add", add)
    spool.append("s", big(20), CLOCK, AT)

    assert not (spool.folder / "ballast").exists()
    got = waiting_values(spool)
    (gap,) = [item for item in got if isinstance(item, tuple)]
    assert (gap[0], gap[2]) == (1, "disk_full")
    assert got[-1].startswith("20:")
    spool.close()
