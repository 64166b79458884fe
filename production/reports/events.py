"""What happens to reports."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

REPORT_MADE = EventType("reports.made", _("The report {about[0]} was made"))
REPORT_TAKEN = EventType("reports.taken", _("The report {about[0]} was taken away as {suffix}"))
WALL_SET_UP = EventType("reports.wall_set_up", _("The wall display {about[0]} was set up"))
