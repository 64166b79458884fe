"""The packet gateways and server exchange: its shape, its limits, and the rule that stores every row once.

No Django and nothing else of the project is imported here: the edge agent runs this file on a gateway PC.
The format is fixed in the contracts, section 3. What this file adds to the words there:

* `sent_ms` is the gateway's clock when the packet was **sealed**. A packet may leave hours later and is then sent
  byte for byte as sealed, so each attempt also carries the clock of that moment in the header `SENT_HEADER`.
  Skew of a gateway's clock = arrival - that header (or - `sent_ms` where a sender has no header).
* `clock.source` "recorded" marks rows of an old log: their times are the recording's, not the gateway's clock's, and
  must not be shifted by its skew.
* A packet of gaps alone has `count` 0, no rows, and `first_seq` = the number after the last gap.
* The gaps of a packet all lie before its first row (`to` < `first_seq`).
* One impossible row must not stop a stream: such rows stand in `Packet.bad_rows`, see `decode`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec

SCHEMA = "millwright.packet/1"
PACKETS_PATH = "/ingest/v1/packets"
HEALTH_PATH = "/ingest/v1/health"
CONFIG_PATH = "/ingest/v1/config"
ENROL_PATH = "/ingest/v1/enrol"
QUESTIONS_PATH = "/ingest/v1/questions"
ANSWERS_PATH = "/ingest/v1/answers"
RENEW_PATH = "/ingest/v1/renew"
AUTHORITY_PATH = "/ingest/v1/ca"
KNOCK_PATH = "/ingest/v1/knock"
SENT_HEADER = "Millwright-Sent-Ms"
NAME_HEADER = "Millwright-Name"
"""What a sender without a valid credential calls itself, for the waiting list."""

MAX_ROWS = 10_000
MAX_UNPACKED = 2 * 1024 * 1024
MAX_TEXT = 65_536
MAX_TAG = 200
MAX_SEQ = 2**53 - 1
# The end of the year 9999, the last a database and Python can both hold; times before 1970 are dead clocks.
MAX_TIME_MS = 253_402_300_799_999
LANES = ("e", "s")

FLAG_THINNED = 1
"""Rows around this one were left out because the gateway's disk was nearly full."""
FLAG_REDATED = 2
"""The gateway's clock was set after the reading; its time was put right from the monotonic clock."""

Value = float | int | bool | str | None


class Quality(IntEnum):
    """How far a value can be trusted: one byte in the OPC style (two bits of class, four of cause, two of limit)."""

    BAD = 0
    CONFIGURATION_ERROR = 4
    NOT_CONNECTED = 8
    DEVICE_FAILURE = 12
    SENSOR_FAILURE = 16
    NO_COMMUNICATION = 24
    OUT_OF_SERVICE = 28
    WAITING_FOR_FIRST = 32
    UNCERTAIN = 64
    LAST_USABLE = 68
    SENSOR_NOT_ACCURATE = 80
    RANGE_EXCEEDED = 84
    SUB_NORMAL = 88
    GOOD = 192
    LOCAL_OVERRIDE = 216


def is_good(quality: int) -> bool:
    """True for every quality of the class good (192 to 255)."""
    return quality >= Quality.GOOD


def is_bad(quality: int) -> bool:
    """True for every quality of the class bad (0 to 63): the value must not be used."""
    return quality < Quality.UNCERTAIN


class WireError(ValueError):
    """What arrived is not a packet. `status` is the HTTP answer, `code` the short name for programs."""

    status = 400
    code = "unreadable"


class Unreadable(WireError):
    """Not JSON, not gzip, or nested beyond reason."""


class Invalid(WireError):
    """JSON, but not a packet of this schema."""

    status = 422
    code = "invalid"


class TooLarge(WireError):
    """More rows or bytes than a packet may have; the sender halves."""

    status = 413
    code = "too_large"


class Hole(Exception):
    """Rows before this packet are missing on the server; answered with 409."""

    def __init__(self, expected_seq: int, acked_seq: int) -> None:
        super().__init__(f"expected row {expected_seq}, the packet starts later")
        self.expected_seq = expected_seq
        self.acked_seq = acked_seq


class Clock(msgspec.Struct, frozen=True):
    """What the gateway knows of its clock: set by whom, and wrong by at most how many milliseconds."""

    synced: bool = False
    source: str = ""
    err_ms: int | float = 0


class Gap(msgspec.Struct, frozen=True, rename={"from_seq": "from", "to_seq": "to"}):
    """Rows the gateway declares lost, both ends included, and why: `disk_full`, `quarantined`, `spool_corrupt`, …"""

    from_seq: int
    to_seq: int
    reason: str = ""


class Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One reading: index into the tags, milliseconds after `t0` (to the microsecond), value, quality, flags."""

    tag: int
    ms: int | float
    value: Value
    quality: int = 192
    flags: int = 0


class BadRow(NamedTuple):
    """A row that is no reading: the short reason for the quarantine, and the row as it came (JSON text)."""

    code: str
    raw: str


class _Head(msgspec.Struct, kw_only=True):
    epoch: str
    lane: str
    first_seq: int
    count: int
    sent_ms: int
    t0: int
    tags: list[str]
    schema: str = SCHEMA
    clock: Clock = Clock()
    gaps: list[Gap] = []


class Packet(_Head, kw_only=True):
    """Rows `first_seq` … `first_seq + count - 1` of one lane of one epoch of a gateway, and the gaps before them."""

    rows: list[Row]
    # Not part of the format: filled by decode(). encode() never writes it.
    bad_rows: dict[int, BadRow] = {}

    @property
    def last_seq(self) -> int:
        """The number of the last row; `first_seq - 1` in a packet of gaps alone."""
        return self.first_seq + self.count - 1

    def time_us(self, row: Row) -> int:
        """The row's time in whole microseconds since 1970-01-01 UTC."""
        return self.t0 * 1000 + round(row.ms * 1000)


class _Loose(_Head, kw_only=True):
    """The same packet with its rows unread, for the second reading of a packet with an impossible row."""

    rows: list[msgspec.Raw]


class Rejected(msgspec.Struct, frozen=True):
    """A row the server keeps in quarantine instead of storing it."""

    seq: int
    code: str


class Ack(msgspec.Struct, kw_only=True):
    """The answer 200: everything up to `acked_seq` is committed and may be deleted."""

    acked_seq: int
    new: int = 0
    rejected: list[Rejected] = []
    server_ms: int = 0
    config_version: int = 0
    slow_down_ms: int = 0


class HoleAnswer(msgspec.Struct, kw_only=True):
    """The answer 409: send again from `expected_seq`."""

    expected_seq: int
    acked_seq: int


class Step(NamedTuple):
    """What a packet adds to a stream: rows from index `skip` on, the gaps not yet known, the new watermark."""

    skip: int
    gaps: list[Gap]
    acked_seq: int


_ORDER = ["schema", "epoch", "lane", "first_seq", "count", "sent_ms", "clock", "t0", "tags", "rows", "gaps"]
_EPOCH = re.compile(r"[0-9a-f]{16}\Z")
_strict = msgspec.json.Decoder(Packet)
_loose = msgspec.json.Decoder(_Loose)
_row = msgspec.json.Decoder(Row)


def gunzip_limited(body: bytes, limit: int = MAX_UNPACKED) -> bytes:
    """Unpacks gzip, giving up as soon as more than `limit` bytes come out.

    Raises TooLarge beyond the limit and Unreadable for damaged, cut off or trailing bytes.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise Unreadable(f"the body is not gzip: {error}") from error
    if len(plain) > limit:
        raise TooLarge(f"the packet unpacks to more than {limit} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise Unreadable("the gzip body is cut off or has bytes after its end")
    return plain


def encode(packet: Packet) -> bytes:
    """The packet as JSON, rows as short as the format allows."""
    fields = {name: getattr(packet, name) for name in _ORDER}
    fields["rows"] = [_short(row) for row in packet.rows]
    return msgspec.json.encode(fields)


def _short(row: Row) -> tuple[Any, ...]:
    ms = int(row.ms) if row.ms == int(row.ms) else row.ms
    if row.flags:
        return (row.tag, ms, row.value, row.quality, row.flags)
    if row.quality != Quality.GOOD:
        return (row.tag, ms, row.value, row.quality)
    return (row.tag, ms, row.value)


def decode(body: bytes) -> Packet:
    """Reads an unpacked packet and checks everything but the meaning of its rows.

    A row of impossible shape becomes an entry of `bad_rows` (index in `rows` → reason, text); a stand-in row with
    tag -1 keeps its place in `rows`. Ask `row_problem` for every other row.
    Raises TooLarge (413), Unreadable (400) or Invalid (422); nothing else, whatever the bytes.
    """
    if len(body) > MAX_UNPACKED:
        raise TooLarge(f"the packet has more than {MAX_UNPACKED} bytes")
    bad_rows: dict[int, BadRow] = {}
    try:
        try:
            packet = _strict.decode(body)
        except msgspec.ValidationError as error:
            if "$.rows[" not in str(error):
                raise
            packet, bad_rows = _read_row_by_row(body)
    except msgspec.ValidationError as error:
        raise Invalid(f"not a packet: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"the body cannot be read as JSON: {error}") from error
    packet.bad_rows = bad_rows
    _check(packet)
    return packet


def _read_row_by_row(body: bytes) -> tuple[Packet, dict[int, BadRow]]:
    loose = _loose.decode(body)
    rows: list[Row] = []
    bad: dict[int, BadRow] = {}
    for index, raw in enumerate(loose.rows):
        try:
            rows.append(_row.decode(raw))
        except msgspec.ValidationError as error:
            bad[index] = BadRow("bad_number" if "out of range" in str(error) else "bad_row", _text(raw))
            rows.append(Row(-1, 0, None))
    fields = {name: getattr(loose, name) for name in _Head.__struct_fields__}
    return Packet(**fields, rows=rows), bad


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode(errors="replace").replace("\0", "")[:MAX_TEXT]


def _check(packet: Packet) -> None:
    if packet.schema != SCHEMA:
        raise Invalid(f"schema is {packet.schema[:80]!r}, expected {SCHEMA!r}")
    if not _EPOCH.match(packet.epoch):
        raise Invalid("epoch must be 16 hexadecimal digits in lower case")
    if packet.lane not in LANES:
        raise Invalid("lane must be 'e' or 's'")
    if len(packet.rows) > MAX_ROWS:
        raise TooLarge(f"the packet has more than {MAX_ROWS} rows")
    if packet.count != len(packet.rows):
        raise Invalid(f"count is {packet.count}, but there are {len(packet.rows)} rows")
    if packet.first_seq < 1 or packet.last_seq > MAX_SEQ:
        raise Invalid("first_seq must be 1 or more and the last number below 2^53")
    if not (0 <= packet.t0 <= MAX_TIME_MS and 0 <= packet.sent_ms <= MAX_TIME_MS):
        raise Invalid("t0 and sent_ms must be milliseconds since 1970")
    if any(not 0 < len(tag) <= MAX_TAG or "\0" in tag for tag in packet.tags):
        raise Invalid(f"a tag name must have 1 to {MAX_TAG} characters and no zero character")
    for gap in packet.gaps:
        if not 1 <= gap.from_seq <= gap.to_seq < packet.first_seq:
            raise Invalid("a gap must have 1 <= from <= to < first_seq")


def row_problem(packet: Packet, index: int) -> str:
    """Why the row at `index` cannot be a reading, as a short code; empty when it can.

    Codes: bad_row, unknown_index, bad_time, bad_quality, bad_flags, bad_text, too_long, bad_number.
    """
    if index in packet.bad_rows:
        return packet.bad_rows[index].code
    row = packet.rows[index]
    if not 0 <= row.tag < len(packet.tags):
        return "unknown_index"
    if not -MAX_TIME_MS <= row.ms <= MAX_TIME_MS or not 0 <= packet.time_us(row) <= MAX_TIME_MS * 1000:
        return "bad_time"
    if not 0 <= row.quality <= 255:
        return "bad_quality"
    if not 0 <= row.flags < 2**31:
        return "bad_flags"
    return _value_problem(row.value)


def _value_problem(value: Value) -> str:
    if isinstance(value, str):
        if "\0" in value:
            return "bad_text"
        return "too_long" if len(value) > MAX_TEXT else ""
    if isinstance(value, int) and abs(value) > 2**1023:
        return "bad_number"
    return ""


def advance(acked_seq: int, first_seq: int, count: int, gaps: Iterable[Gap]) -> Step:
    """The rule that stores every row exactly once: where a stream stands after a packet.

    Rows up to `acked_seq` are known already; a gap that touches the watermark moves it over the missing rows.
    Raises Hole when rows before the packet are neither stored nor declared missing.
    """
    fresh = []
    mark = acked_seq
    for gap in sorted(gaps, key=lambda each: each.from_seq):
        if gap.from_seq > mark + 1:
            raise Hole(mark + 1, acked_seq)
        if gap.to_seq > mark:
            fresh.append(Gap(mark + 1, gap.to_seq, gap.reason))
            mark = gap.to_seq
    if first_seq > mark + 1:
        raise Hole(mark + 1, acked_seq)
    skip = min(max(mark + 1 - first_seq, 0), count)
    return Step(skip, fresh, max(mark, first_seq + count - 1))
