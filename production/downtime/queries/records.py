"""Which downtimes stand, go on, or want a reason."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from factory_core.plant.models import Machine
from production.downtime.models import Downtime
from production.downtime.queries.times import planned_time
from production.downtime.states import STANDING, STOP_STATES, DowntimeStatus
from telemetry.states.models import StateInterval


def standing() -> QuerySet[Downtime]:
    """Downtimes that occupy their machine's time line, with what is shown of them."""
    return Downtime.objects.filter(status__in=STANDING).select_related("reason", "machine", "explained_by")


def downtimes_in(machine_ids: Iterable[int], start: datetime, end: datetime) -> QuerySet[Downtime]:
    """The downtimes of machines that touch [start, end), oldest first."""
    return (
        standing()
        .filter(Q(ended_at=None) | Q(ended_at__gt=start), machine__among=machine_ids, started_at__lt=end)
        .order_by("started_at")
    )


def open_downtime(machine: Machine) -> Downtime | None:
    """The downtime that still goes on at a machine."""
    return standing().filter(machine=machine, status=DowntimeStatus.OPEN).first()


def open_downtimes(machine_ids: Iterable[int]) -> dict[int, Downtime]:
    """The downtime that still goes on at each machine that has one."""
    rows = Downtime.objects.filter(machine__among=machine_ids, status=DowntimeStatus.OPEN).select_related("reason")
    return {row.machine_id: row for row in rows}


def stops_to_explain(machine_ids: Iterable[int], start: datetime, end: datetime) -> QuerySet[Downtime]:
    """The downtimes of a period that want a reason, oldest first; short ones want none."""
    return downtimes_in(machine_ids, start, end).filter(reason=None, is_micro=False)


def machines_at_shift_border(at: datetime) -> list[tuple[int, datetime]]:
    """Machines whose open downtime outlived its planned time, or that stand in planned time without one.

    Each with the moment from which its downtimes have to be looked at again.
    """
    stopped = {
        row.machine_id: row.started_at for row in StateInterval.objects.filter(ended_at=None, state__in=STOP_STATES)
    }
    open_since = dict(Downtime.objects.filter(status=DowntimeStatus.OPEN).values_list("machine_id", "started_at"))
    concerned = Machine.objects.filter(pk__in=stopped.keys() | open_since.keys()).select_related("line__area__site")
    planned_now: dict[int, bool] = {}
    found = []
    for machine in concerned:
        if machine.line_id not in planned_now:
            periods = planned_time(machine.line, at, at + timedelta(microseconds=1))
            planned_now[machine.line_id] = periods is None or bool(periods)
        if planned_now[machine.line_id] != (machine.pk in open_since) or (
            machine.pk in open_since and machine.pk not in stopped
        ):
            found.append((machine.pk, open_since.get(machine.pk) or stopped[machine.pk]))
    return found
