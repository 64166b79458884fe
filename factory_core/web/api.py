"""What endpoints are made of: visible rows, and acts with one effect per key."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.access.identity import acting
from factory_core.access.policy import hidden_fields, visible
from factory_core.clock import now
from factory_core.errors import Invalid
from factory_core.web.doors import signed_in
from factory_core.web.models import AnsweredRequest

KEY_HEADER = "Idempotency-Key"


class KeyReused(Invalid):
    """The same Idempotency-Key came with another wish."""

    code = "key_reused"


class VisibleRows:
    """Rows of a viewset cut to what the asker may see; `queryset` names them all."""

    def get_queryset(self) -> QuerySet[Any]:
        """Only visible rows."""
        queryset: QuerySet[Any] = super().get_queryset()  # type: ignore[misc]  # mixed into DRF views
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        asker, capability = self.request.user, self.capability  # type: ignore[attr-defined]  # mixed into DRF views
        rows: QuerySet[Any] = visible(asker, queryset, capability)
        return rows


class Records(VisibleRows, viewsets.ReadOnlyModelViewSet[Any]):
    """A read-only list and detail of one model; acts are added as `@action` methods that use `act`."""

    capability: str
    filterset_fields: Any = ()


class HidesFields:
    """A serializer that keeps its model's sensitive fields from those without the right: unread, refused when sent."""

    def get_fields(self) -> dict[str, Any]:
        """The fields this asker may know."""
        fields: dict[str, Any] = super().get_fields()  # type: ignore[misc]  # mixed into DRF serializers
        for name in self._hidden():
            fields.pop(name, None)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Refuse a field the asker may not set, instead of silently leaving it out."""
        sent = sorted(self._hidden() & set(data)) if isinstance(data, Mapping) else []
        if sent:
            raise serializers.ValidationError({name: [_("You may not set this.")] for name in sent})
        return super().to_internal_value(data)  # type: ignore[misc]  # mixed into DRF serializers

    def _hidden(self) -> frozenset[str]:
        request = self.context.get("request")  # type: ignore[attr-defined]  # mixed into DRF serializers
        asker = request.user if request is not None else None
        return hidden_fields(asker, self.Meta.model)  # type: ignore[attr-defined]  # mixed into DRF serializers


class ActingMixin:
    """Runs an act of the API: under the asker's name, once per Idempotency-Key."""

    def act(self, request: Request, wish: Any, *, status: int = 200, channel: str = "api") -> Response:
        """Call `wish(user)` inside the asker's transaction and answer with what it gives back.

        With an Idempotency-Key the answer is remembered with the effect: a repeat changes nothing and gets the same
        answer. Raises KeyReused when the key came with another body before.
        """
        key = request.headers.get(KEY_HEADER, "")[:80]
        user = signed_in(request)
        reason = str(request.data.get("note", ""))[:200] if isinstance(request.data, Mapping) else ""
        if not key:
            with acting(user, channel=channel, reason=reason):
                return Response(wish(user), status=status)
        fingerprint = hashlib.sha256(
            f"{request.method} {request.path} {json.dumps(request.data, sort_keys=True, default=_told)}".encode()
        ).hexdigest()
        if (known := AnsweredRequest.objects.filter(user=user, key=key).first()) is not None:
            return _repeat(known, fingerprint)
        try:
            with acting(user, channel=channel, reason=reason):
                row = AnsweredRequest.objects.create(
                    user=user, key=key, fingerprint=fingerprint, status=status, answer=None, at=now()
                )
                row.answer = json.loads(json.dumps(wish(user), default=str))
                row.save(update_fields=["answer"])
        except IntegrityError as clash:
            # Lost the race for the key: whoever won has answered by now, unless this was another constraint.
            if (known := AnsweredRequest.objects.filter(user=user, key=key).first()) is None:
                raise clash
            return _repeat(known, fingerprint)
        return Response(row.answer, status=status)


def _told(value: Any) -> Any:
    """What a wish says, for telling it from another one; two files of one name may differ in what they hold."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for piece in value.chunks():
        digest.update(piece)
    value.seek(0)
    return [value.name, value.size, digest.hexdigest()]


def _repeat(known: AnsweredRequest, fingerprint: str) -> Response:
    if known.fingerprint != fingerprint:
        raise KeyReused(_("This Idempotency-Key was used for something else. Take a new key for a new wish."))
    return Response(known.answer, status=known.status, headers={"Idempotent-Replay": "true"})
