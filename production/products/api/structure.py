"""Questions about the structure of items: exploded, used where."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.web.api import VisibleRows
from inventory.items.models import Item
from production.products.queries import explode, where_used

VIEW = "production.product.view"


class StructureWish(serializers.Serializer[Any]):
    """How much, on which day, how deep."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, default=Decimal(1))
    on = serializers.DateField(required=False)
    levels = serializers.IntegerField(min_value=1, max_value=100, required=False)


class UsesWish(serializers.Serializer[Any]):
    """On which day (left out: in all that are not obsolete), and whether through others too."""

    on = serializers.DateField(required=False)
    all = serializers.BooleanField(default=False)


class NamedItem(serializers.Serializer[Any]):
    """An item by what people know of it."""

    item = serializers.IntegerField(source="item.id")
    item_number = serializers.CharField(source="item.number")
    item_name = serializers.CharField(source="item.name")


class StandSerializer(NamedItem):
    """What may be used instead."""

    factor = serializers.DecimalField(max_digits=24, decimal_places=12)
    priority = serializers.IntegerField()


class ExplodedRowSerializer(NamedItem):
    """So much of an item at a level, loss included."""

    level = serializers.IntegerField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(source="item.unit")
    is_made = serializers.BooleanField(source="has_bom")
    alternates = StandSerializer(many=True)


class BesideSerializer(NamedItem):
    """What comes out beside the item."""

    kind = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(source="item.unit")
    cost_share = serializers.DecimalField(max_digits=7, decimal_places=4)


class ExplosionSerializer(serializers.Serializer[Any]):
    """What a quantity of an item needs."""

    item = serializers.IntegerField(source="item.pk")
    item_number = serializers.CharField(source="item.number")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(source="item.unit.code")
    bom = serializers.IntegerField(source="bom.pk", allow_null=True, default=None)
    rows = ExplodedRowSerializer(many=True)
    beside = BesideSerializer(many=True)


class UsedSerializer(NamedItem):
    """A bill of materials that uses the item."""

    level = serializers.IntegerField()
    bom = serializers.IntegerField(source="bom_id")
    bom_code = serializers.CharField()
    status = serializers.CharField()
    is_phantom = serializers.BooleanField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    unit = serializers.CharField()
    for_quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    as_alternate = serializers.BooleanField()


class StructureViewSet(VisibleRows, viewsets.GenericViewSet[Any]):
    """What an item is made of over all levels, and where it is used."""

    capability = "inventory.item.view"
    queryset: QuerySet[Item] = Item.objects.select_related("unit")
    lookup_value_regex = r"\d+"
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = ExplosionSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("quantity", str, description="Base units of the item, 1 where left out"),
            OpenApiParameter("on", str, description="The day, today where left out"),
            OpenApiParameter("levels", int, description="How deep; to the bottom where left out"),
        ],
        responses=ExplosionSerializer,
    )
    @action(detail=True)
    def explosion(self, request: Request, pk: str) -> Response:
        """What a quantity needs, level by level, loss included, phantoms dissolved."""
        require(request.user, VIEW)
        item = self.get_object()
        wish = _read(StructureWish, request)
        on = wish.get("on") or timezone.localdate(now())
        found = explode(item, wish["quantity"], on, levels=wish.get("levels"))
        return Response(ExplosionSerializer(found).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("on", str, description="Only what is in force that day"),
            OpenApiParameter("all", bool, description="Through others too"),
        ],
        responses=UsedSerializer(many=True),
    )
    @action(detail=True, url_path="where-used")
    def where_used(self, request: Request, pk: str) -> Response:
        """The bills of materials that use it, or may use it instead of another."""
        require(request.user, VIEW)
        item = self.get_object()
        wish = _read(UsesWish, request)
        found = where_used(item, wish.get("on"), all_levels=wish["all"])
        return Response(UsedSerializer(found.rows, many=True).data)


def _read(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = kind(data=request.query_params)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)
