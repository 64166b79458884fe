"""Lines of bills of materials read as columns: the server packs each into one value, which NumPy takes as it is.

Rows one by one cost five times as much, arrays twice.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.products.rules.arrays import RawLines, distinct

_DAYS = "({0}.valid_from IS NULL OR {0}.valid_from <= %(on)s) AND ({0}.valid_until IS NULL OR {0}.valid_until > %(on)s)"
BOM_FORCE = f"bom.status = 'RELEASED' AND {_DAYS.format('bom')}"
IS_COMPONENT = "line.kind = 'COMPONENT'"
LINE_FORCE = f"{IS_COMPONENT} AND {_DAYS.format('line')}"
_BASE = "(CASE WHEN line.factor = 1 THEN line.quantity ELSE line.quantity * line.factor END)::float8"
# A fixed line is told by its component with a minus: one value less to pack for each line.
_BELOW = f"""
SELECT string_agg(int8send(bom.item_id), ''::bytea),
       string_agg(int8send(CASE WHEN line.is_fixed THEN -line.item_id ELSE line.item_id END), ''::bytea),
       string_agg(float8send(CASE WHEN line.is_fixed OR bom.quantity = 1 THEN {_BASE}
                                  ELSE {_BASE} / bom.quantity::float8 END), ''::bytea),
       string_agg(float8send(CASE WHEN line.loss_percent = 0 THEN 0 ELSE line.loss_percent::float8 END), ''::bytea)
  FROM production_bom bom JOIN production_bomline line ON line.bom_id = bom.id
 WHERE bom.item_id = ANY(%(parents)s::bigint[]) AND {BOM_FORCE} AND {LINE_FORCE}
"""  # noqa: S608 - put together from constants only
_PHANTOMS = f"""
SELECT string_agg(int8send(bom.item_id), ''::bytea) FROM production_bom bom WHERE bom.is_phantom AND {BOM_FORCE}
"""  # noqa: S608 - put together from constants only


def lines_below(top: int, on: date, levels: int | None = None) -> RawLines:
    """The component lines in force below an item, each once however often it is reached."""
    known, parents = {top}, [top]
    parts: list[RawLines] = []
    phantoms = unpacked(_row(_PHANTOMS, {"on": on})[0], "i8")
    while parents:
        columns = _row(_BELOW, {"on": on, "parents": keys(parents)})
        if columns[0] is None:
            break
        part = _lines(columns, phantoms)
        parts.append(part)
        # A phantom is no level: what it stands for is read whatever the number of levels wanted.
        through = part.child if levels is None or len(parts) < levels else part.child[part.phantom]
        parents = [one for one in distinct(through).tolist() if one not in known]
        known.update(parents)
    return _joined(parts)


def keys(of: Iterable[int]) -> str:
    """Keys as the server reads an array: `ANY(%s::bigint[])` with one text costs a tenth of a list of values."""
    return "{" + ",".join(map(str, of)) + "}"


def unpacked(column: bytes | memoryview | None, kind: str) -> NDArray[Any]:
    """The values of a column that the server packed, in this machine's order of bytes; none for nothing."""
    values = np.frombuffer(b"" if column is None else bytes(column), dtype=f">{kind}")
    return values.astype(kind)


def _joined(parts: Sequence[RawLines]) -> RawLines:
    if not parts:
        return RawLines(*(np.empty(0, dtype=kind) for kind in ("i8", "i8", "f8", "f8", "?", "?")))
    names = ("parent", "child", "per_unit", "loss", "fixed", "phantom")
    return RawLines(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _lines(columns: Sequence[Any], phantoms: NDArray[Any]) -> RawLines:
    parent, child, per_unit, loss = (
        unpacked(one, kind) for one, kind in zip(columns, ("i8", "i8", "f8", "f8"), strict=True)
    )
    fixed, child = child < 0, np.abs(child)
    phantom = np.isin(child, phantoms) if len(phantoms) else np.zeros(len(child), dtype=bool)
    return RawLines(parent, child, per_unit, loss / 100, fixed, phantom)


def _row(statement: str, wish: dict[str, Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, wish)
        row: Sequence[Any] = cursor.fetchone()
    return row
