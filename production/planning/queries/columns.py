"""Many rows as columns of whole numbers: the server packs each column into one string, NumPy takes it as it is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# A table of places is made where at most so many numbers come on each known one.
_DENSE = 16


def columns(
    statement: str, count: int, wish: Mapping[str, Any], *, only: Collection[int] | None = None, of: int = 0
) -> list[Ints]:
    """The `count` columns of a question that gives whole numbers and no empty places.

    `only`: just the rows whose column number `of` (counted from 0) holds one of these.
    """
    names = [f"c{n}" for n in range(count)]
    # Half as dear for the server as an array of the same numbers.
    packed = ", ".join(f"string_agg(int8send({name}), '')" for name in names)
    some = "" if only is None else f" WHERE {names[of]} = ANY(%(only)s)"
    (row,) = fetched(
        f"SELECT {packed} FROM ({statement}) AS found({', '.join(names)}){some}",  # noqa: S608 - own text only
        ("bytea",) * count,
        {**wish, "only": [] if only is None else list(only)},
    )
    return [numbers_in(one or b"") for one in row]


def numbers_in(packed: bytes) -> Ints:
    """The whole numbers that the server put one after the other by `int8send`, none of them missing."""
    return np.frombuffer(packed, dtype=">i8").astype(np.int64)


def fetched(statement: str, types: Sequence[str], wish: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a question as the database holds them: bytes come as bytes, not written out as text."""
    whole = connection.ops.compose_sql(f"COPY ({statement}) TO STDOUT (FORMAT BINARY)", wish)  # type: ignore[attr-defined]  # the operations of PostgreSQL know it
    with connection.cursor() as cursor, cursor.copy(whole) as copy:
        copy.set_types(types)
        return list(copy.rows())


def places(known: Ints, wanted: Ints) -> Ints:
    """Where each of these numbers stands among the known ones (sorted, none twice); -1: nowhere."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    low, high = int(known[0]), int(known[-1])
    if high - low > _DENSE * len(known):
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[at] == wanted, at, -1)
    # Keys of one table lie close to one another: looking them up costs a tenth of searching them.
    table = np.full(high - low + 1, -1, dtype=np.int64)
    table[known - low] = np.arange(len(known))
    return np.where((wanted >= low) & (wanted <= high), table[np.clip(wanted, low, high) - low], -1)
