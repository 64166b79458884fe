"""What the pages of products show, each in a fixed number of questions."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries import items_found
from production.products.models import (
    Bom,
    BomLine,
    Instruction,
    OperationCheck,
    Routing,
    RoutingOperation,
    WorkCentre,
    WorkCentreMachine,
)
from production.products.queries.designs import NoSuchDesign, boms_seen, in_force, lines_of, routings_seen
from production.products.states import DesignStatus, LineKind

MANAGE = "production.product.manage"
Part = TypeVar("Part")
MOST_VERSIONS, MOST_PROPOSED = 100, 20


class Branch(NamedTuple):
    """A line of the tree: what it names, how much is needed of it here, and whether it can be unfolded."""

    line: BomLine
    quantity: Decimal
    is_made: bool
    is_phantom: bool
    is_held: bool


def versions_of(actor: User, item: Item) -> list[Bom]:
    """The bills of materials of an item, the newest first, with how many lines they have."""
    rows = boms_seen(actor).filter(item=item).annotate(count=Count("lines"))
    return list(rows.order_by("-pk")[:MOST_VERSIONS])


def routing_versions_of(actor: User, item: Item) -> list[Routing]:
    """The routings of an item, the newest first, with how many operations they have."""
    rows = routings_seen(actor).filter(item=item).annotate(count=Count("operations"))
    return list(rows.order_by("-pk")[:MOST_VERSIONS])


def branches_of(bom: Bom, quantity: Decimal, on: date) -> list[Branch]:
    """The lines of a bill of materials with what `quantity` base units of its item need of each, in its own base unit.

    Losses are in; those not in force that day are marked. `is_made`: a bill of materials is in force for it.
    """
    made = Bom.objects.filter(in_force(on), item=OuterRef("item"), status=DesignStatus.RELEASED)
    rows = lines_of(bom).annotate(
        made=Exists(made), phantom=Exists(made.filter(is_phantom=True)),
        held=Exists(BomLine.objects.filter(in_force(on), pk=OuterRef("pk"))),
    )  # fmt: skip
    found = []
    for row in rows:
        line: Any = row
        gain = 1 + line.loss_percent / 100 if line.kind == LineKind.COMPONENT else Decimal(1)
        per = line.quantity * line.factor * gain
        needed = per if line.is_fixed else per * quantity / bom.quantity
        is_made = line.made and line.kind == LineKind.COMPONENT
        found.append(Branch(line, needed.quantize(Decimal("0.000001")), is_made, line.phantom, line.held))
    return found


def items_proposed(actor: User, text: str) -> QuerySet[Item]:
    """Items to choose from while typing."""
    return items_found(actor, text).filter(is_active=True)[:MOST_PROPOSED]


def designs_in_short(actor: User, item: Item) -> dict[str, Any]:
    """How many versions an item has and in how many bills of materials it is used, for its page."""
    counts = visible(actor, Item.objects.filter(pk=item.pk), "production.product.view").aggregate(
        boms=Count("boms", distinct=True),
        routings=Count("routings", distinct=True),
        uses=Count("used_in__bom", distinct=True, filter=~Q(used_in__bom__status=DesignStatus.OBSOLETE)),
    )
    return {**counts, "may_manage": may(actor, MANAGE)}


def centres_listed(actor: User, q: str) -> QuerySet[WorkCentre]:
    """Work centres by code or name, with their machines and how many released routings use them."""
    rows = visible(actor, WorkCentre.objects.select_related("line", "supply", "output"))
    if q:
        rows = rows.filter(Q(code__icontains=q) | Q(name__icontains=q))
    return rows.order_by("-is_active", "code")


def machines_of(centres: list[WorkCentre]) -> dict[int, list[str]]:
    """The names of the machines of work centres."""
    found: dict[int, list[str]] = {}
    for row in (
        WorkCentreMachine.objects.filter(work_centre__in=centres)
        .select_related("machine")
        .order_by("machine__position", "machine__code")
    ):
        found.setdefault(row.work_centre_id, []).append(row.machine.name)
    return found


def line_or_missing(actor: User, bom_id: int, line_id: int) -> BomLine:
    """A line of a bill of materials. Raises NoSuchDesign."""
    rows = visible(actor, BomLine.objects.select_related("bom__item", "item__unit", "unit"))
    return _found(rows.filter(bom=bom_id, pk=line_id).first())


def operation_or_missing(actor: User, routing_id: int, operation_id: int) -> RoutingOperation:
    """An operation of a routing. Raises NoSuchDesign."""
    rows = visible(actor, RoutingOperation.objects.select_related("routing__item", "work_centre", "machine"))
    return _found(rows.filter(routing=routing_id, pk=operation_id).first())


def part_or_missing(actor: User, operation: RoutingOperation, what: str, key: int) -> Instruction | OperationCheck:
    """An instruction or a check of an operation. Raises NoSuchDesign."""
    kind: type[Instruction | OperationCheck] = Instruction if what == "instruction" else OperationCheck
    rows: Any = kind._default_manager.filter(operation=operation, pk=key)
    found: Any = visible(actor, rows).first()
    part: Instruction | OperationCheck = _found(found)
    return part


def _found(row: Part | None) -> Part:
    if row is None:
        raise NoSuchDesign(_("There is no such line or operation that you may see."))
    return row
