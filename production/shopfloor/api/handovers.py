"""Shift handovers through the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.web.api import ActingMixin, Records
from factory_core.web.doors import signed_in
from factory_core.web.taps import version_read
from production.orders.api import TapWish
from production.shopfloor.models import Handover
from production.shopfloor.queries.handover import is_as_signed, lines_to_hand_over
from production.shopfloor.services.handovers import note_handover, open_handover, sign_handover, take_handover


class NoSuchLine(Missing):
    """The line does not exist, or the asker may not hand its shifts over."""

    code = "no_such_line"


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    """`as_signed`: whether figures, note and signature still give the digest; false for a draft."""

    line_code = serializers.CharField(source="line.code", read_only=True)
    signed_by = serializers.CharField(source="signed_by.name", read_only=True, default=None)
    taken_by = serializers.CharField(source="taken_by.name", read_only=True, default=None)
    as_signed = serializers.SerializerMethodField()

    class Meta:
        model = Handover
        fields = [
            "id", "version", "created_at", "updated_at", "line", "line_code", "on", "shift_name", "started_at",
            "ended_at", "status", "note", "figures", "signed_by", "signed_at", "digest", "taken_by", "taken_at",
            "as_signed",
        ]  # fmt: skip

    def get_as_signed(self, handover: Handover) -> bool:
        """Whether what stands there is what was signed."""
        return is_as_signed(handover)


class OpenWish(serializers.Serializer[Any]):
    line_code = serializers.CharField(max_length=40)


class HandoverNoteWish(serializers.Serializer[Any]):
    note = serializers.CharField(allow_blank=True, max_length=4000)
    version = serializers.IntegerField(required=False)


class SignWish(serializers.Serializer[Any]):
    """`secret`: one's own password or PIN."""

    secret = serializers.CharField(max_length=200, write_only=True)
    version = serializers.IntegerField(required=False)


class HandoverViewSet(ActingMixin, Records):
    """Handovers of shifts. Signed, they never change; the next shift takes them."""

    capability = "production.view"
    queryset = Handover.objects.select_related("line", "signed_by", "taken_by").order_by("-id")
    serializer_class = HandoverSerializer
    filterset_fields = ("line", "line__code", "on", "status")
    lookup_value_regex = r"\d+"

    @extend_schema(request=OpenWish, responses={201: HandoverSerializer})
    def create(self, request: Request) -> Response:
        """Open the draft of the present shift of a line, or give the one that is open."""
        form = OpenWish(data=request.data)
        form.is_valid(raise_exception=True)
        found, at = lines_to_hand_over(signed_in(request), form.validated_data["line_code"]), now()
        if not found:
            raise NoSuchLine(_("There is no such line whose shift you may hand over."))
        return self.act(request, lambda user: _told(open_handover(actor=user, line=found[0], at=at)), status=201)

    @extend_schema(request=HandoverNoteWish, responses=HandoverSerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> Response:
        """Write the note of a draft."""
        form = HandoverNoteWish(data=request.data)
        form.is_valid(raise_exception=True)
        note, version = form.validated_data["note"], version_read(request)
        return self.act(
            request, lambda user: _told(note_handover(actor=user, handover_id=int(pk), note=note, version=version))
        )

    @extend_schema(request=SignWish, responses=HandoverSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Freeze figures and note under one's name."""
        form = SignWish(data=request.data)
        form.is_valid(raise_exception=True)
        secret, at, version = form.validated_data["secret"], now(), version_read(request)
        return self.act(
            request,
            lambda user: _told(sign_handover(actor=user, handover_id=int(pk), secret=secret, at=at, version=version)),
        )

    @extend_schema(request=TapWish, responses=HandoverSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: str) -> Response:
        """Say that one has read it, for the next shift."""
        at = now()
        return self.act(request, lambda user: _told(take_handover(actor=user, handover_id=int(pk), at=at)))


def _told(handover: Handover) -> dict[str, Any]:
    return dict(HandoverSerializer(handover).data)
