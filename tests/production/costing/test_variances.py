"""Variances against worked examples whose solutions are published (04-definitions 4.12)."""

from decimal import Decimal

from production.costing.rules import variances

D = Decimal


def test_t_cost_1_every_variance_of_one_month() -> None:
    """T-COST-1, published solution: output 6 500 pieces, 8 units and half an hour each."""
    output, price, rate, overhead = D(6500), D("8.10"), D("24.70"), D("6.40")
    hours, standard_hours = D(3450), output * D("0.5")
    assert variances.material_price(price, D(62_350), D(386_210)) == D(118_825)
    assert variances.material_usage(price, output * 8, D(52_020)) == D(-162)
    assert variances.labour_rate(rate, hours, D(88_880)) == D(-3665)
    assert variances.labour_efficiency(rate, standard_hours, hours) == D(-4940)
    assert variances.overhead_spending(overhead, hours, D(21_295)) == D(785)
    assert variances.overhead_efficiency(overhead, standard_hours, hours) == D(-1280)


def test_t_cost_2_rate_and_efficiency_add_up_to_the_whole() -> None:
    """T-COST-2: 14 800 h at 8.20 where 15 000 h at 8.00 were right."""
    paid = D(14_800) * D("8.20")
    by_rate = variances.labour_rate(D(8), D(14_800), paid)
    by_efficiency = variances.labour_efficiency(D(8), D(15_000), D(14_800))
    assert (by_rate, by_efficiency) == (D(-2960), D(1600))
    assert by_rate + by_efficiency == D(-1360) == D(15_000) * 8 - paid


def test_t_cost_3_less_was_used_than_the_output_needs() -> None:
    """T-COST-3: 190 000 lb used for 20 000 pieces of 10 lb at 24."""
    assert variances.material_usage(D(24), D(20_000) * 10, D(190_000)) == D(240_000)
