"""Rows of planned orders in PostgreSQL's binary COPY form, put together as columns.

Fields of fixed width make a row a fixed stretch of bytes, so that NumPy writes all rows at once. See the PostgreSQL
manual, "COPY", section "Binary Format"; numbers are big-endian, each field stands behind its length in bytes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from production.planning.rules.netting import MILLION

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TAIL = b"\xff\xff"
# PostgreSQL counts days from here.
_ZERO_DAY = date(2000, 1, 1)
COLUMNS = (
    "run_id", "site_id", "item_id", "kind", "quantity", "release_on", "due_on", "is_late", "level", "demand",
    "firmed_kind", "firmed_label",
)  # fmt: skip


def packed_orders(
    *, run: int, site: int, kind: str, first: date, item: Ints, quantity: Ints, release: Ints, due: Ints, late: Flags,
    level: Ints, demand: NDArray[np.bytes_],
) -> bytes:  # fmt: skip
    """Rows of one kind of order, in the order of COLUMNS. Days count from `first`; `demand` is JSON of one width."""
    word, width = kind.encode(), demand.dtype.itemsize
    fields: list[tuple[str, Any, int]] = [
        ("run", ">i8", 8), ("site", ">i8", 8), ("item", ">i8", 8), ("kind", f"S{len(word)}", len(word)),
        ("quantity", [("head", ">i2", (4,)), ("digits", ">i2", (5,))], 18), ("release", ">i4", 4), ("due", ">i4", 4),
        ("late", "u1", 1), ("level", ">i2", 2), ("demand", [("version", "u1"), ("text", demand.dtype)], width + 1),
    ]  # fmt: skip
    parts: list[Any] = [("fields", ">i2")]
    for name, form, _length in fields:
        parts += [(f"{name}_length", ">i4"), (name, form)]
    rows = np.zeros(len(item), dtype=np.dtype([*parts, ("firmed_kind", ">i4"), ("firmed_label", ">i4")]))
    rows["fields"] = len(COLUMNS)
    for name, _form, length in fields:
        rows[f"{name}_length"] = length
    offset = (first - _ZERO_DAY).days
    rows["run"], rows["site"], rows["item"], rows["kind"] = run, site, item, word
    rows["quantity"]["head"] = (5, 2, 0, 6)
    for place, digits in enumerate(_digits(quantity)):
        rows["quantity"]["digits"][:, place] = digits
    rows["release"], rows["due"] = release + offset, due + offset
    rows["late"], rows["level"] = late, level
    rows["demand"]["version"], rows["demand"]["text"] = 1, demand
    return rows.tobytes()


def same_width(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """JSON texts made equally long by spaces, which JSON does not mind."""
    packed = [text.encode() for text in texts]
    width = max(map(len, packed), default=1)
    return np.array([text.ljust(width) for text in packed], dtype=f"S{width}")


def _digits(quantity: Ints) -> list[Ints]:
    """Millionths as five digits of base 10 000, the first counting 10^8: three before the point, two behind it."""
    whole, part = np.divmod(quantity, MILLION)
    return [whole // 10**8, whole // 10**4 % 10**4, whole % 10**4, part // 100, part % 100 * 100]
