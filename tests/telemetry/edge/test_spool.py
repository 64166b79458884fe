"""The buffer on disk: what is sealed stays, is numbered once, and every loss is declared."""

import os
import sqlite3

import pytest

from telemetry import wire
from telemetry.edge.disk import Limits, SpoolLocked
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.segment import DiskFull
from telemetry.edge.spool import RESERVE, Spool
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


def test_an_emptied_newest_segment_is_damage_and_not_a_fresh_start(spool):
    fill(spool, 1, 5)
    (path,) = spool.folder.glob("*.seg")
    os.close(spool._lock_file)
    spool.closed = True
    path.write_bytes(b"")
    (path.parent / (path.name + "-wal")).unlink()
    (path.parent / (path.name + "-shm")).unlink()

    again = Spool(spool.folder, SMALL)
    fill(again, 77, 77)

    assert waiting_values(again) == [(1, 5 + RESERVE, "spool_corrupt"), 77]
    again.close()


def test_a_segment_that_is_only_out_of_reach_is_kept(spool, monkeypatch):
    fill(spool, 1, 5)
    key = spool.live_key("s")

    class Refusing:
        def execute(self, *arguments):
            raise sqlite3.OperationalError("disk I/O error")

        def close(self) -> None:
            pass

    (segment,) = spool.streams[key].segments
    real = segment._connection
    segment._connection = Refusing()
    with pytest.raises(DiskFull):
        spool.next_to_send(key)
    segment._connection = real

    assert waiting_values(spool) == [1, 2, 3, 4, 5]


def test_many_times_killed_in_every_state_no_row_is_lost_or_doubled(tmp_path):
    """The whole life of a stream with a restart after every step."""
    spool = Spool(tmp_path / "spool", Limits(2**30, 20_000, 0, 0))
    got = []
    for step in range(40):
        fill(spool, step * 3 + 1, step * 3 + 3)
        if step % 4 == 3:
            key = spool.live_key("s")
            item = spool.next_to_send(key)
            if step % 8 == 7:
                got += [row.value for row in unseal(item).rows]
                spool.acknowledged(key, item.last_seq)
        spool = reopened(spool, spool.limits)
    got += waiting_values(spool)

    assert got == list(range(1, 121))
    spool.close()


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
