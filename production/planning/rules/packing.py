"""Proposals as bytes: one stretch of fixed width each, written and read by NumPy without looking at them one by one.

A plan of hundreds of thousands of proposals is written in parts of `PART` in the order of release; a proposal's number
is that of its part times `PART` and its place there, so that it is found without an index of proposals.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from production.planning.rules.plants import Flags, Ints, Whole

Place = TypeVar("Place", int, Ints)

PART = 4096
ITEM = np.dtype("<i8")
# Quantity in millionths; who stands behind it (a place among the causes, NOBODY); days from the run's first day.
ROW = np.dtype(
    [("quantity", "<i8"), ("cause", "<i4"), ("release", "<i2"), ("due", "<i2"), ("level", "u1"), ("makes", "?")]
)
CAUSE = np.dtype([("row", "<i8"), ("quantity", "<i8"), ("day", "<i4"), ("kind", "u1")])


@dataclass(frozen=True)
class Part:
    """So many proposals, packed; the days of release of the first and the last one, from the run's first day."""

    first: int
    last: int
    count: int
    items: bytes
    rows: bytes


def parts_of(
    *, item: Whole, quantity: Whole, cause: Whole, release: Whole, due: Whole, level: Whole, makes: Flags
) -> Iterator[Part]:
    """Proposals in the order of release, packed part by part."""
    order = np.argsort(release.astype(np.int16), kind="stable")
    columns: dict[str, NDArray[Any]] = {
        "quantity": quantity, "cause": cause, "release": release, "due": due, "level": level, "makes": makes,
    }  # fmt: skip
    for start in range(0, len(order), PART):
        some = order[start : start + PART]
        rows = np.empty(len(some), dtype=ROW)
        for name, column in columns.items():
            rows[name] = column[some]
        first, last = int(rows["release"][0]), int(rows["release"][-1])
        yield Part(first, last, len(some), item[some].astype(ITEM).tobytes(), rows.tobytes())


def packed_causes(*, kind: Ints, row: Ints, quantity: Ints, day: Ints) -> bytes:
    """Documents that stand behind proposals."""
    rows = np.empty(len(row), dtype=CAUSE)
    for name, column in {"kind": kind, "row": row, "quantity": quantity, "day": day}.items():
        rows[name] = column
    return rows.tobytes()


def number_of(part: int, place: Place) -> Place:
    """How a proposal is called."""
    return part * PART + place


def part_and_place(number: int) -> tuple[int, int]:
    """Where a proposal of that number stands."""
    return divmod(number, PART)


def packed_columns(columns: Mapping[str, NDArray[Any]]) -> bytes:
    """Columns of whole numbers or flags by name, each number in as few bytes as its column needs."""
    heads, stretches = [], []
    for name, column in columns.items():
        small = column if column.dtype == bool else column.astype(_smallest(column), copy=False)
        heads.append([name, small.dtype.str, len(small)])
        stretches.append(small.tobytes())
    head = json.dumps(heads).encode()
    return b"".join([len(head).to_bytes(4, "little"), head, *stretches])


def unpacked_columns(packed: bytes) -> dict[str, NDArray[Any]]:
    """What `packed_columns` was given; numbers in 64 bits."""
    at = 4 + int.from_bytes(packed[:4], "little")
    found = {}
    for name, kind, count in json.loads(packed[4:at]):
        column = np.frombuffer(packed, dtype=kind, count=count, offset=at)
        at += column.nbytes
        found[name] = column.copy() if column.dtype == bool else column.astype(np.int64)
    return found


def _smallest(column: NDArray[Any]) -> str:
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    return next(f"<i{wide}" for wide in (1, 2, 4, 8) if -(1 << wide * 8 - 1) <= low and high < 1 << wide * 8 - 1)
