"""Two people change one record: the second is told what stands there now, as far as they may know it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import hidden_fields
from factory_core.errors import StaleVersion
from factory_core.people.models import User
from factory_core.tables import Record


def refuse_stale(actor: User, record: Record, version: int | None, fields: Sequence[str]) -> None:
    """Refuse an act decided on an older version, naming what stands in `fields` now; hidden ones stay hidden.

    `version` None: the act was not decided on what somebody read. Raises StaleVersion.
    """
    if version is None or version == record.version:
        return
    hidden = hidden_fields(actor, type(record))
    current = {name: readable(getattr(record, name)) for name in fields if name not in hidden}
    raise StaleVersion(
        _("%(thing)s was changed by somebody else in the meantime. Compare both, then decide.") % {"thing": record},
        current={"version": record.version, **current},
    )


def readable(value: Any) -> Any:
    """A value as a person and a program can read it: decimals without trailing zeros, dates in ISO, things by name."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "normalize"):
        return f"{value.normalize():f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
