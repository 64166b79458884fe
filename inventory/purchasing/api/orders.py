"""Purchase orders through the API. Acts on a line: see lines.py."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.web.api import ActingMixin, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import version_read
from inventory.purchasing import services
from inventory.purchasing.api.shown import (
    LINES,
    LineSerializer,
    OrderSerializer,
    ReceiptSerializer,
    shown_receipt,
)
from inventory.purchasing.api.wishes import (
    LineWish,
    OrderChange,
    OrderWish,
    PromiseWish,
    ReasonWish,
    Wish,
    line_wish,
    said_in,
)
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.queries.orders import late_orders
from inventory.purchasing.queries.receiving import receipts_of


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
        said = said_in(request, OrderWish)
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
        said = said_in(request, LineWish)
        at = said.pop("at")

        def add(user: Any) -> dict[str, Any]:
            return self._line(services.add_line(actor=user, order_id=int(pk), wish=line_wish(said), at=at))

        return self.act(request, add, status=201)

    @extend_schema(responses=ReceiptSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def receipts(self, request: Request, pk: str) -> Response:
        """What came in, was refused or went back, newest first."""
        return Response([shown_receipt(one) for one in receipts_of(self.get_object())[:500]])

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the order, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    def _step(self, request: Request, pk: str, service: Callable[..., Any], form: type[Wish]) -> Response:
        said, version = said_in(request, form), version_read(request)

        def step(user: Any) -> dict[str, Any]:
            service(actor=user, order_id=int(pk), version=version, **said)
            return self._shown(int(pk))

        return self.act(request, step)

    def _shown(self, pk: int) -> dict[str, Any]:
        row = self.get_queryset().get(pk=pk)
        return dict(OrderSerializer(row, context=self.get_serializer_context()).data)

    def _line(self, line: PurchaseLine) -> dict[str, Any]:
        return dict(LineSerializer(line, context=self.get_serializer_context()).data)
