"""One machine for whoever wants to understand it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from factory_core.plant.models import Machine
from factory_core.web import charts
from factory_core.web.display import FAMILIES, Text, display_state, display_word
from production.downtime.queries import bands_of, downtimes_in, intervals_of, shift_at
from production.shopfloor.screens import Tab
from telemetry.devices.models import Tag, TagKind
from telemetry.readings.models import LatestValue
from telemetry.states.models import StateInterval

INTERVALS_A_PAGE = 50
SPANS = {"shift": None, "day": timedelta(days=1), "week": timedelta(days=7)}


@dataclass(frozen=True)
class LegendEntry:
    """A display family and the time it was shown."""

    state: str
    word: Text
    seconds: float


@dataclass(frozen=True)
class History:
    """The bands of a period."""

    bands: list[charts.Band]
    started_at: datetime
    ended_at: datetime
    legend: list[LegendEntry]
    label: str


@dataclass(frozen=True)
class TagRow:
    """A tag with its newest value; text tags have no curve."""

    name: str
    unit: str
    value: Any
    at: datetime | None
    decision: str
    series_url: str


@dataclass(frozen=True)
class IntervalRow:
    """One interval of the list."""

    state: str
    word: Text
    started_at: datetime
    ended_at: datetime | None
    seconds: float
    rule: str


def machine_page(machine: Machine, at: datetime, span: str, page: int) -> dict[str, Any]:
    """Everything the machine's page shows of a span (`shift`, `day`, `week`) and a page of intervals."""
    span = span if span in SPANS else "shift"
    length = SPANS[span]
    shift = shift_at(machine.line, at)
    start, end = (shift.started_at, shift.ended_at) if length is None else (at - length, at)
    intervals, more = _intervals(machine, start, end, at, page)
    here = f"/machines/{machine.code}/"
    return {
        "machine": {
            "code": machine.code,
            "name": machine.name,
            "station_url": f"/station/{machine.code}/",
            "queue_url": f"/machines/{machine.code}/queue/",
            "oee_url": f"/oee/?machine={machine.code}",
            "history_url": f"/history/{machine._meta.label_lower}/{machine.pk}/",
        },
        "spans": [
            Tab(_("This shift"), f"{here}?span=shift", span == "shift"),
            Tab(_("24 hours"), f"{here}?span=day", span == "day"),
            Tab(_("7 days"), f"{here}?span=week", span == "week"),
        ],
        "history": _history(machine, start, end, at),
        "tags": _tags(machine, start, min(end, at)),
        "intervals": intervals,
        "previous_url": f"{here}?span={span}&page={page - 1}" if page else "",
        "next_url": f"{here}?span={span}&page={page + 1}" if more else "",
    }


def legend_of(bands: list[charts.Band], start: datetime, end: datetime) -> list[LegendEntry]:
    """The time per display family, in the order of the families."""
    return legend_from(charts.totals(bands, start, end))


def legend_from(totals: dict[str, float]) -> list[LegendEntry]:
    """Seconds per family as legend entries."""
    return [LegendEntry(key, family.word, totals[key]) for key, family in FAMILIES.items() if totals.get(key)]


def _history(machine: Machine, start: datetime, end: datetime, at: datetime) -> History:
    zone = machine.line.area.site.zone
    downtimes = list(downtimes_in([machine.pk], start, end))
    bands = bands_of(intervals_of(machine.pk, start, end), downtimes, start, end, at)
    return History(
        bands,
        start.astimezone(zone),
        end.astimezone(zone),
        legend_of(bands, start, end),
        _("States of %(machine)s") % {"machine": machine.name},
    )


def _intervals(
    machine: Machine, start: datetime, end: datetime, at: datetime, page: int
) -> tuple[list[IntervalRow], bool]:
    rows = StateInterval.objects.filter(machine=machine, started_at__lt=end).exclude(ended_at__lte=start)
    first = page * INTERVALS_A_PAGE
    shown = list(rows.select_related("rule").order_by("-started_at")[first : first + INTERVALS_A_PAGE + 1])
    listed = []
    for row in shown[:INTERVALS_A_PAGE]:
        family = display_state(row.state)
        seconds = ((row.ended_at or at) - row.started_at).total_seconds()
        rule = _("rule %(number)d") % {"number": row.rule.number} if row.rule else ""
        word = display_word(row.state, family)
        told = f"{word} · {row.word}" if row.word else word
        listed.append(IntervalRow(family, told, row.started_at, row.ended_at, seconds, rule))
    return listed, len(shown) > INTERVALS_A_PAGE


def _tags(machine: Machine, start: datetime, end: datetime) -> list[TagRow]:
    newest = {value.tag_id: value for value in LatestValue.objects.filter(tag__machine=machine)}
    period = urlencode({"from": start.isoformat(), "to": end.isoformat()})
    rows = []
    for tag in Tag.objects.filter(machine=machine, enabled=True).order_by("name"):
        value = newest.get(tag.pk)
        curve = "" if tag.kind == TagKind.TEXT else f"/api/v1/tags/{tag.pk}/series?{period}"
        said = "" if value is None else value.text if value.number is None else f"{value.number:g}"
        rows.append(TagRow(tag.name, tag.unit, said, value.at if value else None, tag.decision, curve))
    return rows
