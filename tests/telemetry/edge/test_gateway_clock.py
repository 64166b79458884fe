"""The gateway's clock: steps are noticed, readings of a wrong clock are put right or marked."""

import pytest

from telemetry import wire
from telemetry.edge import timekeeping, writer
from telemetry.edge.children import Child
from telemetry.edge.devices import Simulator
from telemetry.edge.drivers.channel import Rows
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.spool import Spool
from telemetry.edge.timekeeping import ClockWatch, same_reading
from tests.telemetry.edge.helpers import AT, CLOCK, SMALL, waiting_values


class Clocks:
    def __init__(self) -> None:
        self.wall = AT * 1000
        self.mono = 5_000_000

    def pass_by(self, seconds: float) -> None:
        self.wall += round(seconds * 1e6)
        self.mono += round(seconds * 1e6)


@pytest.fixture
def clocks(monkeypatch):
    both = Clocks()
    monkeypatch.setattr(timekeeping, "now_us", lambda: both.wall)
    monkeypatch.setattr(timekeeping, "mono_us", lambda: both.mono)
    monkeypatch.setattr(timekeeping, "kernel_clock", lambda: wire.Clock(synced=False, source="none", err_ms=16_000))
    return both


def test_a_reading_stamped_before_the_clock_was_set_is_dated_again(clocks):
    stamped = (clocks.wall, clocks.mono)
    clocks.pass_by(0.05)
    assert same_reading(*stamped) == (stamped[0], False)

    clocks.wall += 3_600_000_000

    assert same_reading(*stamped) == (stamped[0] + 3_600_000_000, True)


def test_the_writer_dates_unsealed_rows_again_but_never_those_with_their_own_time(clocks, tmp_path):
    spool = Spool(tmp_path / "spool", SMALL)
    child = Child([Simulator(code="M1")], 15, None)
    at_work = writer.Writer(spool, lambda: CLOCK, [child])
    child.messages.put(Rows([Reading("a", clocks.wall, 1, mono_us=clocks.mono), Reading("b", clocks.wall, 2)]))
    assert at_work.take() is True
    clocks.pass_by(0.03)
    clocks.wall += 60_000_000
    at_work.seal()

    packet = unseal(spool.next_to_send(spool.live_key("s")))
    assert [packet.time_us(row) for row in packet.rows] == [AT * 1000 + 60_000_000, AT * 1000]
    assert [row.flags for row in packet.rows] == [wire.FLAG_REDATED, 0]
    spool.close()


def test_a_clock_near_the_servers_is_right_and_one_far_from_it_is_not(clocks):
    watch = ClockWatch()
    assert watch.clock() == wire.Clock(synced=False, source="none", err_ms=16_000)

    watch.heard((clocks.wall + 10_000) // 1000, clocks.wall - 20_000, clocks.wall + 20_000)
    assert watch.offset_ms == 10
    assert watch.clock() == wire.Clock(synced=True, source="server", err_ms=30)

    watch.heard(clocks.wall // 1000 + 2_001, clocks.wall, clocks.wall)
    assert watch.clock() == wire.Clock(synced=False, source="server", err_ms=2_001)


def test_a_measurement_is_worth_nothing_after_a_step_or_ten_minutes(clocks):
    watch = ClockWatch()
    watch.heard(clocks.wall // 1000, clocks.wall, clocks.wall)
    assert watch.clock().synced is True
    clocks.wall += 3_600_000_000
    assert watch.clock().synced is False

    watch.heard(clocks.wall // 1000, clocks.wall, clocks.wall)
    assert watch.clock().synced is True
    clocks.pass_by(601)
    assert watch.clock().synced is False


def test_the_kernel_can_be_asked():
    answer = timekeeping.kernel_clock()
    assert answer is None or answer.source in ("ntp", "none")
    assert timekeeping.now_us() // 1_000_000 == pytest.approx(timekeeping.now_ms() // 1000, abs=1)


def test_events_a_full_spool_refuses_wait_and_are_taken_when_there_is_room(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "spool", SMALL)
    child = Child([Simulator(code="M1")], 15, None)
    at_work = writer.Writer(spool, lambda: CLOCK, [child])
    real, room = Spool.append, []

    def append(self, lane, readings, clock, at_ms):
        if lane == "e" and not room:
            raise writer.LaneFull("no room")
        real(self, lane, readings, clock, at_ms)

    monkeypatch.setattr(Spool, "append", append)
    child.messages.put(Rows([Reading("alarm", AT * 1000, "E1")], lane="e"))
    child.messages.put(Rows([Reading("x", AT * 1000, 1)]))
    at_work.take()
    at_work.take()
    at_work.seal()
    assert at_work.is_empty is False
    assert waiting_values(spool, "s") == [1]

    room.append(True)
    at_work._retry_events_at = 0.0
    at_work.seal()
    assert waiting_values(spool, "e") == ["E1"]
    assert at_work.is_empty is True
    spool.close()
