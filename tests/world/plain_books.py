"""The simplest books of stock one can think of, to hold the real ones against: dictionaries and sums."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
Key = tuple[int, int | None, int]


def cut(amount: Decimal) -> Decimal:
    """Six digits behind the point."""
    return round(amount, 6)


@dataclass
class Worth:
    """One item at one site."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO
    # Number, quantity and unit cost of each receipt that is still there.
    receipts: list[list[Any]] = field(default_factory=list)

    def leave(self, quantity: Decimal, wish: Decimal | None, *, fifo: bool, own: int | None) -> Decimal:
        """What goes out, and its value. `wish` and `own`: the value and number of the receipt taken back."""
        value = ZERO
        if fifo:
            self.receipts.sort(key=lambda one: (one[0] != own, one[0]))
            left = quantity
            for receipt in self.receipts:
                part = min(left, receipt[1])
                receipt[1] -= part
                left -= part
                value += part * receipt[2]
            self.receipts = sorted(one for one in self.receipts if one[1])
        elif self.quantity:
            value = self.value * quantity / self.quantity
        if wish is not None:
            value = wish
        value = self.value if quantity == self.quantity else min(cut(value), self.value)
        self.quantity -= quantity
        self.value -= value
        return value

    def arrive(self, number: int, quantity: Decimal, value: Decimal, *, fifo: bool) -> None:
        """What comes in."""
        self.quantity += quantity
        self.value += value
        if fifo:
            self.receipts.append([number, quantity, cut(value / quantity)])


@dataclass(frozen=True)
class Move:
    """A move as the plain books remember it. A place outside is a word."""

    item: int
    lot: int | None
    quantity: Decimal
    source: int | str
    target: int | str
    at: datetime
    values: dict[int, Decimal]
    numbers: dict[int, int]
    is_counter: bool


@dataclass
class PlainBooks:
    """`sites`: place → site; `fifo`: items valued first in, first out; `standard`: item → standard cost."""

    sites: dict[int, int]
    fifo: set[int]
    standard: dict[int, Decimal]
    lies: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    kept: dict[Key, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    since: dict[Key, datetime] = field(default_factory=dict)
    worth: dict[tuple[int, int], Worth] = field(default_factory=lambda: defaultdict(Worth))
    moves: dict[int, Move] = field(default_factory=dict)
    taken_back: set[int] = field(default_factory=set)
    count: int = 0

    def free(self, key: Key) -> Decimal:
        """What nobody reserved."""
        return self.lies[key] - self.kept[key]

    def move(
        self,
        number: int,
        item: int,
        lot: int | None,
        quantity: Decimal,
        source: int | str,
        target: int | str,
        at: datetime,
        *,
        cost: Decimal | None = None,
        comes_back: bool = False,
        corrects: int | None = None,
        reserved: Decimal = ZERO,
    ) -> Move:
        """Write a move down."""
        first = self.moves[corrects] if corrects is not None else None
        if isinstance(source, int):
            key = (item, lot, source)
            self.lies[key] -= quantity
            self.kept[key] -= reserved
            if not self.lies[key]:
                self.since.pop(key)
        if isinstance(target, int):
            key = (item, lot, target)
            self.since[key] = min(self.since.get(key, at), at)
            self.lies[key] += quantity
        values, numbers = self._value(item, quantity, source, target, cost, comes_back, first)
        if corrects is not None:
            self.taken_back.add(corrects)
        made = Move(item, lot, quantity, source, target, at, values, numbers, corrects is not None)
        self.moves[number] = made
        return made

    def _value(
        self,
        item: int,
        quantity: Decimal,
        source: int | str,
        target: int | str,
        cost: Decimal | None,
        comes_back: bool,
        first: Move | None,
    ) -> tuple[dict[int, Decimal], dict[int, int]]:
        leaves = self.sites[source] if isinstance(source, int) else None
        enters = self.sites[target] if isinstance(target, int) else None
        values: dict[int, Decimal] = {}
        numbers: dict[int, int] = {}
        if leaves == enters:
            return values, numbers
        fifo = item in self.fifo
        if leaves is not None:
            wish, own = (first.values[leaves], first.numbers[leaves]) if first else (None, None)
            values[leaves] = -self.worth[leaves, item].leave(quantity, wish, fifo=fifo, own=own)
            numbers[leaves] = self._next()
        if enters is not None:
            there = self.worth[enters, item]
            if leaves is not None:
                value = -values[leaves]
            elif first is not None:
                value = -first.values[enters]
            else:
                value = cut(quantity * (self._cost(item, there, comes_back) if cost is None else cost))
            numbers[enters] = self._next()
            there.arrive(numbers[enters], quantity, value, fifo=fifo)
            values[enters] = value
        return values, numbers

    def _cost(self, item: int, there: Worth, comes_back: bool) -> Decimal:
        average = there.value / there.quantity if there.quantity else None
        known = [self.standard.get(item), average]
        if comes_back:
            known.reverse()
        return next((one for one in known if one is not None), ZERO)

    def _next(self) -> int:
        self.count += 1
        return self.count
