"""Lines of bills of materials read as columns: the server packs each into one array, which NumPy takes as it is."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from production.products.rules.arrays import RawLines

# A PostgreSQL array on the wire: a head of 20 bytes, then length and value of each element.
_HEAD = 20

_FORCE = """{0}.status = 'RELEASED'
   AND ({0}.valid_from IS NULL OR {0}.valid_from <= %(on)s) AND ({0}.valid_until IS NULL OR {0}.valid_until > %(on)s)"""
_LINES = f"""
SELECT array_send(array_agg(parent)), array_send(array_agg(child)), array_send(array_agg(quantity)),
       array_send(array_agg(quantity_of)), array_send(array_agg(loss)), array_send(array_agg(fixed)),
       array_send(array_agg(phantom)), array_send(array_agg(line))
  FROM (
    SELECT bom.item_id AS parent, line.item_id AS child,
           (CASE WHEN line.factor = 1 THEN line.quantity ELSE line.quantity * line.factor END)::float8 AS quantity,
           CASE WHEN bom.quantity = 1 THEN 1::float8 ELSE bom.quantity::float8 END AS quantity_of,
           CASE WHEN line.loss_percent = 0 THEN 0::float8 ELSE line.loss_percent::float8 END AS loss,
           line.is_fixed AS fixed, phantom.id IS NOT NULL AS phantom, line.id AS line
      FROM production_bom bom
      JOIN production_bomline line ON line.bom_id = bom.id
      LEFT JOIN production_bom phantom ON phantom.item_id = line.item_id AND phantom.is_phantom
       AND {_FORCE.format("phantom")}
     WHERE {_FORCE.format("bom")} AND line.kind = 'COMPONENT'
       AND (line.valid_from IS NULL OR line.valid_from <= %(on)s)
       AND (line.valid_until IS NULL OR line.valid_until > %(on)s) {{which}}
  ) lines
"""  # noqa: S608 - put together from constants only
_ALL = _LINES.format(which="")
_BELOW = _LINES.format(which="AND bom.item_id = ANY(%(parents)s)")
_TYPES = (">i8", ">i8", ">f8", ">f8", ">f8", "u1", "u1", ">i8")


def all_lines(on: date) -> RawLines:
    """Every component line in force on a day."""
    return _read(_ALL, {"on": on})


def lines_below(top: int, on: date, levels: int | None = None) -> RawLines:
    """The component lines in force below an item, each once however often it is reached."""
    known, parents = {top}, [top]
    parts: list[RawLines] = []
    while parents:
        part = _read(_BELOW, {"on": on, "parents": parents})
        if not len(part):
            break
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


def _read(statement: str, wish: dict[str, Any]) -> RawLines:
    with connection.cursor() as cursor:
        cursor.execute(statement, wish)
        packed = cursor.fetchone()
    if packed is None or packed[0] is None:
        return joined(())
    parent, child, quantity, quantity_of, loss, fixed, phantom, line = (
        unpacked(bytes(column), kind) for column, kind in zip(packed, _TYPES, strict=True)
    )
    is_fixed = fixed.astype(bool)
    return RawLines(
        parent=parent.astype(np.int64),
        child=child.astype(np.int64),
        per_unit=np.where(is_fixed, quantity, quantity / quantity_of).astype(np.float64),
        loss=(loss / 100).astype(np.float64),
        fixed=is_fixed,
        phantom=phantom.astype(bool),
        line=line.astype(np.int64),
    )


def unpacked(column: bytes, kind: str) -> NDArray[Any]:
    """The values of an array without empty places, from its wire form."""
    return np.frombuffer(column, dtype=[("length", ">i4"), ("value", kind)], offset=_HEAD)["value"]
