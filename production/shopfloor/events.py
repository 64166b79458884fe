"""What happens around a machine."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

HELP_CALLED = EventType("shopfloor.help_called", _("{about[1]} calls for help: {whom}"))
HELP_ANSWERED = EventType("shopfloor.help_answered", _("The call from {about[1]} ({whom}) was answered"))
