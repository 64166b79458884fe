"""The life of a simulated machine, as a pure function of its settings and the day.

Nothing is remembered between two runs of the agent: started again in the middle of a shift, the machine is where it
would have been, with the same counters. Counters begin at zero at midnight UTC, as on many real controls.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from telemetry.edge.devices import Simulator

DAY_S = 86_400.0


class Habit(NamedTuple):
    """How often, in each 24 s of running, something happens; and after how many times 24 s it is set up again."""

    micro_stop: float
    stop: float
    slow: float
    silence: float
    parts_per_setup: int


HABITS = {
    "steady": Habit(0.008, 0.0006, 0.002, 0.0002, 600),
    "mixed": Habit(0.020, 0.0025, 0.010, 0.0006, 300),
    "troubled": Habit(0.045, 0.0070, 0.030, 0.0012, 200),
    "dark": Habit(0.020, 0.0020, 0.010, 0.0100, 300),
}
ALARMS = ("E101 SPINDLE OVERLOAD", "E204 COOLANT LOW", "E231 DOOR OPEN", "E310 BAR FEED EMPTY", "E417 TOOL BROKEN")
SLOW = 1.6
# A press that finishes a part every few seconds does not break down more often for it.
HABIT_S = 24.0


class Phase(NamedTuple):
    """A stretch of a machine's day in machine seconds since midnight.

    `parts` and `scrap` are the counters at its end; `silent` means that nothing is heard during it.
    """

    start: float
    end: float
    execution: str
    mode: str
    alarm: str
    load: float
    parts: int
    scrap: int
    silent: bool


def phases(device: Simulator, day: str) -> Iterator[Phase]:
    """The phases of a day (`2026-11-21`), one after the other without holes, from midnight until it is over."""
    chance = random.Random(f"{device.seed}:{device.code}:{day}")  # noqa: S311  # repeatable on purpose, not a secret
    habit = HABITS[device.pattern]
    now, parts, scrap, slow_left, silent_until = 0.0, 0, 0, 0, -1.0
    length = DAY_S * device.speed
    share = device.cycle_s / HABIT_S
    parts_per_setup = max(round(habit.parts_per_setup / share), 1)

    def phase(seconds: float, execution: str, load: float, mode: str = "AUTOMATIC", alarm: str = "") -> Phase:
        nonlocal now
        start, now = now, now + seconds
        return Phase(start, now, execution, mode, alarm, load, parts, scrap, start < silent_until)

    while now < length:
        if parts % parts_per_setup == 0:
            yield phase(chance.uniform(600, 1800), "READY", 0.3, mode="MANUAL")
        slow_left -= 1
        pace = SLOW if slow_left > 0 else 1.0
        parts += 1
        scrap += chance.random() < device.scrap_rate
        yield phase(device.cycle_s * pace * chance.uniform(0.97, 1.03), "ACTIVE", 1.0 if pace == 1.0 else 0.8)
        if chance.random() < habit.silence * share:
            silent_until = now + chance.uniform(60, 300)
        if slow_left <= 0 and chance.random() < habit.slow * share:
            slow_left = chance.randint(10, 30)
        if chance.random() < habit.stop * share:
            alarm = chance.choice(ALARMS) if chance.random() < 0.6 else ""
            # The part under work when a machine breaks down is finished afterwards, if at all.
            yield phase(chance.uniform(300, 1800), "INTERRUPTED" if alarm else "STOPPED", 0.1, alarm=alarm)
        elif chance.random() < habit.micro_stop * share:
            word = chance.choice(("FEED_HOLD", "STOPPED", "INTERRUPTED"))
            yield phase(chance.uniform(15, 200), word, 0.15)


def noise(seed: int, index: int) -> float:
    """A number from -1 to 1 that depends on nothing but its arguments."""
    mixed = (index * 2_654_435_761 + seed * 40_503 + 12_345) & 0xFFFFFFFF
    mixed ^= mixed >> 15
    mixed = mixed * 2_246_822_519 & 0xFFFFFFFF
    mixed ^= mixed >> 13
    return (mixed & 0xFFFF) / 32_767.5 - 1.0


def day_of(at_us: int) -> tuple[str, int]:
    """The UTC day a moment lies in, and the microsecond of its midnight."""
    day = datetime.fromtimestamp(at_us // 1_000_000, UTC).date()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return day.isoformat(), int(midnight.timestamp()) * 1_000_000
