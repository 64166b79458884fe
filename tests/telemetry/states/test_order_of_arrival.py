"""The time line is a function of the set of readings: arrival, repeats and pauses make no difference."""

import json
import random
from itertools import pairwise

import msgspec
import pytest

from telemetry.states.rules.definition import SECOND
from telemetry.states.rules.fold import Interval, Memory, fold, fold_versions, timeline
from telemetry.states.rules.readings import Reading, in_order
from tests.telemetry.states.readings import a_rule, folded_in_pieces

RULES = [
    a_rule({"kind": "words", "tag": "execution"}),
    a_rule({"kind": "words", "tag": "execution", "stale_after_s": 20}),
    a_rule({"kind": "current", "tag": "amps"}),
    a_rule({"kind": "counter", "tag": "pieces", "cycle_s": 4, "k": 2, "stale_after_s": 30}),
    a_rule(
        {"kind": "bits", "bits": [{"tag": "fault", "state": "FAULT"}], "otherwise": None, "stale_after_s": 40},
        {"kind": "words", "tag": "execution", "otherwise": None, "stale_after_s": 25},
        {"kind": "current", "tag": "amps"},
        {"kind": "counter", "tag": "pieces", "cycle_s": 4},
    ),
    a_rule({"kind": "words", "tag": "execution", "for_s": 3, "stale_after_s": 20}),
    a_rule(
        {"kind": "bits", "bits": [{"tag": "fault", "state": "FAULT"}], "otherwise": None, "for_s": 2},
        {"kind": "current", "tag": "amps", "median": 3},
        {"kind": "words", "tag": "execution", "for_s": 1},
    ),
]


def some_readings(chance: random.Random) -> list[Reading]:
    """A few minutes of a nervous machine: dense and sparse stretches, ties, bad quality."""
    readings = []
    at, pieces = chance.randrange(5) * SECOND, 0
    for seq in range(1, chance.randint(5, 60)):
        at += chance.choice([0, 0, 250_000, SECOND, SECOND, SECOND, 2 * SECOND, 11 * SECOND, 45 * SECOND])
        tag = chance.choice(["execution", "amps", "amps", "amps", "pieces", "fault"])
        if tag == "pieces":
            pieces = chance.choice([pieces, pieces + 1, pieces + 1, 0])
        value = {
            "execution": chance.choice(["ACTIVE", "active", "FEED_HOLD", "UNAVAILABLE", "ODD", None]),
            "amps": chance.choice([0.0, 0.1, 1.0, 2.5, 3.0, 5.0, 5.0, 5.0]),
            "pieces": float(pieces),
            "fault": chance.choice([True, False]),
        }[tag]
        readings.append(Reading(at, tag, chance.randint(1, 2), seq, value, chance.choice([192, 192, 192, 64, 0])))
    return readings


def arrived(readings: list[Reading], chance: random.Random) -> list[Reading]:
    """The same readings late, repeated and disordered."""
    late = readings + chance.sample(readings, len(readings) // 4)
    chance.shuffle(late)
    return late


def stored(memory: Memory) -> Memory:
    """The memory after a visit to the database."""
    return msgspec.convert(json.loads(json.dumps(msgspec.to_builtins(memory))), Memory)


@pytest.mark.parametrize("number", range(len(RULES)))
def test_a_thousand_arrivals_give_one_time_line(number):
    rule, chance = RULES[number], random.Random(number)
    for _ in range(200):
        readings = some_readings(chance)
        until = max(reading.at for reading in readings) + chance.choice([1, 30 * SECOND, 100 * SECOND])
        whole = timeline(readings, rule, until)
        assert timeline(arrived(readings, chance), rule, until) == whole

        stops = sorted({*(chance.choice(readings).at + chance.choice([0, 1, SECOND]) for _ in range(4)), until})
        late = arrived(readings, chance)
        pieces = [
            ([r for r in late if left <= r.at < right], right) for left, right in zip([-1, *stops], stops, strict=False)
        ]
        assert folded_in_pieces(pieces, rule, until) == whole


@pytest.mark.parametrize("number", range(len(RULES)))
def test_a_memory_does_not_depend_on_the_pauses_before_it(number):
    rule, chance = RULES[number], random.Random(100 + number)
    for _ in range(100):
        readings = some_readings(chance)
        until = max(reading.at for reading in readings) + chance.choice([1, 5 * SECOND, 60 * SECOND])
        _settled, straight = fold(readings, rule, None, until)
        memory = None
        for stop in sorted({chance.choice(readings).at for _ in range(3)} | {until}):
            left = 0 if memory is None else memory.until
            _settled, memory = fold([r for r in readings if left <= r.at < stop], rule, memory, stop)
            memory = stored(memory)
        assert memory == straight


def covers(line: list[Interval]) -> None:
    assert [i.ended_at for i in line[:-1]] == [i.started_at for i in line[1:]]
    assert all(i.ended_at is not None and i.started_at < i.ended_at for i in line[:-1])
    assert line[-1].ended_at is None
    assert all((a.state, a.word) != (b.state, b.word) for a, b in pairwise(line))


@pytest.mark.parametrize("number", range(len(RULES)))
def test_intervals_cover_the_time_without_holes_or_overlap(number):
    chance = random.Random(200 + number)
    seen = 0
    for _ in range(200):
        readings = some_readings(chance)
        line = timeline(readings, RULES[number])
        if line:
            covers(line)
            seen += len(line)
    assert seen > 200


def test_what_is_settled_stays_whatever_comes_later():
    rule, chance, settled_intervals = RULES[4], random.Random(7), 0
    for _ in range(100):
        readings = in_order(some_readings(chance))
        cut = readings[len(readings) // 2].at
        settled, _memory = fold([r for r in readings if r.at < cut], rule, None, cut)
        assert timeline(readings, rule)[: len(settled)] == settled
        settled_intervals += len(settled)
    assert settled_intervals > 100


def test_rule_versions_take_over_at_their_time_and_keep_the_last_word():
    calm = a_rule({"kind": "words", "tag": "execution"})
    strict = a_rule({"kind": "words", "tag": "execution", "words": {"ACTIVE": "SETUP"}, "otherwise": "FAULT"})
    readings = [Reading(s * SECOND, "execution", 1, s, w) for s, w in [(1, "READY"), (5, "ACTIVE"), (20, "READY")]]
    line = fold_versions(readings, [(3 * SECOND, calm), (10 * SECOND, strict), (15 * SECOND, calm)])
    assert line == [
        Interval(3 * SECOND, 5 * SECOND, "IDLE", "READY"),
        Interval(5 * SECOND, 10 * SECOND, "PRODUCING", "ACTIVE"),
        Interval(10 * SECOND, 15 * SECOND, "SETUP", "ACTIVE"),
        Interval(15 * SECOND, 20 * SECOND, "PRODUCING", "ACTIVE"),
        Interval(20 * SECOND, None, "IDLE", "READY"),
    ]


def test_a_new_version_that_says_the_same_cuts_nothing():
    rule = a_rule({"kind": "words", "tag": "execution"})
    line = fold_versions([Reading(SECOND, "execution", 1, 1, "ACTIVE")], [(0, rule), (9 * SECOND, rule)], 20 * SECOND)
    assert line == [Interval(SECOND, None, "PRODUCING", "ACTIVE")]


def test_a_new_version_whose_tags_never_spoke_knows_nothing():
    rule = a_rule({"kind": "words", "tag": "execution"})
    deaf = a_rule({"kind": "words", "tag": "elsewhere"})
    line = fold_versions([Reading(SECOND, "execution", 1, 1, "ACTIVE")], [(0, rule), (9 * SECOND, deaf)], 20 * SECOND)
    assert line == [
        Interval(SECOND, 9 * SECOND, "PRODUCING", "ACTIVE"),
        Interval(9 * SECOND, None, "NO_DATA", ""),
    ]
