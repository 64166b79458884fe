"""What happens to webhooks themselves."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

WEBHOOK_GAVE_UP = EventType("webhooks.gave_up", _("{about[0]} did not take event {event} within a day: {reason}"))
