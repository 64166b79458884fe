"""Bills of materials through the API."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inventory.items.api.common import UnitField, Wish
from inventory.items.models import Item, Unit
from production.products import services
from production.products.api.common import CopyWish, DesignRecords, NoWish, ReasonWish, ReleaseWish
from production.products.models import Bom, BomAlternate, BomLine
from production.products.states import IssuePolicy, LineKind

_QUANTITY: Any = {"max_digits": 18, "decimal_places": 6}


class AlternateSerializer(serializers.ModelSerializer[BomAlternate]):
    item_number = serializers.CharField(source="item.number", read_only=True)

    class Meta:
        model = BomAlternate
        fields = ["id", "item", "item_number", "factor", "priority"]


class BomLineSerializer(serializers.ModelSerializer[BomLine]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)
    alternates = AlternateSerializer(many=True, read_only=True)

    class Meta:
        model = BomLine
        fields = [
            "id", "version", "position", "kind", "item", "item_number", "quantity", "unit", "factor", "is_fixed",
            "loss_percent", "designators", "issue", "operation_number", "cost_share", "valid_from", "valid_until",
            "note", "alternates",
        ]  # fmt: skip


class BomSerializer(serializers.ModelSerializer[Bom]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    lines = BomLineSerializer(many=True, read_only=True)

    class Meta:
        model = Bom
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "code", "status", "quantity", "unit",
            "is_phantom", "valid_from", "valid_until", "note", "lines",
        ]  # fmt: skip


class BomFacts(Wish):
    """Facts of a draft; what is left out stays."""

    code = serializers.CharField(max_length=20, required=False)
    quantity = serializers.DecimalField(**_QUANTITY, required=False)
    is_phantom = serializers.BooleanField(required=False)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class BomWish(BomFacts):
    """A new draft of an item."""

    seen = {"item": Item}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())


class LineWish(Wish):
    """A line: so much of a component, or of what comes out beside the item."""

    seen = {"item": Item, "unit": Unit}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    quantity = serializers.DecimalField(**_QUANTITY)
    unit = UnitField(required=False)
    kind = serializers.ChoiceField(choices=list(LineKind), required=False)
    is_fixed = serializers.BooleanField(required=False)
    loss_percent = serializers.DecimalField(max_digits=7, decimal_places=4, required=False)
    designators = serializers.CharField(max_length=400, required=False, allow_blank=True)
    issue = serializers.ChoiceField(choices=list(IssuePolicy), required=False)
    operation_number = serializers.IntegerField(min_value=1, required=False, allow_null=True)
    cost_share = serializers.DecimalField(max_digits=7, decimal_places=4, required=False)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_until = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)


class LineChange(LineWish):
    """Only what changes, and the version of the line that was read."""

    line = serializers.IntegerField()
    version = serializers.IntegerField(required=False)
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none(), required=False)
    quantity = serializers.DecimalField(**_QUANTITY, required=False)


class LineNamed(Wish):
    """One line of the bill of materials."""

    line = serializers.IntegerField()


class AlternateWish(LineNamed):
    """What may be used instead of the component of a line."""

    seen = {"item": Item}
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    factor = serializers.DecimalField(max_digits=24, decimal_places=12, required=False)
    priority = serializers.IntegerField(min_value=0, max_value=32767, required=False)


class AlternateNamed(Wish):
    """One alternate."""

    alternate = serializers.IntegerField()


class LineOrderWish(Wish):
    """The ids of all lines in the order wished."""

    line_ids = serializers.ListField(child=serializers.IntegerField(), max_length=5000)


class BomViewSet(DesignRecords):
    """What items are made of. Only a draft changes; acts answer with the whole bill of materials."""

    queryset = Bom.objects.select_related("item__unit").prefetch_related(
        Prefetch("lines", BomLine.objects.select_related("item", "unit").order_by("position")),
        Prefetch("lines__alternates", BomAlternate.objects.select_related("item").order_by("priority", "pk")),
    ).order_by("-pk")  # fmt: skip
    serializer_class = BomSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "code": ["exact"], "status": ["exact"], "is_phantom": ["exact"],
        "lines__item__number": ["exact"],
    }  # fmt: skip
    whole = queryset
    owner_path = "bom_id"

    @extend_schema(request=BomWish, responses={201: BomSerializer})
    def create(self, request: Request) -> Response:
        """Draft a bill of materials."""
        return self.acted(request, services.draft_bom, self.told(BomWish, request, versioned=False), status=201)

    @extend_schema(request=BomFacts, responses=BomSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change the head of a draft."""
        wish = self.told(BomFacts, request, bundle=True, bom_id=int(pk))
        return self.acted(request, services.change_bom, wish)

    @extend_schema(request=CopyWish, responses={201: BomSerializer})
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, pk: str) -> Response:
        """Draft a new version with the same lines."""
        wish = self.told(CopyWish, request, versioned=False, bom_id=int(pk))
        return self.acted(request, services.copy_bom, wish, status=201)

    @extend_schema(request=ReleaseWish, responses=BomSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Let it be in force from a day on."""
        return self.acted(request, services.release_bom, self.told(ReleaseWish, request, bom_id=int(pk)))

    @extend_schema(request=ReasonWish, responses=BomSerializer)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Make it obsolete."""
        return self.acted(request, services.retire_bom, self.told(ReasonWish, request, bom_id=int(pk)))

    @extend_schema(request=LineWish, responses=BomSerializer)
    @action(detail=True, methods=["post"], url_path="lines")
    def add_line(self, request: Request, pk: str) -> Response:
        """Add a line to a draft."""
        wish = self.told(LineWish, request, versioned=False, bom_id=int(pk))
        return self.acted(request, services.add_line, wish)

    @extend_schema(request=LineChange, responses=BomSerializer)
    @action(detail=True, methods=["post"], url_path="change-line")
    def change_line(self, request: Request, pk: str) -> Response:
        """Change a line of a draft."""
        said = self.told(LineChange, request, bundle=True)
        said["version"] = said["wish"].pop("version", None)
        wish = {**said, "line_id": self._line(pk, said["wish"].pop("line", None))}
        return self.acted(request, services.change_line, wish)

    @extend_schema(request=LineNamed, responses=BomSerializer)
    @action(detail=True, methods=["post"], url_path="remove-line")
    def remove_line(self, request: Request, pk: str) -> Response:
        """Take a line out of a draft."""
        wish = self.told(LineNamed, request, versioned=False)
        return self.acted(request, services.remove_line, {"line_id": self._line(pk, wish.pop("line")), **wish})

    @extend_schema(request=LineOrderWish, responses=BomSerializer)
    @action(detail=True, methods=["post"])
    def arrange(self, request: Request, pk: str) -> Response:
        """Put the lines in another order."""
        return self.acted(request, services.arrange_lines, self.told(LineOrderWish, request, bom_id=int(pk)))

    @extend_schema(request=AlternateWish, responses=BomSerializer)
    @action(detail=True, methods=["post"])
    def alternates(self, request: Request, pk: str) -> Response:
        """Say what may be used instead of a component; again corrects it."""
        wish = self.told(AlternateWish, request, versioned=False)
        wish["line_id"] = self._line(pk, wish.pop("line"))
        return self.acted(request, lambda **said: services.set_alternate(**said).line, wish)

    @extend_schema(request=AlternateNamed, responses=BomSerializer)
    @action(detail=True, methods=["post"], url_path="remove-alternate")
    def remove_alternate(self, request: Request, pk: str) -> Response:
        """A component is no longer replaced by it."""
        wish = self.told(AlternateNamed, request, versioned=False)
        rows = BomAlternate.objects.filter(line__bom=self.get_object(), pk=wish.pop("alternate"))
        wish["alternate_id"] = rows.values_list("pk", flat=True).first() or 0
        return self.acted(request, services.remove_alternate, wish)

    @extend_schema(request=NoWish, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """Throw a draft away."""
        wish = self.told(NoWish, request, bom_id=int(pk))
        return self.act(request, lambda user: _gone(services.remove_bom(actor=user, **wish)), status=204)

    def _line(self, pk: str, line: Any) -> int:
        """A line of this bill of materials; 0, which none has, for another one's."""
        rows = BomLine.objects.filter(bom=self.get_object(), pk=line or 0)
        return rows.values_list("pk", flat=True).first() or 0


def _gone(_item: Item) -> None:
    return None
