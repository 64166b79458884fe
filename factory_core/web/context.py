"""What every page knows: whether the plant is a demo, who is here, and the few places they go to."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from factory_core.people.models import User, UserKind
from factory_core.web.navigation import MOST_ENTRIES, entries_for


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the page's frame."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) and user.kind == UserKind.PERSON else None
    entries = entries_for(person) if person else []
    return {
        "plant_is_demo": settings.PLANT_IS_DEMO,
        "navigation": entries[:MOST_ENTRIES],
        "more_navigation": entries[MOST_ENTRIES:],
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
