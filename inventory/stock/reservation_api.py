"""Reservations through the API: keep stock for a document, give it back."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.sources import SourceRef
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at
from inventory.lots.models import Lot
from inventory.stock.models import Reservation
from inventory.stock.services.reserving import free, reserve
from inventory.stock.wishes import Wish


class ReservationSerializer(serializers.ModelSerializer[Reservation]):
    """Quantity in the item's base unit; of an active reservation, what is left of it."""

    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    lot_number = serializers.CharField(source="lot.number", read_only=True, allow_null=True, default=None)
    location_code = serializers.CharField(source="location.code", read_only=True)

    class Meta:
        model = Reservation
        fields = [
            "id", "version", "created_at", "updated_at", "item", "item_number", "lot", "lot_number", "location",
            "location_code", "quantity", "unit", "status", "source_kind", "source_id", "source_label",
        ]  # fmt: skip


class ReserveWish(Wish):
    """What to keep where, and for which document: kind and id of a record, and how people call it."""

    place_names = ("location",)
    lot = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.none(), required=False, allow_null=True)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, write_only=True)
    source_kind = serializers.CharField(max_length=80, required=False)
    source_id = serializers.IntegerField(required=False, min_value=1)
    source_label = serializers.CharField(max_length=80, required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """A document is named whole or not at all."""
        named = [given.pop(name, None) for name in ("source_kind", "source_id", "source_label")]
        if any(named) and not all(named):
            raise serializers.ValidationError(_("Name source_kind, source_id and source_label together."))
        return {**super().validate(given), "source": SourceRef(*named) if all(named) else None}


class FreeWish(serializers.Serializer[Any]):
    """An act whose only wish is the moment."""

    at = serializers.DateTimeField(required=False)


class ReservationViewSet(ActingMixin, Records):
    """What is reserved, newest first. Acts answer with the reservation as it stands afterwards."""

    capability = "inventory.stock.view"
    queryset = Reservation.objects.select_related("item__unit", "lot", "location").order_by("-id")
    serializer_class = ReservationSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "lot": ["exact"], "lot__number": ["exact"], "status": ["exact"],
        "location": ["exact"], "location__code": ["exact"], "source_kind": ["exact"], "source_id": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=ReserveWish, responses={201: ReservationSerializer})
    def create(self, request: Request) -> Response:
        """Keep stock of one place for a document."""
        form = ReserveWish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        at, quantity, kept = tapped_at(request, now()), form.base_quantity(), form.validated_data
        wish = {
            "item": form.meant_item, "lot": form.meant_lot, "location": kept["location"], "quantity": quantity,
            "source": kept["source"], "at": at,
        }  # fmt: skip
        return self.act(request, lambda user: _shown(reserve(actor=user, **wish)), status=201)

    @extend_schema(request=FreeWish, responses=ReservationSerializer)
    @action(detail=True, methods=["post"])
    def free(self, request: Request, pk: str) -> Response:
        """Give what is reserved back to everybody."""
        at = tapped_at(request, now())
        return self.act(request, lambda user: _shown(free(actor=user, reservation_id=int(pk), at=at)))


def _shown(reservation: Reservation) -> dict[str, Any]:
    return dict(ReservationSerializer(reservation).data)
