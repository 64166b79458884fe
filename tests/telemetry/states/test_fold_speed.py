"""A day of one machine at 1 Hz is folded in well under two seconds (08-telemetry, T7)."""

from time import process_time

import pytest

from telemetry.states.rules.fold import fold
from telemetry.states.rules.readings import Reading
from tests.telemetry.states.readings import a_rule, us

DAY = 86_400


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"kind": "current", "tag": "x"}, lambda i: 6.0 if i // 300 % 3 else 0.8),
        ({"kind": "words", "tag": "x"}, lambda i: "ACTIVE" if i // 30 % 2 else "FEED_HOLD"),
    ],
    ids=["current", "words"],
)
def test_a_day_is_folded_quickly(source, value):
    readings = [Reading(us(1_700_000_000 + i), "x", 1, i, value(i)) for i in range(DAY)]
    began = process_time()
    intervals, _memory = fold(readings, a_rule(source))
    assert process_time() - began < 1.0  # of the processor's own time, whoever else uses it; 0.03 s measured
    assert len(intervals) > 100
