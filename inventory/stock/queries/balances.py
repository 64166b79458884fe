"""What lies where, and what of it is free."""

from datetime import date
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet, Sum

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.lots.states import USABLE, LotStatus
from inventory.stock.models import StockBalance
from inventory.stock.states import PICKABLE, LocationKind

NOTHING = Decimal(0)


def on_hand(item: Item, site: Site | None = None) -> Decimal:
    """How much of an item a site (or the whole plant) owns, wherever it lies, but for the scrap."""
    lying = StockBalance.objects.filter(item=item).exclude(location__kind=LocationKind.SCRAP)
    return _sum(lying if site is None else lying.filter(location__site=site), "quantity")


def available(item: Item, site: Site | None = None, on: date | None = None) -> Decimal:
    """How much of it may be used or sold and is reserved for nobody. `on` leaves out what has expired by that day."""
    lying = StockBalance.objects.filter(usable(item, on), item=item)
    return _sum(lying if site is None else lying.filter(location__site=site), F("quantity") - F("reserved"))


def reserved(item: Item, site: Site | None = None) -> Decimal:
    """How much of an item is reserved."""
    lying = StockBalance.objects.filter(item=item)
    return _sum(lying if site is None else lying.filter(location__site=site), "reserved")


def usable(item: Item, on: date | None = None) -> Q:
    """The balances of an item that may be used: in places to pick from, of lots nobody blocked or (`on`) expired."""
    statuses = USABLE - {LotStatus.OPEN} if item.inspect_on_receipt else USABLE
    lots = Q(lot=None) | Q(lot__status__in=sorted(statuses))
    if on is not None:
        lots &= Q(lot__expires_on=None) | Q(lot__expires_on__gte=on)
    return lots & Q(location__kind__in=sorted(PICKABLE), location__is_active=True, quantity__gt=0)


def balances_seen(actor: User | AnonymousUser) -> QuerySet[StockBalance]:
    """The balances somebody may see, without empty ones, in the order of items and places."""
    lying = StockBalance.objects.select_related("item__unit", "lot", "location__site").filter(quantity__gt=0)
    return visible(actor, lying).order_by("item__number", "location__code", "lot__number", "id")


def _sum(lying: QuerySet[StockBalance], what: object) -> Decimal:
    found: Decimal | None = lying.aggregate(all=Sum(what))["all"]
    return found or NOTHING
