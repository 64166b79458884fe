"""A typed or scanned lot leads to its page."""

from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.web.finders import MOST_FOUND, Found
from inventory.lots.panels import status_word
from inventory.lots.queries import lots_found

LEAST = 2


def find_lots(user: User, text: str) -> list[Found]:
    """Lots whose number or supplier's lot begins so; the newest first, those of this very number marked."""
    if len(text) < LEAST:
        return []
    return [
        Found(
            _("Lot"),
            lot.number,
            f"{lot.item.number} · {status_word(lot.status)}",
            f"/lots/{lot.pk}/",
            exact=lot.number.upper() == text.upper(),
        )
        for lot in lots_found(user, text)[:MOST_FOUND]
    ]
