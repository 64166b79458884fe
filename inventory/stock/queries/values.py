"""What stock costs and is worth: the cost a receipt is taken at, and the lists of stock value."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item, ItemCost, MoneyField
from inventory.items.queries import items_found
from inventory.stock.models import CostLayer, Location, StockBalance, StockValue, ValueEntry
from inventory.stock.queries.places import below
from inventory.stock.rules.valuation import Held, Layer, by_average, money


def standard_cost_at(item: Item, site: Site, at: datetime) -> Decimal | None:
    """The standard cost of one base unit, in the plant's currency, on the site's day; None while none is set."""
    costs = ItemCost.objects.filter(
        item=item, currency=settings.CURRENCY, valid_from__lte=at.astimezone(site.zone).date()
    )
    return costs.order_by("-valid_from").values_list("cost", flat=True).first()


def entry_of(move_id: int, site_id: int) -> ValueEntry | None:
    """What a move was worth at a site."""
    return ValueEntry.objects.filter(move_id=move_id, site_id=site_id).first()


def layers_left(site_id: int, item_id: int) -> list[Layer]:
    """The receipts still there, oldest first, locked."""
    rows = CostLayer.objects.select_for_update().filter(site_id=site_id, item_id=item_id, quantity__gt=0)
    return [Layer(row.entry_id, row.quantity, row.unit_cost) for row in rows.order_by("entry_id")]


def sites_valued(actor: User) -> QuerySet[Site]:
    """The sites whose stock value the actor may see."""
    return visible(actor, Site.objects.order_by("code"), "inventory.cost.view")


def values_of(actor: User, site: Site, text: str = "", before: datetime | None = None) -> QuerySet[StockValue]:
    """What each item of a site is worth, by item number, with what there is as `held` and its `worth`.

    `before`: as the books stood at that moment. What was made known later is not in it, whatever its date.
    """
    rows = visible(actor, StockValue.objects.filter(site=site)).select_related("item__unit")
    if text:
        rows = rows.filter(item__in=items_found(actor, text))
    if before is None:
        rows = rows.annotate(held=F("quantity"), worth=F("value"))
    else:
        rows = rows.annotate(
            held=F("quantity") - _later("quantity", before), worth=F("value") - _later("value", before)
        )
    return rows.exclude(held=0, worth=0).order_by("item__number", "pk")


def total_of(rows: QuerySet[StockValue]) -> Decimal:
    """What all rows together are worth."""
    return Decimal(rows.order_by().aggregate(total=Sum("worth"))["total"] or 0)


def places_valued(actor: User, site: Site, text: str = "", place: Location | None = None) -> QuerySet[StockBalance]:
    """What lies at each place of a site, or at one and below it, by item number; `worth_of` values a page of it."""
    rows = visible(actor, StockBalance.objects.filter(location__site=site, quantity__gt=0), "inventory.cost.view")
    if text:
        rows = rows.filter(item__in=items_found(actor, text))
    if place is not None:
        rows = rows.filter(location__in=below(place))
    return rows.select_related("item__unit", "lot", "location").order_by("item__number", "pk")


def worth_of(site: Site, balances: Iterable[StockBalance]) -> dict[int, Decimal]:
    """What some balances of a site are worth, each its share of its item's value there."""
    kept = list(balances)
    rows = StockValue.objects.filter(site=site, item__in={balance.item_id for balance in kept})
    held = {row.item_id: Held(row.quantity, row.value) for row in rows}
    nothing = Held(Decimal(0), Decimal(0))
    return {balance.pk: by_average(held.get(balance.item_id, nothing), balance.quantity) for balance in kept}


def total_at(site: Site, balances: QuerySet[StockBalance]) -> Decimal:
    """What all balances together are worth, each its share of its item's value at the site."""
    share = StockValue.objects.filter(site=site, item=OuterRef("item"), quantity__gt=0).values(
        each=F("value") / F("quantity")
    )
    worth = balances.order_by().aggregate(total=Sum(F("quantity") * Subquery(share, output_field=MoneyField())))
    return money(Decimal(worth["total"] or 0))


def _later(column: str, moment: datetime) -> Coalesce:
    entries = ValueEntry.objects.filter(site=OuterRef("site"), item=OuterRef("item"), at__gte=moment).order_by()
    total = entries.values("item").annotate(total=Sum(column)).values("total")
    return Coalesce(Subquery(total), Value(Decimal(0)), output_field=MoneyField())
