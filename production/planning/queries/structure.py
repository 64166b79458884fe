"""What is made of what, exactly: lines of the bills of materials in force as fractions of whole numbers."""

from datetime import date
from fractions import Fraction

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.planning.queries.columns import columns
from production.planning.rules import LARGEST, MILLION, Lines, TooMuch

Ints = NDArray[np.int64]

_FORCE = """bom.status = 'RELEASED' AND (bom.valid_from IS NULL OR bom.valid_from <= %(on)s)
   AND (bom.valid_until IS NULL OR bom.valid_until > %(on)s)"""
_FROM = f"""
  FROM production_bomline line JOIN production_bom bom ON bom.id = line.bom_id
 WHERE {_FORCE} AND line.kind = 'COMPONENT' AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
   AND (line.valid_until IS NULL OR line.valid_until > %(on)s)"""
# Nearly all lines count in base units of their item; the others are few and have long factors.
_PLAIN = f"""
SELECT bom.item_id, line.item_id, (line.quantity * 1000000)::bigint,
       CASE WHEN bom.quantity = 1 THEN 1000000 ELSE (bom.quantity * 1000000)::bigint END,
       CASE WHEN line.loss_percent = 0 THEN 0 ELSE (line.loss_percent * 10000)::bigint END, line.is_fixed::int::bigint
{_FROM} AND line.factor = 1"""
_OTHERS = f"""
SELECT bom.item_id, line.item_id, line.quantity * line.factor, bom.quantity, line.loss_percent, line.is_fixed
{_FROM} AND line.factor <> 1"""
# The items that have a bill of materials in force on a day, and which of them are phantoms.
DESIGNED = f"SELECT bom.item_id, bom.is_phantom::int::bigint FROM production_bom bom WHERE {_FORCE}"  # noqa: S608 - put together from constants only
# Above it quantity x (1 + loss) would not stay in 64 bits.
_WIDE = 4_000_000 * MILLION


def lines_in_force(on: date, ids: Ints) -> Lines:
    """Component lines in force on a day between items of `ids` (sorted). Raises TooMuch for absurd quantities."""
    parent, child, quantity, of, loss, fixed = columns(_PLAIN, 6, {"on": on})
    if int(quantity.max(initial=0)) > _WIDE:
        raise TooMuch(int(np.searchsorted(ids, child[int(quantity.argmax())])))
    # What an order needs whatever its quantity is millionths; what one piece needs is a fraction.
    always = fixed == 1
    top = quantity * (MILLION + loss)
    bottom = np.where(always, MILLION, of * MILLION)
    shared = np.gcd(top, bottom)
    top, bottom = top // shared, bottom // shared
    amount = np.where(always, -(-top // bottom), 0)
    plain = Lines(parent, child, np.where(always, 0, top), np.where(always, 1, bottom), amount)
    joined = _joined(plain, _others(on))
    return Lines(
        np.searchsorted(ids, joined.parent), np.searchsorted(ids, joined.child),
        joined.numerator, joined.denominator, joined.fixed,
    )  # fmt: skip


def _others(on: date) -> Lines:
    rows: list[tuple[int, int, int, int, int]] = []
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, {"on": on})
        for parent, child, quantity, of, loss, fixed in cursor.fetchall():
            each = Fraction(quantity) * (1 + Fraction(loss) / 100)
            if fixed:
                rows.append((parent, child, 0, 1, -(-(each * MILLION).numerator // (each * MILLION).denominator)))
            else:
                rows.append((parent, child, *_short(each / Fraction(of)), 0))
    columned = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Lines(*columned)


def _short(each: Fraction) -> tuple[int, int]:
    """A fraction of numbers that fit; a factor of twelve digits after the point is kept to its twelfth significant."""
    if max(each.numerator, each.denominator) > LARGEST:
        each = each.limit_denominator(10**12)
    return each.numerator, each.denominator


def _joined(one: Lines, other: Lines) -> Lines:
    names = ("parent", "child", "numerator", "denominator", "fixed")
    return Lines(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))
