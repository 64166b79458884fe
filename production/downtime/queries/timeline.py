"""A machine's states over a period as coloured bands."""

from collections.abc import Sequence
from datetime import datetime

from factory_core.web import charts
from factory_core.web.display import display_state
from production.downtime.models import Downtime
from production.downtime.queries.bands import family_of
from production.downtime.rules import FOREVER, Interval
from production.downtime.states import STOP_STATES


def bands_of(
    intervals: Sequence[Interval], downtimes: Sequence[Downtime], start: datetime, end: datetime, at: datetime
) -> list[charts.Band]:
    """The states of one machine over [start, end), stops coloured by their reason, cut where downtimes begin and end.

    What lies after `at` has not happened and is left out.
    """
    until = min(end, at)
    found: list[charts.Band] = []
    for interval in intervals:
        first, last = max(interval.started_at, start), min(interval.ended_at or until, until)
        if last <= first:
            continue
        if interval.state not in STOP_STATES:
            found.append(charts.Band(display_state(interval.state), first, last))
            continue
        found += _explained(interval.state, first, last, downtimes)
    return found


def _explained(state: str, start: datetime, end: datetime, downtimes: Sequence[Downtime]) -> list[charts.Band]:
    found = []
    for downtime in downtimes:
        first, last = max(downtime.started_at, start), min(downtime.ended_at or FOREVER, end)
        if last <= first:
            continue
        if first > start:
            found.append(charts.Band(display_state(state), start, first))
        found.append(charts.Band(family_of(state, downtime), first, last))
        start = last
    if start < end:
        found.append(charts.Band(display_state(state), start, end))
    return found
