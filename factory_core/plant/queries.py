"""What is known about places: what refers to a machine, and the code a name gives."""

import re
from collections.abc import Collection
from typing import Any

from django.db import models

from factory_core.plant.models import Machine

_NOT_IN_CODE = re.compile(r"[^A-Za-z0-9_-]+")


def code_from(text: str) -> str:
    """The code that a name gives: "Hall 1" → "Hall-1"; "" where nothing of it can stand in a code."""
    return _NOT_IN_CODE.sub("-", text).strip("-_")[:40]


def used_by(machine_ids: Collection[int]) -> dict[int, str]:
    """For each of these machines that anything but a right refers to: what does, in the plural.

    One question for each table that may refer to machines.
    """
    found: dict[int, str] = {}
    if not machine_ids:
        return found
    for relation in Machine._meta.related_objects:
        model: Any = relation.related_model
        if isinstance(model, str) or relation.field.many_to_many or _is_right(model):
            continue
        name = relation.field.name
        named = model._default_manager.filter(**{f"{name}__in": machine_ids}).order_by()
        for key in named.values_list(f"{name}_id", flat=True).distinct():
            found.setdefault(key, str(model._meta.verbose_name_plural))
    return found


def _is_right(model: type[models.Model]) -> bool:
    return model.__name__ == "MachineGrant"
