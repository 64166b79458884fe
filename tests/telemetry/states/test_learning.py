"""Thresholds are proposed where a machine's current falls into two groups, and nowhere else."""

import random

import pytest

from telemetry.states.rules.learning import histogram, proposal


def day(*humps: tuple[float, float, int]) -> list[float]:
    """Readings around (level, spread, how many) each, in a fixed random order."""
    chance = random.Random(7)
    values = [max(0.0, chance.gauss(level, spread)) for level, spread, many in humps for _ in range(many)]
    chance.shuffle(values)
    return values


def test_running_and_idling_are_told_apart_in_the_valley():
    found = proposal(day((8.0, 0.5, 5000), (1.5, 0.2, 3000)))
    assert found is not None
    assert 2.2 < found.idle_below < found.run_above < 6.6
    assert found.off_below == pytest.approx(0.15, abs=0.03)


def test_a_machine_that_idles_at_nothing_has_no_level_for_off():
    found = proposal(day((8.0, 0.5, 5000), (0.0, 0.05, 3000)))
    assert found is not None
    assert found.off_below < 0.02
    assert found.off_below <= found.idle_below < found.run_above


def test_a_single_spike_does_not_flatten_the_rest():
    values = day((8.0, 0.5, 5000), (1.5, 0.2, 3000))
    assert histogram([*values, 900.0]).high < 20
    with_spike, without = proposal([*values, 900.0]), proposal(values)
    assert with_spike.run_above == pytest.approx(without.run_above, abs=0.5)


@pytest.mark.parametrize("values", [day((8.0, 0.5, 5000)), day((5.0, 2.5, 5000)), [3.0] * 1000, [1.0, 9.0] * 20, []])
def test_without_two_groups_nothing_is_proposed(values):
    assert proposal(values) is None


def test_every_value_is_counted_once():
    values = day((8.0, 0.5, 500), (1.5, 0.2, 300))
    seen = histogram(values)
    assert sum(seen.counts) == 800
    assert seen.low == min(values)
    assert histogram([1.0] * 59) is None


def test_values_that_are_no_numbers_are_left_out():
    assert proposal([*day((8.0, 0.5, 5000), (1.5, 0.2, 3000)), float("nan"), float("inf")]) is not None
