"""Forecasts through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.web.doors import signed_in
from production.promises.models import LineForecast, OrderForecast
from production.promises.queries import pages


class OrderForecastSerializer(serializers.ModelSerializer[OrderForecast]):
    """Expected end of a production order; `causes` from the nearest to the furthest, with the seconds each adds."""

    order_number = serializers.CharField(source="order.number", read_only=True)
    due_at = serializers.DateTimeField(source="order.due_at", read_only=True)

    class Meta:
        model = OrderForecast
        fields = [
            "order", "order_number", "risk", "start_at", "finish_at", "due_at", "work_left_s", "late_s", "causes",
            "computed_at",
        ]  # fmt: skip


class LineForecastSerializer(serializers.ModelSerializer[LineForecast]):
    """When a sales line is ready, and from what."""

    position = serializers.IntegerField(source="line.position", read_only=True)
    item_number = serializers.CharField(source="line.item.number", read_only=True)

    class Meta:
        model = LineForecast
        fields = [
            "line", "position", "item_number", "risk", "ready_at", "promised_on", "late_s", "covered_by", "causes",
            "computed_at",
        ]  # fmt: skip


class OrderPromiseView(viewsets.ViewSet):
    """The forecast of one production order; 404 while there is none (it is not open, or not yet looked at)."""

    capability = "production.view"

    @extend_schema(responses=OrderForecastSerializer)
    def retrieve(self, request: Request, pk: int) -> Response:
        """When the order is expected to be done, and what makes it late."""
        order = pages.order_of(signed_in(request), pk=pk)
        return Response(OrderForecastSerializer(pages.forecast_of(order)).data)


class SalePromiseView(viewsets.ViewSet):
    """The forecasts of a sales order's open lines."""

    capability = "inventory.sales.view"

    @extend_schema(responses=LineForecastSerializer(many=True))
    def retrieve(self, request: Request, pk: int) -> Response:
        """When each line is expected to be ready."""
        user = signed_in(request)
        rows: list[Any] = pages.forecasts_of_sale(user, pages.sale_of(user, pk=pk))
        return Response(LineForecastSerializer(rows, many=True).data)
