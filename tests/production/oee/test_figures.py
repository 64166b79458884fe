"""T-OEE-1 to 4. Numbers: definitions 4.1 (Vorne's example, waycalculator, cncoptimization guide; recomputed)."""

from decimal import Decimal

import pytest

from production.oee.rules.figures import Sums, better_cycle, figures_of, order_figures, total
from production.oee.states import RuleSet

D = Decimal


def a_day(producing, stops, breaks, total_count, bad, ideal, *, no_shift=0, **more) -> Sums:
    """Minutes of a shift, pieces, and the ideal cycle in seconds."""
    return Sums(
        producing_s=D(producing) * 60, ideal_base_s=D(producing) * 60, unplanned_s=D(stops) * 60,
        planned_s=D(breaks) * 60, no_shift_s=D(no_shift) * 60, ideal_s=D(ideal) * total_count,
        produced=D(total_count), produced_with_ideal=D(total_count), good=D(total_count - bad), scrap=D(bad), **more,
    )  # fmt: skip


def shown(value: Decimal | None) -> str | None:
    return None if value is None else f"{value * 100:.2f}"


VORNE = a_day(373, 47, 60, 19271, 423, "1.0", no_shift=960)


def test_t_oee_1():
    found = figures_of(VORNE)
    assert VORNE.shift_s == 480 * 60
    keys = ("availability", "effectiveness", "quality", "oee", "teep")
    assert [shown(found.value(key)) for key in keys] == ["88.81", "86.11", "97.80", "74.79", "21.81"]
    assert shown(D(18848) / (420 * 60)) == "74.79"
    assert found["availability"].behind == (("APT", D(22380)), ("PBT", D(25200)))
    assert found["availability"].formula == "APT ÷ PBT"


def test_t_oee_2_multiplies_unrounded_factors():
    found = figures_of(a_day(420, 60, 0, 400, 20, 60))
    values = [found.value(key) for key in ("availability", "effectiveness", "quality", "oee")]
    assert [f"{value * 100:.1f}" for value in values] == ["87.5", "95.2", "95.0", "79.2"]


def test_t_oee_3():
    found = figures_of(a_day(378, 42, 60, 300, 6, 60))
    values = [found.value(key) for key in ("availability", "effectiveness", "quality", "oee")]
    assert [f"{value * 100:.1f}" for value in values] == ["90.0", "79.4", "98.0", "70.0"]


def test_t_oee_4_what_divides_by_nothing_has_no_value():
    never_ran = figures_of(a_day(0, 480, 0, 0, 0, 60))
    assert never_ran.value("availability") == 0
    assert never_ran.value("effectiveness") is None
    assert never_ran.value("quality") is None
    assert never_ran.value("oee") is None
    assert figures_of(a_day(0, 0, 480, 0, 0, 60)).value("availability") is None
    assert all(figure.value is None for figure in figures_of(Sums()).by_key.values())


def test_t_oee_4_a_group_is_summed_never_averaged():
    small, large = a_day(60, 60, 0, 60, 0, 60), a_day(960, 0, 0, 480, 480, 60)
    found = figures_of(total([small, large]))
    assert found.value("availability") == D(1020) / D(1080)
    assert found.value("effectiveness") == D(540) / D(1020)
    assert found.value("quality") == D(60) / D(540)
    assert found.value("oee") == D(1020) / D(1080) * (D(540) / D(1020)) * (D(60) / D(540))


@pytest.mark.parametrize(
    ("rules", "availability", "oee"),
    [
        (RuleSet.ISO22400, "75.00", "60.00"),
        (RuleSet.PLANNED_COUNT, "60.00", "48.00"),
        (RuleSet.ODOO, "66.67", "66.67"),
    ],
)
def test_the_rule_sets_mean_different_things(rules, availability, oee):
    sums = a_day(300, 50, 100, 240, 0, 60, setup_s=D(50) * 60, planned_named_s=D(50) * 60)
    found = figures_of(sums, rules)
    assert found.rule_set == rules
    assert (shown(found.value("availability")), shown(found.value("oee"))) == (availability, oee)


def test_set_up_is_a_loss_of_oee_and_none_of_nee():
    found = figures_of(a_day(300, 60, 0, 300, 0, 60, setup_s=D(60) * 60))
    assert found.value("oee") == D(300) / D(420)
    assert found.value("nee") == D(360) / D(420)
    assert found.value("setup_ratio") == D(60) / D(360)
    assert found.value("technical_efficiency") == D(300) / D(360)
    assert found.value("utilisation_efficiency") == D(300) / D(420)


def test_no_order_and_no_data():
    found = figures_of(a_day(200, 100, 0, 200, 0, 60, no_order_s=D(100) * 60, no_data_s=D(100) * 60))
    assert found.value("availability") == D(200) / D(400)
    assert found.value("allocation_efficiency") == D(300) / D(400)
    assert found.value("coverage") == D(400) / D(500)
    assert found.findings == ("time_unknown",)


def test_more_than_ideal_is_a_finding_and_is_never_cut():
    found = figures_of(a_day(100, 0, 0, 120, 0, 60))
    assert found.value("effectiveness") == D("1.2")
    assert found.value("oee") == D("1.2")
    assert found.findings == ("ideal_too_long",)
    assert found.sums.speed_loss_s == -1200
    assert better_cycle([(D(6000), D(120)), (D(6000), D(110)), (D(30), D(10))]) == D("50.000")
    assert better_cycle([]) is None


def test_pieces_energy_and_throughput():
    sums = a_day(60, 0, 0, 110, 10, 30, energy_kwh=D(55), idle_energy_kwh=D(11))
    sums += Sums(rework=D(10), produced=D(10), energy_kwh=None)
    found = figures_of(sums)
    assert found.value("scrap_ratio") == D(10) / D(120)
    assert found.value("rework_ratio") == D(10) / D(120)
    assert found.value("first_pass_yield") == D(100) / D(120)
    assert found.value("throughput") == 120
    assert found.value("energy_per_good") == D("0.55")
    assert found.value("idle_energy") == D("0.2")
    assert found.findings == ("pieces_without_ideal",)


def test_an_order_on_two_machines_at_once_may_be_allocated_above_one():
    """Definitions 4.1: ΣAUBT ÷ AOET and ΣAPT ÷ AOET, by hand.

    The order lasts 200 min. Machine A: set-up 20, producing 90, stopped 10, waiting 80; machine B: producing 110 and
    a break of 30 beside it. ΣAUBT = 120 + 110 = 230, ΣAPT = 200; 500 pieces in 200 min are 150 an hour.
    """
    first = Sums(setup_s=D(20) * 60, producing_s=D(90) * 60, unplanned_s=D(7) * 60, micro_s=D(3) * 60)
    second = Sums(producing_s=D(110) * 60, planned_s=D(30) * 60)
    found = order_figures(total([first, second]), D(200) * 60, D(500))
    assert found["allocation_ratio"].value == D("1.15")
    assert found["allocation_ratio"].formula == "ΣAUBT ÷ AOET"
    assert found["allocation_ratio"].behind == (("ΣAUBT", D(13800)), ("AOET", D(12000)))
    assert found["production_process_ratio"].value == 1
    assert found["production_process_ratio"].behind == (("ΣAPT", D(12000)), ("AOET", D(12000)))
    assert found["order_throughput"].value == 150
    assert [one.value for one in order_figures(Sums(), D(0), D(0)).values()] == [None, None, None]
