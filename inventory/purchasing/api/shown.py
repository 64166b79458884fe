"""Orders, requests, enquiries and receipts as the API shows them."""

from typing import Any

from rest_framework import serializers

from factory_core.web.api import HidesFields
from inventory.purchasing.models import Enquiry, Offer, PurchaseLine, PurchaseOrder, PurchaseRequest, Receipt

LINES = PurchaseLine.objects.select_related("item", "unit").order_by("position")


class LineSerializer(HidesFields, serializers.ModelSerializer[PurchaseLine]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)

    class Meta:
        model = PurchaseLine
        fields = [
            "id", "version", "position", "item", "item_number", "quantity", "unit", "factor", "price", "wanted_on",
            "promised_on", "inspect", "received", "rejected", "returned", "is_closed",
        ]  # fmt: skip


class OrderSerializer(serializers.ModelSerializer[PurchaseOrder]):
    supplier_code = serializers.CharField(source="supplier.code", read_only=True)
    lines = LineSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "version", "created_at", "updated_at", "number", "supplier", "supplier_code", "site", "status",
            "ordered_on", "currency", "supplier_reference", "note", "external_id", "lines",
        ]  # fmt: skip


class ReceiptSerializer(serializers.ModelSerializer[Receipt]):
    unit = serializers.CharField(source="line.unit.code", read_only=True)
    lot = serializers.IntegerField(source="move.lot_id", read_only=True, default=None)
    lot_number = serializers.CharField(source="move.lot.number", read_only=True, default=None)
    location = serializers.CharField(source="move.to_location.code", read_only=True, default=None)
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = Receipt
        fields = [
            "id", "line", "kind", "quantity", "unit", "delivery_note", "reason", "at", "by", "move", "lot",
            "lot_number", "location",
        ]  # fmt: skip


class RequestSerializer(serializers.ModelSerializer[PurchaseRequest]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)
    requested_by = serializers.CharField(source="requested_by.name", read_only=True)

    class Meta:
        model = PurchaseRequest
        fields = [
            "id", "version", "created_at", "updated_at", "number", "site", "item", "item_number", "quantity", "unit",
            "wanted_on", "reason", "requested_by", "status", "order_line", "source_kind", "source_id", "source_label",
        ]  # fmt: skip


class EnquirySerializer(serializers.ModelSerializer[Enquiry]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)

    class Meta:
        model = Enquiry
        fields = [
            "id", "version", "created_at", "updated_at", "number", "site", "item", "item_number", "quantity", "unit",
            "wanted_on", "answer_by", "status",
        ]  # fmt: skip


class OfferSerializer(serializers.ModelSerializer[Offer]):
    supplier_code = serializers.CharField(source="supplier.code", read_only=True)

    class Meta:
        model = Offer
        fields = [
            "id", "version", "supplier", "supplier_code", "price", "other_costs", "currency", "least_quantity",
            "lead_time_days", "valid_until", "reference", "is_chosen",
        ]  # fmt: skip


def shown_receipt(receipt: Receipt) -> dict[str, Any]:
    """A receipt as the API shows it."""
    return dict(ReceiptSerializer(receipt).data)
