"""Imported readings go again: exactly those of the run; newest values and states are then those of what is left."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Max, Min, Model, Sum
from django.utils.translation import gettext as _

from factory_core.clock import now
from factory_core.importing.queries.footprint import Kept, Why
from factory_core.plant.models import Machine
from telemetry.devices.models import Gateway, Tag, TagKind, TagUse
from telemetry.importers.storing import epoch_of
from telemetry.readings.models import DirtyRange, ImportedStretch, LatestValue, Stream
from telemetry.states.models import CounterStep

_GATEWAY, _STREAM, _TAG = Gateway._meta.db_table, Stream._meta.db_table, Tag._meta.db_table
_HELD = """
SELECT count(*) FROM {table} WHERE tag_id = %s AND at BETWEEN %s AND %s AND stream_id = %s
"""
_DELETE = """
DELETE FROM {table} WHERE tag_id = %s AND at BETWEEN %s AND %s AND stream_id = %s
"""
# What is left under the newest value that went; when it came is no longer known, so its own time stands for that.
_NEWEST = """
UPDATE telemetry_latestvalue AS latest SET (at, {column}, quality, received_at) = (
    SELECT left_over.at, left_over.value, left_over.quality, left_over.at FROM {table} AS left_over
     WHERE left_over.tag_id = latest.tag_id ORDER BY left_over.at DESC, stream_id DESC, seq DESC LIMIT 1)
 WHERE latest.tag_id = %s AND latest.at BETWEEN %s AND %s
   AND EXISTS (SELECT 1 FROM {table} AS any_left WHERE any_left.tag_id = latest.tag_id)
   AND NOT EXISTS (SELECT 1 FROM {table} AS own WHERE own.tag_id = latest.tag_id AND own.at = latest.at
                    AND own.value IS NOT DISTINCT FROM latest.{column})
"""
_GONE = """
DELETE FROM telemetry_latestvalue AS latest WHERE latest.tag_id = %s
   AND NOT EXISTS (SELECT 1 FROM {table} AS any_left WHERE any_left.tag_id = latest.tag_id)
"""


_TABLES = {"telemetry_reading": "number", "telemetry_readingtext": "text"}


class Span(NamedTuple):
    """What a run stored of one tag, from the first to the last time."""

    stream_id: int
    tag_id: int
    machine_id: int | None
    started_at: datetime
    ended_at: datetime
    readings: int


def before_undo(run_id: int, added: Mapping[str, set[int]], kept: dict[tuple[str, int], Any]) -> None:
    """Say what stays: the gateway and tags that later runs use, and readings whose days retention has dropped."""
    others = Stream.objects.filter(gateway_id__in=added.get(_GATEWAY, ())).exclude(epoch=epoch_of(run_id))
    for gateway, stream in others.values_list("gateway_id", "id"):
        kept.setdefault((_GATEWAY, gateway), Kept(_GATEWAY, gateway, Why.USED_SINCE, f"{_STREAM} {stream}"))
    tags = ImportedStretch.objects.filter(tag_id__in=added.get(_TAG, ())).exclude(stream__epoch=epoch_of(run_id))
    for tag, stream in tags.values_list("tag_id", "stream_id").order_by("id"):
        kept.setdefault((_TAG, tag), Kept(_TAG, tag, Why.USED_SINCE, f"{_STREAM} {stream}"))
    spans = _spans(added)
    lost = sum(span.readings - _counted(_HELD, span) for span in spans)
    if lost:
        table = ImportedStretch._meta.db_table
        why = _("%(count)d readings: their days were dropped") % {"count": lost}
        kept.setdefault((table, spans[0].stream_id), Kept(table, spans[0].stream_id, Why.GONE, why))


def after_undo(run_id: int, added: Mapping[str, set[int]]) -> None:
    """Take the readings away, put newest values right, and have the states of that time derived anew."""
    unmade = _unmade(Tag, added)
    for projection in (CounterStep, TagUse, LatestValue):
        projection._default_manager.filter(tag_id__in=unmade).delete()
    DirtyRange.objects.filter(machine_id__in=_unmade(Machine, added)).delete()
    spans = _spans(added)
    for span in spans:
        _counted(_DELETE, span)
        if span.tag_id not in unmade:
            _put_newest_right(span)
    ImportedStretch.objects.filter(stream_id__in=added.get(_STREAM, ())).delete()
    _have_derived(spans, now())


def _unmade(model: type[Model], added: Mapping[str, set[int]]) -> set[int]:
    """Those that the run had made and that are gone by now."""
    made = added.get(model._meta.db_table, set())
    return made - set(model._default_manager.filter(pk__in=made).values_list("pk", flat=True))


def _spans(added: Mapping[str, set[int]]) -> list[Span]:
    rows = (
        ImportedStretch.objects.filter(stream_id__in=added.get(_STREAM, ()))
        .values_list("stream_id", "tag_id", "machine_id")
        .annotate(Min("started_at"), Max("ended_at"), Sum("count"))
        .order_by("stream_id", "tag_id", "machine_id")
    )
    return [Span(*row) for row in rows]


def _counted(sql: str, span: Span) -> int:
    """How many readings a statement finds, or takes away, in both tables."""
    count = 0
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(sql.format(table=table), [span.tag_id, span.started_at, span.ended_at, span.stream_id])
            count += cursor.fetchone()[0] if cursor.description else cursor.rowcount
    return count


def _put_newest_right(span: Span) -> None:
    kind = Tag.objects.values_list("kind", flat=True).get(pk=span.tag_id)
    table = "telemetry_readingtext" if kind == TagKind.TEXT else "telemetry_reading"
    with connection.cursor() as cursor:
        cursor.execute(
            _NEWEST.format(table=table, column=_TABLES[table]), [span.tag_id, span.started_at, span.ended_at]
        )
        cursor.execute(_GONE.format(table=table), [span.tag_id])


def _have_derived(spans: Iterable[Span], at: datetime) -> None:
    """Mark the time of these readings, on the machines that are still there."""
    found: dict[int, tuple[datetime, datetime]] = {}
    for span in spans:
        if span.machine_id is not None:
            first, last = found.get(span.machine_id, (span.started_at, span.ended_at))
            found[span.machine_id] = (min(first, span.started_at), max(last, span.ended_at))
    there = Machine.objects.filter(pk__in=found).values_list("pk", flat=True)
    DirtyRange.objects.bulk_create(
        DirtyRange(machine_id=key, started_at=found[key][0], ended_at=found[key][1], created_at=at) for key in there
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('millwright_derive', '')")
