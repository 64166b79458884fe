"""What the pages of items show, each in a fixed number of questions."""

from collections import defaultdict
from datetime import date

from django.db.models import F, QuerySet

from factory_core.access.policy import may, visible
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import (
    Item,
    ItemBarcode,
    ItemCategory,
    ItemCost,
    ItemPaper,
    ItemRevision,
    ItemUnit,
    PriceBreak,
    SalesPrice,
    SupplierItem,
)
from inventory.items.queries.finding import items_found

COST_VIEW, PRICE_VIEW = "inventory.cost.view", "inventory.price.view"
MOST_PRICES, MOST_PARTNERS = 100, 300


def items_listed(actor: User, q: str, kind: str = "", category: str = "", *, unused: bool = False) -> QuerySet[Item]:
    """The items of the list: found by text, of a kind, of a category or one below it, in use unless asked otherwise."""
    items = items_found(actor, q)
    if kind:
        items = items.filter(kind=kind)
    if category:
        items = items.filter(category__in=branch_of(actor, category))
    return items if unused else items.filter(is_active=True)


def categories_seen(actor: User) -> QuerySet[ItemCategory]:
    """All groups of items, by code."""
    return visible(actor, ItemCategory.objects.select_related("parent")).order_by("code")


def branch_of(actor: User, code: str) -> set[int]:
    """The ids of a category and all below it."""
    below: dict[int | None, list[int]] = defaultdict(list)
    branch: set[int] = set()
    for category in categories_seen(actor):
        below[category.parent_id].append(category.pk)
        if category.code == code:
            branch.add(category.pk)
    waiting = list(branch)
    while waiting:
        children = below[waiting.pop()]
        branch.update(children)
        waiting += children
    return branch


def units_of_item(actor: User, item: Item) -> QuerySet[ItemUnit]:
    """The item's own conversions."""
    return visible(actor, ItemUnit.objects.filter(item=item).select_related("unit")).order_by("unit__code")


def barcodes_of(actor: User, item: Item) -> QuerySet[ItemBarcode]:
    """The codes that mean the item."""
    return visible(actor, ItemBarcode.objects.filter(item=item).select_related("unit")).order_by("code")


def revisions_of(actor: User, item: Item) -> QuerySet[ItemRevision]:
    """The item's revisions, the latest first."""
    return visible(actor, ItemRevision.objects.filter(item=item)).order_by("-pk")


def papers_of(actor: User, item: Item) -> QuerySet[ItemPaper]:
    """The files attached to the item."""
    papers = ItemPaper.objects.filter(item=item, is_active=True).select_related("added_by")
    return visible(actor, papers).order_by("name", "pk")


def suppliers_of(actor: User, item: Item) -> list[tuple[SupplierItem, list[PriceBreak]]]:
    """Who supplies the item, the preferred one first, with their prices for those who may see them."""
    rows = SupplierItem.objects.filter(item=item).select_related("supplier", "unit")
    supplies = list(visible(actor, rows).order_by("-is_preferred", "-is_active", "supplier__code"))
    prices: dict[int, list[PriceBreak]] = defaultdict(list)
    if supplies and may(actor, COST_VIEW):
        breaks = visible(actor, PriceBreak.objects.filter(supplier_item__in=supplies))
        for price in breaks.order_by("-valid_from", "from_quantity")[:MOST_PRICES]:
            prices[price.supplier_item_id].append(price)
    return [(supply, prices[supply.pk]) for supply in supplies]


def supply_of(actor: User, item: Item, key: int) -> SupplierItem | None:
    """One supplier of the item."""
    rows = SupplierItem.objects.filter(item=item, pk=key).select_related("supplier", "unit")
    return visible(actor, rows).first()


def costs_of(actor: User, item: Item) -> list[ItemCost]:
    """The standard costs, the latest first; nothing for those who may not see costs."""
    return list(visible(actor, ItemCost.objects.filter(item=item)).order_by("-valid_from")[:MOST_PRICES])


def sales_prices_of(actor: User, item: Item) -> list[SalesPrice]:
    """The sales prices, everybody's first; nothing for those who may not see them."""
    rows = visible(actor, SalesPrice.objects.filter(item=item).select_related("customer", "unit"))
    return list(rows.order_by(F("customer__code").asc(nulls_first=True), "-valid_from", "from_quantity")[:MOST_PRICES])


def in_force(rows: list[ItemCost], on: date) -> int | None:
    """Which standard cost holds on a day."""
    return next((row.pk for row in rows if row.valid_from <= on), None)


def partners_offered(actor: User, *, customers: bool) -> QuerySet[Partner]:
    """Companies to choose from while typing."""
    side = {"is_customer": True} if customers else {"is_supplier": True}
    return visible(actor, Partner.objects.filter(is_active=True, **side)).order_by("code")[:MOST_PARTNERS]
