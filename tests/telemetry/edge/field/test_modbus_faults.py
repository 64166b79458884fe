"""Faults of Modbus devices and lines: no wrong value, each fault counted once, and nobody else waits.

Each value carries the address and unit it belongs to and the moment it was read at. LONG_FAULTS=1 plays all of it ten
times as long.
"""

from __future__ import annotations

import os
import time
from itertools import pairwise

import pytest

from telemetry.edge.devices import Modbus, Tag
from telemetry.edge.drivers import modbus
from tests.telemetry.edge.field.peers import npm_modbus, pymodbus_tcp, serial_line, wrong_values
from tests.telemetry.edge.recording import wait_until
from tests.telemetry.edge.recording_out import framed, kept_by

LONGER = 10 if os.environ.get("LONG_FAULTS") else 1
PERIOD_S = 0.1
TIMEOUT_S = 0.3
# Two groups of one size: an answer taken for another request's would not be noticed by its length.
ADDRESSES = (*range(0, 20, 2), *range(200, 220, 2))


def tags(code: str, period_s: float = PERIOD_S) -> list[Tag]:
    return [Tag(name=f"{code}.{at}", address=f"holding:{at}", type="uint32", period_s=period_s) for at in ADDRESSES]


def over_tcp(code: str, peer, **settings) -> Modbus:
    return Modbus(code=code, host="127.0.0.1", port=peer.port, tags=tags(code), timeout_s=TIMEOUT_S, **settings)


def on_line(code: str, line, unit: int, timeout_s: float = TIMEOUT_S, period_s: float = PERIOD_S) -> Modbus:
    settings = {"serial": line.ends[0], "unit": unit, "baud": 115200, "timeout_s": timeout_s}
    return Modbus(code=code, tags=tags(code, period_s), **settings)


def rate(driver, code: str, seconds: float) -> float:
    """Polls a second of one device during the next seconds, give or take one poll."""
    before = len(driver.values(f"{code}.0"))
    time.sleep(seconds)
    return (len(driver.values(f"{code}.0")) - before) / seconds


FAULTS = [
    ("delay", {"ms": 150, "every": 4}),  # shorter than the patience
    ("delay", {"ms": 450, "every": 9}),  # longer: the answer comes when nobody waits for it any more
    ("exception", {"every": 4}),
    ("drop", {"every": 9}),
    ("reset", {"every": 12}),
]


@pytest.mark.faults
def test_faults_over_tcp():
    with npm_modbus() as bad, pymodbus_tcp() as good:
        with framed([over_tcp("bad", bad), over_tcp("good", good)]) as driver:
            wait_until(lambda: driver.values("bad.0") and driver.values("good.0"))
            calm = rate(driver, "good", 1.0)
            for fault, settings in FAULTS:
                errors, played = driver.health["bad"].errors, bad.say(fault="")["done"][fault]
                bad.say(fault=fault, **settings)
                faulty = rate(driver, "good", 1.0 * LONGER)
                played = bad.say(fault="")["done"][fault] - played
                expected = 0 if settings.get("ms", 999) < TIMEOUT_S * 1000 else played
                assert played > 0
                wait_until(lambda: driver.health["bad"].errors - errors >= expected, 8)  # noqa: B023 - called at once
                values = len(driver.values("bad.0"))
                wait_until(lambda: len(driver.values("bad.0")) > values + 3 and driver.health["bad"].connected, 8)  # noqa: B023
                counted = driver.health["bad"].errors - errors
                print(f"{fault} {settings}: {played} played, {counted} counted, others {faulty:.1f} of {calm:.1f}/s")
                assert counted == expected
                assert faulty + 1 / LONGER > 0.9 * calm
        assert wrong_values(driver.rows, {"bad": 1, "good": 1}, TIMEOUT_S + 0.1) == []
        assert driver.health["good"].errors == 0


@pytest.mark.faults
def test_a_dead_device_does_not_slow_its_line():
    with serial_line(1, 2) as line:
        alive = [on_line("one", line, 1), on_line("two", line, 2)]
        dead = [on_line("dead", line, 9), on_line("dead2", line, 8)]
        with framed(alive) as driver:
            wait_until(lambda: driver.values("one.0") and driver.values("two.0"))
            calm = rate(driver, "one", 1.0)
        with framed([*alive, *dead]) as driver:
            wait_until(lambda: driver.values("one.0") and driver.values("two.0") and driver.health["dead"].errors)
            with_dead = rate(driver, "one", 3.0 * LONGER)
            print(f"with two dead devices {with_dead:.2f} polls/s, before {calm:.2f}")
            assert with_dead + 1 / (3.0 * LONGER) > 0.9 * calm
            assert not driver.health["dead"].connected
            assert driver.health["one"].errors == driver.health["two"].errors == 0
        rows = [row for row in driver.rows if not row[1].tag.startswith("dead")]
        assert wrong_values(rows, {"one": 1, "two": 2}, TIMEOUT_S + 0.1) == []
        assert {reading.value for _lane, reading in driver.rows if reading.tag.startswith("dead")} == {None}


@pytest.mark.faults
def test_a_late_answer_on_a_line_is_never_taken_for_the_next_one():
    # Without the frame: no pause in which late answers would go by.
    with serial_line(1) as line, kept_by(modbus.session, on_line("late", line, 1, 0.15, 0.02)) as out:
        wait_until(lambda: len(out.polls) > 4)
        for delay in (0.2, 0.12, 0.17):
            line.peer.say(delay={"1": delay})
            end = time.monotonic() + 0.5 * LONGER
            wait_until(lambda: time.monotonic() > end, 60)  # noqa: B023 - called at once
            line.peer.say()
        silent = len(out.faults)
    assert out.raised is None
    assert silent > 0
    for at in ADDRESSES:
        values = [value for value in out.of(f"late.{at}") if value is not None]
        assert {value >> 16 for value in values} == {0x1000 + at}
        assert all((new - old) & 0xFFFF < 0x8000 for old, new in pairwise(value & 0xFFFF for value in values))


@pytest.mark.faults
@pytest.mark.parametrize("noise", [0.002, 0.02])
def test_noise_on_a_line(noise):
    with serial_line(1, 2, noise=noise) as line:
        devices = [on_line(code, line, unit, 0.15, 0.01) for unit, code in ((1, "one"), (2, "two"))]
        with framed(devices) as driver:
            wait_until(lambda: driver.values("one.0") and driver.values("two.0"))
            time.sleep(2.0 * LONGER)
            polls = sum(health.polls for health in driver.health.values())
            errors = sum(health.errors for health in driver.health.values())
            good = sum(reading.value is not None for _lane, reading in driver.rows)
        print(
            f"noise {noise:.1%}: {line.flipped} of {line.passed} bytes flipped, {polls} good polls, {errors} errors, "
            f"{good} values"
        )
        assert line.flipped > 0
        assert errors > 0
        assert good > 0
        assert wrong_values(driver.rows, {"one": 1, "two": 2}, 0.3) == []
