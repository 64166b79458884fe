"""Faults of Modbus devices and lines: no wrong value, each fault counted once, and nobody else waits.

Each value carries the address and unit it belongs to and the moment it was read at. LONG_FAULTS=1 plays all of it ten
times as long.
"""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from itertools import pairwise

import pytest

from telemetry.edge.devices import Modbus, Tag
from telemetry.edge.drivers import modbus
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.telemetry.edge.field.peers import npm_modbus, pymodbus_tcp, serial_line, wrong_values
from tests.telemetry.edge.recording_out import framed, kept_by

LONGER = 10 if os.environ.get("LONG_FAULTS") else 1
PERIOD_S = 0.1
TIMEOUT_S = 0.5
# Two groups of one size: an answer taken for another request's would not be noticed by its length.
ADDRESSES = (*range(0, 20, 2), *range(200, 220, 2))


def tags(code: str, period_s: float = PERIOD_S) -> list[Tag]:
    return [Tag(name=f"{code}.{at}", address=f"holding:{at}", type="uint32", period_s=period_s) for at in ADDRESSES]


def over_tcp(code: str, port: int) -> Modbus:
    return Modbus(code=code, host="127.0.0.1", port=port, tags=tags(code), timeout_s=TIMEOUT_S)


def on_line(code: str, line, unit: int, timeout_s: float = TIMEOUT_S, period_s: float = PERIOD_S) -> Modbus:
    settings = {"serial": line.ends[0], "unit": unit, "baud": 115200, "timeout_s": timeout_s}
    return Modbus(code=code, tags=tags(code, period_s), **settings)


def rate(driver, code: str, seconds: int) -> float:
    """Polls a second of one device during the next seconds: of the best second, or of all in the long form.

    A computer busy with something else makes some seconds worse; a device that waits for another one is slow in each.
    """
    seconds *= LONGER
    counts = [len(driver.values(f"{code}.0"))]
    for _ in range(seconds):
        time.sleep(1.0)
        counts.append(len(driver.values(f"{code}.0")))
    best = max(after - before for before, after in pairwise(counts))
    return (counts[-1] - counts[0]) / seconds if LONGER > 1 else best


FAULTS = {
    "late": {"fault": "delay", "ms": 150, "every": 4},  # shorter than the patience
    "toolate": {"fault": "delay", "ms": 700, "every": 9},  # the answer comes when nobody waits for it any more
    "exception": {"fault": "exception", "every": 4},
    "drop": {"fault": "drop", "every": 9},
    "reset": {"fault": "reset", "every": 12},
}


@pytest.mark.faults
def test_faults_over_tcp():
    with npm_modbus(len(FAULTS)) as npm, pymodbus_tcp() as good, ExitStack() as stack:
        bad = dict(zip(FAULTS, npm.ports, strict=True))
        driver = stack.enter_context(
            framed([over_tcp(code, port) for code, port in {**bad, "good": good.port}.items()])
        )
        wait_until(lambda: all(driver.values(f"{code}.0") for code in (*FAULTS, "good")))
        calm = rate(driver, "good", 1)
        for code, port in bad.items():
            npm.say(port=port, **FAULTS[code])
        faulty = rate(driver, "good", 2)
        played = {code: npm.say(port=port, fault="")["done"] for code, port in bad.items()}
        before = {code: len(driver.values(f"{code}.0")) for code in bad}
        wait_until(lambda: all(driver.values(f"{code}.0")[before[code] + 3 :] for code in bad))
        expected = {**played, "late": 0, "good": 0}
        # The health of a device is said once a second.
        wait_until(lambda: all(driver.health[code].errors >= expected[code] for code in expected))
        counted = {code: driver.health[code].errors for code in expected}
        print(f"faults played {played}, counted {counted}; others {faulty:.2f} polls/s, before {calm:.2f}")
        assert counted == expected
        assert min(played.values()) > 0
        assert faulty > (0.9 * calm if LONGER > 1 else 0)
        assert wrong_values(driver.rows, dict.fromkeys(expected, 1), TIMEOUT_S + 0.1) == []


@pytest.mark.faults
def test_a_dead_device_does_not_slow_its_line():
    with serial_line(1, 2) as line:
        alive = [on_line("one", line, 1, timeout_s=1.0), on_line("two", line, 2, timeout_s=1.0)]
        dead = [on_line("dead", line, 9, timeout_s=0.3), on_line("dead2", line, 8, timeout_s=0.3)]
        with framed(alive) as driver:
            wait_until(lambda: driver.values("one.0") and driver.values("two.0"))
            calm = rate(driver, "one", 1)
        with framed([*alive, *dead]) as driver:
            wait_until(lambda: driver.values("one.0") and driver.values("two.0") and driver.health["dead"].errors)
            with_dead = rate(driver, "one", 3)
            print(f"with two dead devices {with_dead:.2f} polls/s, before {calm:.2f}")
            assert with_dead > (0.9 * calm if LONGER > 1 else 0)
            assert not driver.health["dead"].connected
            # The gateway's own polling holds the line, so it cannot be looked through by another process.
            answer = modbus.ask(alive[0], Question(device={}, address="holding-registers-32"))
            assert "cannot be opened. Another program, or another part of this one" in answer.trouble
            assert len(answer.found) == 32
            assert driver.health["one"].errors == driver.health["two"].errors == 0
        rows = [row for row in driver.rows if not row[1].tag.startswith("dead")]
        assert wrong_values(rows, {"one": 1, "two": 2}, 1.1) == []
        assert {reading.value for _lane, reading in driver.rows if reading.tag.startswith("dead")} == {None}


@pytest.mark.faults
def test_a_late_answer_on_a_line_is_never_taken_for_the_next_one():
    # Without the frame: no pause in which late answers would go by.
    with serial_line(1) as line, kept_by(modbus.session, on_line("late", line, 1, 0.15, 0.02)) as out:
        wait_until(lambda: len(out.polls) > 4)
        for delay in (0.2, 0.17):
            line.peer.say(delay={"1": delay})
            # A second one, since the first may belong to the delay before.
            wanted = len(out.faults) + 2 * LONGER
            wait_until(lambda: len(out.faults) >= wanted)  # noqa: B023 - called at once
            line.peer.say()
        silent = len(out.faults)
    assert out.raised is None
    assert silent > 0
    for at in ADDRESSES:
        values = [value for value in out.of(f"late.{at}") if value is not None]
        assert {value >> 16 for value in values} == {0x1000 + at}
        assert all((new - old) & 0xFFFF < 0x8000 for old, new in pairwise(value & 0xFFFF for value in values))


@pytest.mark.faults
def test_noise_on_a_line():
    units = {"little1": 1, "little2": 2, "much1": 1, "much2": 2}
    with serial_line(1, 2, noise=0.002) as little, serial_line(1, 2, noise=0.02) as much:
        lines = {"little1": little, "little2": little, "much1": much, "much2": much}
        devices = [on_line(code, lines[code], unit, 0.15, 0.01) for code, unit in units.items()]
        with framed(devices) as driver:
            wait_until(lambda: all(driver.values(f"{code}.0") for code in units))
            time.sleep(2.0 * LONGER)
            # However slow the machine: something went well, and something wrong, on either line.
            for name in lines:
                wait_until(lambda name=name: driver.health[name].polls and lines[name].flipped)
            for pair in (("little1", "little2"), ("much1", "much2")):
                wait_until(lambda pair=pair: any(driver.health[name].errors for name in pair))
        assert wrong_values(driver.rows, units, 0.3) == []
        for name, line in (("little", little), ("much", much)):
            health = [driver.health[f"{name}{unit}"] for unit in (1, 2)]
            polls, errors = sum(one.polls for one in health), sum(one.errors for one in health)
            print(
                f"{line.noise:.1%}: {line.flipped} of {line.passed} bytes flipped, {polls} good polls, {errors} errors"
            )
            assert min(line.flipped, polls, errors) > 0
