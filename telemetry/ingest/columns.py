"""A packet's rows become columns: each row is either a reading of a known tag or refused with a reason.

All rows of a packet are judged at once with NumPy. Where that finds anything odd, `wire.row_problem` judges row by
row, so there is one definition of an impossible row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from telemetry.ingest.losses import Loss, losses_of
from telemetry.ingest.rules import Window
from telemetry.wire import MAX_TEXT, MAX_TIME_MS, Packet, Quality, Row, row_problem

NUMBER, TEXT, BOOL, COUNTER = 0, 1, 2, 3
KINDS = {"number": NUMBER, "text": TEXT, "bool": BOOL, "counter": COUNTER}
_UNKNOWN, _DISABLED = 4, 5

CODES = (
    "", "bad_row", "unknown_index", "bad_time", "bad_quality", "bad_flags", "bad_text", "too_long", "bad_number",
    "unknown_tag", "disabled_tag", "wrong_type", "out_of_range", "future", "too_old",
)  # fmt: skip
_CODE = {name: number for number, name in enumerate(CODES)}
_LAST_SHAPELESS = _CODE["bad_number"]
_FLOATING, _WHOLE, _TRUTH, _NOTHING, _STRING = 0, 1, 2, 3, 4
_TYPES = {float: _FLOATING, int: _WHOLE, bool: _TRUTH, type(None): _NOTHING, str: _STRING}
_NUMERIC = {float, int}
# Which types of value a kind of tag takes; by kind and type.
_TAKES = np.array(
    [
        [1, 1, 0, 1, 0],  # number
        [1, 1, 1, 1, 1],  # text: a name like 0815 looks like a number to a recorder
        [1, 1, 1, 1, 0],  # bool: 1 and 0 count as on and off
        [1, 1, 0, 1, 0],  # counter
        [1, 1, 1, 1, 1],  # unknown and disabled tags are refused for that, not for the type
        [1, 1, 1, 1, 1],
    ],
    dtype=bool,
)
# Beyond this many milliseconds a float no longer holds every microsecond.
_EXACT_MS = 9e12
_LONGEST_RAW = 2_000
UNAVAILABLE = "UNAVAILABLE"


class TagInfo(NamedTuple):
    """What the door knows of a tag; `low` and `high` are infinite where the tag has no limits."""

    id: int
    kind: int
    low: float
    high: float
    machine_id: int | None
    enabled: bool


class TextRow(NamedTuple):
    """A text reading; `offset` is its place in the packet."""

    offset: int
    tag_id: int
    at_us: int
    value: str | None
    quality: int


class BadRow(NamedTuple):
    """A refused row as it goes to quarantine."""

    offset: int
    tag_name: str
    at_us: int | None
    raw: str
    code: str


@dataclass(slots=True)
class Columns:
    """The good numeric rows of a packet as columns, the text rows, the refused ones, and what devices lost."""

    offset: NDArray[np.int64]
    tag: NDArray[np.int32]
    at: NDArray[np.int64]
    value: NDArray[np.float64]
    null: NDArray[np.bool_]
    quality: NDArray[np.int16]
    texts: list[TextRow]
    bad: list[BadRow]
    machine_of: Mapping[int, int | None]
    losses: list[Loss] = field(default_factory=list)

    def after(self, skip: int) -> Columns:
        """The same without the first `skip` rows of the packet, which are stored already."""
        if skip == 0:
            return self
        keep = self.offset >= skip
        return Columns(
            self.offset[keep], self.tag[keep], self.at[keep], self.value[keep], self.null[keep], self.quality[keep],
            [row for row in self.texts if row.offset >= skip],
            [row for row in self.bad if row.offset >= skip],
            self.machine_of, [loss for loss in self.losses if loss.offset >= skip],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.offset) + len(self.texts)


def judge(
    packet: Packet, known: Mapping[str, TagInfo], window: Window, *, shift_ms: int = 0, uncertain: bool = False
) -> Columns:
    """Sort a packet's rows into readings and refused rows; times are shifted before they are judged."""
    if packet.bad_rows or (parts := _gather(packet.rows, packet)) is None:
        codes, rows = _one_by_one(packet)
        parts = _gather(rows, packet)
        if parts is None:
            raise AssertionError("rows that wire.row_problem lets pass must fit into columns")
    else:
        codes, rows = np.zeros(len(packet.rows), np.uint8), packet.rows
    index, ms, quality, values, types = parts

    tags = [known.get(name) for name in packet.tags] or [None]
    kind = np.array([_kind(tag) for tag in tags], np.int8)[index]
    at = _times(packet, rows, ms) + shift_ms * 1000
    _empty_unavailable(values, types, kind, quality)
    _mark(codes, kind == _UNKNOWN, "unknown_tag")
    _mark(codes, kind == _DISABLED, "disabled_tag")
    _mark(codes, ~_TAKES[kind, types], "wrong_type")
    value = _numbers(values, types)
    _judge_values(codes, value, index, kind, types, tags)
    _mark(codes, at > window.newest_us, "future")
    _mark(codes, at < window.oldest_us, "too_old")
    if uncertain:
        quality = np.where(quality >= Quality.GOOD, int(Quality.UNCERTAIN), quality)

    losses = losses_of(packet, window, shift_ms)
    good = codes == 0
    is_text = good & (kind == TEXT)
    number = good & ~is_text if is_text.any() else good
    ids = np.array([tag.id if tag else 0 for tag in tags], np.int32)[index]
    take = slice(None) if number.all() else number
    return Columns(
        np.arange(len(rows), dtype=np.int64)[take], ids[take], at[take], value[take],
        (types == _NOTHING)[take], quality[take].astype(np.int16),
        [_text(int(i), ids, at, values, quality) for i in np.flatnonzero(is_text)],
        [] if good.all() else [
            _refused(packet, int(i), int(at[i]), CODES[codes[i]]) for i in np.flatnonzero(~good) if int(i) not in losses
        ],
        {tag.id: tag.machine_id for tag in tags if tag}, [loss for i, loss in losses.items() if not good[i]],
    )  # fmt: skip


_Parts = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], list[Any], NDArray[np.int8]]


def _gather(rows: Sequence[Row], packet: Packet) -> _Parts | None:
    """The rows as columns; None when any of them is suspicious."""
    try:
        index = np.array([row.tag for row in rows], np.int64)
        ms = np.array([row.ms for row in rows], np.float64)
        quality = np.array([row.quality for row in rows], np.int64)
        flags = np.array([row.flags for row in rows], np.int64)
    except OverflowError:
        return None
    values = [row.value for row in rows]
    kinds = set(map(type, values))
    if len(rows) and not (
        index.min() >= 0 and index.max() < max(len(packet.tags), 1)
        and quality.min() >= 0 and quality.max() <= 255
        and flags.min() >= 0 and flags.max() < 2**31
        and ms.min() >= -MAX_TIME_MS and ms.max() <= MAX_TIME_MS
        and packet.t0 + ms.min() >= 0 and packet.t0 + ms.max() <= MAX_TIME_MS
    ):  # fmt: skip
        return None
    if str in kinds and any(len(v) > MAX_TEXT or "\0" in v for v in values if type(v) is str):
        return None
    if int in kinds and any(abs(v) > 2**1023 for v in values if type(v) is int):
        return None
    types = np.zeros(len(rows), np.int8)
    if not kinds <= _NUMERIC:
        types[:] = [_TYPES[type(v)] for v in values]
    return index, ms, quality, values, types


def _one_by_one(packet: Packet) -> tuple[NDArray[np.uint8], list[Row]]:
    codes = np.zeros(len(packet.rows), np.uint8)
    rows = list(packet.rows)
    for number in range(len(rows)):
        problem = row_problem(packet, number)
        if problem:
            codes[number] = _CODE[problem]
            rows[number] = Row(0, 0, None)
    return codes, rows


def _kind(tag: TagInfo | None) -> int:
    if tag is None:
        return _UNKNOWN
    return tag.kind if tag.enabled else _DISABLED


def _mark(codes: NDArray[np.uint8], where: NDArray[np.bool_], name: str) -> None:
    # The first reason found stands.
    if where.any():
        codes[where & (codes == 0)] = _CODE[name]


def _times(packet: Packet, rows: Sequence[Row], ms: NDArray[np.float64]) -> NDArray[np.int64]:
    if len(rows) and np.abs(ms).max() > _EXACT_MS:
        return np.array([packet.time_us(row) for row in rows], np.int64)
    return packet.t0 * 1000 + np.rint(ms * 1000).astype(np.int64)


def _empty_unavailable(
    values: list[Any], types: NDArray[np.int8], kind: NDArray[np.int8], quality: NDArray[np.int64]
) -> None:
    """MTConnect's word for "no value" is a value of every type: on a number it is an empty reading."""
    for number in np.flatnonzero((types == _STRING) & (kind != TEXT) & (kind < _UNKNOWN)):
        if values[number] == UNAVAILABLE:
            values[number], types[number] = None, _NOTHING
            quality[number] = min(int(quality[number]), Quality.NO_COMMUNICATION)


def _text(
    offset: int, ids: NDArray[np.int32], at: NDArray[np.int64], values: list[Any], quality: NDArray[np.int64]
) -> TextRow:
    value = values[offset]
    if value is not None and type(value) is not str:
        value = msgspec.json.encode(value).decode()
    return TextRow(offset, int(ids[offset]), int(at[offset]), value, int(quality[offset]))


def _numbers(values: list[Any], types: NDArray[np.int8]) -> NDArray[np.float64]:
    if (types == _STRING).any():
        values = [None if type(v) is str else v for v in values]
    return np.array(values, np.float64)


def _judge_values(
    codes: NDArray[np.uint8], value: NDArray[np.float64], index: NDArray[np.int64], kind: NDArray[np.int8],
    types: NDArray[np.int8], tags: Sequence[TagInfo | None],
) -> None:  # fmt: skip
    if any(tag and tag.kind == BOOL for tag in tags):
        _mark(codes, (kind == BOOL) & (types != _NOTHING) & (value != 0) & (value != 1), "wrong_type")
    if any(tag and (tag.low > -np.inf or tag.high < np.inf) for tag in tags):
        low = np.array([tag.low if tag else -np.inf for tag in tags])[index]
        high = np.array([tag.high if tag else np.inf for tag in tags])[index]
        _mark(codes, (value < low) | (value > high), "out_of_range")


def _refused(packet: Packet, offset: int, at_us: int, code: str) -> BadRow:
    row = packet.rows[offset]
    name = packet.tags[row.tag] if 0 <= row.tag < len(packet.tags) else ""
    known = packet.bad_rows.get(offset)
    raw = known.raw if known else msgspec.json.encode(row).decode()
    shapeless = _CODE[code] <= _LAST_SHAPELESS or not 0 <= at_us <= MAX_TIME_MS * 1000
    return BadRow(offset, name, None if shapeless else at_us, raw[:_LONGEST_RAW], code)
