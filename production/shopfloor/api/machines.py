"""Machines through the API: the place, its states, and what people report at it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.plant.models import Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.floor_api import MachineSerializer, Places
from factory_core.web.taps import tapped_at
from production.orders.api import TapWish
from production.orders.models import CountEntry
from production.orders.services import correct_count
from production.orders.states import CountKind
from production.shopfloor.api.numbers import DecimalWish
from production.shopfloor.api.station import StationActs
from production.shopfloor.models import HelpCall
from production.shopfloor.services.calls import answer_call, call_help, end_call
from production.shopfloor.services.counting import count_here
from telemetry.states.queries import intervals

LONGEST_PERIOD = timedelta(days=366)


class BadPeriod(Invalid):
    """`from` and `to` name no period."""

    code = "bad_period"


class IntervalSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    word = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class CountSerializer(serializers.ModelSerializer[CountEntry]):
    by = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = CountEntry
        fields = [
            "id", "machine", "order", "operation", "kind", "quantity", "at", "by", "source", "reason", "loss_reason",
            "corrects",
        ]  # fmt: skip


class CallSerializer(serializers.ModelSerializer[HelpCall]):
    called_by = serializers.CharField(source="called_by.name", read_only=True)
    answered_by = serializers.CharField(source="answered_by.name", read_only=True, default=None)

    class Meta:
        model = HelpCall
        fields = [
            "id", "version", "created_at", "updated_at", "machine", "kind", "called_by", "at", "answered_by",
            "answered_at", "done_at", "level", "escalated_at",
        ]  # fmt: skip


class CountWish(serializers.Serializer[Any]):
    """`quantity` with a comma or a point; or `reading_start` and `reading_end` of a counter without a wire. `reason`:
    the code of a reason of the list, or any word. Without `operation` it counts for what ran at that moment."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in CountKind])
    quantity = DecimalWish(required=False, default=None)
    reading_start = DecimalWish(required=False, default=None)
    reading_end = DecimalWish(required=False, default=None)
    operation = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    reason = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    entry = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)


class CallWish(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=12)
    at = serializers.DateTimeField(required=False)


class MachineViewSet(StationActs, ActingMixin, Places):
    """Machines the asker may see."""

    queryset = Machine.objects.order_by("line__code", "position", "code")
    serializer_class = MachineSerializer
    filterset_fields = ("code", "is_active", "line")

    @extend_schema(
        parameters=[
            OpenApiParameter("from", datetime, required=True),
            OpenApiParameter("to", datetime, required=True),
        ],
        responses=IntervalSerializer(many=True),
    )
    @action(detail=True, filter_backends=[], pagination_class=None, url_path="intervals")
    def intervals(self, request: Request, pk: str) -> Response:
        """What the machine did in a period, cut to it."""
        machine = self.get_object()
        require(request.user, "telemetry.view", machine)
        start, end = _period(request)
        spans = intervals(machine.pk, start, end)
        return Response(IntervalSerializer(spans, many=True).data)

    @extend_schema(request=CountWish, responses={201: CountSerializer})
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str) -> Response:
        """Report good pieces or scrap; once per `entry`."""
        form = CountWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, machine, at = form.validated_data, self.get_object(), tapped_at(request, now())
        key = wish["entry"] or request.headers.get("Idempotency-Key", "")[:80]

        def report(user: Any) -> dict[str, Any]:
            entry = count_here(
                actor=user, machine=machine, kind=wish["kind"], quantity=wish["quantity"], at=at, key=key,
                reason=wish["reason"], operation_id=wish.get("operation"), start=wish["reading_start"],
                end=wish["reading_end"],
            )  # fmt: skip
            return dict(CountSerializer(entry).data)

        return self._tap(request, report)

    @extend_schema(request=CallWish, responses={201: CallSerializer})
    @action(detail=True, methods=["post"], url_path="call-help")
    def call_help(self, request: Request, pk: str) -> Response:
        """Call somebody to the machine."""
        form = CallWish(data=request.data)
        form.is_valid(raise_exception=True)
        kind, machine, at = form.validated_data["kind"], self.get_object(), tapped_at(request, now())
        return self._tap(
            request, lambda user: dict(CallSerializer(call_help(actor=user, machine=machine, kind=kind, at=at)).data)
        )

    def _tap(self, request: Request, wish: Callable[[Any], dict[str, Any]]) -> Response:
        return self.act(request, wish, status=201, channel="station" if request.auth == "pass" else "api")


class CountViewSet(ActingMixin, Records):
    """Reports of pieces. A wrong one is taken back, never changed."""

    capability = "production.view"
    queryset = CountEntry.objects.select_related("by").order_by("-id")
    serializer_class = CountSerializer
    filterset_fields = ("machine", "order", "operation", "kind")
    lookup_value_regex = r"\d+"

    @extend_schema(request=TapWish, responses={201: CountSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the report back."""
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: dict(CountSerializer(correct_count(actor=user, entry_id=int(pk), at=at)).data),
            status=201,
        )


class CallViewSet(ActingMixin, Records):
    """Calls for help, newest first."""

    capability = "production.view"
    queryset = HelpCall.objects.select_related("called_by", "answered_by").order_by("-id")
    serializer_class = CallSerializer
    filterset_fields = {
        "machine": ["exact"],
        "kind": ["exact"],
        "answered_at": ["isnull"],
        "done_at": ["isnull"],
    }
    lookup_value_regex = r"\d+"

    @extend_schema(request=TapWish, responses=CallSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str) -> Response:
        """Say that one is coming."""
        at = tapped_at(request, now())
        return self.act(
            request, lambda user: dict(CallSerializer(answer_call(actor=user, call_id=int(pk), at=at)).data)
        )

    @extend_schema(request=TapWish, responses=CallSerializer)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Say that help was given."""
        at = tapped_at(request, now())
        return self.act(request, lambda user: dict(CallSerializer(end_call(actor=user, call_id=int(pk), at=at)).data))


def _period(request: Request) -> tuple[datetime, datetime]:
    moments = []
    for name in ("from", "to"):
        given = request.query_params.get(name, "")
        try:
            moment = parse_datetime(given)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise BadPeriod(
                _("'%(name)s' must be a moment in RFC 3339 with an offset, for example 2026-11-20T10:00:00Z.")
                % {"name": name}
            )
        moments.append(moment)
    start, end = moments
    if not start < end <= start + LONGEST_PERIOD:
        raise BadPeriod(_("'to' must lie after 'from', at most a year."))
    return start, end
