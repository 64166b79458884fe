"""Items through the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.partners.models import Partner
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import version_read
from inventory.items import services
from inventory.items.api.common import UnitField, Wish, read_wish
from inventory.items.api.parts import (
    BarcodeSerializer,
    ItemUnitSerializer,
    RevisionSerializer,
    SupplierItemSerializer,
    TermsWish,
)
from inventory.items.models import Item, ItemCategory, Unit
from inventory.items.queries import items_found, read_scan
from inventory.items.states import ItemKind, PickRule, Tracking, Valuation


class ItemSerializer(serializers.ModelSerializer[Item]):
    unit = serializers.CharField(source="unit.code", read_only=True)
    category_code = serializers.CharField(source="category.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Item
        fields = [
            "id", "version", "created_at", "updated_at", "number", "name", "description", "kind", "category",
            "category_code", "unit", "tracking", "pick_rule", "valuation", "shelf_life_days", "gtin", "is_bought",
            "is_made", "is_sold", "inspect_on_receipt", "drawing_number", "size", "color", "weight_kg", "is_active",
        ]  # fmt: skip


class ScannedSerializer(serializers.Serializer[Any]):
    """What a scan means."""

    text = serializers.CharField()
    item = ItemSerializer(allow_null=True)
    lot_number = serializers.CharField()
    serial = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    made_on = serializers.DateField(allow_null=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    unit = serializers.CharField(source="unit.code", allow_null=True, default=None)
    sscc = serializers.CharField()


class ChangeWish(Wish):
    """Facts of an item; what is left out stays."""

    seen = {"category": ItemCategory, "unit": Unit}
    number = serializers.CharField(max_length=60, required=False)
    name = serializers.CharField(max_length=200, required=False)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=list(ItemKind), required=False)
    category = serializers.PrimaryKeyRelatedField(queryset=ItemCategory.objects.none(), required=False, allow_null=True)
    unit = UnitField(required=False)
    tracking = serializers.ChoiceField(choices=list(Tracking), required=False)
    pick_rule = serializers.ChoiceField(choices=list(PickRule), required=False)
    valuation = serializers.ChoiceField(choices=list(Valuation), required=False)
    shelf_life_days = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    gtin = serializers.CharField(max_length=14, required=False, allow_null=True)
    is_bought = serializers.BooleanField(required=False)
    is_made = serializers.BooleanField(required=False)
    is_sold = serializers.BooleanField(required=False)
    inspect_on_receipt = serializers.BooleanField(required=False)
    drawing_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    size = serializers.CharField(max_length=60, required=False, allow_blank=True)
    color = serializers.CharField(max_length=60, required=False, allow_blank=True)
    weight_kg = serializers.DecimalField(max_digits=14, decimal_places=6, min_value=0, required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)


class ItemWish(ChangeWish):
    """A new item."""

    number = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=200)
    unit = UnitField()


class UnitWish(Wish):
    """How many base units one other unit is."""

    seen = {"unit": Unit}
    unit = UnitField()
    factor = serializers.DecimalField(max_digits=24, decimal_places=12)


class BarcodeWish(Wish):
    """A code that means the item, or a pack of it."""

    seen = {"unit": Unit}
    code = serializers.CharField(max_length=80)
    unit = UnitField(required=False, allow_null=True)


class RevisionWish(Wish):
    """A drafted revision."""

    code = serializers.CharField(max_length=20)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class SupplierWish(TermsWish):
    """A supplier of the item."""

    seen = {"unit": Unit, "supplier": Partner}
    supplier = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none())


class ItemViewSet(ActingMixin, Records):
    """What is stocked, bought, made and sold. `q` finds by number, name, drawing, GTIN, barcode, supplier's number."""

    capability = "inventory.item.view"
    queryset = Item.objects.select_related("unit", "category").order_by("number")
    serializer_class = ItemSerializer
    filterset_fields = {
        "number": ["exact"], "kind": ["exact"], "category": ["exact"], "category__code": ["exact"], "gtin": ["exact"],
        "tracking": ["exact"], "is_active": ["exact"], "is_bought": ["exact"], "is_made": ["exact"],
        "is_sold": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"
    parameters = ("q",)

    def get_queryset(self) -> QuerySet[Item]:
        """The visible items, found by `q` where it is given."""
        rows: QuerySet[Item] = super().get_queryset()
        q = self.request.query_params.get("q", "").strip() if self.action == "list" else ""
        return rows.filter(pk__in=items_found(signed_in(self.request), q[:200]).values("pk")) if q else rows

    @extend_schema(parameters=[OpenApiParameter("q", str, description="Part of number, name or a code")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Items by number."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=ItemWish, responses={201: ItemSerializer})
    def create(self, request: Request) -> Response:
        """Create an item."""
        wish = read_wish(ItemWish, request)
        return self.act(request, lambda user: _shown(services.create_item(actor=user, **wish)), status=201)

    @extend_schema(request=ChangeWish, responses=ItemSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change facts of the item; `If-Match` or `version` guards against a clash."""
        wish = {**read_wish(ChangeWish, request), "item_id": int(pk), "version": version_read(request)}
        return self.act(request, lambda user: _shown(services.change_item(actor=user, **wish)))

    @extend_schema(
        parameters=[OpenApiParameter("text", str, required=True, description="What the scanner read")],
        responses=ScannedSerializer,
    )
    @action(detail=False, filter_backends=[], pagination_class=None)
    def scan(self, request: Request) -> Response:
        """What a scan means: a GS1 label, a barcode, a GTIN, an item's or a lot's number."""
        text = request.query_params.get("text", "")
        return Response(ScannedSerializer(read_scan(signed_in(request), text, at=now())).data)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the item, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(request=UnitWish, responses={201: ItemUnitSerializer})
    @action(detail=True, methods=["post"])
    def units(self, request: Request, pk: str) -> Response:
        """Say how many base units one other unit of the item is; again corrects it."""
        return self._add(request, pk, UnitWish, services.set_unit, ItemUnitSerializer)

    @extend_schema(request=BarcodeWish, responses={201: BarcodeSerializer})
    @action(detail=True, methods=["post"])
    def barcodes(self, request: Request, pk: str) -> Response:
        """Say that a code means the item or a pack of it."""
        return self._add(request, pk, BarcodeWish, services.add_barcode, BarcodeSerializer)

    @extend_schema(request=RevisionWish, responses={201: RevisionSerializer})
    @action(detail=True, methods=["post"])
    def revisions(self, request: Request, pk: str) -> Response:
        """Draft a revision."""
        return self._add(request, pk, RevisionWish, services.add_revision, RevisionSerializer)

    @extend_schema(request=SupplierWish, responses={201: SupplierItemSerializer})
    @action(detail=True, methods=["post"])
    def suppliers(self, request: Request, pk: str) -> Response:
        """Say who supplies the item, and how."""
        return self._add(request, pk, SupplierWish, services.add_supplier, SupplierItemSerializer)

    def _add(self, request: Request, pk: str, kind: type[Wish], service: Any, shown: Any) -> Response:
        wish = {**read_wish(kind, request), "item_id": int(pk)}
        return self.act(request, lambda user: dict(shown(service(actor=user, **wish)).data), status=201)


def _shown(item: Item) -> dict[str, Any]:
    return dict(ItemSerializer(item).data)
