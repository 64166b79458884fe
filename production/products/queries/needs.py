"""What an order of an item freezes: its material and its steps."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from inventory.items.models import Item
from production.products.models import Bom, Routing
from production.products.queries.designs import bom_on, in_force, lines_of, operations_of
from production.products.queries.shapes import Need, Step
from production.products.rules.arrays import DEEPEST
from production.products.states import DesignStatus, LineKind

_SIX, _TWELVE, _FOUR = Decimal("0.000001"), Decimal("0.000000000001"), Decimal("0.0001")
_HUNDRED = Decimal(100)
_PLAIN = (
    "bom_id", "kind", "item_id", "item__number", "item__unit__code", "quantity", "factor", "is_fixed", "loss_percent",
    "cost_share", "operation_number",
)  # fmt: skip


class LotNeed(NamedTuple):
    """What a lot uses, or yields beside its item, in base units: of a `Need` what reckoning costs takes."""

    item: int
    number: str
    unit: str
    quantity: Decimal
    kind: str
    cost_share: Decimal


class _Way(NamedTuple):
    """How a bill of materials is reached through phantoms: what one unit of the order needs of it, losses so far."""

    per: Decimal
    is_fixed: bool
    gain: Decimal
    operation: int | None
    depth: int


class _Found(NamedTuple):
    """A line that is no phantom, for the one whose bill of materials led to it."""

    owner: int
    line: Any
    each: Decimal
    is_fixed: bool
    gain: Decimal
    operation: int | None

    def needed(self, quantity: Decimal) -> Decimal:
        """For the whole quantity, loss included, rounded up where that would leave nothing."""
        whole = self.each * self.gain * (1 if self.is_fixed else quantity)
        return max(whole.quantize(_SIX, ROUND_HALF_UP), _SIX)


def lines_of_order(item: Item, quantity: Decimal, on: date) -> list[Need]:
    """What `quantity` base units of an item use and yield beside it, one level deep, phantoms dissolved.

    Empty where no bill of materials is in force. Quantities are rounded to the six digits that are stored, up where
    that would leave nothing.
    """
    bom = bom_on(item, on)
    if bom is None:
        return []
    found = _found({item.pk: bom}, lambda boms: lines_of(*boms).filter(in_force(on)), on)
    return [_need(one, quantity) for one in found]


def needs_of_lots(lots: Mapping[int, tuple[Bom, Decimal]], on: date) -> dict[int, list[LotNeed]]:
    """What lots of many items use, as `lines_of_order` tells it of one, by the key each of them is given with.

    The number of questions depends on how deep phantoms stand in phantoms, not on how many lots there are.
    """
    needs: dict[int, list[LotNeed]] = {key: [] for key in lots}
    boms = {key: bom for key, (bom, _lot) in lots.items()}
    for one in _found(boms, lambda boms: lines_of(*boms).filter(in_force(on)).values_list(*_PLAIN, named=True), on):
        line, quantity = one.line, one.needed(lots[one.owner][1])
        needs[one.owner].append(
            LotNeed(line.item_id, line.item__number, line.item__unit__code, quantity, line.kind, line.cost_share)
        )
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


def _found(boms: Mapping[int, Bom], read: Callable[[Collection[int]], Iterable[Any]], on: date) -> Iterator[_Found]:
    waiting = [(owner, bom, _Way(Decimal(1), False, Decimal(1), None, 0)) for owner, bom in boms.items()]
    while waiting:
        lines: dict[int, list[Any]] = defaultdict(list)
        for line in read({bom.pk for _owner, bom, _way in waiting}):
            lines[line.bom_id].append(line)
        phantoms = _phantoms(
            {one.item_id for some in lines.values() for one in some if one.kind == LineKind.COMPONENT}, on
        )
        through: list[tuple[int, Bom, _Way]] = []
        for owner, bom, way in waiting:
            for line in lines[bom.pk]:
                phantom = phantoms.get(line.item_id) if line.kind == LineKind.COMPONENT else None
                each, is_fixed, gain = _each(bom, line, way)
                operation = way.operation if way.depth else line.operation_number
                if phantom is None:
                    yield _Found(owner, line, each, is_fixed, gain, operation)
                elif way.depth < DEEPEST:
                    through.append((owner, phantom, _Way(each, is_fixed, gain, operation, way.depth + 1)))
        waiting = through


def _each(bom: Bom, line: Any, way: _Way) -> tuple[Decimal, bool, Decimal]:
    base = line.quantity * line.factor
    gain = (1 + line.loss_percent / _HUNDRED) if line.kind == LineKind.COMPONENT else Decimal(1)
    if line.is_fixed:
        # A fixed amount inside a phantom stays what it is, whatever the phantom's quantity.
        return base, True, gain
    return way.per * base / bom.quantity, way.is_fixed, way.gain * gain


def _need(found: _Found, quantity: Decimal) -> Need:
    line = found.line
    return Need(
        item=line.item,
        each=max(found.each.quantize(_TWELVE, ROUND_HALF_UP), _TWELVE),
        quantity=found.needed(quantity),
        is_fixed=found.is_fixed,
        loss_percent=((found.gain - 1) * _HUNDRED).quantize(_FOUR, ROUND_HALF_UP),
        issue=line.issue,
        operation_number=found.operation,
        kind=line.kind,
        cost_share=line.cost_share,
        designators=line.designators,
        bom_line=line,
        alternates=tuple(line.alternates.all()),
    )


def _phantoms(used: Collection[int], on: date) -> dict[int, Bom]:
    found = Bom.objects.filter(in_force(on), item__among=used, status=DesignStatus.RELEASED, is_phantom=True)
    return {bom.item_id: bom for bom in found}


def _text(value: Decimal | None) -> Any:
    return None if value is None else f"{value.normalize():f}"
