"""Sales orders through the API."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.events.queries import story_of
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.plant.models import Site
from factory_core.web.api import ActingMixin, HidesFields, Records
from factory_core.web.floor_api import EventSerializer, told
from factory_core.web.taps import tapped_at, version_read
from inventory.items.models import Item, Unit
from inventory.sales import services
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.queries import with_lines
from inventory.sales.services import LineWish


class CallOffSerializer(serializers.ModelSerializer[CallOff]):
    unit = serializers.CharField(source="line.unit.code", read_only=True)

    class Meta:
        model = CallOff
        fields = [
            "id", "version", "number", "quantity", "unit", "wanted_on", "promised_on", "reference", "dispatched",
            "is_closed",
        ]  # fmt: skip


class SalesLineSerializer(HidesFields, serializers.ModelSerializer[SalesLine]):
    item_number = serializers.CharField(source="item.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)
    call_offs = CallOffSerializer(many=True, read_only=True)

    class Meta:
        model = SalesLine
        fields = [
            "id", "version", "position", "item", "item_number", "quantity", "unit", "factor", "price", "wanted_on",
            "promised_on", "expected_on", "dispatched", "returned", "is_closed", "call_offs",
        ]  # fmt: skip


class SalesOrderSerializer(serializers.ModelSerializer[SalesOrder]):
    customer_code = serializers.CharField(source="customer.code", read_only=True)
    site_code = serializers.CharField(source="site.code", read_only=True)
    lines = SalesLineSerializer(many=True, read_only=True)

    class Meta:
        model = SalesOrder
        fields = [
            "id", "version", "created_at", "updated_at", "number", "customer", "customer_code", "site", "site_code",
            "address", "status", "is_frame", "ordered_on", "currency", "customer_reference", "note", "external_id",
            "lines",
        ]  # fmt: skip


class SalesLineWish(HidesFields, serializers.ModelSerializer[SalesLine]):
    """A line to be ordered; without a price the agreed one is taken."""

    item = serializers.PrimaryKeyRelatedField(queryset=Item.objects.none())
    unit = serializers.SlugRelatedField(slug_field="code", queryset=Unit.objects.none(), required=False)

    class Meta:
        model = SalesLine
        fields = ["item", "quantity", "unit", "price", "wanted_on", "promised_on", "expected_on"]

    def get_fields(self) -> dict[str, Any]:
        """What one may not see does not exist."""
        fields = super().get_fields()
        asker = _asker(self)
        fields["item"].queryset = visible(asker, Item.objects.select_related("unit"))
        fields["unit"].queryset = visible(asker, Unit.objects.all())
        return fields


class SalesOrderWish(serializers.Serializer[Any]):
    customer = serializers.PrimaryKeyRelatedField(queryset=Partner.objects.none())
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.none())
    address = serializers.PrimaryKeyRelatedField(
        queryset=PartnerAddress.objects.none(), required=False, allow_null=True
    )
    is_frame = serializers.BooleanField(default=False)
    ordered_on = serializers.DateField(required=False)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    customer_reference = serializers.CharField(max_length=80, required=False, allow_blank=True)
    note = serializers.CharField(max_length=400, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=80, required=False, allow_null=True)
    lines = SalesLineWish(many=True, required=False)

    def get_fields(self) -> dict[str, Any]:
        """What one may not see does not exist."""
        fields: dict[str, Any] = super().get_fields()
        asker = _asker(self)
        fields["customer"].queryset = visible(asker, Partner.objects.all())
        fields["site"].queryset = visible(asker, Site.objects.all())
        fields["address"].queryset = visible(asker, PartnerAddress.objects.all())
        return fields


class SalesOrderChange(serializers.ModelSerializer[SalesOrder]):
    """Only what changes."""

    address = serializers.PrimaryKeyRelatedField(
        queryset=PartnerAddress.objects.none(), required=False, allow_null=True
    )

    class Meta:
        model = SalesOrder
        fields = ["customer_reference", "note", "address", "ordered_on"]
        extra_kwargs = {"ordered_on": {"required": False}}

    def get_fields(self) -> dict[str, Any]:
        """What one may not see does not exist."""
        fields: dict[str, Any] = super().get_fields()
        fields["address"].queryset = visible(_asker(self), PartnerAddress.objects.all())
        return fields


class SalesLineChange(HidesFields, serializers.ModelSerializer[SalesLine]):
    """Only what changes, and the version of the line that was read."""

    line = serializers.IntegerField()
    version = serializers.IntegerField(required=False)

    class Meta:
        model = SalesLine
        fields = ["line", "version", "quantity", "price", "wanted_on", "promised_on", "expected_on"]
        extra_kwargs = {"quantity": {"required": False}}


class ReasonWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class CallOffWish(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    wanted_on = serializers.DateField()
    promised_on = serializers.DateField(required=False, allow_null=True)
    reference = serializers.CharField(max_length=80, required=False, allow_blank=True)


class NoWish(serializers.Serializer[Any]):
    """An act that needs nothing but its address, and `version` where it matters."""

    version = serializers.IntegerField(required=False)


class SalesOrderFilter(django_filters.FilterSet):
    due_before = django_filters.DateFilter(method="with_line_due_before")

    class Meta:
        model = SalesOrder
        fields = ["number", "status", "customer", "site", "is_frame", "external_id"]

    def with_line_due_before(self, orders: QuerySet[SalesOrder], name: str, value: Any) -> QuerySet[SalesOrder]:
        """Orders with a line promised (or, without a promise, wanted) before a day."""
        lines = SalesLine.objects.filter(is_closed=False)
        promised = lines.filter(promised_on__lt=value)
        wished = lines.filter(promised_on=None, wanted_on__lt=value)
        return orders.filter(pk__in=promised.values("order")) | orders.filter(pk__in=wished.values("order"))


class SalesOrderViewSet(ActingMixin, Records):
    """Sales orders with their lines. Acts answer with the order as it stands afterwards."""

    capability = "inventory.sales.view"
    queryset = with_lines()
    serializer_class = SalesOrderSerializer
    filterset_class = SalesOrderFilter
    lookup_value_regex = r"\d+"

    @extend_schema(request=SalesOrderWish, responses={201: SalesOrderSerializer})
    def create(self, request: Request) -> Response:
        """Enter an order as a draft."""
        form = SalesOrderWish(data=request.data, context={"request": request})
        form.is_valid(raise_exception=True)
        wish = {**form.validated_data}
        lines = [LineWish(**line) for line in wish.pop("lines", [])]
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: self._shown(request, services.create_order(actor=user, at=at, lines=lines, **wish)),
            status=201,
        )

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def story(self, request: Request, pk: str) -> Response:
        """What happened to the order, newest first."""
        return Response(told(story_of(request.user, self.get_object()), request.user))

    @extend_schema(request=SalesOrderChange, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Change the head."""
        return self._act(request, pk, services.change_order, wish=_read(SalesOrderChange, request))

    @extend_schema(request=SalesLineChange, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"], url_path="change-line")
    def change_line(self, request: Request, pk: str) -> Response:
        """Change quantity, price or days of a line."""
        wish, at = _read(SalesLineChange, request), tapped_at(request, now())
        line = self._line_of(wish.pop("line"))
        version = wish.pop("version", None)
        return self.act(
            request,
            lambda user: self._shown(
                request,
                services.change_line(actor=user, line_id=line, wish=wish, at=at, version=version).order,
            ),
        )

    @extend_schema(request=NoWish, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Give our word."""
        return self._act(request, pk, services.confirm_order)

    @extend_schema(request=ReasonWish, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """End an order of which nothing left."""
        return self._act(request, pk, services.cancel_order, **_read(ReasonWish, request))

    @extend_schema(request=ReasonWish, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Send nothing more."""
        return self._act(request, pk, services.close_order, **_read(ReasonWish, request))

    @extend_schema(request=ReasonWish, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Send more after all."""
        return self._act(request, pk, services.reopen_order, **_read(ReasonWish, request))

    @extend_schema(request=SalesLineWish, responses=SalesOrderSerializer)
    @action(detail=True, methods=["post"], url_path="lines")
    def add_line(self, request: Request, pk: str) -> Response:
        """One more line."""
        wish = LineWish(**_read(SalesLineWish, request))
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: self._shown(request, services.add_line(actor=user, order_id=int(pk), wish=wish, at=at).order),
            status=201,
        )

    @extend_schema(request=CallOffWish, responses={201: CallOffSerializer})
    @action(detail=True, methods=["post"], url_path="call-offs")
    def call_offs(self, request: Request, pk: str) -> Response:
        """Call a part of a frame order off."""
        wish = _read(CallOffWish, request)
        line = self._line_of(wish.pop("line"))
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: dict(CallOffSerializer(services.call_off(actor=user, line_id=line, at=at, **wish)).data),
            status=201,
        )

    def _line_of(self, line_id: int) -> int:
        """The line if it is this order's; another one is as good as none."""
        return self.get_object().lines.filter(pk=line_id).values_list("pk", flat=True).first() or 0

    def _act(self, request: Request, pk: str, service: Callable[..., SalesOrder], **wish: Any) -> Response:
        at, version = tapped_at(request, now()), version_read(request)
        return self.act(
            request,
            lambda user: self._shown(request, service(actor=user, order_id=int(pk), at=at, version=version, **wish)),
        )

    def _shown(self, request: Request, order: SalesOrder) -> dict[str, Any]:
        whole = with_lines().get(pk=order.pk)
        return dict(SalesOrderSerializer(whole, context={"request": request}).data)


def _read(form: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = form(data=request.data, context={"request": request})
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _asker(form: serializers.BaseSerializer[Any]) -> Any:
    request = form.context.get("request")
    return request.user if request is not None else None
