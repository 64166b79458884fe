"""Lots through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.partners.models import Partner
from factory_core.web.api import ActingMixin, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from inventory.items.models import Item
from inventory.lots import services
from inventory.lots.models import Lot
from inventory.lots.states import LotStatus


class LotSerializer(serializers.ModelSerializer[Lot]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    revision_code = serializers.CharField(source="revision.code", read_only=True, allow_null=True, default=None)
    supplier_code = serializers.CharField(source="supplier.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Lot
        fields = [
            "id", "version", "created_at", "updated_at", "number", "item", "item_number", "revision", "revision_code",
            "status", "status_reason", "supplier", "supplier_code", "supplier_lot", "made_on", "expires_on", "note",
        ]  # fmt: skip


class LotWish(serializers.Serializer[Any]):
    """A lot to be entered; without a number it gets the next one."""

    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    supplier = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none(), required=False, allow_null=True)
    supplier_lot = serializers.CharField(max_length=60, required=False, allow_blank=True)
    made_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """What one may not see does not exist."""
        fields = super().get_fields()
        asker = self.context.get("asker")
        items, partners = visible(asker, Item.objects.all()), visible(asker, Partner.objects.all())
        fields["item"] = serializers.PrimaryKeyRelatedField(queryset=items)
        fields["supplier"] = serializers.PrimaryKeyRelatedField(queryset=partners, required=False, allow_null=True)
        return fields


class JudgeWish(serializers.Serializer[Any]):
    """A judgement; holding and rejecting need the reason."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)


class LotViewSet(ActingMixin, Records):
    """Lots and serial numbers, newest first. Acts answer with the lot as it stands afterwards."""

    capability = "inventory.stock.view"
    queryset = Lot.objects.select_related("item", "supplier", "revision").order_by("-id")
    serializer_class = LotSerializer
    filterset_fields = {
        "number": ["exact"], "item": ["exact"], "item__number": ["exact"], "status": ["exact"],
        "supplier": ["exact"], "supplier__code": ["exact"], "supplier_lot": ["exact"],
        "expires_on": ["gte", "lt"], "made_on": ["gte", "lt"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=LotWish, responses={201: LotSerializer})
    def create(self, request: Request) -> Response:
        """Enter a lot."""
        form = LotWish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        wish = {**form.validated_data, "at": tapped_at(request, now())}
        return self.act(request, lambda user: _shown(services.create_lot(actor=user, **wish)), status=201)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the lot, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(request=JudgeWish, responses=LotSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Block every use of the lot until somebody decides."""
        return self._judge(request, pk, LotStatus.HOLD)

    @extend_schema(request=JudgeWish, responses=LotSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Let the lot be used."""
        return self._judge(request, pk, LotStatus.RELEASED)

    @extend_schema(request=JudgeWish, responses=LotSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say that the lot must not be used."""
        return self._judge(request, pk, LotStatus.REJECTED)

    def _judge(self, request: Request, pk: str, status: LotStatus) -> Response:
        form = JudgeWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish = {
            "lot_id": int(pk),
            "status": status,
            "reason": form.validated_data["reason"],
            "at": tapped_at(request, now()),
            "version": version_read(request),
        }
        return self.act(request, lambda user: _shown(services.judge_lot(actor=user, **wish)))


def _shown(lot: Lot) -> dict[str, Any]:
    return dict(LotSerializer(lot).data)
