"""What the resources of products share."""

from collections.abc import Callable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from factory_core.web.api import ActingMixin, Records
from factory_core.web.taps import version_read
from inventory.items.api.common import Wish, read_wish


class ReleaseWish(Wish):
    """From which day, and whether the version before it ends then."""

    valid_from = serializers.DateField(required=False, allow_null=True)
    ends_former = serializers.BooleanField(required=False)


class ReasonWish(Wish):
    """Why."""

    reason = serializers.CharField(max_length=200)


class CopyWish(Wish):
    """What the copy is called; left out it gets the next number."""

    code = serializers.CharField(max_length=20, required=False, allow_blank=True)


class NoWish(Wish):
    """An act that needs nothing but its address, and `version` or `If-Match` where it matters."""


class DesignRecords(ActingMixin, Records):
    """Acts answer with the whole version as it stands afterwards."""

    capability = "production.product.view"
    lookup_value_regex = r"\d+"
    # The attribute of a line or operation that names its version, and all versions with what belongs to them.
    owner_path = ""
    whole: Any

    def acted(self, request: Request, act: Callable[..., Any], wish: dict[str, Any], *, status: int = 200) -> Response:
        """Do it under the asker's name and show the version it changed."""
        return self.act(request, lambda user: self.shown(request, act(actor=user, **wish)), status=status)

    def shown(self, request: Request, changed: Any) -> dict[str, Any]:
        """The version of a line, operation or the version itself, read afresh."""
        key = getattr(changed, self.owner_path, changed.pk)
        found = self.whole.get(pk=key)
        return dict(self.get_serializer(found).data)

    def told(
        self, kind: type[Wish], request: Request, *, versioned: bool = True, bundle: bool = False, **more: Any
    ) -> dict[str, Any]:
        """The wish of a request; `bundle` puts the facts into one `wish` beside key, moment and version."""
        facts = read_wish(kind, request, partial=bundle)
        at = facts.pop("at")
        said: dict[str, Any] = {"wish": facts} if bundle else facts
        return {**said, **more, "at": at, **({"version": version_read(request)} if versioned else {})}
