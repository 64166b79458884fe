"""Golden folders of time accounts: what a machine did in a shift, what the figures must say, and why."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from production.oee.queries.sums import sums_of_rows
from production.oee.rules.account import Ran, Stopped, account
from production.oee.rules.figures import figures_of
from production.oee.rules.rows import Made, Row, summed

FOLDERS = sorted(path.parent for path in Path(__file__).parents[2].glob("scenarios/oee/*/given.json"))
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


class Did(NamedTuple):
    state: str
    started_at: datetime
    ended_at: datetime | None


def moment(minutes: float | None) -> datetime | None:
    return None if minutes is None else START + timedelta(minutes=minutes)


def rows_of(given: dict[str, Any]) -> list[Row]:
    """Times are minutes of the shift; a stop is [from, to, kind of its reason, too short to want one]."""
    stops = [
        Stopped(number, moment(row[0]), moment(row[1]), number if row[2] else None, row[2], len(row) > 3)
        for number, row in enumerate(given["stops"], 1)
    ]
    slices = account(
        (START, moment(given["minutes"])),
        is_shift=True,
        breaks=[(moment(begin), moment(end)) for begin, end in given["breaks"]],
        states=[Did(state, moment(begin), moment(end)) for state, begin, end in given["states"]],
        stops=stops,
        runs=[Ran(moment(begin), moment(end), order) for order, begin, end in given["runs"]],
    )
    made = {}
    for order, said in given["made"].items():
        pieces = Made(*(Decimal(said.get(kind, 0)) for kind in ("good", "scrap", "rework")))
        ideal_s = pieces.produced * Decimal(said["ideal_s"])
        made[int(order)] = pieces + Made(ideal_s=ideal_s, produced_with_ideal=pieces.produced)
    return summed(slices, stops=stops, made=made, items={})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_scenario(folder: Path) -> None:
    rows = rows_of(json.loads((folder / "given.json").read_text("utf-8")))
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        seconds[row.time_class.value] += float(row.seconds)
    assert {name: length for name, length in seconds.items() if length} == expected["seconds"]
    found = figures_of(sums_of_rows(rows, is_shift=True))
    said = {name: f"{(found.value(name) or Decimal(0)) * 100:.2f}" for name in expected["percent"]}
    assert said == expected["percent"]
    assert list(found.findings) == expected["findings"]
    assert (folder / "why.md").read_text("utf-8").strip()


def test_there_are_scenarios() -> None:
    assert len(FOLDERS) >= 3
