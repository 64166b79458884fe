"""The material list of an order: what it needs, what it was given, what is open, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from inventory.lots.models import Lot
from production.materials.queries.booked import booked_on
from production.materials.queries.due import EVER, due_of
from production.materials.rules import NOTHING
from production.orders.models import OrderMaterial, ProductionOrder
from production.orders.rules import Counts
from production.products.events import ISSUE_WORDS, KIND_WORDS
from production.products.states import IssuePolicy, LineKind


@dataclass(frozen=True)
class TakenLot:
    """So much of a lot (None: without lot) is in the order."""

    lot: Lot | None
    used: Decimal


@dataclass(frozen=True)
class MaterialRow:
    """One material of an order in base units of its item. Of co- and by-products, what came out.

    `issued`: everything taken; `returned`: given back of it; `due`: what the pieces made so far use.
    """

    material: OrderMaterial
    needed: Decimal
    issued: Decimal
    returned: Decimal
    lots: tuple[TakenLot, ...]
    due: Decimal

    @property
    def used(self) -> Decimal:
        """What is in the order now."""
        return self.issued - self.returned

    @property
    def kind_word(self) -> str:
        """What comes out is named; of a component nothing is said."""
        kind = LineKind(self.material.kind)
        return "" if kind == LineKind.COMPONENT else str(KIND_WORDS[kind])

    @property
    def issue_word(self) -> str:
        """How it is taken."""
        return str(ISSUE_WORDS[IssuePolicy(self.material.issue)])

    @property
    def open(self) -> Decimal:
        """What the whole order still needs."""
        return max(self.needed - self.used, NOTHING)

    @property
    def missing(self) -> Decimal:
        """What was used by the pieces made but never taken from stock."""
        return max(self.due - self.used, NOTHING)


def issued_of(
    order: ProductionOrder, at: datetime = EVER, *, counts: Mapping[int, Counts] | None = None
) -> list[MaterialRow]:
    """Every material of an order by position, components and products.

    `counts`: of every step, where they are known already.
    """
    materials = list(order.materials.select_related("item__unit", "instead_of", "operation").order_by("position", "id"))
    booked = booked_on([row.pk for row in materials])
    due = due_of(order, materials, at, counts=counts)
    lots = Lot.objects.in_bulk({one.lot_id for rows in booked.values() for one in rows if one.lot_id is not None})
    found = []
    for row in materials:
        # What comes out is booked the other way round.
        sign = 1 if row.pk in due else -1
        parts = booked.get(row.pk, [])
        returned = sum((part.returned for part in parts), NOTHING)
        used = sum((sign * part.used for part in parts), NOTHING)
        taken = tuple(
            TakenLot(lots[part.lot_id] if part.lot_id else None, sign * part.used) for part in parts if part.used
        )
        found.append(MaterialRow(row, row.quantity, used + returned, returned, taken, due.get(row.pk, NOTHING)))
    return found
