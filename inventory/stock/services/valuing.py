"""What each move in or out of a site's stock is worth, written down with the move.

Value follows the order of writing: a move made known late takes the cost known now and changes no older entry. So one
late delivery note never re-values months of moves.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.errors import Invalid
from inventory.items.states import Valuation
from inventory.stock.models import CostLayer, StockMove, StockValue, ValueEntry
from inventory.stock.queries.values import entry_of, layers_left, standard_cost_at
from inventory.stock.rules.valuation import (
    CostFrom,
    Held,
    Taken,
    by_average,
    first_in,
    unit_cost_of,
    within,
    worth,
)
from inventory.stock.states import MoveKind

# What comes back has been here before: it is worth what the rest here is worth, not what the plan says.
_COMES_BACK = frozenset(
    {MoveKind.RETURN, MoveKind.RETURN_FROM_CUSTOMER, MoveKind.ADJUST, MoveKind.REGRADE, MoveKind.RETURN_TO_SUPPLIER}
)

_LOCKED = """
SELECT site_id, quantity, value FROM inventory_stockvalue WHERE item_id = %s AND site_id = ANY(%s)
 ORDER BY site_id FOR NO KEY UPDATE
"""
# One way to the database instead of three: this stands inside every posting. Layers left from a time of first in,
# first out say nothing true once the item is valued by its average.
_WRITE = """
WITH held AS (
    UPDATE inventory_stockvalue SET quantity = quantity + %(quantity)s, value = value + %(value)s
     WHERE site_id = %(site)s AND item_id = %(item)s
), stale AS (
    UPDATE inventory_costlayer SET quantity = 0
     WHERE site_id = %(site)s AND item_id = %(item)s AND quantity > 0 AND NOT %(layered)s
)
INSERT INTO inventory_valueentry (move_id, site_id, item_id, quantity, value, currency, at, valuation, reason)
VALUES (%(move)s, %(site)s, %(item)s, %(quantity)s, %(value)s, %(currency)s, %(at)s, %(valuation)s, %(reason)s)
RETURNING id
"""


@dataclass(frozen=True)
class _Row:
    """What a site holds of the item, locked."""

    site_id: int
    held: Held


class CostBelowZero(Invalid):
    """A receipt cannot cost less than nothing."""

    code = "cost_below_zero"


def value_move(*, move: StockMove, unit_cost: Decimal | None) -> None:
    """Write what a move is worth at each site whose stock it changes; moves inside one site's stock change nothing.

    `unit_cost` is the cost of one base unit in the plant's currency of what comes in; None takes the standard cost or
    the moving average, and the entry says so. Call it inside the transaction of the move, after its balances are
    locked. Raises CostBelowZero.
    """
    if unit_cost is not None and unit_cost < 0:
        raise CostBelowZero(_("A cost of %(cost)s is below zero. Give zero or more.") % {"cost": unit_cost})
    leaves = None if move.from_location.is_outside else move.from_location.site_id
    enters = None if move.to_location.is_outside else move.to_location.site_id
    if leaves == enters:
        return
    held = _locked(move.item_id, sorted(site for site in (leaves, enters) if site is not None))
    taken = None
    if leaves is not None:
        taken = _take(move, held[leaves])
    if enters is not None:
        _bring(move, held[enters], unit_cost, taken)


def _locked(item_id: int, sites: list[int]) -> dict[int, _Row]:
    """The values of an item at one or two sites, locked in the order of sites."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCKED, [item_id, sites])
        found = cursor.fetchall()
        if len(found) < len(sites):
            missing = [StockValue(site_id=site, item_id=item_id) for site in sites]
            StockValue.objects.bulk_create(missing, ignore_conflicts=True)
            cursor.execute(_LOCKED, [item_id, sites])
            found = cursor.fetchall()
    return {site: _Row(site, Held(quantity, value)) for site, quantity, value in found}


def _take(move: StockMove, row: _Row) -> Decimal:
    """Write down what leaves; gives its value."""
    taken, reason = _worth_of_what_leaves(move, row.held, _corrected(move, row))
    for layer in taken.changed:
        CostLayer.objects.filter(entry_id=layer.key).update(quantity=layer.quantity)
    _write(move, row, -move.quantity, -taken.value, reason)
    return taken.value


def _worth_of_what_leaves(move: StockMove, held: Held, corrected: ValueEntry | None) -> tuple[Taken, str]:
    own = corrected.pk if corrected else None
    taken = Taken(by_average(held, move.quantity))
    if move.item.valuation == Valuation.FIFO:
        layers = layers_left(move.from_location.site_id, move.item_id)
        taken = first_in(held, layers, move.quantity, before=own)
    if corrected is None:
        return taken, ""
    value = within(held, move.quantity, corrected.value)
    whole = value == corrected.value
    return Taken(value, taken.changed), CostFrom.TAKEN_BACK if whole else CostFrom.TAKEN_BACK_IN_PART


def _bring(move: StockMove, row: _Row, unit_cost: Decimal | None, taken: Decimal | None) -> None:
    """Write down what arrives, and keep it as a layer where the item is valued first in, first out."""
    corrected = _corrected(move, row)
    if taken is not None:
        value, reason = taken, CostFrom.OTHER_SITE.value
    elif corrected is not None:
        value, reason = -corrected.value, CostFrom.TAKEN_BACK.value
    else:
        cost, reason = (unit_cost, "") if unit_cost is not None else _known_cost(move, row)
        value = worth(move.quantity, cost)
    entry = _write(move, row, move.quantity, value, reason)
    if move.item.valuation == Valuation.FIFO:
        CostLayer.objects.create(
            site_id=row.site_id,
            item_id=move.item_id,
            entry_id=entry,
            quantity=move.quantity,
            unit_cost=unit_cost_of(move.quantity, value),
        )


def _known_cost(move: StockMove, row: _Row) -> tuple[Decimal, str]:
    standard = standard_cost_at(move.item, move.to_location.site, move.recorded_at)
    average = row.held.average
    known = [(standard, CostFrom.STANDARD.value), (average, CostFrom.AVERAGE.value)]
    if move.kind in _COMES_BACK:
        known.reverse()
    for cost, reason in known:
        if cost is not None:
            return cost, reason
    return Decimal(0), CostFrom.UNKNOWN.value


def _corrected(move: StockMove, row: _Row) -> ValueEntry | None:
    return entry_of(move.corrects_id, row.site_id) if move.corrects_id else None


def _write(move: StockMove, row: _Row, quantity: Decimal, value: Decimal, reason: str) -> int:
    """Add an entry and what it changes; gives the entry's id."""
    wish = {
        "move": move.pk,
        "site": row.site_id,
        "item": move.item_id,
        "quantity": quantity,
        "value": value,
        "currency": settings.CURRENCY,
        "at": move.recorded_at,
        "valuation": move.item.valuation,
        "layered": move.item.valuation == Valuation.FIFO,
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, wish)
        return int(cursor.fetchone()[0])
