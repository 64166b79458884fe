"""Forecasts of orders that an undo of an import took back are forgotten with them."""

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef

from production.orders.models import ProductionOrder
from production.promises.models import OrderForecast


def forget_taken_back(run_id: int, added: Mapping[str, Collection[int]]) -> None:
    """Forecasts whose order is gone go too; `added`: the rows by table that the import had brought."""
    orders = added.get(ProductionOrder._meta.db_table, ())
    there = ProductionOrder.objects.filter(pk=OuterRef("order_id"))
    OrderForecast.objects.filter(~Exists(there), order_id__in=list(orders)).delete()
