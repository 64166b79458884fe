"""What happens to the plant's own tree of places."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

PLACE_ADDED = EventType("plant.place_added", _("{about[0]} was added to the plant"))
PLACE_CHANGED = EventType("plant.place_changed", _("The set-up of {about[0]} was changed"))
