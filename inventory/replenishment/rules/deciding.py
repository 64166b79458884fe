"""One rule, the figures of one item, one day: order how much, wanted when, ordered when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from inventory.replenishment.rules.points import BadFigure, eoq, not_negative, positive
from inventory.replenishment.rules.sizing import rounded_up
from inventory.replenishment.states import LotRule, Method

# Beyond the lead time a buyer wants to see what comes; demand of next year is no reason to order today.
LOOK_AHEAD_DAYS = 14
ZERO = Decimal(0)


@dataclass(frozen=True)
class Figures:
    """The figures of a rule, in base units; anything may be missing until `checked` has looked."""

    method: str
    reorder_point: Decimal | None
    safety_stock: Decimal | None
    most: Decimal | None
    lot_rule: str
    lot_quantity: Decimal | None
    least_quantity: Decimal | None
    multiple: Decimal | None
    period_days: int | None
    yearly_demand: Decimal | None
    order_cost: Decimal | None
    holding_cost: Decimal | None

    def checked(self) -> "Figures":
        """These figures, if one can decide by them. Raises BadFigure with the first that is missing or wrong."""
        point = not_negative("reorder_point", self.reorder_point)
        for name in ("safety_stock", "least_quantity", "multiple"):
            not_negative(name, getattr(self, name))
        if self.method == Method.MIN_MAX:
            if positive("most", self.most) <= point:
                raise BadFigure("most", "under_point")
        elif self.lot_rule == LotRule.FIXED:
            positive("lot_quantity", self.lot_quantity)
        elif self.lot_rule == LotRule.EOQ:
            eoq(self.yearly_demand, self.order_cost, self.holding_cost)
        elif self.lot_rule == LotRule.PERIOD:
            positive("period_days", self.period_days)
        return self


@dataclass(frozen=True)
class Dated:
    """So much, due on a day; without a day it is due now."""

    quantity: Decimal
    on: date | None = None


@dataclass(frozen=True)
class Standing:
    """What an item's stock looks like at a site: usable stock, what others reserved, what comes, what is wanted."""

    on_hand: Decimal = ZERO
    # Only what no demand speaks for: stock kept for an order that is also demanded would count twice.
    reserved: Decimal = ZERO
    on_order: Sequence[Dated] = ()
    demand: Sequence[Dated] = ()


@dataclass(frozen=True)
class Supply:
    """How the item is delivered: lead time in days, least quantity and multiple in base units."""

    lead_days: int = 0
    least: Decimal = ZERO
    multiple: Decimal = ZERO


@dataclass(frozen=True)
class Wish:
    """What should be ordered. `position` is what the decision looked at; late when `order_on` is past."""

    quantity: Decimal
    wanted_on: date
    order_on: date
    position: Decimal
    demand: Decimal
    until: date
    # When stock falls under the safety stock if nothing is ordered; None: not as far as is known.
    short_on: date | None
    lot: Decimal | None


def decide(rule: Figures, standing: Standing, supply: Supply, today: date, step: Decimal = Decimal(1)) -> Wish | None:
    """Whether and what to order; None when there is enough. `step`: the smallest quantity of the unit.

    Position = on hand - reserved by others + all that is on order - demand due within the lead time and a look
    ahead. At or under the reorder point, the lot rule says how much. It is wanted a lead time after the day the
    point is reached, or on the day stock falls under the safety stock, whichever is first. Raises BadFigure.
    """
    rule.checked()
    point = rule.reorder_point or ZERO
    lead = timedelta(days=supply.lead_days)
    until = today + lead + timedelta(days=LOOK_AHEAD_DAYS)
    coming = sum((one.quantity for one in standing.on_order), ZERO)
    sure = standing.on_hand - standing.reserved + coming
    position = sure - _due(standing.demand, until, today)
    if position > point:
        return None
    # Whole lots are ordered when the point is reached; what is ordered exactly is due when it is missing.
    whole = rule.method == Method.MIN_MAX or rule.lot_rule in {LotRule.FIXED, LotRule.EOQ}
    point_on = _first_day(sure, [], standing.demand, today, point, at=whole) or today
    short_on = _first_day(
        standing.on_hand - standing.reserved, standing.on_order, standing.demand, today, rule.safety_stock or ZERO
    )
    wanted_on = min(point_on + lead, short_on or point_on + lead)
    if rule.method != Method.MIN_MAX and rule.lot_rule == LotRule.PERIOD:
        until = max(until, wanted_on + timedelta(days=(rule.period_days or 1) - 1))
        position = sure - _due(standing.demand, until, today)
    lot = _lot(rule, step)
    quantity = _quantity(rule, position, point, lot)
    quantity = rounded_up(quantity, rule.least_quantity or ZERO, rule.multiple or ZERO)
    quantity = _stepped(rounded_up(quantity, supply.least, supply.multiple), step)
    if quantity <= 0:
        return None
    demand = _due(standing.demand, until, today)
    return Wish(quantity, wanted_on, wanted_on - lead, position, demand, until, short_on, lot)


def _quantity(rule: Figures, position: Decimal, point: Decimal, lot: Decimal | None) -> Decimal:
    if rule.method == Method.MIN_MAX:
        return (rule.most or ZERO) - position
    if lot is None:
        return point - position
    # As many lots as lift the position over the point; at the point itself it would be ordered again at once.
    return (((point - position) / lot).to_integral_value(ROUND_FLOOR) + 1) * lot


def _lot(rule: Figures, step: Decimal) -> Decimal | None:
    if rule.method == Method.MIN_MAX:
        return None
    if rule.lot_rule == LotRule.FIXED:
        return rule.lot_quantity
    if rule.lot_rule == LotRule.EOQ:
        return _stepped(eoq(rule.yearly_demand, rule.order_cost, rule.holding_cost), step)
    return None


def _due(demand: Iterable[Dated], until: date, today: date) -> Decimal:
    return sum((one.quantity for one in demand if (one.on or today) <= until), ZERO)


def _first_day(
    stock: Decimal, coming: Iterable[Dated], going: Iterable[Dated], today: date, floor: Decimal, *, at: bool = False
) -> date | None:
    """The first day whose end leaves less than the floor (`at`: the floor itself is reached)."""
    changes: dict[date, Decimal] = {today: ZERO}
    for sign, rows in ((1, coming), (-1, going)):
        for one in rows:
            # What is overdue is expected today: to come as well as to go.
            day = max(one.on or today, today)
            changes[day] = changes.get(day, ZERO) + sign * one.quantity
    for day in sorted(changes):
        stock += changes[day]
        if stock < floor or (at and stock == floor):
            return day
    return None


def _stepped(quantity: Decimal, step: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_CEILING) * step
