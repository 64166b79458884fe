"""All tables of production, room by room."""

from production.downtime.models import Downtime, DowntimeCorrection, DowntimeReason
from production.orders.models import CountEntry, OrderRun, ProductionOrder
from production.shopfloor.models import HelpCall

__all__ = [
    "CountEntry",
    "Downtime",
    "DowntimeCorrection",
    "DowntimeReason",
    "HelpCall",
    "OrderRun",
    "ProductionOrder",
]
