"""Purchase orders through the API. Acts on a line stand below it: `purchase-orders/7/lines/12/receive`."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.events.queries import story_of
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from inventory.purchasing import services
from inventory.purchasing.api.shown import LINES, LineSerializer, OrderSerializer, ReceiptSerializer
from inventory.purchasing.api.wishes import (
    LineChange,
    LineWish,
    OrderChange,
    OrderWish,
    PromiseWish,
    ReasonWish,
    ReceiveWish,
    ReturnWish,
    Wish,
    line_wish,
)
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.queries.orders import late_orders
from inventory.purchasing.queries.receiving import receipts_of

LINE = r"lines/(?P<line>\d+)"


class OrderFilter(django_filters.FilterSet):
    late = django_filters.BooleanFilter(method="only_late", label="a line's day has passed")
    since = django_filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")
    item = django_filters.NumberFilter(field_name="lines__item", distinct=True)

    class Meta:
        model = PurchaseOrder
        fields = ["number", "status", "supplier", "supplier__code", "site", "site__code", "external_id"]

    def only_late(self, rows: QuerySet[PurchaseOrder], name: str, value: bool) -> QuerySet[PurchaseOrder]:
        """`late=true`: something is overdue."""
        return late_orders(rows, now().date()) if value else rows


class PurchaseOrderViewSet(ActingMixin, Records):
    """Purchase orders with their lines. Prices are left out for those who may not see them."""

    capability = "inventory.purchasing.view"
    queryset = PurchaseOrder.objects.select_related("supplier").order_by("-id")
    serializer_class = OrderSerializer
    filterset_class = OrderFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        """Visible orders with their lines, in two queries."""
        rows: QuerySet[PurchaseOrder] = super().get_queryset()
        return rows.prefetch_related(Prefetch("lines", queryset=LINES))

    @extend_schema(request=OrderWish, responses={201: OrderSerializer})
    def create(self, request: Request) -> Response:
        """Draft an order, with its lines."""
        said = self._said(request, OrderWish)
        said["lines"] = [line_wish(line) for line in said.get("lines", ())]
        return self.act(request, lambda user: self._shown(services.create_order(actor=user, **said).pk), status=201)

    @extend_schema(request=OrderChange, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change the supplier's reference or the note."""
        return self._step(request, pk, services.change_order, OrderChange)

    @extend_schema(request=Wish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Send a draft to the supplier."""
        return self._step(request, pk, services.release_order, Wish)

    @extend_schema(request=PromiseWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def promise(self, request: Request, pk: str) -> Response:
        """Note the day the supplier promised for every open line."""
        return self._step(request, pk, services.promise, PromiseWish)

    @extend_schema(request=ReasonWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Call the order off; refused when something came."""
        return self._step(request, pk, services.cancel_order, ReasonWish)

    @extend_schema(request=ReasonWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Expect nothing more."""
        return self._step(request, pk, services.close_order, ReasonWish)

    @extend_schema(request=ReasonWish, responses=OrderSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Expect again what did not come."""
        return self._step(request, pk, services.reopen_order, ReasonWish)

    @extend_schema(request=LineWish, responses={201: LineSerializer})
    @action(detail=True, methods=["post"])
    def lines(self, request: Request, pk: str) -> Response:
        """Put a line on the order."""
        said = self._said(request, LineWish)
        at = said.pop("at")

        def add(user: Any) -> dict[str, Any]:
            return self._line(services.add_line(actor=user, order_id=int(pk), wish=line_wish(said), at=at))

        return self.act(request, add, status=201)

    @extend_schema(request=LineChange, responses=LineSerializer)
    @action(detail=True, methods=["post"], url_path=LINE + "/change")
    def change_line(self, request: Request, pk: str, line: str) -> Response:
        """Change a line: only what is sent."""
        return self._line_step(request, pk, line, services.change_line, LineChange)

    @extend_schema(request=ReasonWish, responses=LineSerializer)
    @action(detail=True, methods=["post"], url_path=LINE + "/close")
    def close_line(self, request: Request, pk: str, line: str) -> Response:
        """Expect nothing more of a line."""
        return self._line_step(request, pk, line, services.close_line, ReasonWish)

    @extend_schema(request=Wish, responses=OrderSerializer)
    @action(detail=True, methods=["post"], url_path=LINE + "/remove")
    def remove_line(self, request: Request, pk: str, line: str) -> Response:
        """Take a line off a draft."""
        line_id, said = self._line_id(pk, line), self._said(request, Wish)

        def remove(user: Any) -> dict[str, Any]:
            services.remove_line(actor=user, line_id=line_id, version=version_read(request), **said)
            return self._shown(int(pk))

        return self.act(request, remove)

    @extend_schema(request=ReceiveWish, responses={201: ReceiptSerializer(many=True)})
    @action(detail=True, methods=["post"], url_path=LINE + "/receive")
    def receive(self, request: Request, pk: str, line: str) -> Response:
        """Take goods in; answers with the receipts of what was taken and of what was refused."""
        line_id, said = self._line_id(pk, line), self._said(request, ReceiveWish)

        def take(user: Any) -> list[dict[str, Any]]:
            got = services.receive_line(actor=user, line_id=line_id, **said)
            return [_receipt(one) for one in (got.receipt, got.refused) if one is not None]

        return self.act(request, take, status=201)

    @extend_schema(request=ReturnWish, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"], url_path=LINE + "/return")
    def give_back(self, request: Request, pk: str, line: str) -> Response:
        """Send goods back to the supplier."""
        line_id, said = self._line_id(pk, line), self._said(request, ReturnWish)
        return self.act(
            request,
            lambda user: _receipt(services.return_line(actor=user, line_id=line_id, **said)),
            status=201,
        )

    @extend_schema(responses=ReceiptSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def receipts(self, request: Request, pk: str) -> Response:
        """What came in, was refused or went back, newest first."""
        return Response([_receipt(one) for one in receipts_of(self.get_object())[:500]])

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the order, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    def _said(self, request: Request, form: type[Wish]) -> dict[str, Any]:
        wish = form(data=request.data, context={"asker": request.user, "request": request})
        wish.is_valid(raise_exception=True)
        said: dict[str, Any] = {**wish.validated_data, "at": tapped_at(request, now())}
        return said

    def _step(self, request: Request, pk: str, service: Callable[..., Any], form: type[Wish]) -> Response:
        said, version = self._said(request, form), version_read(request)

        def step(user: Any) -> dict[str, Any]:
            service(actor=user, order_id=int(pk), version=version, **said)
            return self._shown(int(pk))

        return self.act(request, step)

    def _line_step(
        self, request: Request, pk: str, line: str, service: Callable[..., PurchaseLine], form: type[Wish]
    ) -> Response:
        line_id, said, version = self._line_id(pk, line), self._said(request, form), version_read(request)
        return self.act(request, lambda user: self._line(service(actor=user, line_id=line_id, version=version, **said)))

    def _line_id(self, pk: str, line: str) -> int:
        """The line, if it is one of this order and the asker may see it."""
        signed_in(self.request)
        order = self.get_object()
        if len(line) > 18 or all(one.pk != int(line) for one in order.lines.all()):
            raise Missing(f"{order.number} · {line}")
        return int(line)

    def _shown(self, pk: int) -> dict[str, Any]:
        row = self.get_queryset().get(pk=pk)
        return dict(OrderSerializer(row, context=self.get_serializer_context()).data)

    def _line(self, line: PurchaseLine) -> dict[str, Any]:
        return dict(LineSerializer(line, context=self.get_serializer_context()).data)


def _receipt(receipt: Any) -> dict[str, Any]:
    return dict(ReceiptSerializer(receipt).data)
