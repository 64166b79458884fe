"""What a counter's readings add up to."""

import random
from decimal import Decimal

import pytest

from telemetry.states.rules.counters import COUNT, REJECTED, RESET, ROLLOVER, Step, count, unsettled_since
from telemetry.states.rules.definition import SECOND, Counted
from telemetry.states.rules.readings import Reading
from tests.telemetry.states.readings import said, us

PIECES = Counted("n")
SIXTEEN_BIT = Counted("n", modulus=65536)
RATED = Counted("n", max_per_s=2)


def steps(counted, *pairs):
    found, _tallies = count(said("n", *pairs), [counted])
    return [(step.at / SECOND, step.delta, step.kind) for step in found]


def test_the_first_value_counts_nothing():
    assert steps(PIECES, (0, 1207)) == []


def test_a_rise_counts_by_its_difference_and_a_repeat_counts_nothing():
    assert steps(PIECES, (0, 5), (1, 6), (2, 6), (3, 9)) == [(1, 1, COUNT), (3, 3, COUNT)]


def test_decimals_do_not_drift():
    assert steps(PIECES, (0, 0.1), (1, 0.3)) == [(1, Decimal("0.2"), COUNT)]


def test_past_the_modulus_it_goes_on_from_zero():
    assert steps(SIXTEEN_BIT, (0, 65530), (1, 4)) == [(1, 10, ROLLOVER)]


def test_a_rollover_that_lands_on_zero_is_settled_by_the_next_reading():
    assert steps(SIXTEEN_BIT, (0, 65530), (1, 0)) == []
    assert steps(SIXTEEN_BIT, (0, 65530), (1, 0), (2, 3)) == [(1, 6, ROLLOVER), (2, 3, COUNT)]


def test_a_fall_from_the_middle_is_a_reset_even_with_a_modulus():
    assert steps(SIXTEEN_BIT, (0, 30000), (1, 4)) == [(1, 4, RESET)]


def test_a_rollover_every_few_seconds_is_exact():
    pairs = [(tenth / 10, (tenth * 1000) % 65536) for tenth in range(1, 2000)]
    assert sum(delta for _at, delta, _kind in steps(SIXTEEN_BIT, *pairs)) == 1998 * 1000


def test_after_a_reset_the_new_value_counts_from_zero():
    assert steps(PIECES, (0, 1207), (1, 3), (2, 4)) == [(1, 3, RESET), (2, 1, COUNT)]


def test_a_reset_to_zero_counts_nothing_and_goes_on():
    assert steps(PIECES, (0, 1207), (1, 0), (2, 2)) == [(1, 0, RESET), (2, 2, COUNT)]


def test_a_zero_followed_by_the_old_level_never_happened():
    assert steps(PIECES, (0, 1207), (1, 0), (2, 1207)) == []
    assert steps(PIECES, (0, 1207), (1, 0), (2, 0), (3, 1208)) == [(3, 1, COUNT)]


def test_an_old_level_long_after_the_zero_was_counted_anew():
    assert steps(PIECES, (0, 2), (1, 0), (3600, 2)) == [(1, 0, RESET), (3600, 2, COUNT)]


def test_an_impossible_rise_is_noted_and_not_counted():
    assert steps(RATED, (0, 100), (1, 9999), (2, 101)) == [(1, 0, REJECTED), (2, 1, COUNT)]


def test_after_an_impossible_rise_that_stays_the_new_level_counts():
    assert steps(RATED, (0, 100), (1, 9999), (2, 10000)) == [(1, 0, REJECTED), (2, 1, COUNT)]
    assert steps(RATED, (0, 100), (1, 9999), (2, 9999), (3, 10000)) == [(1, 0, REJECTED), (3, 1, COUNT)]


def test_text_negative_and_bad_values_say_nothing():
    assert steps(PIECES, (0, 5), (1, "7"), (2, -1), (3, 6)) == [(3, 1, COUNT)]


def test_counters_of_one_machine_do_not_mix():
    readings = said("good", (0, 1), (1, 2)) + said("scrap", (0, 7), (1, 9))
    found, _tallies = count(readings, [Counted("good"), Counted("scrap", counts="scrap")])
    assert found == [Step(us(1), "good", Decimal(1), COUNT), Step(us(1), "scrap", Decimal(2), COUNT)]


def test_a_doubt_tells_since_when_steps_may_still_come():
    _steps, tallies = count(said("n", (0, 5), (1, 6)), [PIECES])
    assert unsettled_since(tallies, us(2)) == us(2)
    _steps, tallies = count(said("n", (0, 5), (1, 0)), [PIECES])
    assert unsettled_since(tallies, us(2)) == us(1)


@pytest.mark.parametrize("counted", [PIECES, SIXTEEN_BIT, RATED], ids=["plain", "modulus", "rated"])
def test_pauses_repeats_and_order_make_no_difference(counted):
    chance = random.Random(3)
    for _ in range(300):
        values = [chance.choice([0, 1, 2, 3, 5, 65000, 65500, 70]) for _ in range(chance.randint(2, 25))]
        readings = [Reading(us(i * chance.choice([1, 7])), "n", 1, i, float(v)) for i, v in enumerate(values)]
        whole, last = count(readings, [counted])
        mixed = readings * 2
        chance.shuffle(mixed)
        assert count(mixed, [counted]) == (whole, last)
        cut = chance.choice(readings).at
        first, tallies = count([r for r in mixed if r.at < cut], [counted])
        second, after = count([r for r in mixed if r.at >= cut], [counted], tallies)
        assert (sorted(first + second), after) == (sorted(whole), last)
        assert all(step.at >= unsettled_since(tallies, cut) for step in second)
