"""Imported readings go where live ones are: into the days' tables by COPY, with all that follows from new readings."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

from factory_core.importing.kinds import Context
from factory_core.importing.models import ImportTrace
from factory_core.importing.states import Act
from telemetry.importers.tags import gateway_of
from telemetry.ingest import copying
from telemetry.ingest.columns import Columns
from telemetry.ingest.rules import DAY_US
from telemetry.ingest.store import DIRTY, LATEST, consequences, moment, transposed
from telemetry.readings.models import ImportedStretch, Stream
from telemetry.readings.partitions import ENSURE_SQL, day_of, existing_days

# The index of each day's own table is asked, reading by reading: these stretches may hold millions of other readings.
_KNOWN = """
SELECT asked.place, known.value, known.stream_id = %s FROM unnest(%s::int[], %s::int[], %s::timestamptz[])
    AS asked(place, tag_id, at) CROSS JOIN LATERAL (
    SELECT value, stream_id, seq FROM {table} WHERE tag_id = asked.tag_id AND at = asked.at OFFSET 0) AS known
 ORDER BY known.stream_id, known.seq
"""
_NOTHING = object()
_Key = tuple[int, int]


class Storing:
    """One batch on its way into the tables, inside the transaction of its run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._stream = _stream_of(context)

    def store(self, columns: Columns, wanted: set[int], times: Sequence[int]) -> list[int]:
        """Store those readings of `wanted` offsets that are not known yet; gives their offsets.

        The same value of a tag at the same time is known; where a time came several times in this run, the value that
        was said last before counts, so that a word that came back is kept.
        """
        columns = _only(columns, wanted)
        columns = _only(columns, self._new(columns))
        if not len(columns):
            return []
        _ensure_days({day_of(moment(at)) for at in _days(columns)})
        first = self._stream.acked_seq + 1
        if len(columns.offset):
            block = copying.numbers(
                columns.tag, columns.at, columns.value, columns.null, columns.quality, self._stream.pk,
                columns.offset + first,
            )  # fmt: skip
            _copy("telemetry_reading", block)
        if columns.texts:
            texts = [(row, self._stream.pk, first + row.offset) for row in columns.texts]
            _copy("telemetry_readingtext", copying.texts(texts))
        self._stream.acked_seq += len(times)
        self._stream.save(update_fields=["acked_seq"])
        self._follow(columns)
        return [*columns.offset.tolist(), *(row.offset for row in columns.texts)]

    def _new(self, columns: Columns) -> set[int]:
        numbers = [
            (offset, (tag, at), None if null else value)
            for offset, tag, at, value, null in zip(
                columns.offset.tolist(), columns.tag.tolist(), columns.at.tolist(), columns.value.tolist(),
                columns.null.tolist(), strict=True,
            )
        ]  # fmt: skip
        texts = [(row.offset, (row.tag_id, row.at_us), row.value) for row in columns.texts]
        return self._unknown("telemetry_reading", numbers) | self._unknown("telemetry_readingtext", texts)

    def _unknown(self, table: str, said: Sequence[tuple[int, _Key, object]]) -> set[int]:
        if not said:
            return set()
        keys = list(dict.fromkeys(key for _offset, key, _value in said))
        others: dict[_Key, set[object]] = defaultdict(set)
        last: dict[_Key, object] = {}
        with connection.cursor() as cursor:
            asked: list[Any] = [list(range(len(keys))), [tag for tag, _at in keys], [moment(at) for _tag, at in keys]]
            cursor.execute(_KNOWN.format(table=table), [self._stream.pk, *asked])
            for place, value, is_own in cursor.fetchall():
                if is_own:
                    last[keys[place]] = value
                else:
                    others[keys[place]].add(value)
        new = set()
        for offset, key, value in said:
            if value in others.get(key, ()) or last.get(key, _NOTHING) == value:
                continue
            last[key] = value
            new.add(offset)
        return new

    def _follow(self, columns: Columns) -> None:
        """Newest values, stretches that states must be derived for, and what an undo will look for."""
        dirty, newest = consequences([columns])
        ImportedStretch.objects.bulk_create(
            ImportedStretch(
                stream=self._stream,
                tag_id=tag,
                machine_id=columns.machine_of.get(tag),
                started_at=first,
                ended_at=last,
                count=count,
            )
            for tag, first, last, count in _stretches(columns)
        )
        with connection.cursor() as cursor:
            cursor.execute(LATEST, [self._context.at, *transposed(newest, 5)])
            if dirty:
                cursor.execute(DIRTY, [self._context.at, *transposed(dirty, 3)])
                cursor.execute("SELECT pg_notify('millwright_derive', '')")


def epoch_of(run_id: int) -> str:
    """The epoch of a run's stream; packets cannot name it, since theirs are hexadecimal digits."""
    return f"import{run_id}"


def _stream_of(context: Context) -> Stream:
    gateway = gateway_of(context.here)
    stream, is_new = Stream.objects.get_or_create(gateway=gateway, epoch=epoch_of(context.run_id), lane="e")
    if is_new:
        # Streams are no records, so no trigger traces them; readings go again by the stream that stands here.
        ImportTrace.objects.create(
            run_id=context.run_id, table=Stream._meta.db_table, key=stream.pk, act=Act.INSERT.value
        )  # fmt: skip
    return stream


def _only(columns: Columns, wanted: set[int]) -> Columns:
    keep: NDArray[np.bool_] = np.isin(columns.offset, list(wanted))
    return Columns(
        columns.offset[keep], columns.tag[keep], columns.at[keep], columns.value[keep], columns.null[keep],
        columns.quality[keep], [row for row in columns.texts if row.offset in wanted], [], columns.machine_of,
    )  # fmt: skip


def _days(columns: Columns) -> Iterable[int]:
    numbers = np.unique(columns.at // DAY_US).tolist() if len(columns.at) else []
    return {day * DAY_US for day in {*numbers, *(row.at_us // DAY_US for row in columns.texts)}}


def _stretches(columns: Columns) -> list[tuple[int, datetime, datetime, int]]:
    """For each tag its first and last time, and how many readings."""
    found: dict[int, list[int]] = defaultdict(list)
    for tag, at in zip(columns.tag.tolist(), columns.at.tolist(), strict=True):
        found[tag].append(at)
    for row in columns.texts:
        found[row.tag_id].append(row.at_us)
    return [(tag, moment(min(times)), moment(max(times)), len(times)) for tag, times in sorted(found.items())]


def _ensure_days(days: set[date]) -> None:
    """Make the tables of days beside the transaction of the run: the lock that makes them is never held for long."""
    missing = sorted(days - existing_days())
    if not missing:
        return
    params = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        params.pop(ours, None)
    with psycopg.connect(**params, autocommit=True) as beside:
        for day in missing:
            beside.execute(ENSURE_SQL, [day])


def _copy(table: str, block: bytes) -> None:
    statement = f"COPY {table} (tag_id, at, value, quality, stream_id, seq) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"".join([copying.HEADER, block, copying.TRAILER]))
