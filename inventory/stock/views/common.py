"""What the pages of stock share."""

from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.stock.models import StockMove
from inventory.stock.queries import listing

VIEW = "inventory.stock.view"


class NothingHere(Missing):
    """There is no move of that number that the asker may see."""

    code = "nothing_to_show"


def typed(request: HttpRequest, name: str, longest: int = 200) -> str:
    """What stands in a field of the address, without blanks around it and without what no database keeps."""
    return request.GET.get(name, "").replace("\0", "").strip()[:longest]


def move_or_missing(actor: User, number: int) -> StockMove:
    """The move of an address. Raises NothingHere."""
    move = listing.move_of(actor, number)
    if move is None:
        raise NothingHere(_("There is no such move of stock that you may see."))
    return move


def today() -> date:
    """The day by which stock is said to expire."""
    return now().date()
