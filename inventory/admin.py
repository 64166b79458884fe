"""Inventory in the administration, composed from its rooms."""

from inventory.dispatch import admin as dispatch
from inventory.items import admin as items
from inventory.labels import admin as labels
from inventory.lots import admin as lots
from inventory.purchasing import admin as purchasing
from inventory.replenishment import admin as replenishment
from inventory.sales import admin as sales
from inventory.stock import admin as stock

__all__ = ["dispatch", "items", "labels", "lots", "purchasing", "replenishment", "sales", "stock"]
