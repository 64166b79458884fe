"""The floor's own resources: places, and the story of the plant."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.plant.models import Area, Line, Machine, Site
from factory_core.web.api import Records

PLACE_FIELDS = ["id", "version", "created_at", "updated_at", "code", "name", "is_active"]


class SiteSerializer(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = [*PLACE_FIELDS, "time_zone"]


class AreaSerializer(serializers.ModelSerializer[Area]):
    class Meta:
        model = Area
        fields = [*PLACE_FIELDS, "site"]


class LineSerializer(serializers.ModelSerializer[Line]):
    class Meta:
        model = Line
        fields = [*PLACE_FIELDS, "area"]


class MachineSerializer(serializers.ModelSerializer[Machine]):
    class Meta:
        model = Machine
        fields = [*PLACE_FIELDS, "line", "position", "stop_limit_s"]


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event with its sentence in the asker's language."""

    actor = serializers.CharField(source="actor.name", read_only=True)
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ["id", "name", "at", "recorded_at", "actor", "channel", "machine", "about", "sentence", "payload"]

    @extend_schema_field(serializers.CharField())
    def get_sentence(self, event: Event) -> str:
        """What happened, in words."""
        return event.sentence


class EventFilter(django_filters.FilterSet):
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    after = django_filters.NumberFilter(field_name="id", lookup_expr="gt")
    about = django_filters.CharFilter(method="of_thing")

    class Meta:
        model = Event
        fields = ["name", "machine"]

    def of_thing(self, events: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """`about=production.downtime:12`: the story of one thing."""
        kind, _colon, key = value.rpartition(":")
        if not key.isdecimal() or len(key) > 18:
            return events.none()
        return events.filter(subjects__kind=kind, subjects__key=int(key))


class Places(Records):
    """A level of the plant; only places at which the asker holds something."""

    capability = "plant.view"
    filterset_fields: Any = ("code", "is_active")
    lookup_value_regex = r"\d+"


class SiteViewSet(Places):
    queryset = Site.objects.order_by("code")
    serializer_class = SiteSerializer


class AreaViewSet(Places):
    queryset = Area.objects.order_by("code")
    serializer_class = AreaSerializer
    filterset_fields = ("code", "is_active", "site")


class LineViewSet(Places):
    queryset = Line.objects.order_by("code")
    serializer_class = LineSerializer
    filterset_fields = ("code", "is_active", "area")


class EventViewSet(Records):
    """The story of the plant, newest first."""

    capability = "event.view"
    queryset = Event.objects.select_related("actor").order_by("-id")
    serializer_class = EventSerializer
    filterset_class = EventFilter
    lookup_value_regex = r"\d+"


def told(events: QuerySet[Event], asker: Any, most: int = 200) -> list[dict[str, Any]]:
    """The newest events of a story that the asker may read, as the API shows them."""
    rows = visible(asker, events.select_related("actor"))[:most]
    return [dict(EventSerializer(row).data) for row in rows]
