"""Lines of bills of materials read as columns: the server packs each into one value, which NumPy takes as it is.

Rows one by one cost five times as much, arrays twice. What is seldom there (losses, fixed amounts) is sent apart.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.products.rules.arrays import RawLines

_DAYS = "({0}.valid_from IS NULL OR {0}.valid_from <= %(on)s) AND ({0}.valid_until IS NULL OR {0}.valid_until > %(on)s)"
_BOM_FORCE = f"bom.status = 'RELEASED' AND {_DAYS.format('bom')}"
_LINE_FORCE = f"line.kind = 'COMPONENT' AND {_DAYS.format('line')}"
_BASE = "CASE WHEN line.factor = 1 THEN line.quantity ELSE line.quantity * line.factor END"
_LINE_COLUMNS = f"""
       string_agg(int8send(line.item_id), ''::bytea), string_agg(int8send(line.id), ''::bytea),
       string_agg(float8send(({_BASE})::float8), ''::bytea),
       string_agg(int8send(line.id) || float8send(line.loss_percent::float8) || int8send(line.is_fixed::int),
                  ''::bytea) FILTER (WHERE line.loss_percent <> 0 OR line.is_fixed)"""
_FOR = "string_agg(float8send(CASE WHEN bom.quantity = 1 THEN 1::float8 ELSE bom.quantity::float8 END), ''::bytea)"
_BOMS = f"""
SELECT string_agg(int8send(bom.id), ''::bytea), string_agg(int8send(bom.item_id), ''::bytea), {_FOR}
  FROM production_bom bom WHERE {_BOM_FORCE}
"""  # noqa: S608 - put together from constants only
_ALL = f"""
SELECT string_agg(int8send(line.bom_id), ''::bytea), {_LINE_COLUMNS}
  FROM production_bomline line WHERE {_LINE_FORCE}
"""  # noqa: S608 - put together from constants only
_BELOW = f"""
SELECT string_agg(int8send(bom.item_id), ''::bytea), {_FOR}, {_LINE_COLUMNS}
  FROM production_bom bom JOIN production_bomline line ON line.bom_id = bom.id
 WHERE bom.item_id = ANY(%(parents)s) AND {_BOM_FORCE} AND {_LINE_FORCE}
"""  # noqa: S608 - put together from constants only
_PHANTOMS = f"""
SELECT string_agg(int8send(bom.item_id), ''::bytea) FROM production_bom bom WHERE bom.is_phantom AND {_BOM_FORCE}
"""  # noqa: S608 - put together from constants only
_ODD = np.dtype([("line", ">i8"), ("loss", ">f8"), ("fixed", ">i8")])


def all_lines(on: date) -> RawLines:
    """Every component line in force on a day."""
    wish = {"on": on}
    bom, item, quantity_of = (
        unpacked(one, kind) for one, kind in zip(_row(_BOMS, wish), ("i8", "i8", "f8"), strict=True)
    )
    owner, *columns = _row(_ALL, wish)
    owners = unpacked(owner, "i8")
    if not (len(bom) and len(owners)):
        return joined(())
    order = np.argsort(bom)
    place = np.minimum(np.searchsorted(bom[order], owners), len(bom) - 1)
    found = order[place]
    there = bom[found] == owners
    return _lines(item[found], quantity_of[found], columns, _phantoms(on), there)


def lines_below(top: int, on: date, levels: int | None = None) -> RawLines:
    """The component lines in force below an item, each once however often it is reached."""
    known, parents = {top}, [top]
    parts: list[RawLines] = []
    phantoms = _phantoms(on)
    while parents:
        parent, quantity_of, *columns = _row(_BELOW, {"on": on, "parents": parents})
        if parent is None:
            break
        part = _lines(unpacked(parent, "i8"), unpacked(quantity_of, "f8"), columns, phantoms, None)
        parts.append(part)
        # A phantom is no level: what it stands for is read whatever the number of levels wanted.
        through = part.child if levels is None or len(parts) < levels else part.child[part.phantom]
        parents = [one for one in np.unique(through).tolist() if one not in known]
        known.update(parents)
    return joined(parts)


def joined(parts: Sequence[RawLines]) -> RawLines:
    """Lines of several readings as one."""
    if not parts:
        return RawLines(*(np.empty(0, dtype=kind) for kind in ("i8", "i8", "f8", "f8", "?", "?", "i8")))
    names = ("parent", "child", "per_unit", "loss", "fixed", "phantom", "line")
    return RawLines(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def unpacked(column: bytes | memoryview | None, kind: str) -> NDArray[Any]:
    """The values of a column that the server packed, in this machine's order of bytes; none for nothing."""
    values = np.frombuffer(b"" if column is None else bytes(column), dtype=f">{kind}")
    return values.astype(kind)


def _lines(
    parent: NDArray[Any], quantity_of: NDArray[Any], columns: Sequence[Any], phantoms: NDArray[Any],
    only: NDArray[np.bool_] | None,
) -> RawLines:  # fmt: skip
    child, line, quantity = (unpacked(one, kind) for one, kind in zip(columns, ("i8", "i8", "f8"), strict=False))
    odd = np.frombuffer(b"" if columns[3] is None else bytes(columns[3]), dtype=_ODD)
    loss, fixed = np.zeros(len(line)), np.zeros(len(line), dtype=bool)
    if len(odd):
        order = np.argsort(line)
        places = order[np.searchsorted(line[order], odd["line"].astype("i8"))]
        loss[places], fixed[places] = odd["loss"] / 100, odd["fixed"] != 0
    rows = RawLines(
        parent=parent,
        child=child,
        per_unit=np.where(fixed, quantity, quantity / quantity_of),
        loss=loss,
        fixed=fixed,
        phantom=np.isin(child, phantoms) if len(phantoms) else np.zeros(len(child), dtype=bool),
        line=line,
    )
    if only is None or only.all():
        return rows
    names = ("parent", "child", "per_unit", "loss", "fixed", "phantom", "line")
    return RawLines(*(getattr(rows, name)[only] for name in names))


def _phantoms(on: date) -> NDArray[Any]:
    return unpacked(_row(_PHANTOMS, {"on": on})[0], "i8")


def _row(statement: str, wish: dict[str, Any]) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, wish)
        row: Sequence[Any] = cursor.fetchone()
    return row
