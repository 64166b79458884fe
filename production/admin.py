"""Production in the administration, composed from its topics."""

from production.downtime import admin as downtime
from production.oee import admin as oee
from production.orders import admin as orders
from production.reports import admin as reports
from production.shopfloor import admin as shopfloor

__all__ = ["downtime", "oee", "orders", "reports", "shopfloor"]
