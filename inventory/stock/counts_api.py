"""Stock counts through the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read
from inventory.stock.models import Location, StockCount
from inventory.stock.queries.counting import Told, told_lines
from inventory.stock.queries.places import places_seen
from inventory.stock.services import counting as services
from inventory.stock.states import CountStatus
from inventory.stock.wishes import Wish


class StockCountSerializer(serializers.ModelSerializer[StockCount]):
    location_code = serializers.CharField(source="location.code", read_only=True)
    started_by_name = serializers.CharField(source="started_by.name", read_only=True)
    accepted_by_name = serializers.CharField(source="accepted_by.name", read_only=True, allow_null=True, default=None)

    class Meta:
        model = StockCount
        fields = [
            "id", "version", "created_at", "updated_at", "number", "location", "location_code", "status", "is_blind",
            "started_by", "started_by_name", "accepted_by", "accepted_by_name",
        ]  # fmt: skip


class CountLineSerializer(serializers.Serializer[Any]):
    """A line, in base units. What is expected is not told while a blind count is open."""

    id = serializers.IntegerField()
    item = serializers.IntegerField()
    item_number = serializers.CharField()
    lot = serializers.IntegerField(allow_null=True)
    lot_number = serializers.CharField(allow_null=True)
    location = serializers.IntegerField()
    location_code = serializers.CharField()
    unit = serializers.CharField()
    counted = serializers.DecimalField(max_digits=18, decimal_places=6, allow_null=True)
    counted_by_name = serializers.CharField(allow_null=True)
    counted_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    expected_at_start = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    moved = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    expected = serializers.DecimalField(max_digits=18, decimal_places=6, required=False)
    difference = serializers.DecimalField(max_digits=18, decimal_places=6, required=False, allow_null=True)


class StartWish(serializers.Serializer[Any]):
    """Where to count; blind unless said otherwise."""

    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.none())
    is_blind = serializers.BooleanField(default=True)
    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """A place one may not see does not exist."""
        fields, asker = super().get_fields(), self.context.get("asker")
        seen = places_seen(asker) if asker is not None else Location.objects.none()
        return {**fields, "location": serializers.PrimaryKeyRelatedField(queryset=seen)}


class NoteWish(Wish):
    """How much of what was found where; `again` where the line was counted before."""

    place_names = ("location",)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=6, min_value=0)
    lot = serializers.IntegerField(required=False, allow_null=True)
    lot_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="", write_only=True)
    again = serializers.ChoiceField(
        choices=[word.value for word in services.Again], default=services.Again.REFUSE.value
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class FinishWish(serializers.Serializer[Any]):
    """`rest_is_nothing`: what nobody counted was not found."""

    rest_is_nothing = serializers.BooleanField(default=False)
    at = serializers.DateTimeField(required=False)


class AgainWish(serializers.Serializer[Any]):
    """The line to count once more."""

    line = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    at = serializers.DateTimeField(required=False)


class AcceptWish(serializers.Serializer[Any]):
    """Why lines differ, by line id."""

    reasons = serializers.DictField(child=serializers.CharField(max_length=200, allow_blank=True), default=dict)
    at = serializers.DateTimeField(required=False)


class TapWish(serializers.Serializer[Any]):
    """An act whose only wish is the moment of the tap."""

    at = serializers.DateTimeField(required=False)


class StockCountViewSet(ActingMixin, Records):
    """Stock counts. Acts answer with the count as it stands afterwards."""

    capability = "inventory.stock.view"
    queryset = StockCount.objects.select_related("location", "started_by", "accepted_by").order_by("-id")
    serializer_class = StockCountSerializer
    filterset_fields = {
        "number": ["exact"], "status": ["exact"], "location": ["exact"], "location__code": ["exact"],
        "location__site__code": ["exact"],
    }  # fmt: skip
    lookup_value_regex = r"\d+"

    @extend_schema(request=StartWish, responses={201: StockCountSerializer})
    def create(self, request: Request) -> Response:
        """Begin to count a place and what is inside it."""
        form = StartWish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        wish = {**form.validated_data, "at": tapped_at(request, now())}
        return self.act(request, lambda user: _shown(services.start_count(actor=user, **wish)), status=201)

    @extend_schema(responses=CountLineSerializer(many=True))
    @action(detail=True, filter_backends=[], pagination_class=None)
    def lines(self, request: Request, pk: str) -> Response:
        """The lines of a count."""
        count = self.get_object()
        hidden = count.is_blind and count.status == CountStatus.OPEN
        return Response([CountLineSerializer(_line(one, hidden)).data for one in told_lines(count)])

    @extend_schema(request=NoteWish, responses=StockCountSerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> Response:
        """So much was found."""
        form = NoteWish(data=request.data, context={"asker": request.user})
        form.is_valid(raise_exception=True)
        said = form.validated_data
        wish = {
            "item": form.meant_item,
            "lot": form.meant_lot,
            "quantity": form.base_quantity(),
            "again": said["again"],
            "reason": said["reason"],
            **form.places("location"),
        }
        return self._tap(request, pk, lambda **more: services.note_counted(**more, **wish).count)

    @extend_schema(request=FinishWish, responses=StockCountSerializer)
    @action(detail=True, methods=["post"])
    def finish(self, request: Request, pk: str) -> Response:
        """The counting is over."""
        form = FinishWish(data=request.data)
        form.is_valid(raise_exception=True)
        rest, version = form.validated_data["rest_is_nothing"], version_read(request)
        return self._tap(
            request, pk, lambda **more: services.finish_count(**more, rest_is_nothing=rest, version=version)
        )

    @extend_schema(request=AgainWish, responses=StockCountSerializer)
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """Have a line counted once more."""
        form = AgainWish(data=request.data)
        form.is_valid(raise_exception=True)
        line: int = form.validated_data["line"]
        count: StockCount = self.get_object()

        def wish(actor: Any, count_id: int, at: Any) -> StockCount:
            services.count_again(actor=actor, line_id=line, count_id=count_id, at=at)
            count.refresh_from_db()
            return count

        return self._tap(request, pk, wish)

    @extend_schema(request=AcceptWish, responses=StockCountSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accept the differences; not for those who counted."""
        form = AcceptWish(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data["reasons"]
        reasons = {int(line): why for line, why in given.items() if line.isdecimal() and len(line) < 19}
        version = version_read(request)
        return self._tap(request, pk, lambda **more: services.accept_count(**more, reasons=reasons, version=version))

    @extend_schema(request=TapWish, responses=StockCountSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Give the count up."""
        version = version_read(request)
        return self._tap(request, pk, lambda **more: services.cancel_count(**more, version=version))

    def _tap(self, request: Request, pk: str, service: Any) -> Response:
        at = tapped_at(request, now())
        return self.act(request, lambda user: _shown(service(actor=user, count_id=int(pk), at=at)))


def _line(one: Told, hidden: bool) -> dict[str, Any]:
    line = one.line
    told = {
        "id": line.pk,
        "item": line.item_id,
        "item_number": line.item.number,
        "lot": line.lot_id,
        "lot_number": line.lot.number if line.lot else None,
        "location": line.location_id,
        "location_code": line.location.code,
        "unit": line.item.unit.code,
        "counted": line.counted,
        "counted_by_name": line.counted_by.name if line.counted_by else None,
        "counted_at": line.counted_at,
        "reason": line.reason,
    }
    if hidden:
        return told
    books = {"expected": one.expected, "moved": one.moved, "difference": one.difference}
    return {**told, "expected_at_start": line.expected, **books}


def _shown(count: StockCount) -> dict[str, Any]:
    return dict(StockCountSerializer(count).data)
