"""The readings a machine's rule listens to, fetched as the rules want them.

Plain SQL on purpose: these tables are partitioned and unmanaged, and a day of one machine is many rows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from telemetry.devices.models import TagKind
from telemetry.states.rules.fold import last_of_each
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.readings import LOWEST_USABLE, Reading
from telemetry.states.rules.stretches import DAY, HOUR

# Rows held at a time: about 60 MB, and a day of one machine at 1 Hz with two tags in one piece.
MOST_AT_ONCE = 200_000

_BETWEEN = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, tag_id, stream_id, seq, value, quality
  FROM {table} WHERE tag_id = ANY(%s) AND at >= %s AND at < %s LIMIT %s
"""
_NEXT = "SELECT min(at) FROM {table} WHERE tag_id = ANY(%s) AND at >= %s"
_SINCE = """
SELECT (extract(epoch FROM stored.at) * 1000000)::bigint, tag_id, stream_id, seq, value, quality
  FROM unnest(%s::int[], %s::timestamptz[]) AS wanted(tag, since) CROSS JOIN LATERAL (
    SELECT at, tag_id, stream_id, seq, value, quality FROM {table}
     WHERE tag_id = wanted.tag AND at >= wanted.since AND at >= %s AND at < %s) AS stored LIMIT %s
"""
_TAGS = "SELECT machine_id, id, name, kind FROM telemetry_tag WHERE machine_id = ANY(%s) AND name = ANY(%s)"
# What a value must be to say anything stands in rules.readings.by_tag too.
_LAST = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, tag, stream_id, seq, value, quality
  FROM unnest(%s::int[]) AS tag CROSS JOIN LATERAL (
    SELECT at, stream_id, seq, value, quality FROM {table}
     WHERE tag_id = tag AND at < %s AND quality >= %s AND value IS NOT NULL AND {usable}
     ORDER BY at DESC, stream_id DESC, seq DESC LIMIT 1) AS newest
"""
_USABLE = {
    "telemetry_reading": "value NOT IN ('NaN', 'Infinity', '-Infinity')",
    "telemetry_readingtext": "true",
}


@dataclass(frozen=True)
class Heard:
    """The tags of one machine that a rule listens to: id → name, in the table of their kind."""

    numbers: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def tables(self) -> list[tuple[str, dict[int, str]]]:
        """The reading tables that have anything to say, with the tags in each."""
        both = [("telemetry_reading", self.numbers), ("telemetry_readingtext", self.texts)]
        return [(table, tags) for table, tags in both if tags]

    def only(self, names: Collection[str]) -> "Heard":
        """Of these tags, the ones with such names."""
        return Heard(
            {key: name for key, name in self.numbers.items() if name in names},
            {key: name for key, name in self.texts.items() if name in names},
        )

    def id_of(self, name: str) -> int | None:
        """The tag of that name; the smallest id where two gateways use the same name."""
        return min((key for key, known in {**self.numbers, **self.texts}.items() if known == name), default=None)


def heard_by(machine_ids: Collection[int], names: Collection[str]) -> dict[int, Heard]:
    """Each machine's tags of those names; a name nobody sends is simply not heard."""
    heard: dict[int, Heard] = defaultdict(Heard)
    if names:
        with connection.cursor() as cursor:
            cursor.execute(_TAGS, [list(machine_ids), list(names)])
            for machine, key, name, kind in cursor.fetchall():
                (heard[machine].texts if kind == TagKind.TEXT else heard[machine].numbers)[key] = name
    return heard


def fresh_readings(wanted: Mapping[int, tuple[Heard, int]], now: int) -> dict[int, list[Reading]]:
    """What the tags of many machines said from a moment of each on, in one question a table.

    Meant for the last minutes of a plant; where that is too much to hold, the answer is empty and each
    machine has to be walked by itself.
    """
    if not wanted:
        return {}
    found: dict[int, list[Reading]] = {machine: [] for machine in wanted}
    first = from_us(min(since for _heard, since in wanted.values()))
    for table in ("telemetry_reading", "telemetry_readingtext"):
        owners, names, since = {}, {}, {}
        for machine, (heard, start) in wanted.items():
            for key, name in dict(heard.tables).get(table, {}).items():
                owners[key], names[key], since[key] = machine, name, from_us(start)
        if not owners:
            continue
        with connection.cursor() as cursor:
            stop = from_us(now + DAY)
            cursor.execute(
                _SINCE.format(table=table), [list(owners), list(since.values()), first, stop, MOST_AT_ONCE + 1]
            )
            rows = cursor.fetchall()
            if len(rows) > MOST_AT_ONCE:
                return {}
            for at, tag, stream, seq, value, quality in rows:
                found[owners[tag]].append(Reading(at, names[tag], stream, seq, value, quality))
    for readings in found.values():
        readings.sort(key=lambda reading: reading[:4])
    return found


def readings_from(heard: Heard, start: int, end: int | None, now: int) -> Iterator[list[Reading]]:
    """All readings in [start, end), rising, in batches small enough to hold.

    Empty stretches are skipped; further than an hour ahead of ``now`` nothing is looked for.
    """
    window = DAY
    while (end is None or start < end) and heard.tables:
        stop = start + window if end is None else min(start + window, end)
        batch = _between(heard, start, stop, None if window == 1 else MOST_AT_ONCE)
        if batch is None:
            window = max(window // 4, 1)
            continue
        if len(batch) < MOST_AT_ONCE // 8:
            window = min(window * 2, DAY)
        start = stop
        if batch:
            yield batch
        elif stop > now + HOUR:
            return
        else:
            following = _next_at(heard, stop)
            if following is None:
                return
            start = following


def last_before(heard: Heard, at: int) -> list[Reading]:
    """The newest usable reading of each tag name before ``at``."""
    found: list[Reading] = []
    for table, tags in heard.tables:
        found += _rows(_LAST.format(table=table, usable=_USABLE[table]), [list(tags), from_us(at), LOWEST_USABLE], tags)
    return last_of_each(sorted(found, key=lambda reading: reading[:4]))


def _between(heard: Heard, start: int, stop: int, most: int | None) -> list[Reading] | None:
    """The readings of a stretch, or None when a table has more than ``most`` of them."""
    found: list[Reading] = []
    for table, tags in heard.tables:
        limit = None if most is None else most + 1
        rows = _rows(_BETWEEN.format(table=table), [list(tags), from_us(start), from_us(stop), limit], tags)
        if most is not None and len(rows) > most:
            return None
        found += rows
    found.sort(key=lambda reading: reading[:4])
    return found


def _next_at(heard: Heard, start: int) -> int | None:
    moments = []
    with connection.cursor() as cursor:
        for table, tags in heard.tables:
            cursor.execute(_NEXT.format(table=table), [list(tags), from_us(start)])
            moments += [row[0] for row in cursor.fetchall() if row[0] is not None]
    return to_us(min(moments)) if moments else None


def _rows(sql: str, parameters: list[Any], names: dict[int, str]) -> list[Reading]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [
            Reading(at, names[tag], stream, seq, value, quality)
            for at, tag, stream, seq, value, quality in cursor.fetchall()
        ]
