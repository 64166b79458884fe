"""What a person at the door needs to know: what is expected, which line a scan means, where it goes."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import F, QuerySet

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.queries import Scanned, to_base
from inventory.purchasing.models import PurchaseLine, PurchaseOrder, Receipt
from inventory.purchasing.rules import outstanding
from inventory.purchasing.states import PurchaseStatus
from inventory.stock.models import Location, StockBalance
from inventory.stock.states import PICKABLE, LocationKind


def expected_orders(actor: User) -> QuerySet[PurchaseOrder]:
    """The orders of which something is still to come, where the actor receives goods."""
    rows = visible(actor, PurchaseOrder.objects.select_related("supplier", "site"), "inventory.stock.receive")
    return rows.filter(status=PurchaseStatus.RELEASED).order_by("-id")


def receivable_order(actor: User, number: str) -> PurchaseOrder | None:
    """The order of a number (whatever the case), if goods may be received for it by this person."""
    return expected_orders(actor).filter(number__iexact=number.strip()).first()


def lines_to_receive(order: PurchaseOrder) -> list[PurchaseLine]:
    """The lines of an order, those still waited for first."""
    rows = order.lines.select_related("item__unit", "unit")
    return list(rows.order_by("is_closed", "position"))


def waits_for(line: PurchaseLine) -> Decimal:
    """What is still to come of a line, in its unit."""
    return outstanding(line.quantity, line.received, line.returned, closed=line.is_closed)


def lines_of_item(lines: Sequence[PurchaseLine], item: Item) -> list[PurchaseLine]:
    """The lines a scanned item may be meant for: the open ones, else any of that item."""
    found = [line for line in lines if line.item_id == item.pk]
    return [line for line in found if waits_for(line) > 0] or found


def orders_expecting(actor: User, item: Item) -> QuerySet[PurchaseOrder]:
    """The orders that wait for an item, the earliest promised first."""
    waiting = expected_orders(actor).filter(lines__item=item, lines__is_closed=False)
    return waiting.order_by(F("lines__promised_on").asc(nulls_last=True), "id").distinct()


def scanned_quantity(line: PurchaseLine, scanned: Scanned) -> Decimal | None:
    """The quantity a label says, in the unit of the line; None where it says none."""
    if scanned.quantity is None or scanned.item is None:
        return None
    base = to_base(scanned.item, scanned.quantity, scanned.unit or scanned.item.unit)
    return (base / line.factor).quantize(Decimal("0.000001"))


def quarantine_of(site: Site) -> Location | None:
    """Where a site keeps what waits for inspection."""
    places = Location.objects.filter(site=site, kind=LocationKind.QUARANTINE, is_active=True)
    return places.order_by("code").first()


def places_for(line: PurchaseLine, site: Site) -> list[Location]:
    """Where a line may be put, the proposal first.

    What is inspected goes to quarantine. Else: where the item lies already (the newest stock first), then staging,
    then every other place of the site.
    """
    places = Location.objects.filter(site=site, is_active=True)
    if line.inspect and (quarantine := quarantine_of(site)) is not None:
        others = places.filter(kind=LocationKind.QUARANTINE).exclude(pk=quarantine.pk)
        return [quarantine, *others.order_by("code")]
    wanted = places.filter(kind__in=[*PICKABLE, LocationKind.STAGING, LocationKind.QUARANTINE]).order_by("code")
    lying = StockBalance.objects.filter(item=line.item, location__site=site, quantity__gt=0)
    since = dict(lying.filter(location__kind__in=PICKABLE).order_by("since").values_list("location", "since"))
    known = list(wanted[:500])

    def rank(place: Location) -> tuple[int, float, str]:
        if place.pk in since:
            return 0, -since[place.pk].timestamp(), place.code
        return (1 if place.kind == LocationKind.STAGING else 2), 0.0, place.code

    return sorted(known, key=rank)


def receipts_of(order: PurchaseOrder) -> QuerySet[Receipt]:
    """Everything that came in, was refused or went back, newest first, with lots and places."""
    rows = Receipt.objects.filter(line__order=order).order_by("-id")
    return rows.select_related(
        "line__item", "line__unit", "by", "move__lot", "move__to_location", "move__from_location"
    )


def lying_of(actor: User, line: PurchaseLine) -> list[StockBalance]:
    """Where stock lies that may go back for a line: lots that came in with it, or, without lots, the item as such."""
    came = Receipt.objects.filter(line=line, move__isnull=False)
    rows = visible(actor, StockBalance.objects.select_related("location__site", "lot")).filter(
        item=line.item, location__site=line.order.site_id, quantity__gt=0
    )
    lots = [pk for pk in came.values_list("move__lot", flat=True) if pk is not None]
    return list((rows.filter(lot__in=lots) if lots else rows.filter(lot=None)).order_by("location__code", "id")[:200])
