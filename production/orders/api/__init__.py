"""Orders and their operations through the API."""

from production.orders.api.operations import OperationViewSet
from production.orders.api.orders import OrderSerializer, OrderViewSet
from production.orders.api.taps import TapWish

__all__ = ["OperationViewSet", "OrderSerializer", "OrderViewSet", "TapWish"]
