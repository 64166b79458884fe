"""Rates, rolled-up costs and cost sheets as pages and the API show them: only to those who may see costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Abs
from django.utils.translation import gettext as _

from factory_core.access.policy import grants_of, visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine, Site
from inventory.items.models import Item
from production.costing.models import SEE, VARIANCE, CostRollup, CostSheet, EnergyPrice, LabourRate, Rate
from production.costing.queries.sheets import sheet_of
from production.costing.rules.rollup import Finding
from production.costing.rules.sheet import Sheet, SheetLine
from production.costing.states import CostKind, SheetStatus
from production.orders.models import ProductionOrder
from production.products.models import WorkCentre

Actor = User | AnonymousUser
DEEPEST = 8
SIX = Decimal("0.000001")
MANAGE = "production.cost.manage"


class NoSuchCost(Missing):
    """The order or item does not exist, or the asker may not see what it costs."""

    code = "no_such_cost"


@dataclass(frozen=True)
class Costed:
    """A production order, and whether who asks may see its cost and settle it."""

    order: ProductionOrder
    may_see: bool
    may_manage: bool


@dataclass(frozen=True)
class Shown:
    """A cost sheet as it stands: following the facts, or frozen when the order was closed."""

    sheet: Sheet
    status: SheetStatus
    settled_at: datetime | None


@dataclass(frozen=True)
class TreeLine:
    """A line of a rolled-up cost with its depth in the tree and, of a component made here, the row it stands for."""

    depth: int
    kind: CostKind
    label: str
    quantity: Decimal
    unit: str
    rate: Decimal
    amount: Decimal
    item: int | None


def rates_seen(actor: Actor) -> QuerySet[Rate]:
    """Rates of work centres, the newest first."""
    return visible(actor, Rate.objects.select_related("work_centre")).order_by("work_centre__code", "-valid_from")


def labour_rates_seen(actor: Actor) -> QuerySet[LabourRate]:
    """What people really cost."""
    return visible(actor, LabourRate.objects.select_related("site")).order_by("site_id", "username", "-valid_from")


def energy_prices_seen(actor: Actor) -> QuerySet[EnergyPrice]:
    """What energy costs."""
    return visible(actor, EnergyPrice.objects.select_related("site")).order_by("site_id", "-valid_from")


def rollups_seen(actor: Actor) -> QuerySet[CostRollup]:
    """Rolled-up costs, the newest first."""
    return visible(actor, CostRollup.objects.select_related("item__unit")).order_by("-id")


def sheets_seen(actor: Actor) -> QuerySet[CostSheet]:
    """Settled orders, those first whose variances together are the largest, whatever their sign."""
    # The places by their keys: joined in, they would hide from the database that it finds a page at the index's head.
    lines, machines = (
        list(visible(actor, places.objects.all(), SEE).values_list("pk", flat=True)) for places in (Line, Machine)
    )
    singly = (
        grants_of(actor).objects.get(CostSheet._meta.label_lower, ())
        if isinstance(actor, User) and actor.is_active
        else ()
    )
    seen = Q(order__line__in=lines) | Q(order__machine__in=machines) | Q(pk__in=singly)
    rows = CostSheet.objects.filter(seen).select_related("order__item").defer("planned", "actual", "variances")
    return rows.annotate(variance=VARIANCE).order_by(Abs(VARIANCE).desc(), "-id")


def centres_to_rate(actor: Actor) -> QuerySet[WorkCentre]:
    """The work centres whose rates the actor sets."""
    return visible(actor, WorkCentre.objects.filter(is_active=True), MANAGE).order_by("code")


def sites_to_rate(actor: Actor) -> QuerySet[Site]:
    """The sites whose labour and energy the actor sets."""
    return visible(actor, Site.objects.filter(is_active=True), MANAGE).order_by("code")


def order_costed(actor: Actor, *, number: str = "", pk: int | None = None) -> Costed:
    """A production order whose cost the actor may see. Raises NoSuchCost."""
    found = _order(actor, Q(number=number) if pk is None else Q(pk=pk))
    if found is None or not found.may_see:
        raise NoSuchCost(_("There is no such order whose cost you may see."))
    return found


def order_shown(actor: Actor, number: str) -> Costed:
    """A production order the actor may see, whether or not its cost. Raises NoSuchCost."""
    found = _order(actor, Q(number=number))
    if found is None:
        raise NoSuchCost(_("There is no such order that you may see."))
    return found


def _order(actor: Actor, which: Q) -> Costed | None:
    """An order with its frozen sheet and what the actor may do about its cost; one question."""
    itself = ProductionOrder.objects.filter(pk=OuterRef("pk"))
    rows = visible(actor, ProductionOrder.objects.filter(which))
    rows = rows.select_related("line__area__site", "item__unit", "cost_sheet")
    order: Any = rows.annotate(
        sees=Exists(visible(actor, itself, SEE)), manages=Exists(visible(actor, itself, MANAGE))
    ).first()  # fmt: skip
    return None if order is None else Costed(order, may_see=order.sees, may_manage=order.manages)


def item_costed(actor: Actor, number: str) -> Item:
    """An item by its number. Raises NoSuchCost."""
    item = visible(actor, Item.objects.select_related("unit")).filter(number=number).first()
    if item is None:
        raise NoSuchCost(_("There is no such item that you may see."))
    return item


def sheet_shown(order: ProductionOrder, at: datetime) -> Shown:
    """The frozen sheet of a settled order, else the one that follows the facts. Ask for the right before."""
    frozen: CostSheet | None = getattr(order, "cost_sheet", None)
    if frozen is None:
        return Shown(sheet_of(order, at), SheetStatus.OPEN, None)
    return Shown(thawed(frozen), SheetStatus.SETTLED, frozen.settled_at)


def thawed(frozen: CostSheet) -> Sheet:
    """A frozen row as the sheet it was."""
    told: Mapping[str, Any] = frozen.variances
    lines = tuple(
        SheetLine(
            CostKind(plan["kind"]), plan["label"], plan["unit"], Decimal(plan["amount"]), Decimal(plan["standard"]),
            Decimal(done["amount"]), Decimal(plan["quantity"]), Decimal(plan["standard_quantity"]),
            Decimal(done["quantity"]), {name: Decimal(amount) for name, amount in names.items()},
        )
        for plan, done, names in zip(frozen.planned, frozen.actual, told["lines"], strict=True)
    )  # fmt: skip
    return Sheet(
        lines, frozen.good, Decimal(told["output_value"]), Decimal(told["scrap_cost"]),
        tuple(Finding(**one) for one in told["findings"]),
    )  # fmt: skip


def newest_rollup(actor: Actor, item: Item) -> CostRollup | None:
    """The newest rolled-up cost of an item."""
    return rollups_seen(actor).filter(item=item).order_by("-on", "-id").first()


def tree_of(actor: Actor, row: CostRollup) -> list[TreeLine]:
    """The lines of a rolled-up cost with those of made components below them, for what one unit of the top takes.

    One question a level.
    """
    known = {row.item_id: row}
    waiting = {one["item"] for one in row.lines if one["item"]}
    for _level in range(DEEPEST):
        wanted = waiting - known.keys()
        if not wanted:
            break
        found = {
            one.item_id: one for one in rollups_seen(actor).filter(item__in=wanted, on=row.on).order_by("item_id", "id")
        }
        known.update(found)
        waiting = {line["item"] for one in found.values() for line in one.lines if line["item"]}
    lines: list[TreeLine] = []
    _walk(row, Decimal(1), 0, known, lines, (row.item_id,))
    return lines


def _walk(
    row: CostRollup, share: Decimal, depth: int, known: Mapping[int, CostRollup], lines: list[TreeLine],
    above: tuple[int, ...],
) -> None:  # fmt: skip
    for one in row.lines:
        quantity, key = Decimal(one["quantity"]) * share, one["item"]
        lines.append(TreeLine(
            depth, CostKind(one["kind"]), one["label"], quantity, one["unit"], Decimal(one["rate"]),
            Decimal(one["amount"]) * share, key,
        ))  # fmt: skip
        if key in known and key not in above and depth < DEEPEST:
            _walk(known[key], quantity, depth + 1, known, lines, (*above, key))
