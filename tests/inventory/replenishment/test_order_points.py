"""Published and calculated examples of the economic order quantity and the order point: T-EOQ-1..4."""

from decimal import Decimal

import pytest

from inventory.replenishment.rules import BadFigure, eoq, reorder_point, safety_stock, yearly_costs

TENTH, CENT = Decimal("0.1"), Decimal("0.01")


def test_eoq_1_a_lot_of_250_ten_times_a_year() -> None:
    """T-EOQ-1: D 2 500, S 18.75, H 1.50."""
    demand, order, holding = Decimal(2500), Decimal("18.75"), Decimal("1.50")
    lot = eoq(demand, order, holding)
    assert lot == 250
    assert demand / lot == 10
    assert yearly_costs(demand, order, holding, lot) == (Decimal("187.50"), Decimal("187.50"))


def test_eoq_1_the_order_point_with_safety_stock() -> None:
    """T-EOQ-1: 250 days, lead 3 days, sigma 4 over the lead time, 95 %. The published 45.8 is wrong, 36.6 is right."""
    daily = Decimal(2500) / 250
    safety = safety_stock(Decimal(4), Decimal("1.65"))
    assert reorder_point(daily, 3) == 30
    assert safety == Decimal("6.6")
    assert reorder_point(daily, 3, safety) == Decimal("36.6")


def test_eoq_2_shoes() -> None:
    """T-EOQ-2: Anderson and Sweeney, 800 a week, unit 54, order 72, 22 % holding, 52 weeks, two weeks' lead."""
    demand, order, holding = Decimal(800 * 52), Decimal(72), Decimal(54) * Decimal("0.22")
    lot = eoq(demand, order, holding)
    assert lot.quantize(TENTH) == Decimal("710.1")
    assert reorder_point(Decimal(800), 2) == 1600
    assert round(sum(yearly_costs(demand, order, holding, lot))) == 8436


def test_eoq_3() -> None:
    """T-EOQ-3: D 2 480, S 20, H 1.55, lead 2 of 250 days."""
    demand, order, holding = Decimal(2480), Decimal(20), Decimal("1.55")
    lot = eoq(demand, order, holding)
    ordering, keeping = yearly_costs(demand, order, holding, lot)
    assert lot.quantize(CENT) == Decimal("252.98")
    assert (keeping.quantize(CENT), ordering.quantize(CENT)) == (Decimal("196.06"), Decimal("196.06"))
    assert reorder_point(demand / 250, 2) == Decimal("19.84")


def test_eoq_4() -> None:
    """T-EOQ-4: D 5 000, S 100, H 10; one order every 3.29 of 52 weeks, lead one week."""
    demand = Decimal(5000)
    lot = eoq(demand, Decimal(100), Decimal(10))
    assert lot.quantize(TENTH) == Decimal("316.2")
    assert (demand / lot).quantize(TENTH) == Decimal("15.8")
    assert (52 * lot / demand).quantize(CENT) == Decimal("3.29")
    assert reorder_point(demand / 52, 1).quantize(CENT) == Decimal("96.15")


@pytest.mark.parametrize(
    ("figures", "name", "fault"),
    [
        ((None, Decimal(1), Decimal(1)), "yearly_demand", "missing"),
        ((Decimal(-5), Decimal(1), Decimal(1)), "yearly_demand", "negative"),
        ((Decimal(5), Decimal(0), Decimal(1)), "order_cost", "zero"),
        ((Decimal(5), Decimal(1), None), "holding_cost", "missing"),
        ((Decimal("NaN"), Decimal(1), Decimal(1)), "yearly_demand", "missing"),
        ((Decimal("Infinity"), Decimal(1), Decimal(1)), "yearly_demand", "missing"),
    ],
)
def test_a_figure_that_is_no_figure_is_named(
    figures: tuple[Decimal | None, Decimal | None, Decimal | None], name: str, fault: str
) -> None:
    with pytest.raises(BadFigure) as refused:
        eoq(*figures)
    assert (refused.value.name, refused.value.fault) == (name, fault)
