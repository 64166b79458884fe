"""Lines of bills of materials read as columns: the server packs each into one value, which NumPy takes as it is.

Rows one by one cost five times as much, arrays twice.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.products.rules.arrays import RawLines, distinct

_DAYS = "({0}.valid_from IS NULL OR {0}.valid_from <= %(on)s) AND ({0}.valid_until IS NULL OR {0}.valid_until > %(on)s)"
BOM_FORCE = f"bom.status = 'RELEASED' AND {_DAYS.format('bom')}"
# Keys of a subquery: of an array it can see the planner weighs each key, which takes as long as finding the rows.
AMONG = "ANY((SELECT %(keys)s::bigint[])::bigint[])"
IS_COMPONENT = "line.kind = 'COMPONENT'"
LINE_FORCE = f"{IS_COMPONENT} AND {_DAYS.format('line')}"
_BASE = "(CASE WHEN line.factor = 1 THEN line.quantity ELSE line.quantity * line.factor END)::float8"
# Lines come by the keys of their bills of materials in one walk through the index: a join would go down it once for
# each bill. Few lines lose something: those are marked in the key of the component (doubled, a fixed one's below zero),
# so that losses are packed only where there are any.
_BELOW = f"""
WITH bom AS MATERIALIZED (
    SELECT bom.id, bom.item_id, bom.quantity, bom.is_phantom FROM production_bom bom
     WHERE bom.item_id = {AMONG} AND {BOM_FORCE} AND (bom.is_phantom OR NOT %(phantoms_only)s))
SELECT (SELECT string_agg(int8send(item_id), ''::bytea) FROM bom WHERE is_phantom),
       (SELECT string_agg(int8send(id), ''::bytea) FROM bom),
       (SELECT string_agg(int8send(item_id), ''::bytea) FROM bom),
       (SELECT string_agg(float8send(quantity::float8), ''::bytea) FROM bom),
       string_agg(int8send(line.bom_id), ''::bytea),
       string_agg(int8send((2 * line.item_id + CASE WHEN line.loss_percent = 0 THEN 0 ELSE 1 END)
                           * CASE WHEN line.is_fixed THEN -1 ELSE 1 END), ''::bytea),
       string_agg(float8send({_BASE}), ''::bytea),
       string_agg(float8send(line.loss_percent::float8), ''::bytea) FILTER (WHERE line.loss_percent <> 0)
  FROM production_bomline line WHERE line.bom_id = ANY(ARRAY(SELECT id FROM bom)) AND {LINE_FORCE}
"""  # noqa: S608 - put together from constants only


def lines_below(top: int, on: date, levels: int | None = None) -> RawLines:
    """The component lines in force below an item, each once however often it is reached."""
    known, parents = {top}, [top]
    parts: list[_Part] = []
    phantoms: list[int] = []
    with connection.cursor() as cursor:
        while parents:
            # A phantom is no level: what it stands for is read whatever the number of levels wanted.
            phantoms_only = levels is not None and len(parts) >= levels
            cursor.execute(_BELOW, {"on": on, "keys": keys(parents), "phantoms_only": phantoms_only})
            packed = cursor.fetchone()
            phantoms += unpacked(packed[0], "i8").tolist()
            parts.append(_part(packed[1:]))
            parents = [one for one in distinct(parts[-1].child).tolist() if one not in known]
            known.update(parents)
    parent, child, per_unit, loss, fixed = (np.concatenate(column) for column in zip(*parts, strict=True))
    phantom = np.isin(child, phantoms) if phantoms else np.zeros(len(child), dtype=bool)
    return RawLines(parent, child, per_unit, loss, fixed, phantom)


def keys(of: Iterable[int]) -> str:
    """Keys as the server reads an array: `ANY(%s::bigint[])` with one text costs a tenth of a list of values."""
    return f"{{{repr(list(of))[1:-1]}}}"


def unpacked(column: bytes | memoryview | None, kind: str) -> NDArray[Any]:
    """The values of a column that the server packed, in this machine's order of bytes; none for nothing."""
    values = np.frombuffer(b"" if column is None else bytes(column), dtype=f">{kind}")
    return values.astype(kind)


class _Part(NamedTuple):
    """Columns of `RawLines` as one question answers them."""

    parent: NDArray[np.int64]
    child: NDArray[np.int64]
    per_unit: NDArray[np.float64]
    loss: NDArray[np.float64]
    fixed: NDArray[np.bool_]


def _part(packed: Sequence[Any]) -> _Part:
    bom, made, batch, of_bom, marked, base, percent = (
        unpacked(one, kind) for one, kind in zip(packed, ("i8", "i8", "f8", "i8", "i8", "f8", "f8"), strict=True)
    )
    order = np.argsort(bom)
    place = order[np.searchsorted(bom, of_bom, sorter=order)]
    fixed, marked = marked < 0, np.abs(marked)
    loss = np.zeros(len(marked))
    loss[marked % 2 == 1] = percent / 100
    return _Part(made[place], marked // 2, np.where(fixed, base, base / batch[place]), loss, fixed)
