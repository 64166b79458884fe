"""Acts on rates, standard costs and cost sheets."""

from production.costing.services.everything import RollupUnderWay
from production.costing.services.rates import (
    MANAGE,
    BadRate,
    set_energy_price,
    set_labour_rate,
    set_rate,
)
from production.costing.services.rollups import NoSuchRollup, NotAcceptable, accept_rollup, roll_up, roll_up_all
from production.costing.services.settling import settle_order

__all__ = [
    "MANAGE", "BadRate", "NoSuchRollup", "NotAcceptable", "RollupUnderWay", "accept_rollup", "roll_up", "roll_up_all",
    "set_energy_price", "set_labour_rate", "set_rate", "settle_order",
]  # fmt: skip
