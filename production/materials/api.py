"""Material and goods of production orders through the API."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.api import KEY_HEADER, ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.taps import tapped_at, version_read
from inventory.items.queries import item_or_missing
from inventory.lots.models import Lot
from inventory.lots.queries import NoSuchLot, lot_named
from inventory.stock.models import Location, StockMove
from inventory.stock.queries.places import NoSuchLocation
from production.materials import services
from production.materials.queries import issued_of, material_or_missing
from production.materials.queries.finding import order_of_id
from production.materials.queries.pages import bookings_of, place_at
from production.orders.models import OrderMaterial, ProductionOrder

MOST_OUTPUTS = 500


class MaterialSerializer(serializers.ModelSerializer[OrderMaterial]):
    """Base units of the item; `quantity` is for the whole order."""

    order_number = serializers.CharField(source="order.number", read_only=True)
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)

    class Meta:
        model = OrderMaterial
        fields = [
            "id", "version", "created_at", "updated_at", "order", "order_number", "operation", "position", "kind",
            "item", "item_number", "unit", "instead_of", "each", "quantity", "is_fixed", "loss_percent", "issue",
            "cost_share", "designators",
        ]  # fmt: skip


class TakenSerializer(serializers.Serializer[Any]):
    lot = serializers.IntegerField(allow_null=True)
    lot_number = serializers.CharField(allow_blank=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)


class StandingSerializer(serializers.Serializer[Any]):
    """How a material stands: `used` is in the order, `open` still to come, `missing` used but never taken."""

    material = serializers.IntegerField()
    item_number = serializers.CharField()
    unit = serializers.CharField()
    needed = serializers.DecimalField(max_digits=18, decimal_places=6)
    used = serializers.DecimalField(max_digits=18, decimal_places=6)
    returned = serializers.DecimalField(max_digits=18, decimal_places=6)
    open = serializers.DecimalField(max_digits=18, decimal_places=6)
    missing = serializers.DecimalField(max_digits=18, decimal_places=6)
    lots = TakenSerializer(many=True)


class BookedSerializer(serializers.Serializer[Any]):
    """A move of stock that was booked."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    item = serializers.CharField(source="item.number")
    lot = serializers.CharField(source="lot.number", default="")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    from_location = serializers.CharField(source="from_location.code")
    to_location = serializers.CharField(source="to_location.code")
    at = serializers.DateTimeField()
    corrects = serializers.IntegerField(source="corrects_id", allow_null=True)


class BookWish(serializers.Serializer[Any]):
    """`location`: the code of a place; `lot`: the lot's number; `reason` where more is taken than needed."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    location = serializers.CharField(max_length=60)
    lot = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class UseAlternateWish(serializers.Serializer[Any]):
    item = serializers.CharField(max_length=60)
    factor = serializers.DecimalField(max_digits=24, decimal_places=12, required=False)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    version = serializers.IntegerField(required=False)


class OutputWish(serializers.Serializer[Any]):
    """`finish`: the order is finished with it. `location` may be left out where the work centre has a place."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    location = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    serials = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)
    finish = serializers.BooleanField(required=False, default=False)
    version = serializers.IntegerField(required=False)


class ProductWish(serializers.Serializer[Any]):
    """`location` may be left out where the last work centre has a place for goods; `lot_number`: else the order's."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    location = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")


class UndoWish(serializers.Serializer[Any]):
    move = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = serializers.CharField(max_length=200)


class MaterialViewSet(ActingMixin, Records):
    """What orders use and yield. Acts answer with the move that was booked."""

    capability = "production.view"
    queryset = OrderMaterial.objects.select_related("order", "item__unit").order_by("order_id", "position")
    serializer_class = MaterialSerializer
    filterset_fields = ("order", "order__number", "item", "item__number", "kind", "issue")
    lookup_value_regex = r"\d+"

    @extend_schema(request=BookWish, responses=BookedSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        """Take material from stock into the order."""
        return self._book(request, pk, services.issue_material, "from_location")

    @extend_schema(request=BookWish, responses=BookedSerializer)
    @action(detail=True, methods=["post"], url_path="give-back")
    def give_back(self, request: Request, pk: str) -> Response:
        """Put unused material back into stock."""
        return self._book(request, pk, services.give_back, "to_location")

    @extend_schema(request=UseAlternateWish, responses=MaterialSerializer)
    @action(detail=True, methods=["post"], url_path="use-alternate")
    def use_alternate(self, request: Request, pk: str) -> Response:
        """Use another item for what is still open; answers with the material from now on."""
        form = UseAlternateWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())

        def swap(user: User) -> dict[str, Any]:
            row = services.use_alternate(
                actor=user, material_id=int(pk), item=item_or_missing(user, wish["item"]), at=at,
                factor=wish.get("factor"), reason=wish["reason"], version=version_read(request),
            )  # fmt: skip
            return dict(MaterialSerializer(row).data)

        return self.act(request, swap)

    @extend_schema(request=ProductWish, responses={201: BookedSerializer})
    @action(detail=True, methods=["post"], url_path="put-out")
    def put_out(self, request: Request, pk: str) -> Response:
        """Put a co- or by-product into stock, beyond what came out with the goods."""
        form = ProductWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())

        def out(user: User) -> dict[str, Any]:
            row = material_or_missing(user, int(pk))
            move = services.put_product(
                actor=user, material_id=row.pk, quantity=wish["quantity"], lot_number=wish["lot_number"], at=at,
                location=_place(row.order, wish["location"]) if wish["location"] else None, key=_key(request),
            )  # fmt: skip
            return dict(BookedSerializer(move).data)

        return self.act(request, out, status=201)

    def _book(self, request: Request, pk: str, service: Callable[..., StockMove], where: str) -> Response:
        form = BookWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())

        def book(user: User) -> dict[str, Any]:
            row = material_or_missing(user, int(pk))
            move = service(
                actor=user, material_id=row.pk, quantity=wish["quantity"], lot=_lot(row, wish["lot"]), at=at,
                key=_key(request), reason=wish["reason"], **{where: _place(row.order, wish["location"])},
            )  # fmt: skip
            return dict(BookedSerializer(move).data)

        return self.act(request, book)


class OrderGoodsView(ActingMixin, viewsets.ViewSet):
    """Material and goods of one production order."""

    capability = "production.view"

    @extend_schema(responses=StandingSerializer(many=True))
    def materials(self, request: Request, pk: str) -> Response:
        """How every material of the order stands."""
        order = order_of_id(signed_in(request), int(pk))
        return Response(StandingSerializer([_standing(row) for row in issued_of(order)], many=True).data)

    @extend_schema(responses=BookedSerializer(many=True))
    def outputs(self, request: Request, pk: str) -> Response:
        """What went into stock, the newest first."""
        order = order_of_id(signed_in(request), int(pk))
        moves = bookings_of(order, []).filter(kind="OUTPUT")[:MOST_OUTPUTS]
        return Response(BookedSerializer(moves, many=True).data)

    @extend_schema(request=OutputWish, responses={201: BookedSerializer(many=True)})
    def put_out(self, request: Request, pk: str) -> Response:
        """Put goods into stock; with `finish` the order is finished in the same act."""
        form = OutputWish(data=request.data)
        form.is_valid(raise_exception=True)
        said, at = form.validated_data, tapped_at(request, now())

        def out(user: User) -> list[Any]:
            order = order_of_id(user, int(pk))
            place = _place(order, said["location"]) if said["location"] else None
            wish = {
                "actor": user, "order_id": order.pk, "quantity": said["quantity"], "at": at, "location": place,
                "lot_number": said["lot_number"], "serials": said["serials"], "key": _key(request),
            }  # fmt: skip
            before = bookings_of(order, []).values_list("pk", flat=True).first() or 0
            if said["finish"]:
                services.complete_order(**wish, version=version_read(request))
            else:
                services.put_out(**wish)
            moves = bookings_of(order, []).filter(pk__gt=before)
            return list(BookedSerializer(moves, many=True).data)

        return self.act(request, out, status=201)

    @extend_schema(request=UndoWish, responses=BookedSerializer)
    def undo(self, request: Request, pk: str) -> Response:
        """Take an issue, a return or an output of the order back."""
        form = UndoWish(data=request.data)
        form.is_valid(raise_exception=True)
        wish, at = form.validated_data, tapped_at(request, now())

        def take_back(user: User) -> dict[str, Any]:
            move = services.undo_booking(actor=user, move_id=wish["move"], reason=wish["reason"], at=at)
            return dict(BookedSerializer(move).data)

        return self.act(request, take_back)


def _standing(row: Any) -> dict[str, Any]:
    return {
        "material": row.material.pk,
        "item_number": row.material.item.number,
        "unit": row.material.item.unit.code,
        **{name: getattr(row, name) for name in ("needed", "used", "returned", "open", "missing")},
        "lots": [
            {"lot": one.lot.pk if one.lot else None, "lot_number": one.lot.number if one.lot else "",
             "quantity": one.used}
            for one in row.lots
        ],
    }  # fmt: skip


def _lot(row: OrderMaterial, number: str) -> Lot | None:
    if not number.strip():
        return None
    lot = lot_named(row.item, number)
    if lot is None:
        raise NoSuchLot(
            _("%(item)s has no lot %(lot)s. Check the number on the label.")
            % {"item": row.item.number, "lot": number[:60]}
        )
    return lot


def _place(order: ProductionOrder, code: str) -> Location:
    place = place_at(order, code)
    if place is None:
        raise NoSuchLocation(
            _("There is no place '%(code)s' in use at the site of %(order)s.")
            % {"code": code[:60], "order": order.number}
        )
    return place


def _key(request: Request) -> str:
    return request.headers.get(KEY_HEADER, "")[:60]
