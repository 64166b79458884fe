"""What happens to the working time on orders."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.labour.states import EndedBy, LabourKind

KIND_WORDS = {
    LabourKind.SETUP.value: _("set-up"),
    LabourKind.RUN.value: _("production"),
    LabourKind.REWORK.value: _("rework"),
}
END_WORDS = {
    EndedBy.PAUSE: _("pause"),
    EndedBy.DONE: _("done"),
    EndedBy.HANDOVER: _("handed over"),
    EndedBy.FIXED: _("put right"),
}
VOID = _("taken back")
_KINDS = {"kind": KIND_WORDS}

WORK_BEGUN = EventType("labour.begun", _("{person} began work on {step} ({kind})"), _KINDS)
WORK_PAUSED = EventType("labour.paused", _("{person} paused work on {step}: {reason}"))
WORK_ENDED = EventType("labour.ended", _("{person} ended work on {step}"))
WORK_HANDED_OVER = EventType("labour.handed_over", _("{person} handed work on {step} over to {to}"))
PAUSE_ENDED = EventType("labour.pause_ended", _("{person} said that the paused work on {step} is done"))
ENTRY_ADDED = EventType("labour.added", _("Working time of {person} on {step} was entered: {change} ({reason})"))
ENTRY_CORRECTED = EventType(
    "labour.corrected", _("Working time of {person} on {step} was put right: {change} ({reason})")
)
ENTRY_VOID = EventType("labour.void", _("Working time of {person} on {step} was taken back ({reason})"))
