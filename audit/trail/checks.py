"""Is every table guarded? Asked at start and by the doctor."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.utils.translation import gettext as _

from audit.trail.triggers import faults, functions_exist
from factory_core.processes.rules import Colour, Part


def check_triggers(databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """mw.W010: a record or fact whose guard is missing, off or changed could be altered without a trace."""
    if not databases or "default" not in databases or not functions_exist():
        return []
    hint = "Run `manage.py audit_triggers`, and find out who changed it."
    return [Warning(fault.sentence, hint=hint, id="mw.W010") for fault in faults()]


def guards_part() -> Part:
    """The doctor's line about the guards of the trail."""
    if not functions_exist():
        return Part("trail", Colour.RED, _("The trail is not set up. Run `manage.py migrate`."))
    found = faults()
    if not found:
        return Part("trail", Colour.GREEN, _("Every record is audited and every fact can only be added."))
    return Part(
        "trail",
        Colour.RED,
        _("%(n)d guards of the trail are not as they should be, first: %(fault)s Run `manage.py audit_triggers`.")
        % {"n": len(found), "fault": found[0].sentence},
    )
