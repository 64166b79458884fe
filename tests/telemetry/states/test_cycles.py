"""Cycles come from the words ACTIVE and PROGRAM_COMPLETED, to the microsecond."""

import json
import lzma
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telemetry.states.queries import cycles_of
from telemetry.states.rules.cycles import Cycle, cycles, totals
from telemetry.states.rules.definition import SECOND
from telemetry.states.rules.fold import timeline
from telemetry.states.rules.moments import to_us
from telemetry.states.rules.readings import Reading
from tests.telemetry.states.machines import EXECUTION, NOON, a_watched_machine
from tests.telemetry.states.readings import a_rule, said, us

DATA = Path(__file__).parents[4] / "shared" / "data"
PLATES = sorted((DATA / "machine_logs" / "plate").glob("*.txt.xz"))
RULE = a_rule({"kind": "words", "tag": "Program_Status"})


def words(*pairs):
    return timeline(said("Program_Status", *pairs), RULE)


def test_a_cycle_runs_from_the_first_active_to_the_next_completed():
    line = words((0, "READY"), (10, "ACTIVE"), (14, "FEED_HOLD"), (15.5, "ACTIVE"), (20, "PROGRAM_COMPLETED"))
    assert cycles(line) == [Cycle(us(10), us(20), us(8.5), us(1.5))]


def test_completed_without_active_is_no_cycle():
    assert cycles(words((0, "PROGRAM_COMPLETED"), (5, "PROGRAM_STOPPED"), (9, "PROGRAM_COMPLETED"))) == []


def test_a_running_cycle_is_none_yet():
    assert cycles(words((0, "ACTIVE"), (5, "FEED_HOLD"))) == []


def test_time_in_other_words_counts_to_the_length_only():
    line = words((0, "ACTIVE"), (5, "STOPPED"), (25, "ACTIVE"), (30, "PROGRAM_COMPLETED"))
    assert cycles(line) == [Cycle(0, us(30), us(10), 0)]


def test_totals_add_up_to_the_period():
    line = words((0, "ACTIVE"), (5, "STOPPED"), (25, "ACTIVE"))
    assert totals(line, us(2), us(40)) == {"PRODUCING": us(18), "STOPPED": us(20)}


def plate_readings(path: Path, stream: int = 1) -> list[Reading]:
    """The Program_Status lines of one log: timestamp|key|value."""
    readings = []
    with lzma.open(path, "rt", encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            stamp, *pairs = line.rstrip("\r\n").split("|")
            for key, value in zip(pairs[::2], pairs[1::2], strict=False):
                if key == "Program_Status":
                    readings.append(Reading(microseconds(stamp), key, stream, number, value))
    return readings


def microseconds(stamp: str) -> int:
    whole, _, fraction = stamp.rstrip("Z").partition(".")
    second = datetime.fromisoformat(f"{whole}+00:00")
    return int(second.timestamp()) * SECOND + int(fraction[:6].ljust(6, "0"))


def seconds(values):
    return [round(value / SECOND, 4) for value in values]


@pytest.mark.skipif(not PLATES, reason="the recorded machine logs (shared data) are not here")
class TestRecordedPlates:
    """The 20 recorded parts of the NIST mill."""

    expected = (
        json.loads((DATA / "expected.json").read_text("utf-8"))["machine_logs"]["plate"]["parts"] if PLATES else {}
    )

    @pytest.mark.parametrize("path", PLATES, ids=lambda path: path.name.partition(".")[0])
    def test_each_part_has_the_expected_cycles(self, path):
        expected = self.expected[path.name.partition(".")[0]]
        found = cycles(timeline(plate_readings(path), RULE))
        assert seconds(c.length for c in found) == expected["cycle_seconds"]
        assert seconds(c.active for c in found) == expected["active_seconds"]
        assert seconds(c.feed_hold for c in found) == expected["feed_hold_seconds"]

    @pytest.mark.django_db
    def test_through_the_database_in_random_file_order_twice(self, plant):
        watched = a_watched_machine(plant)
        watched.rule(EXECUTION, valid_from=to_us(datetime(2017, 1, 1, tzinfo=UTC)) / SECOND - NOON.timestamp())
        logs = [plate_readings(path, stream) for stream, path in enumerate(PLATES, start=1)] * 2
        random.Random(4).shuffle(logs)
        for log in logs:
            watched.store([reading._replace(tag="execution") for reading in log])
            watched.derive()
        found = cycles_of(watched.machine.pk, datetime(2017, 1, 1, tzinfo=UTC), datetime(2018, 1, 1, tzinfo=UTC))
        for ours, key in (
            ("length", "cycle_seconds"),
            ("active", "active_seconds"),
            ("feed_hold", "feed_hold_seconds"),
        ):
            lengths = sorted(round(getattr(cycle, ours).total_seconds(), 4) for cycle in found)
            assert lengths == sorted(value for part in self.expected.values() for value in part[key])
        assert len(found) == 40

    def test_all_parts_on_one_machine_in_any_file_order_have_the_same_cycles(self):
        logs = [plate_readings(path, stream) for stream, path in enumerate(PLATES, start=1)]
        forwards = timeline([reading for log in logs for reading in log], RULE)
        backwards = timeline([reading for log in reversed(logs) for reading in reversed(log)] * 2, RULE)
        assert backwards == forwards
        lengths = sorted(round(c.length / SECOND, 4) for c in cycles(forwards))
        assert lengths == sorted(s for part in self.expected.values() for s in part["cycle_seconds"])
        assert len(lengths) == 40
