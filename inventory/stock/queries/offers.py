"""Which stock to take first."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.states import PickRule
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockBalance
from inventory.stock.queries.balances import usable

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Offered:
    """Take so much of it from here; `why` says in words why it comes at this turn."""

    location: Location
    lot: Lot | None
    available: Decimal
    take: Decimal
    why: str


def offered(actor: User | AnonymousUser, item: Item, quantity: Decimal, site: Site, on: date) -> list[Offered]:
    """Where to take a quantity from, first to last; what is blocked, expired on that day or reserved is left out.

    FEFO takes first what expires first (what never expires, last); FIFO what has lain longest. Less is offered than
    asked where there is less; the places that are not needed any more stand at the end with `take` zero, so that a
    person can choose another.
    """
    lying = StockBalance.objects.select_related("location__site", "lot").filter(
        usable(item, on), item=item, location__site=site, quantity__gt=F("reserved")
    )
    oldest = (F("since").asc(), F("location__code").asc(), F("id").asc())
    order = (F("lot__expires_on").asc(nulls_last=True), *oldest) if item.pick_rule == PickRule.FEFO else oldest
    offers, missing = [], quantity
    for balance in visible(actor, lying).order_by(*order):
        free = balance.quantity - balance.reserved
        take = min(free, max(missing, NOTHING))
        missing -= take
        offers.append(Offered(balance.location, balance.lot, free, take, _why(item, balance)))
    return offers


def _why(item: Item, balance: StockBalance) -> str:
    if item.pick_rule == PickRule.FEFO and balance.lot is not None and balance.lot.expires_on is not None:
        return _("expires on %(day)s") % {"day": balance.lot.expires_on.isoformat()}
    return _("here since %(day)s") % {"day": timezone.localtime(balance.since).date().isoformat()}
