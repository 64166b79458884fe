"""A disk that fills up: a warning, thinner samples, the oldest samples declared as lost, and never an event."""

import os

import pytest

from telemetry import wire
from telemetry.edge.disk import DiskState, Limits
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.segment import DiskFull, Segment
from telemetry.edge.spool import LaneFull, Spool
from tests.telemetry.edge.helpers import AT, CLOCK, readings, waiting_values


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


def test_a_disk_that_others_filled_still_leaves_room_to_open_and_send_the_spool(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "spool", Limits(64 * 2**20, 2**20, 0, 64 * 2**20))
    spool.append("e", readings(1, 3), CLOCK, AT)
    spool.append("s", readings(1, 3), CLOCK, AT)
    states = []
    for free in (65, 63, 15, 0.9):
        monkeypatch.setattr(spool.policy, "free", lambda free=free: int(free * 2**20))
        states.append(spool.disk_state())
    assert states == [DiskState.OK, DiskState.THINNING, DiskState.DROPPING, DiskState.FULL]

    with pytest.raises(LaneFull):
        spool.append("e", readings(4, 4), CLOCK, AT)
    spool.append("s", readings(4, 4), CLOCK, AT)

    assert waiting_values(spool, "e") == [1, 2, 3]
    assert waiting_values(spool, "s") == [(1, 4, "disk_full")]
    spool.close()
