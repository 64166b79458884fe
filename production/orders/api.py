"""Production orders through the API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.plant.models import Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from production.orders import services
from production.orders.models import ProductionOrder


class OrderSerializer(serializers.ModelSerializer[ProductionOrder]):
    machine_code = serializers.CharField(source="machine.code", read_only=True)

    class Meta:
        model = ProductionOrder
        fields = [
            "id", "version", "created_at", "updated_at", "number", "machine", "machine_code", "item_text", "quantity",
            "unit", "ideal_cycle_s", "due_at", "status",
        ]  # fmt: skip


class OrderWish(serializers.Serializer[Any]):
    machine = serializers.PrimaryKeyRelatedField(queryset=Machine.objects.none())
    item_text = serializers.CharField(max_length=200)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(max_length=12, default="pcs")
    ideal_cycle_s = serializers.DecimalField(max_digits=12, decimal_places=3)
    due_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """A machine one may not see is one that does not exist."""
        fields = super().get_fields()
        seen = visible(self.context.get("asker"), Machine.objects.all())
        fields["machine"] = serializers.PrimaryKeyRelatedField(queryset=seen)
        return fields


class TapWish(serializers.Serializer[Any]):
    """An act whose only wish is the moment of the tap."""

    at = serializers.DateTimeField(required=False)


class OrderViewSet(ActingMixin, Records):
    """Production orders. Acts answer with the order as it stands afterwards."""

    capability = "production.view"
    queryset = ProductionOrder.objects.select_related("machine").order_by("-id")
    serializer_class = OrderSerializer
    filterset_fields = {"number": ["exact"], "status": ["exact"], "machine": ["exact"], "machine__code": ["exact"]}
    lookup_value_regex = r"\d+"

    @extend_schema(request=OrderWish, responses={201: OrderSerializer})
    def create(self, request: Request) -> Response:
        """Plan an order."""
        form = OrderWish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        wish = {**form.validated_data, "at": tapped_at(request, now())}
        return self.act(request, lambda user: _shown(services.plan_order(actor=user, **wish)), status=201)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the order, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Put the order on its machine."""
        return self._tap(request, pk, services.start_order)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Take the order off its machine for a while."""
        return self._tap(request, pk, services.pause_order)

    @extend_schema(request=TapWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """End the order for good."""
        return self._tap(request, pk, services.finish_order)

    def _tap(self, request: Request, pk: str, service: Callable[..., ProductionOrder]) -> Response:
        at, version = tapped_at(request, now()), version_read(request)
        return self.act(
            request,
            lambda user: _shown(service(actor=user, order_id=int(pk), at=at, version=version)),
            channel="station" if request.auth == "pass" else "api",
        )


def _shown(order: ProductionOrder) -> dict[str, Any]:
    return dict(OrderSerializer(order).data)
