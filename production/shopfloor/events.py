"""What happens around a machine."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType
from production.shopfloor.states import HelpKind

WHOM = {
    HelpKind.SUPERVISOR.value: _("supervisor"),
    HelpKind.MAINTENANCE.value: _("maintenance"),
    HelpKind.QUALITY.value: _("quality"),
    HelpKind.MATERIAL.value: _("material"),
}
# Who hears of a call in the end, by role.
ROLES = {
    "supervisor": _("supervisor"),
    "maintenance": _("maintenance"),
    "quality": _("quality"),
    "planner": _("planning"),
    "storekeeper": _("stores"),
    "owner": _("management"),
}
HELP_CALLED = EventType("shopfloor.help_called", _("{about[1]} calls for help: {whom}"), {"whom": WHOM})
HELP_ANSWERED = EventType(
    "shopfloor.help_answered", _("The call from {about[1]} ({whom}) was answered"), {"whom": WHOM}
)
HELP_ESCALATED = EventType(
    "shopfloor.help_escalated",
    _("Nobody answered the call from {about[1]} ({whom}) for {minutes} min: {role} was told"),
    {"whom": WHOM, "role": ROLES},
)
HELP_DONE = EventType("shopfloor.help_done", _("Help was given at {about[1]} ({whom})"), {"whom": WHOM})
STEP_CONFIRMED = EventType("shopfloor.step_confirmed", _("Instruction {position} of {about[0]} was confirmed"))
CHECK_OK = EventType("shopfloor.check_ok", _("Check {check} of {about[0]} was in order: {value}"))
CHECK_NOT_OK = EventType("shopfloor.check_not_ok", _("Check {check} of {about[0]} was not in order: {value}"))
CHECK_TAKEN_BACK = EventType("shopfloor.check_taken_back", _("A result of check {check} of {about[0]} was taken back"))
HANDOVER_SIGNED = EventType("shopfloor.handover_signed", _("The shift {about[0]} was handed over"))
HANDOVER_TAKEN = EventType("shopfloor.handover_taken", _("The handover of {about[0]} was read by the next shift"))
