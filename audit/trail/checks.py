"""Start-up check: is every table guarded?"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Warning

from audit.trail.triggers import faults, functions_exist


def check_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """mw.W010: a record or fact whose guard is missing, off or changed could be altered without a trace."""
    if not databases or "default" not in databases or not functions_exist():
        return []
    hint = "Run `manage.py audit_triggers`, and find out who changed it."
    return [Warning(fault.sentence, hint=hint, id="mw.W010") for fault in faults()]
