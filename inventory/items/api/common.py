"""What the resources of items share."""

from datetime import datetime
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.web.taps import tapped_at
from inventory.items.models import Unit


class Wish(serializers.Serializer[Any]):
    """What an act of the API is told. `seen` names fields that point at things the asker must be able to see."""

    seen: dict[str, Any] = {}

    def get_fields(self) -> dict[str, Any]:
        """A thing one may not see is one that does not exist."""
        fields: dict[str, Any] = super().get_fields()
        for name, model in self.seen.items():
            rows = visible(self.context.get("asker"), model._default_manager.all())
            fields[name].queryset = rows
        return fields


class UnitField(serializers.SlugRelatedField[Unit]):
    """A unit by its code."""

    def __init__(self, **told: Any) -> None:
        super().__init__(slug_field="code", queryset=Unit.objects.none(), **told)


def read_wish(kind: type[Wish], request: Request, **more: Any) -> dict[str, Any]:
    """The checked wish of a request, with the moment of the tap. Raises ValidationError."""
    form = kind(data=request.data, context={"asker": request.user}, **more)
    form.is_valid(raise_exception=True)
    return {**form.validated_data, "at": moment(request)}


def moment(request: Request) -> datetime:
    """When the person decided."""
    return tapped_at(request, now())
