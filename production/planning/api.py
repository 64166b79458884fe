"""Planning runs and planned orders through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.taps import tapped_at
from production.planning import services
from production.planning.models import PlanningRun, PlanPart
from production.planning.queries.listing import proposal_or_missing, proposals_wished
from production.planning.states import PlanKind


class PlanningRunSerializer(serializers.ModelSerializer[PlanningRun]):
    """`findings`: what could not be planned, in sentences."""

    site_code = serializers.CharField(source="site.code", read_only=True)

    class Meta:
        model = PlanningRun
        fields = [
            "id", "version", "created_at", "updated_at", "site", "site_code", "status", "starts_on", "weeks", "by",
            "started_at", "ended_at", "proposals", "findings",
        ]  # fmt: skip
        read_only_fields = fields


class PlannedOrderSerializer(serializers.Serializer[Any]):
    """`demand`: who stands behind it as [kind, id, label, quantity, due on]; none: the safety stock."""

    id = serializers.IntegerField(source="pk")
    run = serializers.IntegerField(source="run.pk")
    site = serializers.IntegerField(source="site.pk")
    site_code = serializers.CharField(source="site.code")
    item = serializers.IntegerField(source="item.pk")
    item_number = serializers.CharField(source="item.number")
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in PlanKind])
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(source="item.unit.code")
    release_on = serializers.DateField()
    due_on = serializers.DateField()
    is_late = serializers.BooleanField()
    level = serializers.IntegerField()
    demand = serializers.JSONField()
    firmed_kind = serializers.CharField()
    firmed_id = serializers.IntegerField(allow_null=True)
    firmed_label = serializers.CharField()
    firmed_at = serializers.DateTimeField(allow_null=True)


class PlannedOrderFilter(serializers.Serializer[Any]):
    """Which proposals are listed."""

    run = serializers.IntegerField(required=False)
    site = serializers.IntegerField(required=False)
    site__code = serializers.CharField(required=False)
    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in PlanKind], required=False)
    item = serializers.IntegerField(required=False)
    item__number = serializers.CharField(required=False)
    is_late = serializers.BooleanField(required=False, allow_null=True, default=None)
    release_on = serializers.DateField(required=False)
    release_on__lte = serializers.DateField(required=False)
    release_on__gte = serializers.DateField(required=False)
    firmed_at__isnull = serializers.BooleanField(required=False, allow_null=True, default=None)


class PlanningRunWish(serializers.Serializer[Any]):
    """A plan of a site from a day (today where nothing is said) for so many weeks."""

    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())
    starts_on = serializers.DateField(required=False)
    weeks = serializers.IntegerField(min_value=1, max_value=156, default=52)

    def get_fields(self) -> dict[str, Any]:
        """A site one may not see is one that does not exist."""
        user = getattr(self.context.get("request"), "user", None)
        seen = visible(user if isinstance(user, User) else None, Site.objects.all())
        return {**super().get_fields(), "site": serializers.PrimaryKeyRelatedField(queryset=seen)}


class FirmWish(serializers.Serializer[Any]):
    """Another quantity (base units) or day than proposed, if wanted; `run`: the plan that was looked at."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    due_on = serializers.DateField(required=False)
    run = serializers.IntegerField(min_value=1, required=False)


class FirmManyWish(serializers.Serializer[Any]):
    planned_orders = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=200)
    run = serializers.IntegerField(min_value=1, required=False)


class FirmedSerializer(serializers.Serializer[Any]):
    """What came of one proposal: the number of its order, or the refusal's code and sentence."""

    id = serializers.IntegerField(source="planned.pk")
    order = serializers.CharField(source="label")
    code = serializers.CharField(source="refusal.code", default="")
    detail = serializers.CharField(source="refusal.sentence", default="")


class PlanningRunViewSet(ActingMixin, Records):
    """Plans of sites. POST computes one and answers when it is done."""

    capability = "production.planning.view"
    queryset = PlanningRun.objects.select_related("site").order_by("-id")
    serializer_class = PlanningRunSerializer
    filterset_fields = {"site": ["exact"], "site__code": ["exact"], "status": ["exact"]}
    lookup_value_regex = r"\d+"

    @extend_schema(request=PlanningRunWish, responses={201: PlanningRunSerializer})
    def create(self, request: Request) -> Response:
        """Plan a site."""
        form = PlanningRunWish(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        at, site = now(), form.validated_data["site"]
        starts_on = form.validated_data.get("starts_on") or at.astimezone(site.zone).date()
        weeks = form.validated_data["weeks"]

        def act(user: User) -> dict[str, Any]:
            run = services.run_plan(actor=user, site=site, starts_on=starts_on, weeks=weeks, at=at)
            return dict(PlanningRunSerializer(run).data)

        return self.act(request, act, status=201)


class PlannedOrderViewSet(ActingMixin, viewsets.GenericViewSet[Any]):
    """Proposals of the latest plan of each site. Firming makes an order of one, once."""

    capability = "production.planning.view"
    queryset = PlanPart.objects.none()
    serializer_class = PlannedOrderSerializer
    parameters = tuple(PlannedOrderFilter().get_fields())
    lookup_value_regex = r"\d+"

    @extend_schema(parameters=[PlannedOrderFilter])
    def list(self, request: Request) -> Response:
        """The first to be released on top."""
        self.filter_queryset(self.get_queryset())
        form = PlannedOrderFilter(data=request.query_params)
        form.is_valid(raise_exception=True)
        found: Any = proposals_wished(signed_in(request), **form.validated_data)
        rows = self.paginate_queryset(found)
        return self.get_paginated_response(PlannedOrderSerializer(rows, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One proposal."""
        return Response(PlannedOrderSerializer(proposal_or_missing(signed_in(request), int(pk))).data)

    @extend_schema(request=FirmWish, responses=PlannedOrderSerializer)
    @action(detail=True, methods=["post"])
    def firm(self, request: Request, pk: str) -> Response:
        """Make the order of a proposal."""
        form = FirmWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = dict(form.validated_data), tapped_at(request, now())
        run = wish.pop("run", None)

        def act(user: User) -> dict[str, Any]:
            done = services.firm(actor=user, planned_id=int(pk), at=at, run_id=run, **wish)
            return dict(PlannedOrderSerializer(done).data)

        return self.act(request, act)

    @extend_schema(
        operation_id="planned_orders_firm_several", request=FirmManyWish, responses=FirmedSerializer(many=True)
    )
    @action(detail=False, methods=["post"], url_path="firm")
    def firm_several(self, request: Request) -> Response:
        """Make orders of several proposals; what could not be is told beside its id."""
        form = FirmManyWish(data=request.data)
        form.is_valid(raise_exception=True)
        ids, run, at = form.validated_data["planned_orders"], form.validated_data.get("run"), tapped_at(request, now())

        def act(user: User) -> list[dict[str, Any]]:
            results = services.firm_many(actor=user, planned_ids=ids, at=at, run_id=run)
            return [dict(FirmedSerializer(one).data) for one in results]

        return self.act(request, act)
