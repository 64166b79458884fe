"""One transaction for many packets: watermarks, rows, and everything that follows from them, or nothing at all."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

from telemetry.ingest import copying
from telemetry.ingest.columns import Columns, TextRow
from telemetry.ingest.losses import keep_losses
from telemetry.ingest.partitions import Days
from telemetry.wire import Gap, Hole, Rejected, advance

Connection = psycopg.AsyncConnection[tuple[object, ...]]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Entry:
    """A judged packet that waits for its commit."""

    stream: int
    gateway: int
    first_seq: int
    count: int
    gaps: Sequence[Gap]
    columns: Columns
    sent_ms: int
    received_at: datetime
    shift_ms: int
    synced: bool
    digest: str
    done: "asyncio.Future[Outcome]"


@dataclass(slots=True)
class Outcome:
    """What the commit did with a packet; `expected_seq` is set where rows before it are missing."""

    acked_seq: int
    new: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    expected_seq: int | None = None


class StreamGone(Exception):
    """A stream that was known is not in the database any more."""


@dataclass(slots=True)
class _Fresh:
    entry: Entry
    columns: Columns
    gaps: list[Gap]
    new: int


async def store(connection: Connection, group: Sequence[Entry], days: Days) -> list[Outcome]:
    """Store what is new in a group of packets and commit. Outcomes stand in the order of the group.

    Raises StreamGone, and psycopg.Error when nothing was stored (or the outcome is unknown: the watermark makes a
    repeat harmless).
    """
    ids = sorted({entry.stream for entry in group})
    outcomes: dict[int, Outcome] = {}
    fresh: list[_Fresh] = []
    repeats: list[Entry] = []
    try:
        marks = await _begin(connection, ids)
        before = dict(marks)
        for entry in sorted(group, key=lambda each: (each.stream, each.first_seq)):
            outcomes[id(entry)] = _plan(entry, marks, fresh, repeats)
        if fresh:
            await _write(connection, fresh, marks, before, days, commit=not repeats)
        if repeats:
            await _look_for_clones(connection, repeats)
        if repeats or not fresh:
            await connection.execute("COMMIT")
    except BaseException:
        if not connection.closed:
            await connection.rollback()
        raise
    for entry in group:
        # Everything of the group is committed: a packet may be told how far its stream got.
        outcomes[id(entry)].acked_seq = marks[entry.stream]
    return [outcomes[id(entry)] for entry in group]


async def _begin(connection: Connection, ids: list[int]) -> dict[int, int]:
    """Begin the transaction and lock the streams, in one round trip: each one costs a sender its patience."""
    lock = sql.SQL("BEGIN; SELECT id, acked_seq FROM telemetry_stream WHERE id = ANY({}) ORDER BY id FOR UPDATE")
    cursor = await connection.execute(lock.format(ids), prepare=False)
    cursor.nextset()
    rows = await cursor.fetchall()
    marks = {int(number): int(acked) for number, acked in rows}  # type: ignore[call-overload]  # two numbers a row
    if len(marks) != len(ids):
        raise StreamGone
    return marks


def _plan(entry: Entry, marks: dict[int, int], fresh: list[_Fresh], repeats: list[Entry]) -> Outcome:
    try:
        step = advance(marks[entry.stream], entry.first_seq, entry.count, entry.gaps)
    except Hole as hole:
        return Outcome(hole.acked_seq, expected_seq=hole.expected_seq)
    if step.skip:
        repeats.append(entry)
    columns = entry.columns.after(step.skip)
    new = entry.count - step.skip
    if step.acked_seq > marks[entry.stream]:
        fresh.append(_Fresh(entry, columns, step.gaps, new))
        marks[entry.stream] = step.acked_seq
    rejected = [Rejected(entry.first_seq + row.offset, row.code) for row in columns.bad]
    return Outcome(step.acked_seq, new - len(rejected), rejected)


async def write_fresh(connection: Connection, entry: Entry, acked_seq: int, days: Days, *, latest: bool = True) -> None:
    """Write the rows of one entry and move its stream to `acked_seq`, in the caller's transaction.

    `latest` False leaves the newest values as they are.
    """
    await _write(
        connection,
        [_Fresh(entry, entry.columns, [], 0)],
        {entry.stream: acked_seq},
        {entry.stream: -1},
        days,
        commit=False,
        latest=latest,
    )


async def upsert_latest(connection: Connection, latest: "Sequence[tuple[object, ...]]", received: datetime) -> None:
    """Keep the newest values, rows of (tag, at, number, text, quality) in the order of tags; older ones are ignored."""
    if latest:
        await connection.execute(LATEST, [received, *transposed(latest, 5)])


async def _write(
    connection: Connection,
    fresh: list[_Fresh],
    marks: dict[int, int],
    before: dict[int, int],
    days: Days,
    *,
    commit: bool,
    latest: bool = True,
) -> None:
    await _copy_rows(connection, fresh, days)
    moved = [number for number, acked in marks.items() if acked != before[number]]
    packets = [each for each in fresh if each.entry.count]
    dirty, newest = consequences([each.columns for each in fresh])
    received = max(each.entry.received_at for each in fresh)
    async with connection.pipeline():
        await connection.execute(_MOVE, [moved, [marks[number] for number in moved]])
        if packets:
            await connection.execute(_PACKETS, _packet_columns(packets))
        if latest:
            await upsert_latest(connection, newest, received)
        if dirty:
            await connection.execute(DIRTY, [received, *transposed(dirty, 3)])
            await connection.execute("SELECT pg_notify('millwright_derive', '')")
        await _keep_losses(connection, fresh)
        if commit:
            await connection.execute("COMMIT")


_MOVE = """UPDATE telemetry_stream s SET acked_seq = v.acked
    FROM unnest(%s::bigint[], %s::bigint[]) AS v(id, acked) WHERE s.id = v.id"""
_PACKETS = """INSERT INTO telemetry_packet
    (stream_id, first_seq, count, new, sent_at, received_at, shift_ms, synced, digest)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[], %s::timestamptz[], %s::timestamptz[],
    %s::bigint[], %s::bool[], %s::text[])"""
LATEST = """INSERT INTO telemetry_latestvalue AS had (received_at, tag_id, at, number, text, quality)
    SELECT %s::timestamptz, v.* FROM
    unnest(%s::bigint[], %s::timestamptz[], %s::float8[], %s::text[], %s::smallint[]) AS v
    ON CONFLICT (tag_id) DO UPDATE SET at = excluded.at, number = excluded.number, text = excluded.text,
    quality = excluded.quality, received_at = excluded.received_at WHERE excluded.at > had.at"""
DIRTY = """INSERT INTO telemetry_dirtyrange (created_at, machine_id, started_at, ended_at)
    SELECT %s::timestamptz, * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])"""


def _packet_columns(packets: list[_Fresh]) -> list[list[object]]:
    rows = []
    for each in packets:
        entry = each.entry
        rows.append((
            entry.stream, entry.first_seq, entry.count, each.new, moment(entry.sent_ms * 1000), entry.received_at,
            entry.shift_ms, entry.synced, entry.digest,
        ))  # fmt: skip
    return transposed(rows, 9)


def transposed(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    """Rows as columns, as `unnest` takes them."""
    return [[row[column] for row in rows] for column in range(width)]


async def _copy_rows(connection: Connection, fresh: list[_Fresh], days: Days) -> None:
    texts: list[tuple[TextRow, int, int]] = []
    by_table: dict[str, list[bytes]] = {}
    for each in fresh:
        columns, stream, first = each.columns, each.entry.stream, each.entry.first_seq
        if len(columns.offset):
            block = copying.numbers(
                columns.tag, columns.at, columns.value, columns.null, columns.quality, stream, columns.offset + first
            )
            by_table.setdefault(days.table_of(columns), []).append(block)
        texts.extend((row, stream, first + row.offset) for row in columns.texts)
    for table, blocks in by_table.items():
        await _copy(connection, table, blocks)
    if texts:
        await _copy(connection, "telemetry_readingtext", [copying.texts(texts)])


async def _copy(connection: Connection, table: str, blocks: list[bytes]) -> None:
    statement = f"COPY {table} (tag_id, at, value, quality, stream_id, seq) FROM STDIN (FORMAT binary)"
    async with connection.cursor().copy(statement) as copy:
        await copy.write(b"".join([copying.HEADER, *blocks, copying.TRAILER]))


Latest = tuple[int, datetime, float | None, str | None, int]


def consequences(blocks: Iterable[Columns]) -> tuple[list[tuple[int, datetime, datetime]], list[Latest]]:
    """Per machine the stretch of time that got new rows, and per tag its newest value, in the order of tags."""
    newest: dict[int, tuple[int, float | str | None, int]] = {}
    spans: dict[int, tuple[int, int]] = {}
    for columns in blocks:
        for tag, first_us, last in _per_tag(columns):
            value = None if columns.null[last] else float(columns.value[last])
            _note(newest, spans, columns, tag, first_us, int(columns.at[last]), value, int(columns.quality[last]))
        for row in columns.texts:
            _note(newest, spans, columns, row.tag_id, row.at_us, row.at_us, row.value, row.quality)
    dirty = [(machine, moment(first), moment(last)) for machine, (first, last) in sorted(spans.items())]
    latest: list[Latest] = []
    for tag, (at_us, newest_value, quality) in sorted(newest.items()):
        if isinstance(newest_value, str):
            latest.append((tag, moment(at_us), None, newest_value, quality))
        else:
            latest.append((tag, moment(at_us), newest_value, None, quality))
    return dirty, latest


def _note(
    newest: dict[int, tuple[int, float | str | None, int]], spans: dict[int, tuple[int, int]], columns: Columns,
    tag: int, first_us: int, last_us: int, value: float | str | None, quality: int,
) -> None:  # fmt: skip
    if tag not in newest or last_us > newest[tag][0]:
        newest[tag] = (last_us, value, quality)
    machine = columns.machine_of.get(tag)
    if machine is not None:
        known = spans.get(machine, (first_us, last_us))
        spans[machine] = (min(known[0], first_us), max(known[1], last_us))


def _per_tag(columns: Columns) -> list[tuple[int, int, int]]:
    """For each tag: its oldest time and the place of its newest row."""
    if not len(columns.tag):
        return []
    order = np.lexsort((columns.at, columns.tag))
    tags: NDArray[np.int32] = columns.tag[order]
    ends = np.flatnonzero(np.append(tags[1:] != tags[:-1], True))
    starts = np.append(0, ends[:-1] + 1)
    return list(zip(tags[ends].tolist(), columns.at[order[starts]].tolist(), order[ends].tolist(), strict=True))


async def _keep_losses(connection: Connection, fresh: list[_Fresh]) -> None:
    gaps = [
        (each.entry.stream, gap.from_seq, gap.to_seq, gap.reason.replace("\0", "")[:80], each.entry.received_at)
        for each in fresh
        for gap in each.gaps
    ]
    if gaps:
        await connection.execute(_GAPS, transposed(gaps, 5))
    bad = [
        (
            each.entry.stream, each.entry.first_seq + row.offset, row.tag_name,
            None if row.at_us is None else moment(row.at_us), row.raw, row.code, each.entry.received_at,
        )
        for each in fresh
        for row in each.columns.bad
    ]  # fmt: skip
    if bad:
        await connection.execute(_QUARANTINE, transposed(bad, 7))
    await keep_losses(
        connection,
        [
            (
                each.entry.stream, each.entry.first_seq + loss.offset, loss.device_code, moment(loss.from_us),
                moment(loss.to_us), loss.reason, each.entry.received_at,
            )
            for each in fresh
            for loss in each.columns.losses
        ],
    )  # fmt: skip


_GAPS = """INSERT INTO telemetry_gap (stream_id, from_seq, to_seq, reason, received_at)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[])"""
_QUARANTINE = """INSERT INTO telemetry_quarantinedreading (stream_id, seq, tag_name, at, raw, code, received_at)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[],
    %s::timestamptz[])"""
_CLASHES = """SELECT 1 FROM telemetry_packet WHERE stream_id = %s AND first_seq > %s - 10000
    AND first_seq <= %s AND first_seq + count > %s
    HAVING count(*) > 0 AND count(*) FILTER (WHERE digest = %s) = 0"""
_SUSPECT = """INSERT INTO telemetry_gatewayhealth (gateway_id, devices, detail, version, clock_source,
    clone_suspected_at, clone_note) VALUES (%s, '[]', '{}', '', '', %s, %s)
    ON CONFLICT (gateway_id) DO UPDATE SET clone_suspected_at = excluded.clone_suspected_at,
    clone_note = excluded.clone_note"""


async def _look_for_clones(connection: Connection, repeats: list[Entry]) -> None:
    """Rows under known numbers but with other content: two senders work with copies of one buffer."""
    for entry in repeats:
        last = entry.first_seq + entry.count - 1
        clash = await connection.execute(_CLASHES, [entry.stream, entry.first_seq, last, entry.first_seq, entry.digest])
        if await clash.fetchone():
            note = f"rows {entry.first_seq} to {last} came twice with different content"
            await connection.execute(_SUSPECT, [entry.gateway, entry.received_at, note])


def moment(us: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=us)
