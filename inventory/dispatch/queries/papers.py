"""What stands on the papers that go with the goods."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries.lines import progress_of
from inventory.dispatch.queries.pages import picks_of
from inventory.sales.rules import in_unit, left_of
from inventory.stock.models import Location


@dataclass
class NoteLine:
    """A position of the delivery note: quantities in the unit the customer ordered in, the lots in base units."""

    line: DispatchLine
    quantity: Decimal
    to_follow: Decimal
    lots: list[Pick] = field(default_factory=list)


@dataclass
class Pack:
    """A pallet, or what stands loose, with what is on it."""

    place: Location
    picks: list[Pick] = field(default_factory=list)
    weight_kg: Decimal | None = Decimal(0)


def note_lines(dispatch: Dispatch) -> list[NoteLine]:
    """The positions of the delivery note, by order and position."""
    picks: dict[int, list[Pick]] = defaultdict(list)
    for pick in picks_of(dispatch):
        picks[pick.line_id].append(pick)
    found = []
    for row in progress_of(dispatch.lines.all()):
        line, asked = row.line.sales_line, row.line.call_off or row.line.sales_line
        quantity = in_unit(row.picked, line.factor)
        # Once it has left, the order knows of it already.
        sent = asked.dispatched if dispatch.dispatched_at else asked.dispatched + quantity
        found.append(NoteLine(row.line, quantity, left_of(asked.quantity, sent), picks[row.line.pk]))
    return sorted(found, key=lambda one: (one.line.sales_line.order_id, one.line.sales_line.position, one.line.pk))


def packs_of(dispatch: Dispatch) -> list[Pack]:
    """What lies on which pallet, with its weight where every item's is known."""
    packs: dict[int, Pack] = {}
    for pick in picks_of(dispatch):
        pack = packs.setdefault(pick.location_id, Pack(pick.location))
        pack.picks.append(pick)
        weight = pick.line.item.weight_kg
        pack.weight_kg = None if weight is None or pack.weight_kg is None else pack.weight_kg + weight * pick.quantity
    return sorted(packs.values(), key=lambda one: one.place.code)
