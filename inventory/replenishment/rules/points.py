"""The economic order quantity, the safety stock and the reorder point."""

from decimal import Decimal


class BadFigure(ValueError):
    """A figure a rule needs is missing (`fault` "missing"), negative ("negative"), or not above zero ("zero")."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name}: {fault}")
        self.name, self.fault = name, fault


def positive(name: str, value: Decimal | int | None) -> Decimal:
    """A figure that must be above zero. Raises BadFigure."""
    number = not_negative(name, value)
    if number == 0:
        raise BadFigure(name, "zero")
    return number


def not_negative(name: str, value: Decimal | int | None) -> Decimal:
    """A figure that must be there and not below zero. Raises BadFigure."""
    if value is None or not Decimal(value).is_finite():
        raise BadFigure(name, "missing")
    if value < 0:
        raise BadFigure(name, "negative")
    return Decimal(value)


def eoq(yearly_demand: Decimal | None, order_cost: Decimal | None, holding_cost: Decimal | None) -> Decimal:
    """The quantity at which ordering and holding cost the same: √(2·D·S/H). Raises BadFigure.

    `yearly_demand` in base units a year, `order_cost` of one order, `holding_cost` of one base unit for a year.
    """
    demand = positive("yearly_demand", yearly_demand)
    cost = positive("order_cost", order_cost)
    return (2 * demand * cost / positive("holding_cost", holding_cost)).sqrt()


def yearly_costs(
    yearly_demand: Decimal, order_cost: Decimal, holding_cost: Decimal, lot: Decimal
) -> tuple[Decimal, Decimal]:
    """What ordering and what holding cost in a year with lots of a size: D/Q·S and Q/2·H."""
    size = positive("lot_quantity", lot)
    return yearly_demand / size * order_cost, size / 2 * holding_cost


def safety_stock(deviation: Decimal, factor: Decimal) -> Decimal:
    """Stock against chance: `factor` (z, 1.65 for 95 %) times the standard deviation of demand over the lead time.

    The deviation is that of the whole lead time already; multiplying by the daily demand once more is the mistake of
    a published answer.
    """
    return not_negative("deviation", deviation) * not_negative("factor", factor)


def reorder_point(daily_demand: Decimal, lead_days: Decimal | int, safety: Decimal = Decimal(0)) -> Decimal:
    """The stock at which to order: the demand of the lead time, and the safety stock. Raises BadFigure."""
    demand = not_negative("daily_demand", daily_demand)
    return demand * not_negative("lead_days", lead_days) + not_negative("safety_stock", safety)
