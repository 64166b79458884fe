"""What happens to time accounts."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

ACCOUNT_CLOSED = EventType("oee.account_closed", _("The time account {about[0]} was closed"))
ACCOUNT_CLOSED_ANEW = EventType(
    "oee.account_closed_anew", _("The time account {about[0]} was closed anew (revision {revision}): {reason}")
)
ACCOUNT_REOPENED = EventType("oee.account_reopened", _("The time account {about[0]} was reopened: {reason}"))
LATE_DATA = EventType(
    "oee.late_data", _("Data came too late for the time account {about[0]}: {reason}. A person decides.")
)
LATE_DATA_LEFT = EventType(
    "oee.late_data_left", _("The time account {about[0]} stays as it was closed, without its late data: {reason}")
)
