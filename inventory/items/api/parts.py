"""Units, categories, and what belongs to items, except money."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import version_read
from inventory.items import services
from inventory.items.api.common import UnitField, Wish, moment, read_wish
from inventory.items.models import ItemBarcode, ItemCategory, ItemRevision, ItemUnit, SupplierItem, Unit

VIEW = "inventory.item.view"


class UnitSerializer(serializers.ModelSerializer[Unit]):
    class Meta:
        model = Unit
        fields = ["id", "version", "code", "name", "dimension", "factor", "decimals"]


class CategorySerializer(serializers.ModelSerializer[ItemCategory]):
    parent_code = serializers.CharField(source="parent.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ItemCategory
        fields = ["id", "version", "code", "name", "parent", "parent_code"]


class ItemUnitSerializer(serializers.ModelSerializer[ItemUnit]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)

    class Meta:
        model = ItemUnit
        fields = ["id", "version", "item", "item_number", "unit", "factor"]


class BarcodeSerializer(serializers.ModelSerializer[ItemBarcode]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ItemBarcode
        fields = ["id", "version", "item", "item_number", "code", "unit"]


class RevisionSerializer(serializers.ModelSerializer[ItemRevision]):
    item_number = serializers.CharField(source="item.number", read_only=True)

    class Meta:
        model = ItemRevision
        fields = ["id", "version", "item", "item_number", "code", "status", "valid_from", "note"]


class SupplierItemSerializer(serializers.ModelSerializer[SupplierItem]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    supplier_code = serializers.CharField(source="supplier.code", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)

    class Meta:
        model = SupplierItem
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "supplier", "supplier_code",
            "supplier_number", "unit", "lead_time_days", "least_quantity", "multiple", "is_preferred", "is_active",
        ]  # fmt: skip


class CategoryWish(Wish):
    """A group of items."""

    seen = {"parent": ItemCategory}
    code = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    parent = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]  # a field of this name, not DRF's own parent
        queryset=ItemCategory.objects.none(), required=False, allow_null=True, default=None
    )


class TermsWish(Wish):
    """How a supplier delivers; what is left out stays."""

    seen = {"unit": Unit}
    supplier_number = serializers.CharField(max_length=80, required=False, allow_blank=True)
    unit = UnitField(required=False)
    lead_time_days = serializers.IntegerField(min_value=0, required=False)
    least_quantity = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0, required=False)
    multiple = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0, required=False)
    is_preferred = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class ReleaseWish(Wish):
    """From which day the revision holds; without one, from today."""

    valid_from = serializers.DateField(required=False, allow_null=True, default=None)


class UnitViewSet(Records):
    """Units of measure."""

    capability = VIEW
    queryset = Unit.objects.order_by("code")
    serializer_class = UnitSerializer
    filterset_fields = ("code", "dimension")
    lookup_value_regex = r"\d+"


class CategoryViewSet(ActingMixin, Records):
    """Groups of items, a tree by `parent`."""

    capability = VIEW
    queryset = ItemCategory.objects.select_related("parent").order_by("code")
    serializer_class = CategorySerializer
    filterset_fields = ("code", "parent")
    lookup_value_regex = r"\d+"

    @extend_schema(request=CategoryWish, responses={201: CategorySerializer})
    def create(self, request: Request) -> Response:
        """Add a category."""
        wish = read_wish(CategoryWish, request)
        return self.act(
            request, lambda user: dict(CategorySerializer(services.add_category(actor=user, **wish)).data), status=201
        )


class ItemUnitViewSet(Records):
    """How many base units of an item other units are."""

    capability = VIEW
    queryset = ItemUnit.objects.select_related("item", "unit").order_by("id")
    serializer_class = ItemUnitSerializer
    filterset_fields = ("item", "item__number", "unit__code")
    lookup_value_regex = r"\d+"


class BarcodeViewSet(Records):
    """Codes that mean items or packs of them."""

    capability = VIEW
    queryset = ItemBarcode.objects.select_related("item", "unit").order_by("code")
    serializer_class = BarcodeSerializer
    filterset_fields = ("item", "item__number", "code")
    lookup_value_regex = r"\d+"


class RevisionViewSet(ActingMixin, Records):
    """Revisions of items; one of an item is released at a time."""

    capability = VIEW
    queryset = ItemRevision.objects.select_related("item").order_by("id")
    serializer_class = RevisionSerializer
    filterset_fields = ("item", "item__number", "code", "status")
    lookup_value_regex = r"\d+"

    @extend_schema(request=ReleaseWish, responses=RevisionSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Release the revision; the one released before becomes obsolete."""
        return self._move(request, services.release_revision, read_wish(ReleaseWish, request))

    @extend_schema(request=None, responses=RevisionSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Make the revision obsolete."""
        return self._move(request, services.retire_revision, {"at": moment(request)})

    def _move(self, request: Request, service: Any, wish: dict[str, Any]) -> Response:
        revision: ItemRevision = self.get_object()
        told = {**wish, "item_id": revision.item_id, "revision_id": revision.pk, "version": version_read(request)}
        return self.act(request, lambda user: dict(RevisionSerializer(service(actor=user, **told)).data))


class SupplierItemViewSet(ActingMixin, Records):
    """Who supplies which item, and how. Prices are a resource of their own."""

    capability = VIEW
    queryset = SupplierItem.objects.select_related("item", "supplier", "unit").order_by("id")
    serializer_class = SupplierItemSerializer
    filterset_fields = ("item", "item__number", "supplier", "supplier__code", "supplier_number", "is_active")
    lookup_value_regex = r"\d+"

    @extend_schema(request=TermsWish, responses=SupplierItemSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change the terms."""
        supply: SupplierItem = self.get_object()
        told = {**read_wish(TermsWish, request), "item_id": supply.item_id, "version": version_read(request)}
        return self.act(
            request,
            lambda user: dict(
                SupplierItemSerializer(services.change_supplier(actor=user, supplier_item_id=supply.pk, **told)).data
            ),
        )
