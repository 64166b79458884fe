"""What an operator does with operations at a machine, through the API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.taps import tapped_at
from production.labour.api import TimeEntrySerializer
from production.labour.models import TimeEntry
from production.labour.states import LabourKind
from production.orders.api.operations import OperationSerializer
from production.orders.models import OrderOperation
from production.shopfloor.services.working import (
    finish_here,
    join_work,
    leave_work,
    pause_here,
    start_here,
    take_over,
)


class WorkWish(serializers.Serializer[Any]):
    operation = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    at = serializers.DateTimeField(required=False)


class StartWish(WorkWish):
    """`anyway`: although the operation before has reported nothing yet."""

    anyway = serializers.BooleanField(required=False, default=False)


class PauseWish(WorkWish):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class JoinWish(WorkWish):
    kind = serializers.ChoiceField(choices=[kind.value for kind in LabourKind], required=False, default="RUN")


class LeftSerializer(serializers.Serializer[Any]):
    ended = serializers.IntegerField()


class StationActs:
    """Acts on the operation of a machine, answered as `operations` and `time-entries` show them.

    Mixed into the viewset of machines.
    """

    @extend_schema(request=StartWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="start-operation")
    def start_operation(self, request: Request, pk: str) -> Response:
        """Load an operation; whoever starts it works on it from then on."""
        form = StartWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, machine, at = form.validated_data, self._machine(), tapped_at(request, now())
        return self._work(
            request,
            lambda user: start_here(
                actor=user,
                machine=machine,
                operation_id=wish["operation"],
                at=at,
                anyway=wish["anyway"],
                key=_key(request),
            ),
        )

    @extend_schema(request=PauseWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="pause-operation")
    def pause_operation(self, request: Request, pk: str) -> Response:
        """Take the operation off the machine for a while, with the reason; everybody on it pauses too."""
        form = PauseWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, machine, at = form.validated_data, self._machine(), tapped_at(request, now())
        return self._work(
            request,
            lambda user: pause_here(
                actor=user, machine=machine, operation_id=wish["operation"], at=at, reason=wish["reason"]
            ),
        )

    @extend_schema(request=WorkWish, responses=OperationSerializer)
    @action(detail=True, methods=["post"], url_path="finish-operation")
    def finish_operation(self, request: Request, pk: str) -> Response:
        """End the operation; refused while a confirmation or a required check is missing."""
        form = WorkWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, machine, at = form.validated_data, self._machine(), tapped_at(request, now())
        return self._work(
            request, lambda user: finish_here(actor=user, machine=machine, operation_id=wish["operation"], at=at)
        )

    @extend_schema(request=JoinWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"], url_path="join-work")
    def join_work(self, request: Request, pk: str) -> Response:
        """Work on an operation too, or go over to setting up, running or rework."""
        form = JoinWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, machine, at = form.validated_data, self._machine(), tapped_at(request, now())
        return self._tap_act(
            request,
            lambda user: _entry(
                join_work(
                    actor=user,
                    machine=machine,
                    operation_id=wish["operation"],
                    at=at,
                    kind=wish["kind"],
                    key=_key(request),
                )
            ),
        )

    @extend_schema(request=WorkWish, responses=LeftSerializer)
    @action(detail=True, methods=["post"], url_path="leave-work")
    def leave_work(self, request: Request, pk: str) -> Response:
        """End one's own part in an operation."""
        form = WorkWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())
        self._machine()
        return self._tap_act(
            request, lambda user: {"ended": leave_work(actor=user, operation_id=wish["operation"], at=at)}
        )

    @extend_schema(request=WorkWish, responses=TimeEntrySerializer)
    @action(detail=True, methods=["post"], url_path="take-over")
    def take_over(self, request: Request, pk: str) -> Response:
        """Take over what others work on: their clocks end, one's own begins."""
        form = WorkWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())
        self._machine()
        return self._tap_act(request, lambda user: _entry(take_over(actor=user, operation_id=wish["operation"], at=at)))

    def _machine(self) -> Machine:
        machine: Machine = self.get_object()  # type: ignore[attr-defined]  # mixed into the viewset of machines
        return machine

    def _work(self, request: Request, wish: Callable[[User], OrderOperation]) -> Response:
        return self._tap_act(request, lambda user: dict(OperationSerializer(wish(user)).data))

    def _tap_act(self, request: Request, wish: Callable[[User], dict[str, Any]]) -> Response:
        channel = "station" if request.auth == "pass" else "api"
        answer: Response = self.act(  # type: ignore[attr-defined]  # mixed into the viewset of machines
            request, wish, channel=channel
        )
        return answer


def _entry(entry: TimeEntry) -> dict[str, Any]:
    return dict(TimeEntrySerializer(entry).data)


def _key(request: Request) -> str:
    return request.headers.get("Idempotency-Key", "")[:80]
