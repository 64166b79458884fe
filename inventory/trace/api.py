"""The genealogy and the recall of a lot through the API. Lots themselves know nothing of their trace."""

from typing import Any, Literal, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.web.api import ActingMixin, VisibleRows
from factory_core.web.doors import signed_in
from inventory.lots.models import Lot
from inventory.trace import services
from inventory.trace.queries import Branch, lying, recall, sent, trace

WAYS = ("up", "down", "both")


class NoSuchWay(Invalid):
    """A lot is traced up, down or both ways."""

    code = "bad_direction"


class TracedLotSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    item = serializers.IntegerField(source="item_id")
    item_number = serializers.CharField()
    item_name = serializers.CharField()
    unit = serializers.CharField()
    status = serializers.CharField()
    status_reason = serializers.CharField()
    supplier = serializers.CharField()
    supplier_lot = serializers.CharField()
    made_on = serializers.DateField(allow_null=True)
    expires_on = serializers.DateField(allow_null=True)


class LyingSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(source="lot_id")
    site = serializers.CharField()
    location = serializers.CharField(source="place")
    location_kind = serializers.CharField(source="place_kind")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    reserved = serializers.DecimalField(max_digits=18, decimal_places=6)


class SentSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(source="lot_id")
    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    customer_name = serializers.CharField(source="customer")
    source_kind = serializers.CharField()
    source_id = serializers.IntegerField(allow_null=True)
    source_label = serializers.CharField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    returned = serializers.DecimalField(max_digits=18, decimal_places=6)
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)


class UseSerializer(serializers.Serializer[Any]):
    """`quantity` of the lot used, in its base unit `unit`."""

    input = serializers.IntegerField(source="input_id")
    output = serializers.IntegerField(source="output_id")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField()
    last_at = serializers.DateTimeField()


class BranchSerializer(serializers.Serializer[Any]):
    """`levels`: the least number of steps to each lot, by its id."""

    uses = UseSerializer(many=True)
    levels = serializers.DictField(child=serializers.IntegerField())


class TraceSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField()
    lots = TracedLotSerializer(many=True)
    up = BranchSerializer(allow_null=True)
    down = BranchSerializer(allow_null=True)
    here = LyingSerializer(many=True)
    sent = SentSerializer(many=True)


class RecallSerializer(serializers.Serializer[Any]):
    """`at_production`: issued and in no lot that is known, by lot. `is_partial`: some is out of sight."""

    lot = serializers.IntegerField()
    lots = TracedLotSerializer(many=True)
    levels = serializers.DictField(child=serializers.IntegerField())
    here = LyingSerializer(many=True)
    sent = SentSerializer(many=True)
    at_production = serializers.DictField(child=serializers.DecimalField(max_digits=18, decimal_places=6))
    is_partial = serializers.BooleanField()


class HoldWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class HeldSerializer(serializers.Serializer[Any]):
    held = serializers.ListField(child=serializers.IntegerField())


class TraceViewSet(ActingMixin, VisibleRows, viewsets.GenericViewSet[Any]):
    """Where a lot came from and went to."""

    capability = "inventory.stock.view"
    queryset = Lot.objects.select_related("item").order_by("-id")
    serializer_class = TraceSerializer
    filter_backends = ()
    pagination_class = None
    lookup_value_regex = r"\d+"

    @extend_schema(parameters=[OpenApiParameter("direction", str, enum=WAYS)], responses=TraceSerializer)
    def trace(self, request: Request, pk: str) -> Response:
        """All lots a lot was made of (up), made from it (down), or both; where they lie and who got them."""
        direction, lot = request.query_params.get("direction", "both"), self.get_object()
        if direction not in WAYS:
            raise NoSuchWay(_("'%(given)s' is no direction. Expected up, down or both.") % {"given": direction[:20]})
        found, user = trace(lot, cast("Literal['up', 'down', 'both']", direction)), signed_in(request)
        branches = [branch for branch in (found.up, found.down) if branch is not None]
        lots = {lot.pk: found.lot}
        for branch in branches:
            lots |= {key: branch.lots[key] for key in branch.levels}
        answer = {
            "lot": lot.pk,
            "lots": lots.values(),
            "up": _branch(found.up),
            "down": _branch(found.down),
            "here": lying(user, lots),
            "sent": sent(user, lots),
        }
        return Response(TraceSerializer(answer).data)

    @extend_schema(responses=RecallSerializer)
    def recall(self, request: Request, pk: str) -> Response:
        """Everything made from a lot, what of it is still here, and who got the rest."""
        lot = self.get_object()
        found = recall(lot, signed_in(request))
        answer = {
            "lot": lot.pk,
            "lots": found.lots,
            "levels": {str(key): level for key, level in found.levels.items()},
            "here": found.here,
            "sent": found.sent,
            "at_production": {str(key): left for key, left in found.at_production.items()},
            "is_partial": found.is_partial,
        }
        return Response(RecallSerializer(answer).data)


class HoldAllViewSet(ActingMixin, VisibleRows, viewsets.GenericViewSet[Any]):
    """Holding all that a lot went into."""

    capability = "inventory.lot.judge"
    queryset = Lot.objects.order_by("-id")
    serializer_class = HeldSerializer
    lookup_value_regex = r"\d+"

    @extend_schema(request=HoldWish, responses=HeldSerializer)
    def hold(self, request: Request, pk: str) -> Response:
        """Hold the lot and every lot made from it, all or none; answers with the lots that became held."""
        lot = self.get_object()
        form = HoldWish(data=request.data)
        form.is_valid(raise_exception=True)
        return self.act(
            request,
            lambda user: {
                "held": services.hold_all(actor=user, lot_id=lot.pk, reason=form.validated_data["reason"], at=now())
            },
        )


def _branch(branch: Branch | None) -> dict[str, Any] | None:
    if branch is None:
        return None
    return {
        "uses": [
            {**use._asdict(), "last_at": use.last_at, "unit": branch.lots[use.input_id].unit} for use in branch.uses
        ],
        "levels": {str(key): level for key, level in branch.levels.items()},
    }
