"""Dispatches through the API."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.web.api import KEY_HEADER, ActingMixin, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from inventory.dispatch import services
from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries import with_lines
from inventory.dispatch.services import DispatchWish
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location


class PickSerializer(serializers.ModelSerializer[Pick]):
    lot_number = serializers.CharField(source="lot.number", default=None, read_only=True)
    location_code = serializers.CharField(source="location.code", read_only=True)

    class Meta:
        model = Pick
        fields = [
            "id", "version", "lot", "lot_number", "quantity", "location", "location_code", "taken_back", "note", "out",
        ]  # fmt: skip


class DispatchLineSerializer(serializers.ModelSerializer[DispatchLine]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    order_number = serializers.CharField(source="sales_line.order.number", read_only=True)
    position = serializers.IntegerField(source="sales_line.position", read_only=True)
    picks = PickSerializer(many=True, read_only=True)

    class Meta:
        model = DispatchLine
        fields = [
            "id", "version", "sales_line", "order_number", "position", "call_off", "item", "item_number", "quantity",
            "unit", "short_reason", "picks",
        ]  # fmt: skip


class DispatchSerializer(serializers.ModelSerializer[Dispatch]):
    customer_code = serializers.CharField(source="customer.code", read_only=True)
    site_code = serializers.CharField(source="site.code", read_only=True)
    lines = DispatchLineSerializer(many=True, read_only=True)

    class Meta:
        model = Dispatch
        fields = [
            "id", "version", "created_at", "updated_at", "number", "customer", "customer_code", "site", "site_code",
            "staging", "status", "address", "planned_on", "carrier", "tracking_number", "dispatched_at",
            "delivered_at", "received_by", "proof_note", "proof_name", "proof_sha256", "lines",
        ]  # fmt: skip


class _Seen(serializers.Serializer[Any]):
    """What one may not see does not exist."""

    seen: dict[str, Any] = {}

    def get_fields(self) -> dict[str, Any]:
        """Choices end where the asker's sight ends."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        for name, rows in self.seen.items():
            fields[name].queryset = visible(request.user if request else None, rows())
        return fields


class DispatchLineWish(serializers.Serializer[Any]):
    """Quantity in the unit of the sales line."""

    sales_line = serializers.IntegerField()
    call_off = serializers.IntegerField(required=False, allow_null=True, default=None)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)


class DispatchCreateWish(_Seen):
    seen = {"staging": lambda: Location.objects.select_related("site")}

    staging = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())
    planned_on = serializers.DateField(required=False, allow_null=True, default=None)
    carrier = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    lines = DispatchLineWish(many=True)


class PickWish(_Seen):
    """Quantity in the item's base unit."""

    seen = {
        "location": lambda: Location.objects.select_related("site"),
        "item": lambda: Item.objects.select_related("unit"),
        "lot": lambda: Lot.objects.select_related("item__unit"),
    }

    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())
    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    lot = serializers.PrimaryKeyRelatedField(queryset=Lot.objects.none(), required=False, allow_null=True, default=None)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class PutBackWish(serializers.Serializer[Any]):
    pick = serializers.IntegerField()


class ShortWish(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    reason = serializers.CharField(max_length=200)


class PalletWish(_Seen):
    seen = {"location": lambda: Location.objects.select_related("site")}

    pick = serializers.IntegerField()
    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())


class SendWish(serializers.Serializer[Any]):
    carrier = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    tracking_number = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class DeliverWish(serializers.Serializer[Any]):
    received_by = serializers.CharField(max_length=120)
    delivered_at = serializers.DateTimeField(required=False)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class DispatchReason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class TakeBackWish(_Seen):
    seen = {"location": lambda: Location.objects.select_related("site")}

    pick = serializers.IntegerField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    reason = serializers.CharField(max_length=200)
    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())


class NoDispatchWish(serializers.Serializer[Any]):
    """An act that needs nothing but its address, and `version` where it matters."""

    version = serializers.IntegerField(required=False)


class DispatchViewSet(ActingMixin, Records):
    """Dispatches with their lines and picks. Acts answer with the dispatch as it stands afterwards."""

    capability = "inventory.dispatch.view"
    queryset = with_lines()
    serializer_class = DispatchSerializer
    filterset_fields = {
        "number": ["exact"], "status": ["exact"], "customer": ["exact"], "site": ["exact"],
        "tracking_number": ["exact"], "planned_on": ["exact", "lt"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=DispatchCreateWish, responses={201: DispatchSerializer})
    def create(self, request: Request) -> Response:
        """Begin a dispatch; what lies here is proposed and kept."""
        wish, at = self._read(DispatchCreateWish, request), tapped_at(request, now())
        lines = [DispatchWish(one["sales_line"], one["quantity"], one["call_off"]) for one in wish.pop("lines")]
        return self.act(
            request,
            lambda user: self._shown(services.create_dispatch(actor=user, wishes=lines, at=at, **wish)),
            status=201,
        )

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the dispatch, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(request=PickWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def pick(self, request: Request, pk: str) -> Response:
        """Take goods to the staging place."""
        wish = {**self._read(PickWish, request), "key": request.headers.get(KEY_HEADER, "")[:40]}
        return self._do(request, pk, services.pick, **wish)

    @extend_schema(request=PutBackWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"], url_path="put-back")
    def put_back(self, request: Request, pk: str) -> Response:
        """Carry a pick back."""
        found = self._pick_of(self._read(PutBackWish, request)["pick"])
        at = tapped_at(request, now())
        return self.act(request, lambda user: self._after(pk, services.put_back(actor=user, pick_id=found, at=at)))

    @extend_schema(request=ShortWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def short(self, request: Request, pk: str) -> Response:
        """Less is sent of a line."""
        wish, at = self._read(ShortWish, request), tapped_at(request, now())
        line = self.get_object().lines.filter(pk=wish["line"]).values_list("pk", flat=True).first() or 0
        return self.act(
            request,
            lambda user: self._after(pk, services.note_short(actor=user, line_id=line, reason=wish["reason"], at=at)),
        )

    @extend_schema(request=NoDispatchWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def pack(self, request: Request, pk: str) -> Response:
        """Everything is picked, or said to be short."""
        return self._do(request, pk, services.pack, version=version_read(request))

    @extend_schema(request=NoDispatchWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def unpack(self, request: Request, pk: str) -> Response:
        """Open a packed dispatch again."""
        return self._do(request, pk, services.unpack, version=version_read(request))

    @extend_schema(request=NoDispatchWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Propose what is missing anew."""
        return self._do(request, pk, services.propose_again)

    @extend_schema(request=PalletWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def pallet(self, request: Request, pk: str) -> Response:
        """Put a pick on a pallet."""
        wish, at = self._read(PalletWish, request), tapped_at(request, now())
        found = self._pick_of(wish["pick"])
        return self.act(
            request,
            lambda user: self._after(
                pk, services.put_on_pallet(actor=user, pick_id=found, pallet=wish["location"], at=at)
            ),
        )

    @extend_schema(request=DispatchReason, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give up a dispatch of which nothing lies at its staging place."""
        wish = self._read(DispatchReason, request)
        return self._do(request, pk, services.cancel_dispatch, version=version_read(request), **wish)

    @extend_schema(request=SendWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        """The goods leave."""
        wish = self._read(SendWish, request)
        return self._do(request, pk, services.send, version=version_read(request), **wish)

    @extend_schema(request=DeliverWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> Response:
        """Note who received the goods."""
        wish = self._read(DeliverWish, request)
        wish.setdefault("delivered_at", tapped_at(request, now()))
        return self._do(request, pk, services.deliver, version=version_read(request), **wish)

    @extend_schema(request=TakeBackWish, responses=DispatchSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """The customer sent something back."""
        wish, at = self._read(TakeBackWish, request), tapped_at(request, now())
        found, key = self._pick_of(wish["pick"]), request.headers.get(KEY_HEADER, "")[:40]
        return self.act(
            request,
            lambda user: self._after(
                pk,
                services.take_back(
                    actor=user,
                    pick_id=found,
                    quantity=wish["quantity"],
                    reason=wish["reason"],
                    to_location=wish["location"],
                    at=at,
                    key=key,
                ),
            ),
        )

    def _do(self, request: Request, pk: str, service: Callable[..., Any], **wish: Any) -> Response:
        at = tapped_at(request, now())
        return self.act(request, lambda user: self._after(pk, service(actor=user, dispatch_id=int(pk), at=at, **wish)))

    def _pick_of(self, pick_id: int) -> int:
        """The pick if it is this dispatch's; another one is as good as none."""
        rows = Pick.objects.filter(line__dispatch=self.get_object(), pk=pick_id)
        return rows.values_list("pk", flat=True).first() or 0

    def _read(self, form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        given = form(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def _after(self, pk: str, _done: object) -> dict[str, Any]:
        return self._shown(with_lines().get(pk=int(pk)))

    def _shown(self, dispatch: Dispatch) -> dict[str, Any]:
        return dict(DispatchSerializer(with_lines().get(pk=dispatch.pk)).data)
