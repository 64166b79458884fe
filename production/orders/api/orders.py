"""Production orders through the API."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.plant.models import Line, Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from inventory.items.models import Item
from production.orders import services
from production.orders.api.taps import OrderReasonWish, TapWish
from production.orders.models import ProductionOrder
from production.orders.queries import counts_of_order

_NUMBER: Any = {"max_digits": 18, "decimal_places": 6}


class OrderSerializer(serializers.ModelSerializer[ProductionOrder]):
    machine_code = serializers.CharField(source="machine.code", read_only=True, default=None)
    line_code = serializers.CharField(source="line.code", read_only=True)
    item_number = serializers.CharField(source="item.number", read_only=True, default=None)

    class Meta:
        model = ProductionOrder
        fields = [
            "id", "version", "created_at", "updated_at", "number", "machine", "machine_code", "line", "line_code",
            "item", "item_number", "item_text", "revision", "quantity", "unit", "ideal_cycle_s", "bom", "routing",
            "parent", "split_from", "merged_into", "priority", "start_at", "due_at", "status", "released_at",
            "finished_at", "lot_number", "papers", "note", "source_kind", "source_id", "source_label",
        ]  # fmt: skip


class OrderWish(serializers.Serializer[Any]):
    """Either `item` (id or number) on a `line`, or `item_text` with `ideal_cycle_s` on a `machine`."""

    machine = serializers.PrimaryKeyRelatedField(queryset=Machine.objects.none(), required=False, allow_null=True)
    line = serializers.PrimaryKeyRelatedField(queryset=Line.objects.none(), required=False)
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none(), required=False)
    item_number = serializers.SlugRelatedField(slug_field="number", queryset=Item.objects.none(), required=False)
    item_text = serializers.CharField(max_length=200, required=False)
    quantity = serializers.DecimalField(**_NUMBER)
    unit = serializers.CharField(max_length=12, default="pcs")
    ideal_cycle_s = serializers.DecimalField(max_digits=12, decimal_places=3, required=False)
    start_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    priority = serializers.IntegerField(min_value=0, max_value=services.HIGHEST_PRIORITY, default=0)
    with_children = serializers.BooleanField(default=False)
    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """What one may not see does not exist."""
        fields: dict[str, Any] = super().get_fields()
        asker = self.context.get("asker")
        for name, rows in (("machine", Machine), ("line", Line), ("item", Item), ("item_number", Item)):
            fields[name].queryset = visible(asker, rows._default_manager.all())
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Item and line, or machine, text and cycle."""
        attrs["item"] = attrs.pop("item_number", None) or attrs.get("item")
        wanted = ("line",) if attrs["item"] else ("machine", "item_text", "ideal_cycle_s")
        if missing := [name for name in wanted if not attrs.get(name)]:
            raise serializers.ValidationError({name: [_("This field is required.")] for name in missing})
        return attrs


class ChangeWish(serializers.Serializer[Any]):
    quantity = serializers.DecimalField(**_NUMBER, required=False)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    start_at = serializers.DateTimeField(required=False, allow_null=True)
    priority = serializers.IntegerField(min_value=0, max_value=services.HIGHEST_PRIORITY, required=False)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class OrderReleaseWish(TapWish):
    with_children = serializers.BooleanField(default=False)


class OrderSplitWish(TapWish):
    quantity = serializers.DecimalField(**_NUMBER)


class OrderMergeWish(TapWish):
    orders = serializers.ListField(child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=50)


class CancelWish(OrderReasonWish):
    children = serializers.BooleanField(required=False, allow_null=True, default=None)


class OrderCountsSerializer(serializers.Serializer[Any]):
    good = serializers.DecimalField(**_NUMBER)
    scrap = serializers.DecimalField(**_NUMBER)
    rework = serializers.DecimalField(**_NUMBER)
    unit = serializers.CharField()


class OrderViewSet(ActingMixin, Records):
    """Production orders. Acts answer with the order as it stands afterwards."""

    capability = "production.view"
    queryset = ProductionOrder.objects.select_related("machine", "line", "item").order_by("-id")
    serializer_class = OrderSerializer
    filterset_fields = {
        "number": ["exact"], "status": ["exact"], "machine": ["exact"], "machine__code": ["exact"], "line": ["exact"],
        "line__code": ["exact"], "item": ["exact"], "item__number": ["exact"], "parent": ["exact"],
        "due_at": ["gte", "lt"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=OrderWish, responses={201: OrderSerializer})
    def create(self, request: Request) -> Response:
        """Plan an order: of an item, with the orders for its material if wanted, or of one machine."""
        wish = _read(OrderWish, request)
        at = tapped_at(request, now())
        shared = {name: wish[name] for name in ("quantity", "due_at")}
        if wish["item"]:
            names = ("item", "line", "start_at", "priority", "with_children")
            more = {name: wish[name] for name in names} | {"machine": wish.get("machine")}
            act = services.plan_item
        else:
            more = {name: wish[name] for name in ("machine", "item_text", "ideal_cycle_s", "unit")}
            act = services.plan_order  # type: ignore[assignment]  # two acts, one kind of answer
        return self.act(request, lambda user: _shown(act(actor=user, at=at, **shared, **more)), status=201)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the order, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(responses=OrderCountsSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def made(self, request: Request, pk: str) -> Response:
        """What was made so far: good of the last step, scrap and rework of all."""
        order = self.get_object()
        counts = counts_of_order(order, now())
        wish = {"good": counts.good, "scrap": counts.scrap, "rework": counts.rework, "unit": order.unit}
        return Response(OrderCountsSerializer(wish).data)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Start the next step of the order."""
        return self._tap(request, pk, services.start_order)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Take the order off its machines for a while."""
        return self._tap(request, pk, services.pause_order)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """End the order for good."""
        return self._tap(request, pk, services.finish_order)

    @extend_schema(request=OrderReleaseWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Freeze steps, material and papers, and let the shop floor begin."""
        return self._tap(request, pk, services.release_order, OrderReleaseWish)

    @extend_schema(request=OrderReasonWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a released order back from the shop floor while nothing was done on it."""
        return self._tap(request, pk, services.withdraw_order, OrderReasonWish)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def renew(self, request: Request, pk: str) -> Response:
        """Freeze anew what is in force now, while nothing was begun."""
        return self._tap(request, pk, services.renew_order)

    @extend_schema(request=ChangeWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change quantity, dates, priority, lot or note."""
        wish = _read(ChangeWish, request)
        return self._tap(request, pk, lambda **said: services.change_order(**said, wish=wish))

    @extend_schema(request=OrderSplitWish, responses={201: OrderSerializer})
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Let part of it go on as an order of its own; answers with the new one."""
        return self._tap(request, pk, services.split_order, OrderSplitWish, status=201)

    @extend_schema(request=OrderMergeWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Take the quantities of other orders into this one."""
        others = _read(OrderMergeWish, request)["orders"]
        return self._tap(request, pk, lambda **said: services.merge_orders(**said, others=others))

    @extend_schema(request=CancelWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the order up; `children`: whether orders for its material are given up too."""
        return self._tap(request, pk, services.cancel_order, CancelWish)

    @extend_schema(request=OrderReasonWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Go on with a finished order."""
        return self._tap(request, pk, services.reopen_order, OrderReasonWish)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Its cost is settled: nothing is booked on it any more."""
        return self._tap(request, pk, services.close_order)

    def _tap(
        self,
        request: Request,
        pk: str,
        service: Callable[..., ProductionOrder],
        form: type[serializers.Serializer[Any]] | None = None,
        status: int = 200,
    ) -> Response:
        wish = {name: value for name, value in _read(form, request).items() if name != "at"} if form else {}
        at, version = tapped_at(request, now()), version_read(request)
        return self.act(
            request,
            lambda user: _shown(service(actor=user, order_id=int(pk), at=at, version=version, **wish)),
            status=status,
            channel="station" if request.auth == "pass" else "api",
        )


def _read(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    filled = form(data=request.data, context={"asker": request.user})
    filled.is_valid(raise_exception=True)
    return dict(filled.validated_data)


def _shown(order: ProductionOrder) -> dict[str, Any]:
    return dict(OrderSerializer(order).data)
