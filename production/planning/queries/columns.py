"""Many rows as columns of whole numbers: the server packs each column into one array, NumPy takes it as it is."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# A PostgreSQL array on the wire: a head of 20 bytes, then length and value of each element.
_HEAD = 20
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


def columns(
    statement: str, count: int, wish: Mapping[str, Any], *, only: Collection[int] | None = None, of: int = 0
) -> list[Ints]:
    """The `count` columns of a question that gives whole numbers (bigint) and no empty places.

    `only`: just the rows whose column number `of` (counted from 0) holds one of these.
    """
    names = [f"c{n}" for n in range(count)]
    packed = ", ".join(f"array_send(array_agg({name}))" for name in names)
    some = "" if only is None else f" WHERE {names[of]} = ANY(%(only)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {packed} FROM ({statement}) AS found({', '.join(names)}){some}",  # noqa: S608 - own text only
            {**wish, "only": [] if only is None else list(only)},
        )
        row = cursor.fetchone()
    if row is None or row[0] is None:
        return [np.zeros(0, dtype=np.int64) for _ in names]
    return [np.frombuffer(bytes(one), dtype=_ELEMENT, offset=_HEAD)["value"].astype(np.int64) for one in row]
