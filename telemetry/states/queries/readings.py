"""The readings a machine's rule listens to, fetched as the rules want them.

Plain SQL on purpose: these tables are partitioned and unmanaged, and a day of one machine is many rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from telemetry.devices.models import Tag, TagKind
from telemetry.states.rules.definition import Definition, tags_of
from telemetry.states.rules.fold import last_of_each
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.rules.readings import LOWEST_USABLE, Reading
from telemetry.states.rules.stretches import DAY

_BETWEEN = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, tag_id, stream_id, seq, value, quality
  FROM {table} WHERE tag_id = ANY(%s) AND at >= %s AND at < %s ORDER BY at, tag_id, stream_id, seq
"""
_NEXT = "SELECT min(at) FROM {table} WHERE tag_id = ANY(%s) AND at >= %s"
# What a value must be to say anything stands in rules.readings.by_tag too.
_LAST = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, tag, stream_id, seq, value, quality
  FROM unnest(%s::int[]) AS tag CROSS JOIN LATERAL (
    SELECT at, stream_id, seq, value, quality FROM {table}
     WHERE tag_id = tag AND at < %s AND quality >= %s AND value IS NOT NULL AND value::text <> 'NaN'
     ORDER BY at DESC, stream_id DESC, seq DESC LIMIT 1) AS newest
"""


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

    def id_of(self, name: str) -> int | None:
        """The tag of that name; the smallest id where two gateways use the same name."""
        return min((key for key, known in {**self.numbers, **self.texts}.items() if known == name), default=None)


def heard_by(machine_id: int, definition: Definition) -> Heard:
    """The machine's tags that a rule names; a name nobody sends is simply not heard."""
    heard = Heard()
    rows = Tag.objects.filter(machine_id=machine_id, name__in=tags_of(definition)).values_list("id", "name", "kind")
    for key, name, kind in rows:
        (heard.texts if kind == TagKind.TEXT else heard.numbers)[key] = name
    return heard


def readings_from(heard: Heard, start: int, end: int | None, now: int) -> Iterator[list[Reading]]:
    """All readings in [start, end), rising, a UTC day at a time; days without any are skipped.

    The stretch from today on is one batch: nothing is looked for further than a day ahead of ``now``.
    """
    while end is None or start < end:
        stop = start - start % DAY + DAY
        final = stop > now
        if final:
            stop = max(stop, now + DAY)
        if end is not None:
            stop = min(stop, end)
        batch = _between(heard, start, stop)
        if batch:
            yield batch
        following = None if final else _next_at(heard, stop)
        if following is None:
            return
        start = following


def last_before(heard: Heard, at: int) -> list[Reading]:
    """The newest usable reading of each tag name before ``at``."""
    found: list[Reading] = []
    for table, tags in heard.tables:
        found += _rows(_LAST.format(table=table), [list(tags), from_us(at), LOWEST_USABLE], tags)
    return last_of_each(sorted(found, key=lambda reading: reading[:4]))


def _between(heard: Heard, start: int, stop: int) -> list[Reading]:
    found: list[Reading] = []
    for table, tags in heard.tables:
        found += _rows(_BETWEEN.format(table=table), [list(tags), from_us(start), from_us(stop)], tags)
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
