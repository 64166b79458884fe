"""What covers a need: orders made for it, then stock, then other production orders, then deliveries.

Each source is shared out once, in the order in which the needs ask.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

NOTHING = Decimal(0)


class CoverKind(StrEnum):
    """Where something comes from: it lies here, an order makes it, a supplier brings it."""

    STOCK = "STOCK"
    ORDER = "ORDER"
    PURCHASE = "PURCHASE"


@dataclass(frozen=True)
class Coming:
    """An open production order or purchase line that will bring so much of an item; base units.

    `made_for`: who alone gets it, as (kind, id). `at`: when a delivery is there; None where nobody said when. Orders
    get their time from loading.
    """

    kind: CoverKind
    id: int
    label: str
    item: int
    quantity: Decimal
    at: datetime | None = None
    made_for: tuple[str, int] | None = None


@dataclass(frozen=True)
class Cover:
    """So much of a need comes from here."""

    kind: CoverKind
    quantity: Decimal
    id: int | None = None
    label: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Covered:
    """How a need is covered, and what nothing covers: `held` of that lies here but may not be used."""

    covers: tuple[Cover, ...]
    missing: Decimal = NOTHING
    held: Decimal = NOTHING

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


class Supply:
    """What there is and comes of each item. `coming` is asked in the order given."""

    def __init__(self, stock: dict[int, Decimal], held: dict[int, Decimal], coming: Iterable[Coming]) -> None:
        self._stock, self._held = dict(stock), dict(held)
        self._coming: dict[int, list[Coming]] = defaultdict(list)
        self._left: dict[tuple[CoverKind, int], Decimal] = {}
        for one in coming:
            self._coming[one.item].append(one)
            self._left[one.kind, one.id] = max(one.quantity, NOTHING)

    def take(
        self, item: int, need: Decimal, *, wanted_by: Iterable[tuple[str, int]] = (), not_from: int | None = None
    ) -> Covered:
        """Cover a need. `wanted_by` names the asker: orders made for it come first. `not_from`: an order that cannot
        feed itself."""
        names = set(wanted_by)
        left = need
        covers: list[Cover] = []
        everything = self._coming.get(item, ())
        for one in everything:
            if one.made_for in names and one.made_for is not None:
                left -= self._from(one, left, covers)
        stock = min(self._stock.get(item, NOTHING), left)
        if stock > 0:
            self._stock[item] -= stock
            covers.append(Cover(CoverKind.STOCK, stock))
            left -= stock
        for kind in (CoverKind.ORDER, CoverKind.PURCHASE):
            for one in everything:
                mine = one.kind is kind and one.made_for is None
                if mine and not (kind is CoverKind.ORDER and one.id == not_from):
                    left -= self._from(one, left, covers)
        held = min(self._held.get(item, NOTHING), left)
        if held > 0:
            self._held[item] -= held
        return Covered(tuple(covers), left, max(held, NOTHING))

    def _from(self, one: Coming, wanted: Decimal, covers: list[Cover]) -> Decimal:
        taken = min(self._left[one.kind, one.id], wanted)
        if taken <= 0:
            return NOTHING
        self._left[one.kind, one.id] -= taken
        covers.append(Cover(one.kind, taken, one.id, one.label, one.at))
        return taken
