"""The operations of production orders through the API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.plant.models import Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read
from production.orders import services
from production.orders.api.taps import OrderReasonWish, TapWish
from production.orders.models import OrderOperation


class OperationSerializer(serializers.ModelSerializer[OrderOperation]):
    order_number = serializers.CharField(source="order.number", read_only=True)
    unit = serializers.CharField(source="order.unit", read_only=True)
    machine_code = serializers.CharField(source="machine.code", read_only=True, default=None)
    work_centre_code = serializers.CharField(source="work_centre.code", read_only=True, default=None)

    class Meta:
        model = OrderOperation
        fields = [
            "id", "version", "created_at", "updated_at", "order", "order_number", "number", "name", "work_centre",
            "work_centre_code", "machine", "machine_code", "status", "status_reason", "quantity", "unit",
            "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s", "count_by", "time_rule",
            "instructions", "checks", "started_at", "finished_at",
        ]  # fmt: skip


class MachineWish(TapWish):
    """Where; none: any of the work centre."""

    machine = serializers.PrimaryKeyRelatedField(queryset=Machine.objects.none(), required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """A machine one may not see is one that does not exist."""
        fields: dict[str, Any] = super().get_fields()
        fields["machine"].queryset = visible(self.context.get("asker"), Machine.objects.all())
        return fields


class OperationStartWish(MachineWish):
    anyway = serializers.BooleanField(default=False)


class OperationViewSet(ActingMixin, Records):
    """Steps of production orders. Acts answer with the step as it stands afterwards."""

    capability = "production.view"
    queryset = OrderOperation.objects.select_related("order__line", "machine", "work_centre").order_by("-id")
    serializer_class = OperationSerializer
    filterset_fields = {
        "order": ["exact"], "order__number": ["exact"], "number": ["exact"], "status": ["exact"], "machine": ["exact"],
        "machine__code": ["exact"], "work_centre": ["exact"], "work_centre__code": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=OperationStartWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Put the step on a machine, or begin it at its bench; `anyway`: though the step before reported nothing."""
        return self._tap(request, pk, services.start_operation, OperationStartWish)

    @extend_schema(request=OrderReasonWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Take the step off its machine for a while."""
        return self._tap(request, pk, services.pause_operation, OrderReasonWish)

    @extend_schema(request=TapWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """End the step for good; with the last one the order is finished."""
        return self._tap(request, pk, services.finish_operation, TapWish)

    @extend_schema(request=OrderReasonWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: str) -> Response:
        """Leave the step out, with the reason."""
        return self._tap(request, pk, services.skip_operation, OrderReasonWish)

    @extend_schema(request=TapWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def unskip(self, request: Request, pk: str) -> Response:
        """Do a step after all that was left out."""
        return self._tap(request, pk, services.unskip_operation, TapWish)

    @extend_schema(request=MachineWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, pk: str) -> Response:
        """Queue the step at a machine of its work centre, or at any of them."""
        return self._tap(request, pk, services.place_operation, MachineWish, machine=None)

    def _tap(
        self,
        request: Request,
        pk: str,
        service: Callable[..., OrderOperation],
        form: type[serializers.Serializer[Any]],
        **unsaid: Any,
    ) -> Response:
        filled = form(data=request.data, context={"asker": request.user})
        filled.is_valid(raise_exception=True)
        wish = unsaid | {name: value for name, value in filled.validated_data.items() if name != "at"}
        at, version = tapped_at(request, now()), version_read(request)
        return self.act(
            request,
            lambda user: _shown(service(actor=user, operation_id=int(pk), at=at, version=version, **wish)),
            channel="station" if request.auth == "pass" else "api",
        )


def _shown(step: OrderOperation) -> dict[str, Any]:
    return dict(OperationSerializer(step).data)
