"""What stock is worth: moving average, and first in, first out. Plain arithmetic on exact decimals.

Amounts have six digits behind the point. Whatever rounding leaves goes with the last unit: nothing held is worth
nothing, so no dust is carried on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

NOTHING = Decimal(0)
_SMALLEST = Decimal("0.000001")


class CostFrom(StrEnum):
    """Where the cost of an entry came from, when the document did not name one."""

    STANDARD = "STANDARD_COST"
    AVERAGE = "AVERAGE"
    UNKNOWN = "NO_COST_KNOWN"
    TAKEN_BACK = "TAKEN_BACK"
    # A receipt was taken back after part of its value had already gone: no more than what was left could go.
    TAKEN_BACK_IN_PART = "TAKEN_BACK_IN_PART"
    OTHER_SITE = "OTHER_SITE"


@dataclass(frozen=True)
class Held:
    """So much of an item is held, and all of it together is worth so much."""

    quantity: Decimal
    value: Decimal

    @property
    def average(self) -> Decimal | None:
        """What one unit is worth; None while nothing is held."""
        return self.value / self.quantity if self.quantity else None


@dataclass(frozen=True)
class Layer:
    """What is left of one receipt; `key` orders receipts, oldest first."""

    key: int
    quantity: Decimal
    unit_cost: Decimal


@dataclass(frozen=True)
class Taken:
    """What a quantity that goes out is worth, and the layers it leaves changed (an empty one with quantity 0)."""

    value: Decimal
    changed: tuple[Layer, ...] = ()


def money(amount: Decimal) -> Decimal:
    """An amount as it is kept."""
    return amount.quantize(_SMALLEST, ROUND_HALF_EVEN)


def worth(quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What a receipt brings."""
    return money(quantity * unit_cost)


def unit_cost_of(quantity: Decimal, value: Decimal) -> Decimal:
    """What one unit of a receipt cost, as a layer keeps it."""
    return money(value / quantity)


def by_average(held: Held, quantity: Decimal) -> Decimal:
    """What `quantity` is worth at the moving average; whoever takes all takes the whole value."""
    if quantity >= held.quantity:
        return held.value
    return money(held.value * quantity / held.quantity)


def within(held: Held, quantity: Decimal, wish: Decimal) -> Decimal:
    """The value that may go out with a quantity: all with the last unit, never more than is there, never less than
    nothing."""
    if quantity >= held.quantity:
        return held.value
    return max(NOTHING, min(wish, held.value))


def first_in(held: Held, layers: Iterable[Layer], quantity: Decimal, *, before: int | None = None) -> Taken:
    """Take from the oldest receipt on. Stock no layer tells of is older than all of them and goes first, at what it is
    worth. `before`: the layer to take from before all others, because the very receipt is being taken back.
    """
    ordered = sorted(layers, key=lambda layer: (layer.key != before, layer.key))
    changed: list[Layer] = []
    wanted, value = quantity, NOTHING
    untold = max(NOTHING, held.quantity - sum((layer.quantity for layer in ordered), NOTHING))
    own = ordered[:1] if ordered and ordered[0].key == before else []
    for layer in own:
        wanted, value = _eat(layer, wanted, value, changed)
    if untold and wanted:
        part = min(untold, wanted)
        rest = held.value - sum((layer.quantity * layer.unit_cost for layer in ordered), NOTHING)
        wanted, value = wanted - part, value + max(NOTHING, rest) * part / untold
    for layer in ordered[len(own) :]:
        if not wanted:
            break
        wanted, value = _eat(layer, wanted, value, changed)
    return Taken(within(held, quantity, money(value)), tuple(changed))


def _eat(layer: Layer, wanted: Decimal, value: Decimal, changed: list[Layer]) -> tuple[Decimal, Decimal]:
    part = min(layer.quantity, wanted)
    if part:
        changed.append(Layer(layer.key, layer.quantity - part, layer.unit_cost))
    return wanted - part, value + part * layer.unit_cost


@dataclass
class Book:
    """One item at one site, folded again from its entries in the order they were written."""

    quantity: Decimal = NOTHING
    value: Decimal = NOTHING
    layers: dict[int, Layer] = field(default_factory=dict)

    def enter(self, key: int, quantity: Decimal, value: Decimal, *, layered: bool, takes_back: int | None) -> None:
        """The next entry. `layered`: it was valued first in, first out; `takes_back`: the entry it counters."""
        held = Held(self.quantity, self.value)
        if not layered:
            self.layers.clear()
        elif quantity > 0:
            self.layers[key] = Layer(key, quantity, unit_cost_of(quantity, value))
        else:
            for layer in first_in(held, self.layers.values(), -quantity, before=takes_back).changed:
                if layer.quantity:
                    self.layers[layer.key] = layer
                else:
                    del self.layers[layer.key]
        self.quantity += quantity
        self.value += value
