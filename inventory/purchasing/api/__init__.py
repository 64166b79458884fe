"""Buying through the API."""

from inventory.purchasing.api.asking import EnquiryViewSet, PurchaseRequestViewSet
from inventory.purchasing.api.lines import PurchaseLineViewSet
from inventory.purchasing.api.orders import PurchaseOrderViewSet

__all__ = ["EnquiryViewSet", "PurchaseLineViewSet", "PurchaseOrderViewSet", "PurchaseRequestViewSet"]
