"""What happens to rights."""

from django.utils.translation import gettext_lazy as _

from factory_core.access.roles import ROLE_NAMES
from factory_core.events.types import EventType

ROLE_GIVEN = EventType("access.role_given", _("{about[0]} became {role} at {about[1]}"), {"role": ROLE_NAMES})
ROLE_TAKEN = EventType("access.role_taken", _("{about[0]} is no longer {role} at {about[1]}"), {"role": ROLE_NAMES})
OBJECT_SHOWN = EventType("access.object_shown", _("{about[0]} may see {about[1]}"))
OBJECT_HIDDEN = EventType("access.object_hidden", _("{about[0]} may no longer see {about[1]}"))
