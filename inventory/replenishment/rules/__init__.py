"""When to order again and how much: plain figures in, plain figures out."""

from inventory.replenishment.rules.deciding import Figures, Standing, Supply, Wish, decide
from inventory.replenishment.rules.netting import Plan, net, releases
from inventory.replenishment.rules.points import BadFigure, eoq, reorder_point, safety_stock, yearly_costs
from inventory.replenishment.rules.sizing import (
    cost_of,
    fixed,
    lot_for_lot,
    period_cover,
    rounded_up,
    silver_meal,
    wagner_whitin,
)

__all__ = [
    "BadFigure", "Figures", "Plan", "Standing", "Supply", "Wish", "cost_of", "decide", "eoq", "fixed", "lot_for_lot",
    "net", "period_cover", "releases", "reorder_point", "rounded_up", "safety_stock", "silver_meal", "wagner_whitin",
    "yearly_costs",
]  # fmt: skip
