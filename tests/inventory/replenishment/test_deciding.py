"""What one rule makes of one item's figures on one day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from inventory.replenishment.rules import BadFigure, Figures, Standing, Supply, decide
from inventory.replenishment.rules.deciding import Dated

TODAY = date(2026, 11, 20)
ZERO = Decimal(0)
RULE = Figures(
    method="REORDER_POINT", reorder_point=Decimal(30), safety_stock=ZERO, most=None, lot_rule="FIXED",
    lot_quantity=Decimal(50), least_quantity=ZERO, multiple=ZERO, period_days=None, yearly_demand=None,
    order_cost=None, holding_cost=None,
)  # fmt: skip
SUPPLY = Supply(lead_days=5)


def in_(days: int) -> date:
    return TODAY + timedelta(days=days)


def standing(
    on_hand: int, *, reserved: int = 0, coming: tuple[Dated, ...] = (), wanted: tuple[Dated, ...] = ()
) -> Standing:
    return Standing(Decimal(on_hand), Decimal(reserved), coming, wanted)


def test_over_the_point_nothing_is_ordered() -> None:
    assert decide(RULE, standing(31), SUPPLY, TODAY) is None


@pytest.mark.parametrize(("on_hand", "quantity"), [(30, 50), (1, 50), (-20, 100), (-19, 50)])
def test_whole_lots_lift_the_position_over_the_point(on_hand: int, quantity: int) -> None:
    wish = decide(RULE, standing(on_hand), SUPPLY, TODAY)
    assert wish is not None
    assert wish.quantity == quantity
    assert on_hand + quantity > 30


def test_it_is_wanted_a_lead_time_from_today() -> None:
    wish = decide(RULE, standing(10), SUPPLY, TODAY)
    assert wish is not None
    assert (wish.order_on, wish.wanted_on, wish.short_on) == (TODAY, in_(5), None)


def test_what_is_on_order_counts_and_what_is_reserved_for_others_does_not() -> None:
    coming = (Dated(Decimal(25), in_(3)),)
    assert decide(RULE, standing(10, coming=coming), SUPPLY, TODAY) is None
    wish = decide(RULE, standing(10, reserved=6, coming=coming), SUPPLY, TODAY)
    assert wish is not None
    assert wish.position == 29


def test_late_is_said_not_dropped() -> None:
    """4.10: releases before today are late, shown as such."""
    wish = decide(RULE, standing(10, wanted=(Dated(Decimal(12), in_(2)),)), SUPPLY, TODAY)
    assert wish is not None
    assert (wish.short_on, wish.wanted_on, wish.order_on) == (in_(2), in_(2), in_(-3))


def test_overdue_and_undated_demand_is_due_today() -> None:
    for on in (None, in_(-10)):
        wish = decide(RULE, standing(10, wanted=(Dated(Decimal(12), on),)), SUPPLY, TODAY)
        assert wish is not None
        assert (wish.wanted_on, wish.order_on) == (TODAY, in_(-5))


def test_demand_of_next_year_is_no_reason_today() -> None:
    far = (Dated(Decimal(500), in_(365)),)
    assert decide(RULE, standing(31, wanted=far), SUPPLY, TODAY) is None


def test_lot_for_lot_orders_what_is_missing_on_its_day() -> None:
    rule = replace(RULE, reorder_point=ZERO, lot_rule="LOT_FOR_LOT")
    wish = decide(rule, standing(3, wanted=(Dated(Decimal(10), in_(9)),)), SUPPLY, TODAY)
    assert wish is not None
    assert (wish.quantity, wish.wanted_on, wish.order_on) == (7, in_(9), in_(4))
    assert decide(rule, standing(0), SUPPLY, TODAY) is None


def test_a_period_is_covered_from_the_day_it_is_wanted() -> None:
    rule = replace(RULE, reorder_point=ZERO, lot_rule="PERIOD", period_days=30)
    wanted = tuple(Dated(Decimal(10), in_(day)) for day in (9, 20, 38, 39))
    wish = decide(rule, standing(3, wanted=wanted), SUPPLY, TODAY)
    assert wish is not None
    assert (wish.wanted_on, wish.until, wish.quantity) == (in_(9), in_(38), 27)


def test_min_max_fills_up() -> None:
    rule = replace(RULE, method="MIN_MAX", most=Decimal(80))
    wish = decide(rule, standing(25), SUPPLY, TODAY)
    assert wish is not None
    assert wish.quantity == 55


def test_the_economic_lot_is_whole_pieces() -> None:
    rule = replace(
        RULE, lot_rule="EOQ", yearly_demand=Decimal(2480), order_cost=Decimal(20), holding_cost=Decimal("1.55")
    )
    wish = decide(rule, standing(30), SUPPLY, TODAY)
    assert wish is not None
    assert (wish.quantity, wish.lot) == (253, 253)


def test_rule_and_supplier_round_up() -> None:
    rule = replace(RULE, lot_rule="LOT_FOR_LOT", least_quantity=Decimal(10), multiple=Decimal(4))
    assert decide(rule, standing(27), SUPPLY, TODAY).quantity == 12  # type: ignore[union-attr]  # a wish is certain
    packs = Supply(5, least=Decimal(24), multiple=Decimal(24))
    assert decide(rule, standing(0), packs, TODAY).quantity == 48  # type: ignore[union-attr]  # a wish is certain


@pytest.mark.parametrize(
    ("change", "name", "fault"),
    [
        ({"reorder_point": None}, "reorder_point", "missing"),
        ({"reorder_point": Decimal(-1)}, "reorder_point", "negative"),
        ({"safety_stock": Decimal(-1)}, "safety_stock", "negative"),
        ({"least_quantity": Decimal(-1)}, "least_quantity", "negative"),
        ({"multiple": Decimal("NaN")}, "multiple", "missing"),
        ({"lot_quantity": None}, "lot_quantity", "missing"),
        ({"lot_quantity": ZERO}, "lot_quantity", "zero"),
        ({"lot_rule": "EOQ"}, "yearly_demand", "missing"),
        ({"lot_rule": "PERIOD"}, "period_days", "missing"),
        ({"method": "MIN_MAX"}, "most", "missing"),
        ({"method": "MIN_MAX", "most": Decimal(30)}, "most", "under_point"),
    ],
)
def test_ugly_figures_are_named(change: dict[str, object], name: str, fault: str) -> None:
    with pytest.raises(BadFigure) as refused:
        decide(replace(RULE, **change), standing(0), SUPPLY, TODAY)  # type: ignore[arg-type]  # ugly on purpose
    assert (refused.value.name, refused.value.fault) == (name, fault)
