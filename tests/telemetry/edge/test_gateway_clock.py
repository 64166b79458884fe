"""The gateway's clock: steps are noticed, readings of a wrong clock are put right or marked."""

import sqlite3

import pytest

from telemetry import wire
from telemetry.edge import sender as sender_module
from telemetry.edge import timekeeping, writer
from telemetry.edge.children import Child
from telemetry.edge.devices import Simulator
from telemetry.edge.drivers.channel import Rows
from telemetry.edge.net import Answered
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.sender import Sender
from telemetry.edge.spool import Spool
from telemetry.edge.steps import Steps
from telemetry.edge.timekeeping import ClockWatch, same_reading
from telemetry.ingest.rules import shift_of
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


class Postman:
    """A way to the server that only writes down what is sent, and by which clock."""

    def __init__(self) -> None:
        self.sent = []

    def packet(self, body, sent_ms):
        self.sent.append((body, sent_ms))
        return Answered(503, b"{}")


def sealed_and_sent(spool, clocks, *values):
    """One reading of this moment for each value, sealed by the writer; what the server makes of the first packet."""
    child = Child([Simulator(code="M1")], 15, None)
    at_work = writer.Writer(spool, lambda: wire.Clock(synced=False, source="none"), [child])
    child.messages.put(Rows([Reading("a", clocks.wall, value, mono_us=clocks.mono) for value in values]))
    at_work.take()
    at_work.seal()


def dated_by_the_server(spool, clocks, truth_us):
    """Value, microseconds off the truth and whether it is called uncertain, for each packet that is sent now."""
    found = []
    postman = Postman()
    sender = Sender("s", spool, postman, lambda: CLOCK)
    while sender.send_one() is not None:
        body, sent_ms = postman.sent[-1]
        packet = wire.decode(wire.gunzip_limited(body))
        shift = shift_of(truth_us(clocks) // 1000, sent_ms, packet.clock.synced)
        for row in packet.rows:
            found.append((row.value, packet.time_us(row) + shift.ms * 1000, shift.uncertain))
        spool.acknowledged(spool.live_key("s"), packet.last_seq)
    return found


@pytest.mark.parametrize("wrong_s", [3_600, -3_600, -AT // 1000 + 60])
@pytest.mark.parametrize("restarted", [False, True])
def test_rows_sealed_before_the_clock_was_set_are_dated_right_when_they_leave_later(
    clocks, tmp_path, monkeypatch, wrong_s, restarted
):
    monkeypatch.setattr(sender_module, "now_ms", lambda: clocks.wall // 1000)
    monkeypatch.setattr(writer, "now_ms", lambda: clocks.wall // 1000)
    monkeypatch.setattr(timekeeping, "boot_id", lambda: "this boot")
    clocks.wall += wrong_s * 1_000_000
    truth = [AT * 1000, AT * 1000 + 300_000_000]
    spool = Spool(tmp_path / "spool", SMALL)
    sealed_and_sent(spool, clocks, 1)
    clocks.pass_by(300)
    clocks.wall -= wrong_s * 1_000_000
    if restarted:
        spool.close()
        spool = Spool(tmp_path / "spool", SMALL)
    sealed_and_sent(spool, clocks, 2)
    clocks.pass_by(120)

    (first, second) = dated_by_the_server(spool, clocks, lambda both: both.wall)

    assert first == (1, pytest.approx(truth[0], abs=2_000), True)
    assert second == (2, truth[1], False)
    spool.close()


def test_what_an_earlier_boot_sealed_and_a_clock_that_drifts_are_left_alone(clocks, tmp_path, monkeypatch):
    monkeypatch.setattr(sender_module, "now_ms", lambda: clocks.wall // 1000)
    monkeypatch.setattr(writer, "now_ms", lambda: clocks.wall // 1000)
    boots = ["first"]
    monkeypatch.setattr(timekeeping, "boot_id", lambda: boots[-1])
    spool = Spool(tmp_path / "spool", SMALL)
    for number in range(10):
        sealed_and_sent(spool, clocks, number)
        clocks.pass_by(1_000)
        # 200 ppm: the time server slows the clock down bit by bit.
        clocks.wall += 200_000
    spool.close()
    boots.append("second")
    clocks.wall += 7_200_000_000
    clocks.mono = 1_000_000
    spool = Spool(tmp_path / "spool", SMALL)
    sealed_and_sent(spool, clocks, 10)

    found = dated_by_the_server(spool, clocks, lambda both: both.wall)
    assert [value for value, _at, _uncertain in found] == list(range(11))
    assert not any(uncertain for _value, _at, uncertain in found)
    spool.close()


def test_a_note_on_the_clock_that_cannot_be_kept_costs_nothing_else(clocks, caplog):
    class Full:
        def fact(self, name):
            return "no json"

        def set_fact(self, name, value):
            raise sqlite3.OperationalError("database or disk is full")

    steps = Steps(Full())
    steps.note({("00000000000000aa", "s"): 5})
    clocks.wall += 60_000_000
    assert steps.is_due()
    steps.note({("00000000000000aa", "s"): 9})
    assert [steps.set_by_ms(("00000000000000aa", "s"), seq) for seq in (5, 6, 9, 10)] == [0, 60_000, 60_000, 0]
    assert "could not be written down" in caplog.text
