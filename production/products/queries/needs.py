"""What an order of an item freezes: its material and its steps."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from inventory.items.models import Item
from production.products.models import Bom, BomLine, Routing
from production.products.queries.designs import bom_on, in_force, lines_of, operations_of
from production.products.queries.shapes import Need, Step
from production.products.rules.arrays import DEEPEST
from production.products.states import DesignStatus, LineKind

_SIX, _TWELVE, _FOUR = Decimal("0.000001"), Decimal("0.000000000001"), Decimal("0.0001")
_HUNDRED = Decimal(100)


class _Way(NamedTuple):
    """How a bill of materials is reached through phantoms: what one unit of the order needs of it, losses so far."""

    per: Decimal
    is_fixed: bool
    gain: Decimal
    operation: int | None
    depth: int


def lines_of_order(item: Item, quantity: Decimal, on: date) -> list[Need]:
    """What `quantity` base units of an item use and yield beside it, one level deep, phantoms dissolved.

    Empty where no bill of materials is in force. Quantities are rounded to the six digits that are stored, up where
    that would leave nothing.
    """
    bom = bom_on(item, on)
    if bom is None:
        return []
    needs: list[Need] = []
    waiting = [(bom, _Way(Decimal(1), False, Decimal(1), None, 0))]
    while waiting:
        bom, way = waiting.pop(0)
        lines = list(lines_of(bom).filter(in_force(on)))
        phantoms = _phantoms(lines, on)
        for line in lines:
            through = phantoms.get(line.item_id) if line.kind == LineKind.COMPONENT else None
            each, is_fixed, gain = _each(bom, line, way)
            operation = way.operation if way.depth else line.operation_number
            if through is None:
                needs.append(_need(line, quantity, each, is_fixed, gain, operation))
            elif way.depth < DEEPEST:
                waiting.append((through, _Way(each, is_fixed, gain, operation, way.depth + 1)))
    return needs


def steps_of(routing: Routing) -> list[Step]:
    """The operations of a routing with what an order freezes of them, by number."""
    return [
        Step(
            number=one.number, name=one.name, work_centre_id=one.work_centre_id, machine_id=one.machine_id,
            setup_s=one.setup_s, run_s=one.run_s, setup_crew=one.setup_crew, run_crew=one.run_crew,
            loss_percent=one.loss_percent, wait_s=one.wait_s, count_by=one.count_by, time_rule=one.time_rule,
            instructions=[
                {
                    "position": told.position, "text": told.text, "must_confirm": told.must_confirm,
                    "picture": told.picture.sha256 if told.picture else "",
                    "media_type": told.picture.media_type if told.picture else "",
                }
                for told in one.instructions.all()
            ],
            checks=[
                {
                    "position": check.position, "name": check.name, "kind": check.kind, "unit": check.unit,
                    "lower": _text(check.lower), "upper": _text(check.upper), "choices": list(check.choices),
                    "when": check.when, "every": check.every, "is_required": check.is_required,
                }
                for check in one.checks.all()
            ],
        )
        for one in operations_of(routing)
    ]  # fmt: skip


def _each(bom: Bom, line: BomLine, way: _Way) -> tuple[Decimal, bool, Decimal]:
    base = line.quantity * line.factor
    gain = (1 + line.loss_percent / _HUNDRED) if line.kind == LineKind.COMPONENT else Decimal(1)
    if line.is_fixed:
        # A fixed amount inside a phantom stays what it is, whatever the phantom's quantity.
        return base, True, gain
    return way.per * base / bom.quantity, way.is_fixed, way.gain * gain


def _need(
    line: BomLine, quantity: Decimal, each: Decimal, is_fixed: bool, gain: Decimal, operation: int | None
) -> Need:
    needed = each * gain * (1 if is_fixed else quantity)
    return Need(
        item=line.item,
        each=max(each.quantize(_TWELVE, ROUND_HALF_UP), _TWELVE),
        quantity=max(needed.quantize(_SIX, ROUND_HALF_UP), _SIX),
        is_fixed=is_fixed,
        loss_percent=((gain - 1) * _HUNDRED).quantize(_FOUR, ROUND_HALF_UP),
        issue=line.issue,
        operation_number=operation,
        kind=line.kind,
        cost_share=line.cost_share,
        designators=line.designators,
        bom_line=line,
        alternates=tuple(line.alternates.all()),
    )


def _phantoms(lines: list[BomLine], on: date) -> dict[int, Bom]:
    used = [line.item_id for line in lines if line.kind == LineKind.COMPONENT]
    found = Bom.objects.filter(in_force(on), item__in=used, status=DesignStatus.RELEASED, is_phantom=True)
    return {bom.item_id: bom for bom in found}


def _text(value: Decimal | None) -> Any:
    return None if value is None else f"{value.normalize():f}"
