"""Which stretch of time a change elsewhere concerns."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from factory_core.events.models import Event
from production.downtime.models import Downtime


class Stretch(NamedTuple):
    """From when to when (None: still) something concerns a machine."""

    machine_id: int
    started_at: datetime
    ended_at: datetime | None


def machine_of_event(event_id: int) -> int | None:
    """The machine at which something happened; None where it was at none."""
    return Event.objects.filter(pk=event_id).values_list("machine_id", flat=True).first()


def stretch_of_stop(downtime_id: int) -> Stretch | None:
    """The time of a stop, with all it was split from or merged with; None where there is no such stop."""
    one = Downtime.objects.filter(pk=downtime_id).first()
    if one is None:
        return None
    family = {one.pk, one.split_from_id, one.merged_into_id} - {None}
    rows = Downtime.objects.filter(Q(pk__in=family) | Q(split_from__in=family) | Q(merged_into__in=family))
    known = list(rows.values_list("started_at", "ended_at"))
    ends = [end for _start, end in known]
    return Stretch(
        one.machine_id,
        min(start for start, _end in known),
        None if None in ends else max(end for end in ends if end is not None),
    )
