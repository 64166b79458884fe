"""Rates, rolled-up costs and cost sheets through the API: resources of their own behind the right to see costs, so
that no filter, sort or export can tell them."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, HidesFields, Records
from factory_core.web.doors import signed_in
from factory_core.web.taps import version_read
from inventory.items.models import Item
from production.costing import services
from production.costing.models import SEE, CostRollup, EnergyPrice, LabourRate, Rate, RollupRun
from production.costing.queries import pages
from production.costing.queries.everything import is_large
from production.costing.tasks import roll_up_everything
from production.products.models import WorkCentre

MOST_TOLD = 100


class RateSerializer(HidesFields, serializers.ModelSerializer[Rate]):
    work_centre_code = serializers.CharField(source="work_centre.code", read_only=True)

    class Meta:
        model = Rate
        fields = [
            "id", "version", "work_centre", "work_centre_code", "valid_from", "machine_hour", "labour_hour",
            "overhead_hour", "overhead_base", "currency",
        ]  # fmt: skip
        read_only_fields = ["currency"]


class LabourRateSerializer(HidesFields, serializers.ModelSerializer[LabourRate]):
    class Meta:
        model = LabourRate
        fields = ["id", "version", "site", "username", "valid_from", "hour", "currency"]
        read_only_fields = ["currency"]


class EnergyPriceSerializer(HidesFields, serializers.ModelSerializer[EnergyPrice]):
    class Meta:
        model = EnergyPrice
        fields = ["id", "version", "site", "valid_from", "price", "currency"]
        read_only_fields = ["currency"]


class RollupSerializer(HidesFields, serializers.ModelSerializer[CostRollup]):
    item_number = serializers.CharField(source="item.number", read_only=True)

    class Meta:
        model = CostRollup
        fields = [
            "id", "version", "item", "item_number", "on", "lot_size", "bom", "routing", "material", "labour", "machine",
            "overhead", "energy", "beside", "total", "currency", "lines", "findings", "accepted_at",
        ]  # fmt: skip


class RollupRunSerializer(serializers.ModelSerializer[RollupRun]):
    """`status`: RUNNING, DONE or FAILED, with the reason; `items`: how many were reckoned."""

    status = serializers.CharField(read_only=True)

    class Meta:
        model = RollupRun
        fields = ["id", "version", "updated_at", "on", "status", "by", "started_at", "items", "reason"]
        read_only_fields = fields


class RollupWish(serializers.Serializer[Any]):
    """`item` by number; without one everything that is made."""

    item = serializers.CharField(max_length=60, required=False)
    on = serializers.DateField(required=False)
    lot_size = serializers.DecimalField(max_digits=18, decimal_places=6, required=False, min_value=0)


class SheetSerializer(serializers.Serializer[Any]):
    """What an order was planned to cost, may cost for its output, and cost; every variance apart."""

    order = serializers.CharField()
    status = serializers.CharField()
    good = serializers.CharField()
    planned = serializers.CharField()
    standard = serializers.CharField()
    actual = serializers.CharField()
    output_value = serializers.CharField()
    scrap_cost = serializers.CharField()
    variances = serializers.DictField(child=serializers.CharField())
    lines = serializers.ListField(child=serializers.DictField())
    findings = serializers.ListField(child=serializers.DictField())


class _Dated(ActingMixin, Records):
    """Rows valid from a day on; a POST sets one, the same day again corrects it."""

    capability = SEE
    serializer_class: Any
    service: Any

    def create(self, request: Request) -> Response:
        """Set what is valid from a day on."""
        form: Any = self.get_serializer_class()(data=request.data, context={"request": request}, validators=[])
        for name, rows in (("work_centre", WorkCentre.objects.all()), ("site", Site.objects.all())):
            if name in form.fields:
                form.fields[name].queryset = visible(request.user, rows, services.MANAGE)
        form.is_valid(raise_exception=True)
        wish, version = dict(form.validated_data), version_read(request)
        service, shown = type(self).service, self.get_serializer_class()

        def act(user: Any) -> dict[str, Any]:
            row = service(actor=user, at=now(), version=version, **wish)
            return dict(shown(row, context={"request": request}).data)

        return self.act(request, act, status=201)


class RateViewSet(_Dated):
    """What an hour costs at work centres."""

    queryset = Rate.objects.select_related("work_centre").order_by("-id")
    serializer_class = RateSerializer
    filterset_fields = ("work_centre", "work_centre__code", "valid_from")
    service = staticmethod(services.set_rate)


class LabourRateViewSet(_Dated):
    """What people really cost."""

    queryset = LabourRate.objects.order_by("-id")
    serializer_class = LabourRateSerializer
    filterset_fields = ("site", "username", "valid_from")
    service = staticmethod(services.set_labour_rate)


class EnergyPriceViewSet(_Dated):
    """What energy costs."""

    queryset = EnergyPrice.objects.order_by("-id")
    serializer_class = EnergyPriceSerializer
    filterset_fields = ("site", "valid_from")
    service = staticmethod(services.set_energy_price)


class RollupFilter(django_filters.FilterSet):
    class Meta:
        model = CostRollup
        fields = ["item", "item__number", "on"]


class RollupRunViewSet(Records):
    """Roll-ups of everything, the newest first. One at a time."""

    capability = SEE
    queryset = RollupRun.objects.order_by("-id")
    serializer_class = RollupRunSerializer
    filterset_fields = ("status", "on")
    lookup_value_regex = r"\d+"


class RollupViewSet(ActingMixin, Records):
    """Rolled-up costs. A POST reckons one item, or all."""

    capability = SEE
    queryset = CostRollup.objects.select_related("item").order_by("-id")
    serializer_class = RollupSerializer
    filterset_class = RollupFilter
    lookup_value_regex = r"\d+"

    @extend_schema(request=RollupWish, responses={201: RollupSerializer(many=True), 202: RollupRunSerializer})
    def create(self, request: Request) -> Response:
        """Reckon the standard cost of an item, or of everything made, for a day; of many the first hundred are told.

        Where everything is more than a request should wait for, the worker reckons it: 202 with the run to follow.
        """
        form = RollupWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, now()
        on = wish.get("on") or at.date()
        later = "item" not in wish and is_large(on)

        def act(user: Any) -> list[dict[str, Any]] | dict[str, Any]:
            if "item" not in wish:
                run = roll_up_everything(actor=user, on=on, at=at, later=later)
                if later:
                    return dict(RollupRunSerializer(run).data)
                found = pages.rollups_seen(user).filter(on=on, accepted_at=None)
                rows = list(found.order_by("item__number")[:MOST_TOLD])
            else:
                item: Item = pages.item_costed(user, wish["item"])
                rows = [services.roll_up(actor=user, item=item, on=on, at=at, lot_size=wish.get("lot_size") or None)]
            return [dict(RollupSerializer(row, context={"request": request}).data) for row in rows]

        return self.act(request, act, status=202 if later else 201)

    @extend_schema(request=None, responses=RollupSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take it as the item's standard cost."""
        version = version_read(request)

        def act(user: Any) -> dict[str, Any]:
            row = services.accept_rollup(actor=user, rollup_id=int(pk), at=now(), version=version)
            return dict(RollupSerializer(row, context={"request": request}).data)

        return self.act(request, act)


class OrderCostView(ActingMixin, viewsets.ViewSet):
    """The cost sheet of one production order."""

    capability = SEE

    @extend_schema(responses=SheetSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """What the order was planned to cost and cost, with every variance."""
        return Response(_sheet(signed_in(request), int(pk)))

    @extend_schema(request=None, responses=SheetSerializer)
    def settle(self, request: Request, pk: int) -> Response:
        """Close the finished order and freeze its cost."""
        pages.order_costed(signed_in(request), pk=int(pk))

        def act(user: Any) -> dict[str, Any]:
            services.settle_order(actor=user, order_id=int(pk), at=now(), version=version_read(request))
            return _sheet(user, int(pk))

        return self.act(request, act)


def _sheet(user: Any, pk: int) -> dict[str, Any]:
    order = pages.order_costed(user, pk=pk).order
    shown = pages.sheet_shown(order, now())
    sheet = shown.sheet
    return {
        "order": order.number, "status": str(shown.status), "good": _text(sheet.good),
        "planned": _text(sheet.planned), "standard": _text(sheet.standard), "actual": _text(sheet.actual),
        "output_value": _text(sheet.output_value), "scrap_cost": _text(sheet.scrap_cost),
        "variances": {name: _text(amount) for name, amount in sheet.by_name().items()},
        "lines": [
            {
                "kind": str(line.kind), "label": line.label, "unit": line.unit, "planned": _text(line.planned),
                "standard": _text(line.standard), "actual": _text(line.actual), "quantity": _text(line.quantity),
                "variances": {name: _text(amount) for name, amount in line.variances.items()},
            }
            for line in sheet.lines
        ],
        "findings": [{"kind": one.kind, "what": one.what} for one in sheet.findings],
    }  # fmt: skip


def _text(value: Any) -> str:
    return f"{value.quantize(pages.SIX):f}"
