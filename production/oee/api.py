"""Time accounts and figures through the API."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
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
from factory_core.web.taps import tapped_at, version_read
from production.oee import services
from production.oee.models import AccountSlice, ShiftAccount
from production.oee.panels import RULES
from production.oee.queries.accounts import targets_of
from production.oee.queries.sums import machine_account, sums_between
from production.oee.rules.figures import Figure, figures_of
from production.oee.states import RuleSet

LONGEST_PERIOD = timedelta(days=366)
_PERIOD = [OpenApiParameter("from", datetime, required=True), OpenApiParameter("to", datetime, required=True)]


class BadPeriod(Invalid):
    """`from` and `to` name no period."""

    code = "bad_period"


class BadRules(Invalid):
    """`rules` names no rule set."""

    code = "bad_rules"


class AccountSerializer(serializers.ModelSerializer[ShiftAccount]):
    class Meta:
        model = ShiftAccount
        fields = [
            "id", "version", "created_at", "updated_at", "machine", "on", "shift_name", "is_shift", "started_at",
            "ended_at", "status", "revision", "closed_at", "late_since",
        ]  # fmt: skip


class SliceSerializer(serializers.ModelSerializer[AccountSlice]):
    class Meta:
        model = AccountSlice
        fields = [
            "time_class", "reason", "order", "item", "seconds", "stops", "unexplained", "produced", "good", "scrap",
            "rework", "ideal_s", "energy_kwh",
        ]  # fmt: skip


class TimeSliceSerializer(serializers.Serializer[Any]):
    """So long the machine belonged to one class."""

    time_class = serializers.CharField()
    reason = serializers.IntegerField(source="reason_id", allow_null=True)
    order = serializers.IntegerField(source="order_id", allow_null=True)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()


class TimeAccountSerializer(serializers.Serializer[Any]):
    """The time account of a machine over a period: seconds by class, adding up to the period, and its slices."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    seconds = serializers.DictField(child=serializers.DecimalField(max_digits=18, decimal_places=6))
    slices = TimeSliceSerializer(many=True)


class FigureSerializer(serializers.Serializer[Any]):
    """A figure: its value (a share, or in `unit`; null where it has none), formula, and the numbers behind it."""

    value = serializers.DecimalField(max_digits=24, decimal_places=12, allow_null=True)
    unit = serializers.CharField()
    formula = serializers.CharField()
    behind = serializers.DictField(child=serializers.DecimalField(max_digits=24, decimal_places=6))


class OeeSerializer(serializers.Serializer[Any]):
    """The figures of a machine over a period under a rule set."""

    rule_set = serializers.CharField()
    rule_set_name = serializers.CharField()
    figures = serializers.DictField(child=FigureSerializer())
    findings = serializers.ListField(child=serializers.CharField())
    sums = serializers.DictField(child=serializers.CharField(allow_null=True))


class AccountWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(required=False, allow_null=True, default=None)
    at = serializers.DateTimeField(required=False)


class MachineFigures(Places):
    """Questions about a machine's time; mounted beside the machines."""

    queryset = Machine.objects.select_related("line__area__site").order_by("code")
    serializer_class = MachineSerializer
    filter_backends: Sequence[Any] = ()
    pagination_class = None

    @extend_schema(parameters=_PERIOD, responses=TimeAccountSerializer)
    def time_account(self, request: Request, pk: str) -> Response:
        """Every second of the machine in a period that has passed, by class; exact to the microsecond."""
        machine = self.get_object()
        require(request.user, "production.view", machine)
        start, end = _period(request, now())
        found = machine_account(machine, start, end, now())
        seconds: dict[str, Decimal] = {}
        for one in found:
            length = Decimal(one.microseconds) / 1_000_000
            seconds[one.time_class.value] = seconds.get(one.time_class.value, Decimal(0)) + length
        told = {"started_at": start, "ended_at": end, "seconds": seconds, "slices": found}
        return Response(TimeAccountSerializer(told).data)

    @extend_schema(
        parameters=[*_PERIOD, OpenApiParameter("rules", str, enum=[rules.value for rules in RuleSet])],
        responses=OeeSerializer,
    )
    def oee(self, request: Request, pk: str) -> Response:
        """OEE and the other figures of a period that has passed, each with its formula and numbers."""
        machine = self.get_object()
        require(request.user, "production.view", machine)
        start, end = _period(request, now())
        sums = sums_between([machine], start, end, now())
        found = figures_of(sums, _rules(request, machine))
        told = {
            "rule_set": found.rule_set.value,
            "rule_set_name": str(RULES[found.rule_set][0]),
            "figures": {key: _figure(figure) for key, figure in found.by_key.items()},
            "findings": list(found.findings),
            "sums": {name: None if value is None else str(value) for name, value in asdict(sums).items()},
        }
        return Response(OeeSerializer(told).data)


class AccountViewSet(ActingMixin, Records):
    """Time accounts of machines, the newest first; closed ones change only by being reopened."""

    capability = "production.view"
    queryset = ShiftAccount.objects.order_by("-started_at", "-id")
    serializer_class = AccountSerializer
    filterset_fields = {
        "machine": ["exact"], "on": ["exact", "gte", "lte"], "status": ["exact"], "is_shift": ["exact"],
        "late_since": ["isnull"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(responses=SliceSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def slices(self, request: Request, pk: str) -> Response:
        """The rows every figure of the account is a sum of."""
        rows = self.get_object().slices.order_by("-seconds", "time_class", "id")
        return Response(SliceSerializer(rows, many=True).data)

    @extend_schema(request=AccountWish, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Close an account whose time is over."""
        return self._decide(request, pk, services.close_account)

    @extend_schema(request=AccountWish, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a closed account with a reason; it stays open until a person closes it."""
        return self._decide(request, pk, services.reopen_account)

    @extend_schema(request=AccountWish, responses=AccountSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, pk: str) -> Response:
        """Leave data that came too late out, with a reason."""
        return self._decide(request, pk, services.leave_late_data)

    def _decide(self, request: Request, pk: str, service: Any) -> Response:
        form = AccountWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at, version = form.validated_data, tapped_at(request, now()), version_read(request)

        def decide(user: Any) -> dict[str, Any]:
            account = service(actor=user, account_id=int(pk), at=at, reason=wish["reason"], version=version)
            return dict(AccountSerializer(account).data)

        return self.act(request, decide)


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "value": figure.value, "unit": figure.unit, "formula": figure.formula,
        "behind": dict(figure.behind),
    }  # fmt: skip


def _rules(request: Request, machine: Machine) -> RuleSet:
    said = request.query_params.get("rules", "")
    if not said:
        return RuleSet(targets_of(machine.line.area.site_id).rule_set)
    if said not in list(RuleSet):
        raise BadRules(_("'rules' must be one of %(rules)s.") % {"rules": ", ".join(RuleSet)})
    return RuleSet(said)


def _period(request: Request, at: datetime) -> tuple[datetime, datetime]:
    moments = []
    for name in ("from", "to"):
        try:
            moment = parse_datetime(request.query_params.get(name, ""))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise BadPeriod(
                _("'%(name)s' must be a moment in RFC 3339 with an offset, for example 2026-11-20T10:00:00Z.")
                % {"name": name}
            )
        moments.append(moment)
    start, end = moments[0], min(moments[1], at)
    if not start < end <= start + LONGEST_PERIOD:
        raise BadPeriod(_("'to' must lie after 'from', at most a year, and 'from' in the past."))
    return start, end
