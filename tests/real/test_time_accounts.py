"""The time accounts of a real mill's recorded plates add up to the second.

Inputs: ../shared/data/machine_logs/plate, expected.json (numbers made by scripts that share no code with ours). The
logs are folded directly; that they arrive whole through the real agent and door is what test_recorded_mill.py shows.
"""

import json
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from factory_core.calendar.rules import ShiftPlan, shift_windows
from production.oee.rules.account import Slice, account, microseconds
from production.oee.rules.rows import summed
from production.oee.rules.windows import Window, account_windows, midnight_before
from production.oee.states import TimeClass
from telemetry.edge.drivers.shdr import read_log
from telemetry.states.rules.cycles import totals
from telemetry.states.rules.definition import read_definition
from telemetry.states.rules.fold import Interval, timeline
from telemetry.states.rules.moments import from_us
from telemetry.states.rules.readings import Reading
from tests.real.mill import EXPECTED, LOGS

pytestmark = pytest.mark.skipif(not EXPECTED.exists(), reason="../shared/data/machine_logs is absent")
PLATES = sorted((LOGS / "plate").glob("*.xz"))
RULE = read_definition({"sources": [{"kind": "words", "tag": "Program_Status"}]})
ZONE = ZoneInfo("America/New_York")
EVERY_DAY = frozenset(range(1, 8))
SHIFTS = [
    ShiftPlan(1, "Early", time(6), time(14, 30), EVERY_DAY, ((time(9), time(9, 15)), (time(12), time(12, 30)))),
    ShiftPlan(2, "Late", time(14), time(22, 30), EVERY_DAY, ((time(18), time(18, 30)),)),
]


@dataclass(frozen=True)
class Known:
    """A state as the account wants it."""

    state: str
    started_at: datetime
    ended_at: datetime | None


@cache
def recorded(log: Path) -> tuple[list[Interval], int, int]:
    """The states of a plate's log, its first and last moment."""
    said = [
        Reading(one.at_us, one.tag, 1, number, one.value)
        for number, one in enumerate(read_log(log))
        if one.tag == "Program_Status"
    ]
    moments = [one.at for one in said]
    return timeline(said, RULE), min(moments), max(moments)


def accounts(log: Path, *, has_shifts: bool) -> list[tuple[Window, list[Slice]]]:
    """The accounts over a plate's days, cut where its log ends."""
    intervals, first, last = recorded(log)
    start, end = midnight_before(from_us(first), ZONE), from_us(last)
    states = [
        Known(one.state, from_us(one.started_at), None if one.ended_at is None else from_us(one.ended_at))
        for one in intervals
    ]
    shifts = shift_windows(SHIFTS, (), ZONE, start, end) if has_shifts else []
    return [
        (
            window,
            account(
                (window.started_at, min(window.ended_at, end)),
                is_shift=window.is_shift, breaks=window.breaks, states=states, stops=(), runs=None,
            ),
        )
        for window in account_windows(shifts, ZONE, start, end, has_shifts=has_shifts)
    ]  # fmt: skip


@pytest.mark.parametrize("log", PLATES, ids=lambda log: log.name[:20])
def test_each_account_of_a_plate_adds_up(log):
    found = accounts(log, has_shifts=True)
    _intervals, first, last = recorded(log)
    covered = [one for _window, slices in found for one in slices]
    assert covered[0].started_at == midnight_before(from_us(first), ZONE)
    assert covered[-1].ended_at == from_us(last)
    assert all(left.ended_at == right.started_at for left, right in pairwise(covered))
    for window, slices in found:
        end = min(window.ended_at, from_us(last))
        assert sum(one.microseconds for one in slices) == microseconds(window.started_at, end)
        rows = summed(slices, stops=(), made={}, items={})
        length = Decimal((microseconds(window.started_at, end) + 500) // 1000) / 1000
        assert sum(row.seconds for row in rows) == length
        assert window.is_shift or {row.time_class for row in rows} == {TimeClass.NO_SHIFT}


@pytest.mark.parametrize("log", PLATES, ids=lambda log: log.name[:20])
def test_what_a_plate_produced_is_what_its_states_say_and_not_less_than_was_counted_apart(log):
    intervals, first, last = recorded(log)
    found = [one for _window, slices in accounts(log, has_shifts=False) for one in slices]
    producing = sum(one.microseconds for one in found if one.time_class == TimeClass.PRODUCING)
    assert producing == totals(intervals, first, last)["PRODUCING"]
    parts = json.loads(EXPECTED.read_text())["machine_logs"]["plate"]["parts"]
    active = parts[sorted(parts)[PLATES.index(log)]]["active_seconds"]
    assert producing >= round(sum(active) * 1_000_000) - 1000
