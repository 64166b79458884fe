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
HELP_CALLED = EventType("shopfloor.help_called", _("{about[1]} calls for help: {whom}"), {"whom": WHOM})
HELP_ANSWERED = EventType(
    "shopfloor.help_answered", _("The call from {about[1]} ({whom}) was answered"), {"whom": WHOM}
)
