"""Production in the administration, composed from its topics."""

from production.costing import admin as costing
from production.downtime import admin as downtime
from production.labour import admin as labour
from production.oee import admin as oee
from production.orders import admin as orders
from production.products import admin as products
from production.reports import admin as reports
from production.shopfloor import admin as shopfloor

__all__ = ["costing", "downtime", "labour", "oee", "orders", "products", "reports", "shopfloor"]
