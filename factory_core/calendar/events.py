"""What happens to shifts and holidays."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

SHIFT_ADDED = EventType("calendar.shift_added", _("The shift {about[0]} was added at {about[1]}"))
SHIFT_CHANGED = EventType("calendar.shift_changed", _("The shift {about[0]} at {about[1]} was changed"))
HOLIDAY_ADDED = EventType("calendar.holiday_added", _("The holiday {about[0]} was added at {about[1]}"))
HOLIDAY_CHANGED = EventType("calendar.holiday_changed", _("The holiday {about[0]} at {about[1]} was changed"))
HOLIDAY_REMOVED = EventType("calendar.holiday_removed", _("The holiday {day} at {about[0]} was removed"))
