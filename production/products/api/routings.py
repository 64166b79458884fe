"""Routings and work centres through the API."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.plant.models import Line, Machine
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import version_read
from inventory.items.api.common import Wish, read_wish
from inventory.items.models import Item, ItemPaper
from inventory.stock.models import Location
from production.products import services
from production.products.api.common import CopyWish, DesignRecords, NoWish, ReasonWish, ReleaseWish
from production.products.models import (
    Instruction,
    OperationCheck,
    Routing,
    RoutingOperation,
    WorkCentre,
    WorkCentreMachine,
)
from production.products.states import CheckKind, CheckWhen, CountBy, TimeRule

_SECONDS: Any = {"max_digits": 14, "decimal_places": 3, "min_value": 0}
_CREW: Any = {"max_digits": 10, "decimal_places": 6, "min_value": 0, "required": False}


class InstructionSerializer(serializers.ModelSerializer[Instruction]):
    class Meta:
        model = Instruction
        fields = ["id", "version", "position", "text", "picture", "must_confirm"]


class RoutingCheckSerializer(serializers.ModelSerializer[OperationCheck]):
    class Meta:
        model = OperationCheck
        fields = [
            "id", "version", "position", "name", "kind", "unit", "lower", "upper", "choices", "when", "every",
            "is_required",
        ]  # fmt: skip


class RoutingOperationSerializer(serializers.ModelSerializer[RoutingOperation]):
    work_centre_code = serializers.CharField(source="work_centre.code", read_only=True)
    machine_code = serializers.CharField(source="machine.code", read_only=True, allow_null=True, default=None)
    instructions = InstructionSerializer(many=True, read_only=True)
    checks = RoutingCheckSerializer(many=True, read_only=True)

    class Meta:
        model = RoutingOperation
        fields = [
            "id", "version", "number", "name", "work_centre", "work_centre_code", "machine", "machine_code", "setup_s",
            "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s", "count_by", "time_rule", "instructions",
            "checks",
        ]  # fmt: skip


class RoutingSerializer(serializers.ModelSerializer[Routing]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    operations = RoutingOperationSerializer(many=True, read_only=True)

    class Meta:
        model = Routing
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "code", "status", "lead_time_days",
            "valid_from", "valid_until", "note", "operations",
        ]  # fmt: skip


class RoutingFacts(Wish):
    """Facts of a draft; what is left out stays."""

    code = serializers.CharField(max_length=20, required=False)
    lead_time_days = serializers.IntegerField(min_value=0, max_value=3650, required=False)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class RoutingWish(RoutingFacts):
    """A new draft of an item."""

    seen = {"item": Item}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())


class OperationWish(Wish):
    """An operation; without a number it stands at the end."""

    seen = {"work_centre": WorkCentre, "machine": Machine}
    number = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    name = serializers.CharField(max_length=120)
    work_centre = serializers.PrimaryKeyRelatedField(queryset=WorkCentre.objects.none())
    machine = serializers.PrimaryKeyRelatedField(queryset=Machine.objects.none(), required=False, allow_null=True)
    setup_s = serializers.DecimalField(**_SECONDS, required=False)
    run_s = serializers.DecimalField(**_SECONDS)
    setup_crew = serializers.DecimalField(**_CREW)
    run_crew = serializers.DecimalField(**_CREW)
    loss_percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, required=False)
    wait_s = serializers.DecimalField(**_SECONDS, required=False)
    count_by = serializers.ChoiceField(choices=list(CountBy), required=False)
    time_rule = serializers.ChoiceField(choices=list(TimeRule), required=False)


class OperationNamed(Wish):
    """One operation of the routing."""

    operation = serializers.IntegerField()


class OperationChange(OperationWish):
    """Only what changes, and the version of the operation that was read."""

    operation = serializers.IntegerField()
    version = serializers.IntegerField(required=False)


class InstructionWish(OperationNamed):
    """What to do in an operation; `instruction` names the one to change."""

    seen = {"picture": ItemPaper}
    instruction = serializers.IntegerField(required=False)
    text = serializers.CharField(max_length=2000)
    picture = serializers.PrimaryKeyRelatedField(queryset=ItemPaper.objects.none(), required=False, allow_null=True)
    must_confirm = serializers.BooleanField(required=False)
    position = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class RoutingCheckWish(OperationNamed):
    """What is checked in an operation; `check` names the one to change."""

    check = serializers.IntegerField(required=False)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=list(CheckKind), required=False)
    unit = serializers.CharField(max_length=12, required=False, allow_blank=True)
    lower = serializers.DecimalField(max_digits=18, decimal_places=6, required=False, allow_null=True)
    upper = serializers.DecimalField(max_digits=18, decimal_places=6, required=False, allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(max_length=80), required=False, max_length=40)
    when = serializers.ChoiceField(choices=list(CheckWhen), required=False)
    every = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    is_required = serializers.BooleanField(required=False)
    position = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class RoutingViewSet(DesignRecords):
    """How items are made. Only a draft changes; acts answer with the whole routing."""

    queryset = Routing.objects.select_related("item").prefetch_related(
        Prefetch("operations", RoutingOperation.objects.select_related("work_centre", "machine").order_by("number")),
        Prefetch("operations__instructions", Instruction.objects.order_by("position")),
        Prefetch("operations__checks", OperationCheck.objects.order_by("position")),
    ).order_by("-pk")  # fmt: skip
    serializer_class = RoutingSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "code": ["exact"], "status": ["exact"],
        "operations__work_centre__code": ["exact"],
    }  # fmt: skip
    whole = queryset
    owner_path = "routing_id"

    @extend_schema(request=RoutingWish, responses={201: RoutingSerializer})
    def create(self, request: Request) -> Response:
        """Draft a routing."""
        wish = self.told(RoutingWish, request, versioned=False)
        return self.acted(request, services.draft_routing, wish, status=201)

    @extend_schema(request=RoutingFacts, responses=RoutingSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change the head of a draft."""
        wish = self.told(RoutingFacts, request, bundle=True, routing_id=int(pk))
        return self.acted(request, services.change_routing, wish)

    @extend_schema(request=CopyWish, responses={201: RoutingSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Draft a new version with the same operations."""
        wish = self.told(CopyWish, request, versioned=False, routing_id=int(pk))
        return self.acted(request, services.copy_routing, wish, status=201)

    @extend_schema(request=ReleaseWish, responses=RoutingSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Let it be in force from a day on."""
        return self.acted(request, services.release_routing, self.told(ReleaseWish, request, routing_id=int(pk)))

    @extend_schema(request=ReasonWish, responses=RoutingSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Make it obsolete."""
        return self.acted(request, services.retire_routing, self.told(ReasonWish, request, routing_id=int(pk)))

    @extend_schema(request=OperationWish, responses=RoutingSerializer)
    @action(detail=True, methods=["post"], url_path="operations")
    def add_operation(self, request: Request, pk: str) -> Response:
        """Add an operation to a draft."""
        wish = self.told(OperationWish, request, versioned=False, routing_id=int(pk))
        return self.acted(request, services.add_operation, wish)

    @extend_schema(request=OperationChange, responses=RoutingSerializer)
    @action(detail=True, methods=["post"], url_path="change-operation")
    def change_operation(self, request: Request, pk: str) -> Response:
        """Change an operation of a draft."""
        said = self.told(OperationChange, request, bundle=True)
        said["version"] = said["wish"].pop("version", None)
        wish = {**said, "operation_id": self._operation(pk, said["wish"].pop("operation", None))}
        return self.acted(request, services.change_operation, wish)

    @extend_schema(request=OperationNamed, responses=RoutingSerializer)
    @action(detail=True, methods=["post"], url_path="remove-operation")
    def remove_operation(self, request: Request, pk: str) -> Response:
        """Take an operation out of a draft."""
        wish = self.told(OperationNamed, request, versioned=False)
        wish["operation_id"] = self._operation(pk, wish.pop("operation"))
        return self.acted(request, services.remove_operation, wish)

    @extend_schema(request=InstructionWish, responses=RoutingSerializer)
    @action(detail=True, methods=["post"])
    def instructions(self, request: Request, pk: str) -> Response:
        """Add or change an instruction."""
        return self._part(request, pk, InstructionWish, services.set_instruction, "instruction")

    @extend_schema(request=RoutingCheckWish, responses=RoutingSerializer)
    @action(detail=True, methods=["post"])
    def checks(self, request: Request, pk: str) -> Response:
        """Add or change a check."""
        return self._part(request, pk, RoutingCheckWish, services.set_check, "check")

    @extend_schema(request=NoWish, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Throw a draft away."""
        wish = self.told(NoWish, request, routing_id=int(pk))

        def gone(user: Any) -> None:
            services.remove_routing(actor=user, **wish)

        return self.act(request, gone, status=204)

    def _part(self, request: Request, pk: str, kind: type[Wish], act: Any, name: str) -> Response:
        wish = self.told(kind, request)
        wish["operation_id"] = self._operation(pk, wish.pop("operation"))
        wish[f"{name}_id"] = wish.pop(name, None)
        return self.acted(request, lambda **said: act(**said).operation, wish)

    def _operation(self, pk: str, operation: Any) -> int:
        """An operation of this routing; 0, which none has, for another one's."""
        rows = RoutingOperation.objects.filter(routing=self.get_object(), pk=operation or 0)
        return rows.values_list("pk", flat=True).first() or 0


class WorkCentreSerializer(serializers.ModelSerializer[WorkCentre]):
    line_code = serializers.CharField(source="line.code", read_only=True)
    machines = serializers.SerializerMethodField()

    class Meta:
        model = WorkCentre
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "line", "line_code", "places", "supply",
            "output", "is_active", "machines",
        ]  # fmt: skip

    def get_machines(self, centre: WorkCentre) -> list[str]:
        """The codes of its machines."""
        return [row.machine.code for row in centre.machines.all()]


class WorkCentreFacts(Wish):
    """Facts of a work centre; what is left out stays."""

    seen = {"line": Line, "supply": Location, "output": Location}
    name = serializers.CharField(max_length=120, required=False)
    line = serializers.PrimaryKeyRelatedField(queryset=Line.objects.none(), required=False)
    places = serializers.IntegerField(min_value=1, max_value=1000, required=False)
    supply = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none(), required=False, allow_null=True)
    output = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none(), required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    machines = serializers.SlugRelatedField(
        slug_field="code", queryset=Machine.objects.none(), many=True, required=False
    )

    def get_fields(self) -> dict[str, Any]:
        """Machines one may not see do not exist either."""
        fields: dict[str, Any] = super().get_fields()
        machines = visible(self.context.get("asker"), Machine.objects.select_related("line__area"))
        fields["machines"].child_relation.queryset = machines
        return fields


class WorkCentreWish(WorkCentreFacts):
    """A new work centre."""

    code = serializers.RegexField(r"^[A-Za-z0-9._-]{1,40}$")
    name = serializers.CharField(max_length=120)
    line = serializers.PrimaryKeyRelatedField(queryset=Line.objects.none())


class WorkCentreViewSet(ActingMixin, Records):
    """Where operations are done: machines that stand in for one another, or places for people."""

    capability = "production.product.view"
    queryset = WorkCentre.objects.select_related("line").prefetch_related(
        Prefetch("machines", WorkCentreMachine.objects.select_related("machine").order_by("machine__code"))
    ).order_by("code")  # fmt: skip
    serializer_class = WorkCentreSerializer
    filterset_fields = {"code": ["exact"], "line": ["exact"], "line__code": ["exact"], "is_active": ["exact"]}
    lookup_value_regex = r"\d+"

    @extend_schema(request=WorkCentreWish, responses={201: WorkCentreSerializer})
    def create(self, request: Request) -> Response:
        """Set up a work centre."""
        wish = read_wish(WorkCentreWish, request)
        return self.act(request, lambda user: self._shown(services.create_centre(actor=user, **wish).pk), status=201)

    @extend_schema(request=WorkCentreFacts, responses=WorkCentreSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change facts of a work centre, or which machines belong to it."""
        facts = read_wish(WorkCentreFacts, request)
        at, machines, version = facts.pop("at"), facts.pop("machines", None), version_read(request)

        def changed(user: Any) -> dict[str, Any]:
            services.change_centre(actor=user, centre_id=int(pk), wish=facts, machines=machines, at=at, version=version)
            return self._shown(int(pk))

        return self.act(request, changed)

    def _shown(self, key: int) -> dict[str, Any]:
        return dict(WorkCentreSerializer(self.queryset.get(pk=key)).data)
