"""`/api/v1/tags`: what is collected, the newest value, and the course over time."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.web.api import ActingMixin, Records
from telemetry.devices.api import SwitchWish
from telemetry.devices.models import Tag
from telemetry.devices.queries import visible_tags
from telemetry.devices.services import switch_tag
from telemetry.readings.models import LatestValue
from telemetry.readings.queries import MOST_POINTS, Series, series
from telemetry.readings.services import note_use


class BadStretch(Invalid):
    """The end lies before the beginning."""

    code = "bad_stretch"


class LatestSerializer(serializers.ModelSerializer[LatestValue]):
    class Meta:
        model = LatestValue
        fields = ["at", "number", "text", "quality", "received_at"]


class TagSerializer(serializers.ModelSerializer[Tag]):
    latest = LatestSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Tag
        fields = [
            "id", "version", "created_at", "updated_at", "gateway", "name", "device", "machine", "address", "options",
            "kind", "role", "unit", "decision", "expected_period_s", "min_value", "max_value", "enabled", "latest",
        ]  # fmt: skip


class SeriesWish(serializers.Serializer[Any]):
    to = serializers.DateTimeField()
    points = serializers.IntegerField(min_value=1, max_value=MOST_POINTS, default=600)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python, so it cannot be written as an attribute."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class BucketSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    quality = serializers.IntegerField()


class TextPointSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    value = serializers.CharField(allow_null=True)
    quality = serializers.IntegerField()


class SeriesSerializer(serializers.Serializer[Series]):
    """Buckets without readings are left out: a gap stays a gap."""

    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    bucket_s = serializers.FloatField()
    exact = serializers.BooleanField()
    unit = serializers.CharField(source="tag.unit")
    buckets = BucketSerializer(many=True)
    texts = TextPointSerializer(many=True)


class TagViewSet(ActingMixin, Records):
    """Tags one may follow; `series` answers lowest and highest value per bucket, at most 1 200 of them."""

    capability = "telemetry.view"
    queryset = Tag.objects.order_by("gateway__code", "name")
    serializer_class = TagSerializer
    filterset_fields = ("name", "gateway", "gateway__code", "machine", "machine__code", "kind", "enabled")
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Tag]:
        """Tags without a machine are seen by those who see their gateway."""
        if getattr(self, "swagger_fake_view", False):
            return Tag.objects.none()
        return visible_tags(self.request.user).select_related("latest").order_by("gateway__code", "name")

    @extend_schema(parameters=[SeriesWish], responses=SeriesSerializer)
    @action(detail=True, filter_backends=[], pagination_class=None)
    def series(self, request: Request, pk: str) -> Response:
        """A tag's course between `from` and `to`."""
        wish = SeriesWish(data=request.query_params)
        wish.is_valid(raise_exception=True)
        start, end = wish.validated_data["from"], wish.validated_data["to"]
        if end <= start:
            raise BadStretch(_("'to' must lie after 'from'."))
        tag = self.get_object()
        note_use(tag, now())
        return Response(SeriesSerializer(series(tag, start, end, wish.validated_data["points"])).data)

    @extend_schema(request=SwitchWish, responses=TagSerializer)
    @action(detail=True, methods=["post"])
    def switch(self, request: Request, pk: str) -> Response:
        """Collect the tag again, or no longer; what was stored stays."""
        wish = SwitchWish(data=request.data)
        wish.is_valid(raise_exception=True)
        said = {**wish.validated_data, "tag_id": self.get_object().pk}
        return self.act(request, lambda user: dict(TagSerializer(switch_tag(actor=user, at=now(), **said)).data))
