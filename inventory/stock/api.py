"""Stock through the API: what lies where, the moves, and the acts that make them."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.people.models import User
from factory_core.web.api import KEY_HEADER, ActingMixin, Records
from factory_core.web.taps import tapped_at
from inventory.lots.services import lot_for_receipt
from inventory.stock.models import StockBalance, StockMove
from inventory.stock.services import acts
from inventory.stock.wishes import (
    CorrectWish,
    IssueWish,
    ReceiveWish,
    RegradeWish,
    ReturnWish,
    ScrapWish,
    TransferWish,
)


class BalanceSerializer(serializers.ModelSerializer[StockBalance]):
    """Quantities in the item's base unit."""

    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    lot_number = serializers.CharField(source="lot.number", read_only=True, allow_null=True, default=None)
    lot_status = serializers.CharField(source="lot.status", read_only=True, allow_null=True, default=None)
    expires_on = serializers.DateField(source="lot.expires_on", read_only=True, allow_null=True, default=None)
    location_code = serializers.CharField(source="location.code", read_only=True)
    site_code = serializers.CharField(source="location.site.code", read_only=True)

    class Meta:
        model = StockBalance
        fields = [
            "id", "item", "item_number", "lot", "lot_number", "lot_status", "expires_on", "location", "location_code",
            "site_code", "quantity", "reserved", "unit", "since",
        ]  # fmt: skip


class MoveSerializer(serializers.ModelSerializer[StockMove]):
    """Quantity in the item's base unit."""

    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="item.unit.code", read_only=True)
    lot_number = serializers.CharField(source="lot.number", read_only=True, allow_null=True, default=None)
    from_code = serializers.CharField(source="from_location.code", read_only=True)
    to_code = serializers.CharField(source="to_location.code", read_only=True)
    by_name = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = StockMove
        fields = [
            "id", "kind", "item", "item_number", "lot", "lot_number", "quantity", "unit", "from_location", "from_code",
            "to_location", "to_code", "partner", "at", "recorded_at", "by", "by_name", "reason", "corrects",
            "source_kind", "source_id", "source_label",
        ]  # fmt: skip


class BalanceViewSet(Records):
    """What lies where now. Nothing here is written: stock changes by moves alone."""

    capability = "inventory.stock.view"
    queryset = (
        StockBalance.objects.filter(quantity__gt=0).select_related("item__unit", "lot", "location__site").order_by("id")
    )
    serializer_class = BalanceSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "lot": ["exact"], "lot__number": ["exact"],
        "lot__status": ["exact"], "location": ["exact"], "location__code": ["exact"],
        "location__site__code": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"


class MoveViewSet(ActingMixin, Records):
    """Moves of stock, newest written first. Acts answer with the move they made."""

    capability = "inventory.stock.view"
    queryset = StockMove.objects.select_related(
        "item__unit", "lot", "from_location", "to_location", "by", "partner"
    ).order_by("-id")
    serializer_class = MoveSerializer
    filterset_fields = {
        "item": ["exact"], "item__number": ["exact"], "lot": ["exact"], "lot__number": ["exact"], "kind": ["exact"],
        "from_location__code": ["exact"], "to_location__code": ["exact"], "by": ["exact"], "at": ["gte", "lt"],
        "source_kind": ["exact"], "source_id": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=ReceiveWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def receive(self, request: Request) -> Response:
        """Goods came without an order. A lot is named by its number; a new number makes a new lot."""
        form = self._form(request, ReceiveWish)
        lot = form.lot_named()

        def wish(user: User, **more: Any) -> StockMove:
            item, places = form.meant_item, form.places("to_location", "partner")
            found = lot_for_receipt(actor=user, item=item, at=more["at"], **lot) if form.is_tracked else None
            return acts.receive(actor=user, item=item, lot=found, **places, **more)

        return self._post(request, form, wish, reason=False)

    @extend_schema(request=TransferWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def transfer(self, request: Request) -> Response:
        """Put stock from one place to another."""
        form = self._form(request, TransferWish)
        return self._move(request, form, acts.transfer, form.places("from_location", "to_location"))

    @extend_schema(request=IssueWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def issue(self, request: Request) -> Response:
        """Give material to production."""
        form = self._form(request, IssueWish)
        return self._move(request, form, acts.issue, form.places("from_location"))

    @extend_schema(request=ReturnWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], url_path="return", filter_backends=[], pagination_class=None)
    def give_back(self, request: Request) -> Response:
        """Take unused material back from production."""
        form = self._form(request, ReturnWish)
        return self._move(request, form, acts.take_back, form.places("to_location"))

    @extend_schema(request=ScrapWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def scrap(self, request: Request) -> Response:
        """Put stock to the scrap, with the reason."""
        form = self._form(request, ScrapWish)
        return self._move(request, form, acts.scrap, form.places("from_location"))

    @extend_schema(request=RegradeWish, responses={201: MoveSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def regrade(self, request: Request) -> Response:
        """Make stock of one item or lot stock of another. Answers with the move in; the move out stands before it."""
        form = self._form(request, RegradeWish)
        lot, to_item = form.lot_named("to_lot_number"), form.validated_data["to_item"]

        def wish(user: User, **more: Any) -> StockMove:
            found = lot_for_receipt(actor=user, item=to_item, at=more["at"], **lot) if form.is_kept(to_item) else None
            places = form.places("from_location", "to_location")
            _out, into = acts.regrade(
                actor=user, item=form.meant_item, lot=form.meant_lot, to_item=to_item, to_lot=found, **places, **more
            )
            return into

        return self._post(request, form, wish)

    @extend_schema(request=CorrectWish, responses={201: MoveSerializer})
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Take a move back by its counter-move, with the reason."""
        form = CorrectWish(data=request.data)
        form.is_valid(raise_exception=True)
        reason, at = form.validated_data["reason"] or _("Taken back at once"), tapped_at(request, now())
        return self.act(
            request,
            lambda user: _shown(acts.correct(actor=user, move_id=int(pk), reason=reason, at=at)),
            status=201,
        )

    def _move(self, request: Request, form: Any, act: Callable[..., StockMove], places: dict[str, Any]) -> Response:
        things = {"item": form.meant_item, "lot": form.meant_lot, **places}
        return self._post(request, form, lambda user, **more: act(actor=user, **things, **more))

    def _form(self, request: Request, wish: Any) -> Any:
        form = wish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        return form

    def _post(self, request: Request, form: Any, wish: Callable[..., StockMove], *, reason: bool = True) -> Response:
        at, quantity = tapped_at(request, now()), form.base_quantity()
        more: dict[str, Any] = {"at": at, "quantity": quantity}
        if reason:
            more["reason"] = form.validated_data.get("reason", "")
        if key := request.headers.get(KEY_HEADER, ""):
            # The ledger keeps the key for ever: not even an entry that waited for days is booked twice.
            more["key"] = f"{request.user.pk}-{key}"
        return self.act(
            request,
            lambda user: _shown(wish(user, **more)),
            status=201,
            channel="station" if request.auth == "pass" else "api",
        )


def _shown(move: StockMove) -> dict[str, Any]:
    return dict(MoveSerializer(move).data)
