"""Published and calculated examples of lot sizing and netting: T-LOT-1..4, T-MRP-2 and single steps of T-MRP-1/3."""

from decimal import Decimal

import pytest

from inventory.replenishment.rules import (
    BadFigure,
    cost_of,
    eoq,
    fixed,
    lot_for_lot,
    net,
    period_cover,
    releases,
    rounded_up,
    silver_meal,
    wagner_whitin,
)


def d(*numbers: int) -> list[Decimal]:
    return [Decimal(number) for number in numbers]


# T-LOT-1: Heizer and Render, ten weeks, 35 on hand, set-up 100, holding 1.
HEIZER = d(35, 30, 40, 0, 10, 40, 30, 0, 30, 55)
HEIZER_NET = d(0, 30, 40, 0, 10, 40, 30, 0, 30, 55)
SETUP, HOLDING, ON_HAND = Decimal(100), Decimal(1), Decimal(35)


def heizer_cost(lots: list[Decimal]) -> Decimal:
    return cost_of(lots, HEIZER, SETUP, HOLDING, ON_HAND)


def test_lot_1_net_needs() -> None:
    assert net(HEIZER, on_hand=ON_HAND).net == HEIZER_NET


def test_lot_1_lot_for_lot_costs_700() -> None:
    assert heizer_cost(lot_for_lot(HEIZER_NET)) == 700


def test_lot_1_lots_of_73_cost_775() -> None:
    assert heizer_cost(fixed(HEIZER_NET, Decimal(73))) == 775


def test_lot_1_three_weeks_cover_costs_495() -> None:
    lots = period_cover(HEIZER_NET, 3)
    assert lots == d(0, 70, 0, 0, 80, 0, 0, 0, 85, 0)
    assert heizer_cost(lots) == 495


def test_lot_1_wagner_whitin_costs_455() -> None:
    lots = wagner_whitin(HEIZER_NET, SETUP, HOLDING)
    assert lots == d(0, 80, 0, 0, 0, 70, 0, 0, 85, 0)
    assert heizer_cost(lots) == 455


# T-LOT-2: solution sheet, Silver-Meal, order 200, holding 3.25.
SHEET = d(22, 34, 32, 12, 8, 44, 54, 16, 76, 30)


def test_lot_2_silver_meal_is_not_the_optimum() -> None:
    order, holding = Decimal(200), Decimal("3.25")
    lots = silver_meal(SHEET, order, holding)
    assert lots == d(56, 0, 52, 0, 0, 114, 0, 0, 106, 0)
    assert cost_of(lots, SHEET, order, holding) == Decimal("1378.50")
    assert cost_of(wagner_whitin(SHEET, order, holding), SHEET, order, holding) == Decimal("1351.00")


# T-LOT-3: DS for Windows help, holding 2, set-up 21.
DS = d(5, 2, 4, 8, 9, 3)


def test_lot_3_optimum_89_and_lot_for_lot_126() -> None:
    setup, holding = Decimal(21), Decimal(2)
    lots = wagner_whitin(DS, setup, holding)
    assert lots == d(7, 0, 12, 0, 12, 0)
    assert cost_of(lots, DS, setup, holding) == 89
    assert cost_of(lot_for_lot(DS), DS, setup, holding) == 126


def test_lot_4_multiples_of_the_economic_lot() -> None:
    """T-LOT-4: Heizer, hip replacements, EOQ 32 in multiples, set-up 50, holding 2."""
    gross = d(0, 0, 50, 0, 0, 35, 15, 0, 100, 0)
    plan = net(gross, lots=lambda needs: fixed(needs, Decimal(32)))
    assert plan.receipts == d(0, 0, 64, 0, 0, 32, 32, 0, 96, 0)
    assert sum(plan.available) == 157
    assert cost_of(plan.receipts, gross, Decimal(50), Decimal(2)) == 514


def test_mrp_2_netting_over_ten_weeks() -> None:
    """T-MRP-2: on hand 120, lead time 2, lot-for-lot."""
    plan = net(d(41, 44, 84, 42, 84, 86, 7, 18, 49, 30), on_hand=Decimal(120))
    assert plan.available == d(79, 35, 0, 0, 0, 0, 0, 0, 0, 0)
    assert plan.net == d(0, 0, 49, 42, 84, 86, 7, 18, 49, 30)
    placed = [(one.period + 1, one.quantity) for one in releases(plan.receipts, 2)]
    assert placed == list(zip(range(1, 9), d(49, 42, 84, 86, 7, 18, 49, 30), strict=True))


def test_mrp_3_one_release_moved_back_by_its_lead_time() -> None:
    """T-MRP-3: 59 Z in period 10, lead 2: release 8."""
    plan = net([Decimal(0)] * 9 + [Decimal(59)])
    assert [(one.period + 1, one.quantity) for one in releases(plan.receipts, 2)] == [(8, Decimal(59))]


def test_a_release_before_today_is_late_and_kept() -> None:
    (late, due) = releases(d(10, 0, 5), 2)
    assert (late.period, late.quantity, late.is_late) == (-2, Decimal(10), True)
    assert (due.period, due.quantity, due.is_late) == (0, Decimal(5), False)


def test_scheduled_receipts_and_safety_stock_are_netted() -> None:
    plan = net(d(10, 10, 10), on_hand=Decimal(12), scheduled=d(0, 5), safety=Decimal(2))
    assert plan.net == d(0, 5, 10)
    assert plan.available == d(2, 2, 2)


@pytest.mark.parametrize(
    ("quantity", "least", "multiple", "answer"),
    [(0, 50, 12, 0), (-3, 50, 12, 0), (7, 0, 0, 7), (7, 10, 0, 10), (7, 0, 12, 12), (25, 10, 12, 36), (5, 20, 12, 24)],
)
def test_least_quantity_and_multiple(quantity: int, least: int, multiple: int, answer: int) -> None:
    assert rounded_up(Decimal(quantity), Decimal(least), Decimal(multiple)) == answer


def test_least_quantity_serves_the_periods_after_it() -> None:
    assert lot_for_lot(d(5, 5, 5, 5), Decimal(12)) == d(12, 0, 12, 0)


@pytest.mark.parametrize("quantity", [None, Decimal(0), Decimal(-1), Decimal("NaN")])
def test_a_lot_of_nothing_is_refused_by_name(quantity: Decimal | None) -> None:
    with pytest.raises(BadFigure, match="lot_quantity"):
        fixed(DS, quantity)


def test_demand_without_any_need_gives_no_lots() -> None:
    nothing = d(0, 0, 0)
    for lots in (
        lot_for_lot(nothing), period_cover(nothing, 2), silver_meal(nothing, SETUP, HOLDING),
        wagner_whitin(nothing, SETUP, HOLDING), fixed(nothing, Decimal(5)),
    ):  # fmt: skip
        assert lots == nothing


def test_eoq_of_lots_is_exact_to_the_cent() -> None:
    assert round(eoq(Decimal(2500), Decimal("18.75"), Decimal("1.50")), 6) == 250
