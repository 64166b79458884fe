"""What happens to people."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

USER_CREATED = EventType("people.user_created", _("{about[0]} was added"))
USER_DISABLED = EventType("people.user_disabled", _("{about[0]} was disabled"))
PIN_SET = EventType("people.pin_set", _("{about[0]} got a new PIN"))
TOKEN_CREATED = EventType("people.token_created", _("A token was made for {about[0]}"))
TOKEN_REVOKED = EventType("people.token_revoked", _("A token of {about[0]} was revoked"))
SIGNED_IN = EventType("people.signed_in", _("{about[0]} signed in"))
SIGN_IN_REFUSED = EventType("people.sign_in_refused", _("Somebody tried to sign in as {about[0]}"))
CAME_TO_TERMINAL = EventType("people.came_to_terminal", _("{about[0]} is at {about[1]}"))
