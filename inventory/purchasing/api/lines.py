"""Acts on a line of a purchase order: `purchase-orders/7/lines/12/receive`."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.web.api import ActingMixin, VisibleRows
from factory_core.web.taps import version_read
from inventory.purchasing import services
from inventory.purchasing.api.shown import LineSerializer, OrderSerializer, ReceiptSerializer, shown_receipt
from inventory.purchasing.api.wishes import LineChange, ReasonWish, ReceiveWish, ReturnWish, Wish, said_in
from inventory.purchasing.models import PurchaseLine, PurchaseOrder


class PurchaseLineViewSet(ActingMixin, VisibleRows, viewsets.GenericViewSet[PurchaseLine]):
    """Lines are read with their order; here they are acted on."""

    capability = "inventory.purchasing.view"
    queryset = PurchaseLine.objects.select_related("order", "item", "unit").order_by("position")
    serializer_class = LineSerializer
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[PurchaseLine]:
        """The visible lines of the order of the address."""
        rows: QuerySet[PurchaseLine] = super().get_queryset()
        number = self.kwargs.get("order", "")
        return rows.filter(order_id=int(number)) if number.isdecimal() and len(number) < 19 else rows.none()

    @extend_schema(request=LineChange, responses=LineSerializer)
    @action(detail=True, methods=["post"], url_path="change")
    def change_line(self, request: Request, order: str, pk: str) -> Response:
        """Change a line: only what is sent."""
        return self._line_step(request, services.change_line, LineChange)

    @extend_schema(request=ReasonWish, responses=LineSerializer)
    @action(detail=True, methods=["post"], url_path="close")
    def close_line(self, request: Request, order: str, pk: str) -> Response:
        """Expect nothing more of a line."""
        return self._line_step(request, services.close_line, ReasonWish)

    @extend_schema(request=Wish, responses=OrderSerializer)
    @action(detail=True, methods=["post"], url_path="remove")
    def remove_line(self, request: Request, order: str, pk: str) -> Response:
        """Take a line off a draft."""
        line_id, said = self._line_id(), said_in(request, Wish)

        def remove(user: Any) -> dict[str, Any]:
            services.remove_line(actor=user, line_id=line_id, version=version_read(request), **said)
            return self._order(int(order))

        return self.act(request, remove)

    @extend_schema(request=ReceiveWish, responses={201: ReceiptSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, order: str, pk: str) -> Response:
        """Take goods in; answers with the receipts of what was taken and of what was refused."""
        line_id, said = self._line_id(), said_in(request, ReceiveWish)

        def take(user: Any) -> list[dict[str, Any]]:
            got = services.receive_line(actor=user, line_id=line_id, **said)
            return [shown_receipt(one) for one in (got.receipt, got.refused) if one is not None]

        return self.act(request, take, status=201)

    @extend_schema(request=ReturnWish, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"], url_path="return")
    def give_back(self, request: Request, order: str, pk: str) -> Response:
        """Send goods back to the supplier."""
        line_id, said = self._line_id(), said_in(request, ReturnWish)
        return self.act(
            request,
            lambda user: shown_receipt(services.return_line(actor=user, line_id=line_id, **said)),
            status=201,
        )

    def _line_step(self, request: Request, service: Callable[..., PurchaseLine], form: type[Wish]) -> Response:
        line_id, said, version = self._line_id(), said_in(request, form), version_read(request)

        def step(user: Any) -> dict[str, Any]:
            line = service(actor=user, line_id=line_id, version=version, **said)
            return dict(LineSerializer(line, context=self.get_serializer_context()).data)

        return self.act(request, step)

    def _line_id(self) -> int:
        """The line, if it is one of this order and the asker may see it."""
        return int(self.get_object().pk)

    def _order(self, pk: int) -> dict[str, Any]:
        order = PurchaseOrder.objects.select_related("supplier").get(pk=pk)
        return dict(OrderSerializer(order, context=self.get_serializer_context()).data)
