"""What the old system says of orders that were ended there, and of pieces that were scrapped there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from inventory.items.models import Item
from production.orders.models import LossReason, PastScrap, ProductionOrder
from production.products.models import RoutingOperation
from production.products.states import DesignStatus

ZERO = Decimal(0)


@dataclass(frozen=True)
class PastTotals:
    """Sums over orders of the old system; quantities in the orders' own units."""

    orders: int
    ordered: Decimal
    good: Decimal
    scrap: Decimal
    with_scrap: int
    items: int
    # Ended there with another number of pieces, good and scrapped together, than were ordered.
    uneven: int


@dataclass(frozen=True)
class PastLoss:
    """Pieces scrapped for one reason, or of one item; `reason` is empty where nobody gave one."""

    code: str
    name: str
    rows: int
    quantity: Decimal


def past_orders(actor: User, line: str = "") -> QuerySet[ProductionOrder]:
    """Orders that were ended in the old system, as far as somebody may see them."""
    rows = visible(actor, ProductionOrder.objects.filter(past_good__isnull=False))
    return rows.filter(line__code=line) if line else rows


def past_scrap(actor: User, line: str = "") -> QuerySet[PastScrap]:
    """What was scrapped in the old system, as far as somebody may see it."""
    rows = visible(actor, PastScrap.objects.all())
    return rows.filter(line__code=line) if line else rows


def past_totals(actor: User, line: str = "") -> PastTotals:
    """How many orders the old system ended, what they ordered, made and lost; in two queries."""
    sums = past_orders(actor, line).aggregate(
        many=Count("pk"), ordered=Sum("quantity"), good=Sum("past_good"), items=Count("item", distinct=True)
    )
    lost = PastScrap.objects.filter(order=OuterRef("pk")).order_by().values("order").annotate(lost=Sum("quantity"))
    short = past_orders(actor, line).annotate(lost=Coalesce(Subquery(lost.values("lost")), ZERO)).filter(
        Q(lost__gt=0) | ~Q(quantity=F("past_good"))
    )  # fmt: skip
    rest = short.aggregate(
        all_lost=Sum("lost"), with_scrap=Count("pk", filter=Q(lost__gt=0)),
        uneven=Count("pk", filter=~Q(quantity=F("past_good") + F("lost"))),
    )  # fmt: skip
    return PastTotals(
        sums["many"], sums["ordered"] or ZERO, sums["good"] or ZERO, rest["all_lost"] or ZERO, rest["with_scrap"],
        sums["items"], rest["uneven"],
    )  # fmt: skip


def past_scrap_by_reason(actor: User, line: str = "") -> list[PastLoss]:
    """Scrap of the old system by reason, the most first."""
    rows = past_scrap(actor, line).order_by().values_list("loss_reason__code", "loss_reason__name")
    found = [
        PastLoss(code or "", name or "", many, quantity)
        for code, name, many, quantity in rows.annotate(many=Count("pk"), lost=Sum("quantity"))
    ]
    return sorted(found, key=lambda one: (-one.quantity, one.code))


def past_scrap_by_item(actor: User, line: str = "") -> list[PastLoss]:
    """Scrap of the old system by item, the most first."""
    rows = past_scrap(actor, line).order_by().values_list("item__number", "item__name")
    found = [
        PastLoss(number or "", name or "", many, quantity)
        for number, name, many, quantity in rows.annotate(many=Count("pk"), lost=Sum("quantity"))
    ]
    return sorted(found, key=lambda one: (-one.quantity, one.code))


def past_ordered_by_item(actor: User, line: str = "") -> dict[str, Decimal]:
    """What orders of the old system ordered, by item number."""
    rows = past_orders(actor, line).order_by().values_list("item__number").annotate(Sum("quantity"))
    return {number or "": quantity for number, quantity in rows}


def past_scrap_of(orders: Iterable[ProductionOrder]) -> dict[int, Decimal]:
    """What each of these orders lost in the old system; asks nothing where none of them was ended there."""
    keys = [order.pk for order in orders if order.past_good is not None]
    if not keys:
        return {}
    rows = PastScrap.objects.filter(order__among=keys).order_by()
    return dict(rows.values_list("order_id").annotate(Sum("quantity")))


def past_scrap_rows(order: ProductionOrder) -> list[PastScrap]:
    """What an order lost in the old system, with reasons, the most first."""
    return list(PastScrap.objects.filter(order=order).select_related("loss_reason").order_by("-quantity", "key"))


def reasons_called(texts: Collection[str]) -> dict[str, LossReason]:
    """Reasons by code, or by name in any case, of these texts; a code comes first."""
    wanted = {text.casefold() for text in texts}
    found: dict[str, LossReason] = {}
    for reason in LossReason.objects.order_by("-pk"):
        if reason.name.casefold() in wanted:
            found[reason.name.casefold()] = reason
    codes = {reason.code.casefold(): reason for reason in LossReason.objects.all()}
    return {text: codes.get(text.casefold()) or found[text.casefold()] for text in texts
            if text.casefold() in codes or text.casefold() in found}  # fmt: skip


def lines_of_items(site: Site | None, items: Collection[Item]) -> dict[int, Line]:
    """On which line of a site each item is made: where the newest released routing begins."""
    steps = RoutingOperation.objects.filter(routing__item__in=list(items), routing__status=DesignStatus.RELEASED)
    if site is not None:
        steps = steps.filter(work_centre__line__area__site=site)
    rows = steps.order_by("routing__item_id", "-routing_id", "number").distinct("routing__item_id")
    return {step.routing.item_id: step.work_centre.line
            for step in rows.select_related("routing", "work_centre__line__area__site")}  # fmt: skip


def scrap_said(order_ids: Collection[int]) -> dict[int, PastScrap]:
    """What orders themselves say that they lost in the old system, by order."""
    rows = PastScrap.objects.filter(of_order=True, order__among=list(order_ids))
    return {row.order_id: row for row in rows if row.order_id is not None}


def items_named(actor: User, numbers: Collection[str]) -> dict[str, Item]:
    """Items somebody may see by number, with their units."""
    rows = visible(actor, Item.objects.filter(number__in=list(numbers))).select_related("unit")
    return {item.number: item for item in rows}


def by_number(numbers: Collection[str]) -> dict[str, ProductionOrder]:
    """Orders of these numbers, locked; also such as the asker may not see, since numbers belong to the plant."""
    rows = ProductionOrder.objects.filter(number__in=list(numbers)).select_for_update(no_key=True, of=("self",))
    return {order.number: order for order in rows.select_related("item__unit", "line__area__site")}


def unknown_to(actor: User, orders: Collection[ProductionOrder]) -> set[int]:
    """Those of these orders that the asker may not see."""
    keys = [order.pk for order in orders]
    seen = visible(actor, ProductionOrder.objects.filter(pk__in=keys)).values_list("pk", flat=True)
    return set(keys) - set(seen)


def scrap_keys(keys: Collection[str]) -> dict[str, PastScrap]:
    """Rows of scrap of the old system by key, locked."""
    rows = PastScrap.objects.filter(key__in=list(keys)).select_for_update(no_key=True, of=("self",))
    return {row.key: row for row in rows.select_related("line", "item", "order", "loss_reason")}


def reasons_seen(actor: User) -> QuerySet[LossReason]:
    """The reasons of scrap and rework somebody may see, by code."""
    return visible(actor, LossReason.objects.all()).order_by("code")


def orders_of_site(actor: User, site: Site | None) -> QuerySet[ProductionOrder]:
    """Orders of a site that somebody may see, by number."""
    rows = visible(actor, ProductionOrder.objects.select_related("item", "line"))
    return (rows.filter(line__area__site=site) if site is not None else rows).order_by("number")


def scrap_of_site(actor: User, site: Site | None) -> QuerySet[PastScrap]:
    """Scrap of the old system that did not come with its order, by key."""
    rows = visible(actor, PastScrap.objects.filter(of_order=False)).select_related(
        "item", "order", "line", "loss_reason"
    )
    return (rows.filter(line__area__site=site) if site is not None else rows).order_by("key")
