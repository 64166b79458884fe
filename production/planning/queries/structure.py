"""What is made of what, exactly: lines of the bills of materials in force as fractions of whole numbers."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.planning.queries.columns import columns, places
from production.planning.rules import LARGEST, MILLION, Lines, TooMuch

Ints = NDArray[np.int64]

# The bills in force on a day, whose they are, how much of it one makes, and whether it is a phantom.
BOMS = """
SELECT bom.id, bom.item_id, (CASE WHEN bom.quantity = 1 THEN 1000000 ELSE (bom.quantity * 1000000)::bigint END),
       bom.is_phantom::int::bigint
  FROM production_bom bom
 WHERE bom.status = 'RELEASED' AND (bom.valid_from IS NULL OR bom.valid_from <= %(on)s)
   AND (bom.valid_until IS NULL OR bom.valid_until > %(on)s)"""
# Read without its bill, which is known already. Nearly all lines count in base units of their item; the others are few
# and have long factors: they are named by a number below zero. Loss in millionths and, as its lowest bit, fixed or not.
_LINES = """
SELECT line.bom_id, line.item_id, CASE WHEN line.factor = 1 THEN (line.quantity * 1000000)::bigint ELSE -line.id END,
       CASE WHEN line.loss_percent = 0 THEN 0 ELSE (line.loss_percent * 20000)::bigint END + line.is_fixed::int
  FROM production_bomline line
 WHERE line.kind = 'COMPONENT' AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
   AND (line.valid_until IS NULL OR line.valid_until > %(on)s)"""
_OTHERS = """
SELECT bom.item_id, line.item_id, line.quantity * line.factor, bom.quantity, line.loss_percent, line.is_fixed
  FROM production_bomline line JOIN production_bom bom ON bom.id = line.bom_id WHERE line.id = ANY(%(lines)s)"""
# Above it quantity x (1 + loss) would not stay in 64 bits.
_WIDE = 4_000_000 * MILLION


@dataclass(frozen=True)
class Boms:
    """Bills in force, sorted by key: whose they are (places of items), and for how much (millionths)."""

    key: Ints
    item: Ints
    quantity: Ints


def lines_in_force(on: date, ids: Ints, boms: Boms) -> Lines:
    """Component lines in force on a day between items of `ids` (sorted). Raises TooMuch for absurd quantities."""
    found = columns(_LINES, 4, {"on": on})
    bom = places(boms.key, found[0])
    if not (bom >= 0).all():
        found, bom = [column[bom >= 0] for column in found], bom[bom >= 0]
    _bom, child, quantity, rest = found
    other = quantity < 0
    lines = -quantity[other]
    if len(lines):
        mine = ~other
        bom, child, quantity, rest = bom[mine], child[mine], quantity[mine], rest[mine]
    child = places(ids, child)
    if int(quantity.max(initial=0)) > _WIDE:
        raise TooMuch(int(child[int(quantity.argmax())]))
    plain = _reckoned(boms.item[bom], child, quantity, boms.quantity[bom], rest)
    return _joined(plain, _others(lines, ids)) if len(lines) else plain


def _reckoned(parent: Ints, child: Ints, quantity: Ints, of: Ints, rest: Ints) -> Lines:
    """What an order needs whatever its quantity is millionths; what one piece needs is a fraction."""
    always, loss = rest & 1 == 1, rest >> 1
    whole, left = np.divmod(quantity, MILLION)
    top, bottom, amount = whole, np.ones_like(whole), np.zeros_like(whole)
    # So much for one piece of the parent, without loss: nearly all are that.
    hard = np.flatnonzero((left != 0) | (rest != 0) | (of != MILLION))
    above, under = quantity[hard] * (MILLION + loss[hard]), np.where(always[hard], MILLION, of[hard] * MILLION)
    shared = np.gcd(above, under)
    above, under = above // shared, under // shared
    fixed = always[hard]
    top[hard], bottom[hard] = np.where(fixed, 0, above), np.where(fixed, 1, under)
    amount[hard] = np.where(fixed, -(-above // under), 0)
    return Lines(parent, child, top, bottom, amount)


def _others(lines: Ints, ids: Ints) -> Lines:
    rows: list[tuple[int, int, int, int, int]] = []
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {"lines": lines.tolist()})
        for parent, child, quantity, of, loss, fixed in cursor.fetchall():
            each = Fraction(quantity) * (1 + Fraction(loss) / 100)
            if fixed:
                rows.append((parent, child, 0, 1, -(-(each * MILLION).numerator // (each * MILLION).denominator)))
            else:
                rows.append((parent, child, *_short(each / Fraction(of)), 0))
    parents, children, *more = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Lines(places(ids, parents), places(ids, children), *more)


def _short(each: Fraction) -> tuple[int, int]:
    """A fraction of numbers that fit; a factor of twelve digits after the point is kept to its twelfth significant."""
    if max(each.numerator, each.denominator) > LARGEST:
        each = each.limit_denominator(10**12)
    return each.numerator, each.denominator


def _joined(one: Lines, other: Lines) -> Lines:
    names = ("parent", "child", "numerator", "denominator", "fixed")
    return Lines(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))
