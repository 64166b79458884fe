"""Readings as PostgreSQL reads them fastest: the binary COPY format, whole columns at a time."""

import struct
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from telemetry.ingest.columns import TextRow

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
# PostgreSQL counts microseconds from the year 2000.
EPOCH_US = 946_684_800_000_000


def _layout(with_value: bool) -> np.dtype[np.void]:
    fields = [("fields", ">i2"), ("n1", ">i4"), ("tag", ">i4"), ("n2", ">i4"), ("at", ">i8"), ("n3", ">i4")]
    if with_value:
        fields.append(("value", ">f8"))
    fields += [("n4", ">i4"), ("quality", ">i2"), ("n5", ">i4"), ("stream", ">i4"), ("n6", ">i4"), ("seq", ">i8")]
    return np.dtype(fields)


_WITH_VALUE, _WITHOUT = _layout(True), _layout(False)
_TEXT_HEAD = struct.Struct(">hiiiqi")
_TEXT_TAIL = struct.Struct(">ihiiiq")


def numbers(
    tag: NDArray[np.int32], at: NDArray[np.int64], value: NDArray[np.float64], null: NDArray[np.bool_],
    quality: NDArray[np.int16], stream: NDArray[np.int64] | int, seq: NDArray[np.int64],
) -> bytes:  # fmt: skip
    """Rows for `telemetry_reading`, without header and trailer; rows without a value come last."""
    streams = np.broadcast_to(np.asarray(stream), seq.shape)
    if not null.any():
        return _block(_WITH_VALUE, tag, at, value, quality, streams, seq)
    full = ~null
    return _block(_WITH_VALUE, tag[full], at[full], value[full], quality[full], streams[full], seq[full]) + _block(
        _WITHOUT, tag[null], at[null], None, quality[null], streams[null], seq[null]
    )


def _block(
    layout: np.dtype[np.void], tag: NDArray[np.int32], at: NDArray[np.int64], value: NDArray[np.float64] | None,
    quality: NDArray[np.int16], stream: NDArray[np.int64], seq: NDArray[np.int64],
) -> bytes:  # fmt: skip
    rows = np.empty(len(seq), layout)
    rows["fields"] = 6
    rows["n1"], rows["tag"] = 4, tag
    rows["n2"], rows["at"] = 8, at - EPOCH_US
    rows["n3"] = -1
    if value is not None:
        rows["n3"], rows["value"] = 8, value
    rows["n4"], rows["quality"] = 2, quality
    rows["n5"], rows["stream"] = 4, stream
    rows["n6"], rows["seq"] = 8, seq
    return rows.tobytes()


def texts(rows: Iterable[tuple[TextRow, int, int]]) -> bytes:
    """Rows for `telemetry_readingtext` (row, stream, seq), without header and trailer."""
    parts = []
    for row, stream, seq in rows:
        body = None if row.value is None else row.value.encode()
        parts.append(_TEXT_HEAD.pack(6, 4, row.tag_id, 8, row.at_us - EPOCH_US, -1 if body is None else len(body)))
        parts.append(body or b"")
        parts.append(_TEXT_TAIL.pack(2, row.quality, 4, stream, 8, seq))
    return b"".join(parts)
