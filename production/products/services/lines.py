"""Acts on the lines of a drafted bill of materials, and on what may be used instead of a component."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max, Sum
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.access.versions import readable
from factory_core.people.models import User
from inventory.items.models import Item, Unit
from inventory.items.queries import NoSuchItem, factor_of
from production.products import events
from production.products.models import Bom, BomAlternate, BomLine
from production.products.services.common import (
    check_days,
    checked,
    design_of_part,
    labels,
    lock_structure,
    locked_design,
    must_be_draft,
    part_of,
    refuse,
    saved,
    take,
    told,
)
from production.products.services.rings import refuse_ring
from production.products.states import LineKind

LINE_FACTS = (
    "kind", "item", "quantity", "unit", "is_fixed", "loss_percent", "designators", "issue", "operation_number",
    "cost_share", "valid_from", "valid_until", "note",
)  # fmt: skip
STEP, LARGEST = 10, Decimal(10) ** 9


def add_line(
    *, actor: User, bom_id: int, item: Item, quantity: Decimal, at: datetime, unit: Unit | None = None, **facts: Any
) -> BomLine:
    """One more line of a draft, in any unit that converts to the item's base unit; `facts` are of LINE_FACTS.

    Raises NoSuchDesign, NoSuchItem, DesignStands, BadDesign, NoConversion, ProductRing with the way, Forbidden.
    """
    lock_structure()
    bom = locked_design(Bom, actor, bom_id)
    must_be_draft(bom)
    line = BomLine(bom=bom, position=_next_position(bom))
    take(line, {"unit": unit or item.unit, **facts, "item": item, "quantity": quantity}, LINE_FACTS)
    _check(actor, bom, line)
    line.save()
    saved(bom, [])
    told(
        events.LINE_ADDED, bom, at=at, actor=actor, quantity=readable(quantity), unit=line.unit.code,
        component=item.number,
    )  # fmt: skip
    return line


def change_line(
    *, actor: User, line_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> BomLine:
    """Change facts of a line (LINE_FACTS) of a draft. Raises what `add_line` raises, and StaleVersion."""
    lock_structure()
    bom, line = _held(actor, line_id, version)
    names = take(line, wish, LINE_FACTS)
    _check(actor, bom, line)
    if names:
        saved(line, [*names, "factor"])
        saved(bom, [])
        told(
            events.LINE_CHANGED, bom, at=at, actor=actor, component=line.item.number, what=labels(line, names)
        )  # fmt: skip
    return line


def remove_line(*, actor: User, line_id: int, at: datetime, version: int | None = None) -> Bom:
    """Take a line out of a draft. Raises NoSuchDesign, StaleVersion, DesignStands, Forbidden."""
    bom, line = _held(actor, line_id, version)
    number = line.item.number
    line.delete()
    saved(bom, [])
    told(events.LINE_REMOVED, bom, at=at, actor=actor, component=number)
    return bom


def arrange_lines(
    *, actor: User, bom_id: int, line_ids: Sequence[int], at: datetime, version: int | None = None
) -> Bom:
    """Put the lines of a draft in this order, numbered 10, 20, 30 … Raises BadDesign unless each is named once."""
    bom = locked_design(Bom, actor, bom_id, version)
    must_be_draft(bom)
    _arrange(bom, line_ids)
    told(events.LINES_ARRANGED, bom, at=at, actor=actor)
    return bom


def move_line(*, actor: User, line_id: int, up: bool, at: datetime) -> Bom:
    """Put a line before the one above it, or after the one below it; at the end nothing changes."""
    bom, _line = _held(actor, line_id, None)
    order = list(bom.lines.order_by("position").values_list("pk", flat=True))
    here = order.index(line_id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(order):
        order[here], order[there] = order[there], order[here]
        _arrange(bom, order)
        told(events.LINES_ARRANGED, bom, at=at, actor=actor)
    return bom


def set_alternate(
    *,
    actor: User,
    line_id: int,
    item: Item,
    at: datetime,
    factor: Decimal = Decimal(1),
    priority: int = 1,
) -> BomAlternate:
    """Say what may be used instead of a component: `factor` base units of it for one. Again corrects it.

    Raises NoSuchDesign, NoSuchItem, DesignStands, BadDesign, ProductRing, Forbidden.
    """
    lock_structure()
    bom, line = _held(actor, line_id, None)
    if line.kind != LineKind.COMPONENT or item.pk in (line.item_id, bom.item_id):
        raise refuse("item", _("Only a component has alternates, and another item must be named."))
    _check_item(actor, item)
    found = line.alternates.filter(item=item).first() or BomAlternate(line=line, item=item)
    found.factor, found.priority = factor, priority
    if not (factor.is_finite() and factor > 0):
        raise refuse("factor", _("Say how many %(unit)s of it replace one, above zero.") % {"unit": item.unit})
    checked(found)
    refuse_ring(bom, [(item.pk, line.valid_from, line.valid_until)])
    if found.pk:
        saved(found, ["factor", "priority"])
    else:
        found.save()
    saved(bom, [])
    told(
        events.ALTERNATE_SET, bom, at=at, actor=actor, alternate=item.number, component=line.item.number
    )  # fmt: skip
    return found


def remove_alternate(*, actor: User, alternate_id: int, at: datetime) -> Bom:
    """A component is no longer replaced by it. Raises NoSuchDesign, DesignStands, Forbidden."""
    bom = locked_design(Bom, actor, design_of_part(BomAlternate, actor, alternate_id, "line__bom"))
    must_be_draft(bom)
    found = part_of(BomAlternate, actor, alternate_id, None, ())
    names = {"alternate": found.item.number, "component": found.line.item.number}
    found.delete()
    saved(bom, [])
    told(events.ALTERNATE_REMOVED, bom, at=at, actor=actor, **names)
    return bom


def _held(actor: User, line_id: int, version: int | None) -> tuple[Bom, BomLine]:
    bom = locked_design(Bom, actor, design_of_part(BomLine, actor, line_id, "bom"))
    must_be_draft(bom)
    line = part_of(BomLine, actor, line_id, version, LINE_FACTS)
    line.bom = bom
    return bom, line


def _next_position(bom: Bom) -> int:
    return (bom.lines.aggregate(last=Max("position"))["last"] or 0) + STEP


def _arrange(bom: Bom, line_ids: Sequence[int]) -> None:
    lines = {line.pk: line for line in bom.lines.all()}
    if sorted(line_ids) != sorted(lines):
        raise refuse("lines", _("Name each line once. Somebody may have changed them meanwhile: load the page again."))
    moved = [(lines[key], STEP * place) for place, key in enumerate(line_ids, 1) if lines[key].position != STEP * place]
    # A position is there once; so the moved ones first step aside.
    aside = max((line.position for line in lines.values()), default=0) + STEP * (len(lines) + 1)
    for place, (line, _there) in enumerate(moved):
        BomLine.objects.filter(pk=line.pk).update(position=aside + place)
    for line, there in moved:
        line.position = there
        saved(line, ["position"])
    saved(bom, [])


def _check(actor: User, bom: Bom, line: BomLine) -> None:
    """Raises BadDesign, NoSuchItem, NoConversion, ProductRing; sets the factor of the unit."""
    checked(line)
    _check_item(actor, line.item)
    if not (line.quantity.is_finite() and 0 < line.quantity <= LARGEST):
        raise refuse("quantity", _("Enter a quantity above zero and up to %(most)s.") % {"most": LARGEST})
    if not 0 <= line.loss_percent < 100:
        raise refuse("loss_percent", _("The loss is zero or more and below 100 percent."))
    if line.kind != LineKind.COMPONENT:
        _check_output(bom, line)
    elif line.cost_share:
        raise refuse("cost_share", _("A component takes no share of the cost; only a co-product does."))
    check_days(line)
    line.factor = factor_of(line.item, line.unit)
    if line.kind == LineKind.COMPONENT:
        uses = [line.item_id, *(one.item_id for one in line.alternates.all())] if line.pk else [line.item_id]
        refuse_ring(bom, [(item, line.valid_from, line.valid_until) for item in uses])


def _check_output(bom: Bom, line: BomLine) -> None:
    if line.item_id == bom.item_id:
        raise refuse("item", _("%(item)s comes out anyway; name what comes out beside it.") % {"item": bom.item.number})
    if line.loss_percent:
        raise refuse("loss_percent", _("What comes out has no loss; enter the quantity that really comes out."))
    if line.pk and line.alternates.exists():
        raise refuse("kind", _("It has alternates, which only a component can have. Take them out first."))
    if line.kind == LineKind.BY_PRODUCT and line.cost_share:
        raise refuse("cost_share", _("A by-product takes no share of the cost; make it a co-product."))
    others = bom.lines.exclude(pk=line.pk).aggregate(share=Sum("cost_share"))["share"] or Decimal(0)
    if not 0 <= line.cost_share <= 100 - others:
        raise refuse(
            "cost_share",
            _("All shares together are 100 percent at most: %(left)s are left.") % {"left": readable(100 - others)},
        )


def _check_item(actor: User, item: Item) -> None:
    if not visible(actor, Item.objects.filter(pk=item.pk)).exists():
        raise NoSuchItem(_("There is no such item that you may see."))
    if not item.is_active:
        raise refuse("item", _("%(item)s is no longer in use.") % {"item": item.number})
