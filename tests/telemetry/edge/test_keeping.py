"""The frame of all drivers: what is sent of what a device says, and what happens when it is silent."""

import random
import threading
import time
from itertools import pairwise

import msgspec
import pytest

from telemetry.edge.devices import Modbus, OpcUa, Tag
from telemetry.edge.drivers import keeping
from telemetry.edge.drivers.keeping import Keeper, pause_after, silence_limit
from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.timekeeping import now_us
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.recording_out import framed

SPEED = Tag(name="m.speed", address="holding:1", period_s=0.1, scale=0.1, offset=5, deadband=0.5)
WORD = Tag(name="m.word", address="holding:2", values={"3": "running", "true": "on", "65535": None})
ALARM = Tag(name="m.alarm", address="holding:3", lane="e")
DEVICE = Modbus(code="m", host="127.0.0.1", tags=[SPEED, WORD, ALARM], timeout_s=0.2)


class Heard:
    """The agent's end of the channel."""

    def __init__(self) -> None:
        self.devices = {}
        self.lanes = []
        self.batches = []
        self.beats = 0

    def rows(self, rows, lane):
        self.batches.append(time.monotonic())
        self.lanes.extend((lane, row) for row in rows)

    def beat(self):
        self.beats += 1

    def send_last_beat(self):
        self.beats += 1

    def of(self, tag):
        return [(row.value, row.quality) for _lane, row in list(self.lanes) if row.tag == tag.name]


@pytest.fixture
def frame(monkeypatch):
    """Runs sessions of a test in the real frame, all limits ten times shorter than in life."""
    monkeypatch.setattr(keeping, "SHORTEST_SILENCE_S", 0.4)
    monkeypatch.setattr(keeping, "STUCK_AFTER_S", 0.5)
    monkeypatch.setattr(keeping, "silence_limit", lambda device: 0.4)
    monkeypatch.setattr(keeping, "pause_after", lambda failures, lost, chance: 0.05)
    running = []

    def start(session, devices=(DEVICE,), driver="modbus"):
        monkeypatch.setattr(keeping, "session_of", lambda driver: session)
        channel = Heard()
        keeper = Keeper(driver, channel)
        keeper.use(list(devices))
        ended = []
        thread = threading.Thread(target=lambda: ended.append(keeper.run()), daemon=True)
        thread.start()
        running.append((keeper, thread))
        channel.keeper, channel.ended = keeper, ended
        return channel

    yield start
    for keeper, thread in running:
        keeper.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def saying(*values):
    def session(device, out):
        for tag, raw, more in values:
            out.value(tag, raw, **more)
        while not out.stopping:
            out.heard()
            out.wait(0.05)

    return session


def test_numbers_are_scaled_words_replaced_and_repetitions_left_out(frame):
    raws = [1000, 1004, 1005.1, 1000, True, float("nan"), float("inf"), 10**30, None]
    words = [3, 3.0, True, 4, 4, "x\0y", 65535, "\ud800"]
    channel = frame(saying(*[(SPEED, raw, {}) for raw in raws], *[(WORD, raw, {}) for raw in words]))
    wait_until(lambda: channel.of(WORD)[-1:] == [("?", 192)])

    # 1004 lies within the deadband of 0.5 around 105; 1005.1 does not.
    assert channel.of(SPEED) == [
        (105.0, 192), (pytest.approx(105.51), 192), (105.0, 192), (True, 192), (None, 16),
        (pytest.approx(1e29), 192), (None, 0),
    ]  # fmt: skip
    assert channel.of(WORD) == [("running", 192), ("on", 192), (4, 192), ("xy", 192), (None, 0), ("?", 192)]
    assert {lane for lane, row in channel.lanes} == {"s"}


def test_an_unchanged_value_is_sent_again_after_its_time_and_quality_counts_as_a_change(frame):
    often = msgspec.structs.replace(WORD, repeat_s=0.2)
    second = 1_000_000
    at = now_us()

    def session(device, out):
        for _ in range(10):
            out.value(often, "same")
            out.wait(0.05)
        for offset in (0, 30, 59, 61, 62, 10, 63):
            out.value(SPEED, 1, at_us=at + offset * second)
        out.value(SPEED, 1, at_us=at + 64 * second, quality=64)
        while not out.stopping:
            out.heard()
            out.wait(0.05)

    channel = frame(session)
    wait_until(lambda: channel.of(SPEED)[-1:] == [(5.1, 64)])

    assert 2 <= len(channel.of(often)) <= 3
    times = [(row.at_us - at) // second for _lane, row in channel.lanes if row.tag == SPEED.name]
    # The row of second 10 came late: it fills a hole and is no repetition.
    assert times == [0, 61, 10, 64]
    # A time of the device itself is never put right by this gateway's clock.
    assert {row.mono_us for _lane, row in channel.lanes if row.tag == SPEED.name} == {0}
    assert all(row.mono_us for _lane, row in channel.lanes if row.tag == often.name)


def test_two_equal_events_are_two_unless_the_driver_only_asks_in_turn(frame):
    device = OpcUa(code="m", url="opc.tcp://x", tags=[ALARM])
    told = frame(saying((ALARM, "A", {}), (ALARM, "A", {})), [device], "opcua")
    wait_until(lambda: told.of(ALARM) == [("A", 192)] * 2)
    asked = frame(saying((ALARM, "A", {}), (ALARM, "A", {}), (ALARM, "B", {})))
    wait_until(lambda: asked.of(ALARM) == [("A", 192), ("B", 192)])
    assert {lane for lane, row in asked.lanes} == {"e"}


def test_rows_are_handed_over_in_batches(frame):
    def session(device, out):
        number = 0
        while not out.stopping:
            out.value(WORD, number := number + 1)
            out.wait(0.01)

    channel = frame(session)
    wait_until(lambda: len(channel.lanes) >= 60)

    assert len(channel.batches) <= 12
    assert min(b - a for a, b in pairwise(channel.batches)) > 0.09


def test_a_lost_device_says_so_once_for_every_tag_and_again_after_it_was_back(frame):
    calls = []

    def session(device, out):
        calls.append(out)
        if len(calls) in (3, 6):
            out.value(WORD, f"call {len(calls)}")
        raise Trouble("The device refused the connection.")

    channel = frame(session)
    wait_until(lambda: len(calls) >= 9)
    wait_until(lambda: channel.of(WORD)[-1:] == [(None, 24)])

    assert channel.of(WORD) == [(None, 24), ("call 3", 192), (None, 24), ("call 6", 192), (None, 24)]
    assert channel.of(ALARM) == channel.of(SPEED) == [(None, 24)] * 3
    assert {lane for lane, row in channel.lanes if row.tag == ALARM.name} == {"e"}
    assert len(set(map(id, calls))) == len(calls)
    health = channel.devices["m"]
    assert health.connected is False
    assert health.errors >= 8
    assert health.last_error == "The device refused the connection."


def test_a_silent_session_is_given_up_and_what_it_says_later_does_not_count(frame):
    calls, closed = [], threading.Event()

    def session(device, out):
        calls.append(out)
        out.value(WORD, len(calls))
        if len(calls) == 1:
            out.on_abandon(closed.set)
            assert closed.wait(PATIENCE_S)
            assert out.stopping
            out.value(WORD, "too late")
            out.fault("too late")
            out.wait(1)
        while not out.stopping:
            out.heard()
            out.wait(0.05)

    channel = frame(session)
    wait_until(lambda: len(calls) == 2)
    wait_until(lambda: channel.of(WORD)[-1:] == [(2, 192)])

    assert channel.of(WORD) == [(1, 192), (None, 24), (2, 192)]
    health = channel.devices["m"]
    assert (health.connected, health.errors, health.last_error) == (True, 1, "")


def test_a_session_that_waits_is_told_that_its_device_is_silent(frame):
    raised = []

    def session(device, out):
        out.value(WORD, 1)
        try:
            out.wait(30)
        except Trouble as error:
            raised.append(str(error))
            raise

    channel = frame(session)
    wait_until(lambda: raised)
    assert raised[0] == "The device said nothing for 0.4 s."
    assert channel.devices["m"].connected is False


def test_a_hanging_device_costs_the_others_nothing_until_the_process_must_end(frame):
    forever = threading.Event()
    other = msgspec.structs.replace(DEVICE, code="n", tags=[msgspec.structs.replace(WORD, name="n.word")])

    def session(device, out):
        if device.code == "m":
            forever.wait(20)
        number = 0
        while not out.stopping:
            out.value(device.tags[0], number := number + 1)
            out.wait(0.02)

    channel = frame(session, [DEVICE, other])
    wait_until(lambda: channel.ended)
    forever.set()

    assert channel.ended == [keeping.STUCK]
    assert "did not let go of the device" in channel.devices["m"].last_error
    times = [row.mono_us for _lane, row in channel.lanes if row.tag == "n.word"]
    assert max(b - a for a, b in pairwise(times)) < 300_000
    assert channel.of(WORD) == [(None, 24)]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ZeroDivisionError("a bug"), "ZeroDivisionError: a bug"),
        (SystemExit(), "SystemExit"),
        (MissingLibrary("The library asyncua is not installed."), "The library asyncua is not installed."),
    ],
)
def test_whatever_a_driver_raises_becomes_a_sentence(frame, error, sentence):
    def session(device, out):
        raise error

    channel = frame(session)
    wait_until(lambda: channel.devices["m"].last_error == sentence)
    assert channel.ended == []


def test_polls_latency_faults_and_losses_are_counted(frame):
    def session(device, out):
        for number in range(1, 101):
            out.polled(number / 1000)
        out.fault("Tag m.speed: the register is not there.")
        out.loss(5, 3, "the queue overflowed")
        out.wait(0.3)
        while not out.stopping:
            out.heard()
            out.wait(0.05)

    channel = frame(session)
    wait_until(lambda: channel.lanes and channel.devices["m"].latency_ms)
    health = channel.devices["m"]
    assert (health.polls, health.errors, health.latency_ms) == (100, 2, 96.0)
    ((lane, row),) = channel.lanes
    assert (lane, row.tag) == ("e", "$loss/m")
    assert msgspec.json.decode(row.value) == {"from_us": 3, "to_us": 5, "reason": "the queue overflowed"}


def test_devices_that_stay_as_they_are_are_not_touched_by_a_new_list(frame):
    calls = []

    def session(device, out):
        calls.append(device)
        while not out.stopping:
            out.heard()
            out.wait(0.02)

    other = msgspec.structs.replace(DEVICE, code="n", tags=[])
    third = msgspec.structs.replace(DEVICE, code="o", tags=[])
    channel = frame(session, [DEVICE, other])
    wait_until(lambda: len(calls) == 2)
    changed = msgspec.structs.replace(other, port=1502)
    channel.keeper.use([DEVICE, changed, third])
    wait_until(lambda: len(calls) == 4)

    assert [(device.code, device.port) for device in calls].count(("m", 502)) == 1
    assert (calls[2:], set(channel.devices)) == ([changed, third], {"m", "n", "o"})
    channel.keeper.use([third])
    assert set(channel.devices) == {"o"}


def test_limits_follow_the_device():
    assert silence_limit(DEVICE) == 4.0
    assert silence_limit(msgspec.structs.replace(DEVICE, timeout_s=10.0)) == 11.0
    slow = Tag(name="t", address="a", period_s=30)
    assert silence_limit(Modbus(code="m", tags=[slow])) == 90.0


def test_pauses_grow_slowly_at_first_and_are_spread():
    chance = random.Random(3)
    first = [pause_after(1, 1, chance) for _ in range(200)]
    soon = [pause_after(20, 119, chance) for _ in range(200)]
    later = [pause_after(20, 121, chance) for _ in range(200)]
    assert 0.5 <= min(first) <= max(first) <= 1.0
    assert 4 < max(soon) <= 5
    assert 50 < max(later) <= 60
    assert min(later) < 10


FAKE = """
import sys, types, time
fake = types.ModuleType("telemetry.edge.drivers.modbus")
def session(device, out):
    out.value(device.tags[0], 7)
    while not out.stopping:
        out.heard()
        out.wait(0.05)
    print("said goodbye", file=sys.stderr)
fake.session = session
sys.modules["telemetry.edge.drivers.modbus"] = fake
"""


def test_the_process_ends_politely_and_delivers_what_was_said(tmp_path, capfd):
    (tmp_path / "sitecustomize.py").write_text(FAKE)
    from tests.telemetry.edge.helpers import REPOSITORY

    with framed([DEVICE], {"PYTHONPATH": f"{tmp_path}:{REPOSITORY}"}) as process:
        wait_until(lambda: process.values(SPEED.name) and process.health.get("m", None))
        assert process.values(SPEED.name) == [pytest.approx(5.7)]
        assert process.close() == 0
    assert process.health["m"].driver == "modbus"
    assert "said goodbye" in capfd.readouterr().err
