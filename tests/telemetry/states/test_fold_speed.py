"""A day of one machine at 1 Hz is folded in well under two seconds (08-telemetry, T7)."""

from time import perf_counter

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
    began = perf_counter()
    intervals, _memory = fold(readings, a_rule(source))
    assert perf_counter() - began < 1.0  # about 0.03 s measured; a busy machine may be slow, not this slow
    assert len(intervals) > 100
