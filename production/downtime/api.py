"""Stops, their reasons and corrections through the API."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import tapped_at, version_read
from production.downtime import services
from production.downtime.models import Downtime, DowntimeCorrection, DowntimeReason
from production.orders.api import TapWish


class ReasonSerializer(serializers.ModelSerializer[DowntimeReason]):
    class Meta:
        model = DowntimeReason
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "parent", "kind", "position", "is_active",
            "machine_words",
        ]  # fmt: skip


class DowntimeSerializer(serializers.ModelSerializer[Downtime]):
    machine_code = serializers.CharField(source="machine.code", read_only=True)
    reason: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
    reason_name = serializers.CharField(source="reason.name", read_only=True, default=None)
    explained_by = serializers.CharField(source="explained_by.name", read_only=True, default=None)

    class Meta:
        model = Downtime
        fields = [
            "id", "version", "created_at", "updated_at", "machine", "machine_code", "order", "started_at", "ended_at",
            "status", "state", "word", "reason", "reason_name", "reason_source", "explained_by", "explained_at", "note",
            "is_micro", "split_from", "merged_into",
        ]  # fmt: skip


class CorrectionSerializer(serializers.ModelSerializer[DowntimeCorrection]):
    decided_by = serializers.CharField(source="decided_by.name", read_only=True, default=None)

    class Meta:
        model = DowntimeCorrection
        fields = [
            "id", "version", "created_at", "updated_at", "machine", "downtime", "kind", "started_at", "ended_at",
            "status", "decided_by", "decided_at",
        ]  # fmt: skip


class ExplainWish(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=40, help_text="Code of the reason")
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")
    at = serializers.DateTimeField(required=False)
    version = serializers.IntegerField(required=False)


class NoteWish(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=400)
    at = serializers.DateTimeField(required=False)


class SplitWish(serializers.Serializer[Any]):
    split_at = serializers.DateTimeField(help_text="A moment inside the stop")
    at = serializers.DateTimeField(required=False)


class MergeWish(serializers.Serializer[Any]):
    at = serializers.DateTimeField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`with` is a word of Python, so this field is named here."""
        with_whom = serializers.IntegerField(help_text="The neighbouring stop")
        return {"with": with_whom, **super().get_fields()}


class DowntimeFilter(django_filters.FilterSet):
    machine_code = django_filters.CharFilter(field_name="machine__code")
    since = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="started_at", lookup_expr="lt")
    explained = django_filters.BooleanFilter(field_name="reason", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Downtime
        fields = ["machine", "status", "is_micro"]


class ReasonViewSet(Records):
    """Why machines stand: categories and reasons."""

    capability = "production.view"
    queryset = DowntimeReason.objects.order_by("position", "code")
    serializer_class = ReasonSerializer
    filterset_fields = ("code", "kind", "is_active", "parent")
    lookup_value_regex = r"\d+"


class DowntimeViewSet(ActingMixin, Records):
    """Stops of machines. Acts answer with the stop as it stands afterwards."""

    capability = "production.view"
    queryset = Downtime.objects.select_related("machine", "reason", "explained_by").order_by("-started_at", "-id")
    serializer_class = DowntimeSerializer
    filterset_class = DowntimeFilter
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Downtime]:
        """Lists show what stands; a single one is found even after it was merged away."""
        rows = super().get_queryset()
        if self.action == "list" and "status" not in self.request.query_params:
            return rows.filter(status__in=("OPEN", "CLOSED"))
        return rows

    @extend_schema(request=ExplainWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: str) -> Response:
        """Give the stop its reason."""
        wish = _read(ExplainWish, request)
        return self._tap(
            request,
            pk,
            services.explain_downtime,
            reason=wish["reason"],
            note=wish["note"],
            version=version_read(request),
        )

    @extend_schema(request=TapWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take the reason back."""
        return self._tap(request, pk, services.take_back_reason, version=version_read(request))

    @extend_schema(request=TapWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """The same as undo."""
        return self._tap(request, pk, services.take_back_reason, version=version_read(request))

    @extend_schema(request=NoteWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> Response:
        """Say more about the stop."""
        wish = _read(NoteWish, request)
        return self._tap(request, pk, services.add_note, note=wish["note"], version=version_read(request))

    @extend_schema(request=SplitWish, responses=DowntimeSerializer(many=True))
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Make two stops of one; answers with both."""
        wish, at, version = _read(SplitWish, request), tapped_at(request, now()), version_read(request)

        def split(user: Any) -> list[dict[str, Any]]:
            parts = services.split_downtime(
                actor=user, downtime_id=int(pk), split_at=wish["split_at"], at=at, version=version
            )
            return [_told(part) for part in parts]

        return self.act(request, split, channel=_channel(request))

    @extend_schema(request=TapWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"], url_path="undo-split")
    def undo_split(self, request: Request, pk: str) -> Response:
        """Join the later part of a split to the earlier one again."""
        return self._tap(request, pk, services.undo_split, version=version_read(request))

    @extend_schema(request=MergeWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make this stop and a neighbouring one a single stop."""
        wish, at = _read(MergeWish, request), tapped_at(request, now())

        def merge(user: Any) -> dict[str, Any]:
            return _told(services.merge_downtimes(actor=user, downtime_ids=[int(pk), wish["with"]], at=at))

        return self.act(request, merge, channel=_channel(request))

    @extend_schema(request=TapWish, responses=DowntimeSerializer)
    @action(detail=True, methods=["post"], url_path="undo-merge")
    def undo_merge(self, request: Request, pk: str) -> Response:
        """Take merged stops apart again."""
        return self._tap(request, pk, services.undo_merge, version=version_read(request))

    def _tap(self, request: Request, pk: str, service: Callable[..., Downtime], **wish: Any) -> Response:
        at = tapped_at(request, now())
        return self.act(
            request,
            lambda user: _told(service(actor=user, downtime_id=int(pk), at=at, **wish)),
            channel=_channel(request),
        )


class CorrectionViewSet(ActingMixin, Records):
    """What late data says about recorded stops."""

    capability = "production.view"
    queryset = DowntimeCorrection.objects.select_related("decided_by").order_by("-id")
    serializer_class = CorrectionSerializer
    filterset_fields = ("machine", "downtime", "status")
    lookup_value_regex = r"\d+"

    @extend_schema(request=TapWish, responses=CorrectionSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Let the correction come true."""
        return self._decide(request, pk, services.accept_correction)

    @extend_schema(request=TapWish, responses=CorrectionSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Turn the correction down."""
        return self._decide(request, pk, services.reject_correction)

    def _decide(self, request: Request, pk: str, service: Callable[..., DowntimeCorrection]) -> Response:
        at, version = tapped_at(request, now()), version_read(request)

        def decide(user: Any) -> dict[str, Any]:
            correction = service(actor=user, correction_id=int(pk), at=at, version=version)
            return dict(CorrectionSerializer(correction).data)

        return self.act(request, decide)


def _told(downtime: Downtime) -> dict[str, Any]:
    return dict(DowntimeSerializer(downtime).data)


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = shape(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _channel(request: Request) -> str:
    """A tap under an author pass was made at a station."""
    return "station" if request.auth == "pass" else "api"
