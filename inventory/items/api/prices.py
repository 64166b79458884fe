"""Costs and prices: resources of their own, each behind its own right, so that no filter or sort can tell them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.partners.models import Partner
from factory_core.web.api import ActingMixin, Records
from inventory.items import services
from inventory.items.api.common import UnitField, Wish, read_wish
from inventory.items.models import Item, ItemCost, PriceBreak, SalesPrice, SupplierItem, Unit

COST, PRICE = "inventory.cost.view", "inventory.price.view"


class CostSerializer(serializers.ModelSerializer[ItemCost]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)

    class Meta:
        model = ItemCost
        fields = ["id", "version", "item", "item_number", "unit", "cost", "currency", "valid_from"]


class PurchasePriceSerializer(serializers.ModelSerializer[PriceBreak]):
    item_number = serializers.CharField(source="supplier_item.item.number", read_only=True)
    supplier_code = serializers.CharField(source="supplier_item.supplier.code", read_only=True)
    unit = serializers.CharField(source="supplier_item.unit.code", read_only=True)

    class Meta:
        model = PriceBreak
        fields = [
            "id", "version", "supplier_item", "item_number", "supplier_code", "from_quantity", "unit", "price",
            "currency", "valid_from",
        ]  # fmt: skip


class SalesPriceSerializer(serializers.ModelSerializer[SalesPrice]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    customer_code = serializers.CharField(source="customer.code", read_only=True, allow_null=True, default=None)
    unit = serializers.CharField(source="unit.code", read_only=True)

    class Meta:
        model = SalesPrice
        fields = [
            "id", "version", "item", "item_number", "customer", "customer_code", "from_quantity", "unit", "price",
            "currency", "valid_from",
        ]  # fmt: skip


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, min_value=0)


class CostWish(Wish):
    """The cost of one base unit from a day on."""

    seen = {"item": Item}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    cost = _amount()
    currency = serializers.CharField(max_length=3, required=False)
    valid_from = serializers.DateField()


class PurchasePriceWish(Wish):
    """The price of one of the supplier's units from a quantity and a day on."""

    seen = {"supplier_item": SupplierItem}
    supplier_item = serializers.PrimaryKeyRelatedField(queryset=SupplierItem.objects.none())
    from_quantity = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0, default=Decimal(0))
    price = _amount()
    currency = serializers.CharField(max_length=3, required=False)
    valid_from = serializers.DateField()


class SalesPriceWish(Wish):
    """The price of one unit, for everybody or one customer, from a quantity and a day on."""

    seen = {"item": Item, "customer": Partner, "unit": Unit}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Partner.objects.none(), required=False, allow_null=True, default=None
    )
    unit = UnitField()
    from_quantity = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0, default=Decimal(0))
    price = _amount()
    currency = serializers.CharField(max_length=3, required=False)
    valid_from = serializers.DateField()


class _Prices(ActingMixin, Records):
    """Setting a price again for the same step and day corrects it."""

    lookup_value_regex = r"\d+"

    def _set(self, request: Request, service: Any, wish: dict[str, Any]) -> Response:
        shown = self.get_serializer_class()
        context = {"request": request}
        return self.act(
            request, lambda user: dict(shown(service(actor=user, **wish), context=context).data), status=201
        )


class CostViewSet(_Prices):
    """Standard costs of one base unit, each from a day on."""

    capability = COST
    queryset = ItemCost.objects.select_related("item__unit").order_by("-id")
    serializer_class = CostSerializer
    filterset_fields = {"item": ["exact"], "item__number": ["exact"], "valid_from": ["gte", "lte"]}

    @extend_schema(request=CostWish, responses={201: CostSerializer})
    def create(self, request: Request) -> Response:
        """Set a standard cost."""
        wish = read_wish(CostWish, request)
        wish["item_id"] = wish.pop("item").pk
        return self._set(request, services.set_cost, wish)


class PurchasePriceViewSet(_Prices):
    """What suppliers ask, in steps, each from a day on."""

    capability = COST
    queryset = PriceBreak.objects.select_related(
        "supplier_item__item", "supplier_item__supplier", "supplier_item__unit"
    ).order_by("-id")
    serializer_class = PurchasePriceSerializer
    filterset_fields = {
        "supplier_item": ["exact"], "supplier_item__item__number": ["exact"],
        "supplier_item__supplier__code": ["exact"], "valid_from": ["gte", "lte"],
    }  # fmt: skip

    @extend_schema(request=PurchasePriceWish, responses={201: PurchasePriceSerializer})
    def create(self, request: Request) -> Response:
        """Set a purchase price."""
        wish = read_wish(PurchasePriceWish, request)
        wish["supplier_item_id"] = wish.pop("supplier_item").pk
        return self._set(request, services.set_purchase_price, wish)


class SalesPriceViewSet(_Prices):
    """What items are sold for, in steps, each from a day on."""

    capability = PRICE
    queryset = SalesPrice.objects.select_related("item", "customer", "unit").order_by("-id")
    serializer_class = SalesPriceSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "customer": ["exact"], "customer__code": ["exact"],
        "valid_from": ["gte", "lte"],
    }  # fmt: skip

    @extend_schema(request=SalesPriceWish, responses={201: SalesPriceSerializer})
    def create(self, request: Request) -> Response:
        """Set a sales price."""
        wish = read_wish(SalesPriceWish, request)
        wish["item_id"] = wish.pop("item").pk
        return self._set(request, services.set_sales_price, wish)
