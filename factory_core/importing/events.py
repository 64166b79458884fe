"""What happens to imports."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

FILE_TAKEN = EventType("importing.file_taken", _("{about[0]} was brought to be imported ({size} bytes)"))
ROWS_IMPORTED = EventType(
    "importing.rows_imported",
    _("{about[0]} was imported: {created} new, {changed} changed, {unchanged} as they were, {left} left out"),
)
IMPORT_FAILED = EventType("importing.failed", _("The import of {about[0]} failed: {reason}"))
IMPORT_CANCELLED = EventType("importing.cancelled", _("The import of {about[0]} was given up"))
IMPORT_UNDONE = EventType(
    "importing.undone", _("The import of {about[0]} was undone: {reversed} reversed, {kept} kept because of later work")
)
IMPORT_ACCEPTED = EventType("importing.accepted", _("{about[0]} was accepted: what came stays"))
ACCEPTANCE_TAKEN_BACK = EventType(
    "importing.acceptance_taken_back", _("The acceptance of {about[0]} was taken back: {reason}")
)
OPENING_BEGUN = EventType("importing.opening_begun", _("The opening on {about[0]} was begun"))
OPENING_ACCEPTED = EventType("importing.opening_accepted", _("The opening on {about[0]} was accepted ({runs} imports)"))
RULE_LEARNED = EventType("importing.rule_learned", _("“{found}” is read as “{instead}” from now on ({field})"))
FILE_WAITS = EventType("importing.file_waits", _("{about[0]} from a watched folder waits for a person: {reason}"))
FILE_REFUSED = EventType("importing.file_refused", _("{file} in a watched folder was refused: {reason}"))
