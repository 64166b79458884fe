"""Golden folders: what was given, what must come out, and why."""

import json
from pathlib import Path

import pytest

from telemetry.states.rules.counters import count
from telemetry.states.rules.cycles import cycles
from telemetry.states.rules.definition import SECOND, read_definition
from telemetry.states.rules.fold import fold_versions
from telemetry.states.rules.readings import GOOD, Reading
from tests.telemetry.states.readings import in_seconds, us

FOLDERS = sorted(path.parent for path in Path(__file__).parents[2].glob("scenarios/states/*/given.json"))


def given(folder: Path):
    """Readings are rows of [seconds, tag, value, quality if not good] in order of arrival."""
    document = json.loads((folder / "given.json").read_text("utf-8"))
    versions = [(us(rule["valid_from"]), read_definition(rule["definition"])) for rule in document["rules"]]
    readings = [
        Reading(us(row[0]), row[1], 1, seq, row[2], row[3] if len(row) > 3 else GOOD)
        for seq, row in enumerate(document["readings"], start=1)
    ]
    return readings, versions, us(document["until"])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_scenario(folder):
    readings, versions, until = given(folder)
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    line = fold_versions(readings, versions, until)
    assert [list(row) for row in in_seconds(line)] == expected["intervals"]
    found = [
        [c.started_at / SECOND, c.ended_at / SECOND, c.active / SECOND, c.feed_hold / SECOND] for c in cycles(line)
    ]
    assert found == expected.get("cycles", [])
    steps, _tallies = count(readings, versions[-1][1].counters)
    assert [[s.at / SECOND, float(s.delta), s.kind] for s in steps] == expected.get("steps", [])
    assert (folder / "why.md").read_text("utf-8").strip()


def test_there_are_scenarios():
    assert len(FOLDERS) >= 5
