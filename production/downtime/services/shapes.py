"""Split a stop in two, make several one, and undo both."""

import itertools
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from production.downtime import events
from production.downtime.models import Downtime
from production.downtime.queries import standing
from production.downtime.services.locks import REASON_FIELDS, live, locked_downtime, store
from production.downtime.states import DowntimeStatus


class OutsideOfStop(Invalid):
    """A stop is split at a moment inside it."""

    code = "outside_of_stop"


class NotNeighbours(Refused):
    """Only stops of one machine that follow each other can become one."""

    code = "not_neighbours"


class DifferentReasons(Refused):
    """Stops with different reasons do not become one by themselves."""

    code = "different_reasons"


class NotSplit(Refused):
    """The stop is not part of a split, or its other part changed since."""

    code = "not_split"


class NotMerged(Refused):
    """Nothing was merged into the stop."""

    code = "not_merged"


def split_downtime(
    *, actor: User, downtime_id: int, split_at: datetime, at: datetime, version: int | None = None
) -> tuple[Downtime, Downtime]:
    """Split a stop at a moment inside it; the later part wants a reason of its own. Gives back both parts."""
    first = locked_downtime(actor, downtime_id, version)
    require(actor, "production.downtime.edit", first)
    if not first.started_at < split_at < (first.ended_at or at):
        raise OutsideOfStop(
            _("%(split)s is not inside the stop, which began at %(start)s and ended at %(end)s.")
            % {"split": split_at.isoformat(), "start": first.started_at.isoformat(), "end": _told(first.ended_at)}
        )
    ended_at, status = first.ended_at, first.status
    first.ended_at, first.status = split_at, DowntimeStatus.CLOSED
    store(first, "ended_at", "status")
    second = Downtime(
        machine=first.machine,
        order=first.order,
        started_at=split_at,
        ended_at=ended_at,
        status=status,
        state=first.state,
        word=first.word,
        split_from=first,
    )
    second.save()
    publish(
        events.DOWNTIME_SPLIT,
        about=[first, first.machine, second],
        at=at,
        actor=actor,
        live=live(first.machine),
        split_at=split_at,
        downtime_id=first.pk,
    )
    return first, second


def undo_split(*, actor: User, downtime_id: int, at: datetime, version: int | None = None) -> Downtime:
    """Join the later part of a split to the earlier one again; the earlier part's reason stays."""
    second = locked_downtime(actor, downtime_id, version)
    require(actor, "production.downtime.edit", second)
    first = second.split_from
    if first is None or not _still_split(first, second):
        raise NotSplit(_("This stop is not the later part of a split that can be undone."))
    # Its own row may be older than the lock of the machine that we hold now.
    first = locked_downtime(actor, first.pk)
    _swallow(first, [second])
    first.ended_at, first.status = second.ended_at, _status_of(second.ended_at)
    store(first, "ended_at", "status")
    publish(
        events.SPLIT_UNDONE, about=[first, first.machine, second], at=at, actor=actor, live=live(first.machine),
        downtime_id=first.pk,
    )  # fmt: skip
    return first


def merge_downtimes(*, actor: User, downtime_ids: Sequence[int], at: datetime, version: int | None = None) -> Downtime:
    """Make neighbouring stops of one machine one stop: the earliest, which lasts until the end of the latest.

    What lies between them (shorter than the machine's limit) counts as part of the stop. Raises NotNeighbours,
    DifferentReasons.
    """
    stops = [locked_downtime(actor, pk) for pk in dict.fromkeys(downtime_ids)]
    stops.sort(key=lambda stop: stop.started_at)
    for stop in stops:
        require(actor, "production.downtime.edit", stop)
    _check_neighbours(stops)
    first, last = locked_downtime(actor, stops[0].pk, version), stops[-1]
    reasons = {stop.reason_id for stop in stops if stop.reason_id is not None}
    if len(reasons) > 1:
        raise DifferentReasons(_("These stops have different reasons. Take one of them back first."))
    remembered = first.before_merge or _remembered(first)
    first.before_merge = {**remembered, "parts": [*remembered["parts"], *(stop.pk for stop in stops[1:])]}
    source = next((stop for stop in stops if stop.reason_id is not None), first)
    for name in REASON_FIELDS:
        setattr(first, name, getattr(source, name))
    _swallow(first, stops[1:])
    first.ended_at, first.status = last.ended_at, _status_of(last.ended_at)
    store(first, "ended_at", "status", "before_merge", *REASON_FIELDS)
    publish(
        events.DOWNTIMES_MERGED,
        about=[first, first.machine, *stops[1:]],
        at=at,
        actor=actor,
        live=live(first.machine),
        count=len(stops),
        downtime_id=first.pk,
    )
    return first


def undo_merge(*, actor: User, downtime_id: int, at: datetime, version: int | None = None) -> Downtime:
    """Take merged stops apart again, each as it was. Raises NotMerged."""
    first = locked_downtime(actor, downtime_id, version)
    require(actor, "production.downtime.edit", first)
    before: dict[str, Any] | None = first.before_merge
    if before is None:
        raise NotMerged(_("Nothing was merged into this stop."))
    swallowed = list(first.swallowed.filter(pk__in=before["parts"]).select_related("machine").order_by("started_at"))
    ended_at = first.ended_at
    first.ended_at = parse_datetime(before["ended_at"])
    first.status = DowntimeStatus.CLOSED
    first.reason_id, first.reason_source = before["reason_id"], before["reason_source"]
    first.explained_by_id = before["explained_by_id"]
    first.explained_at = parse_datetime(before["explained_at"]) if before["explained_at"] else None
    first.before_merge = None
    store(first, "ended_at", "status", "before_merge", *REASON_FIELDS)
    for stop in swallowed:
        # The machine may have run again since the merge: what was open then ended when the merged stop did.
        if stop is swallowed[-1]:
            stop.ended_at = ended_at
        stop.status, stop.merged_into = _status_of(stop.ended_at), None
        store(stop, "ended_at", "status", "merged_into")
    publish(
        events.MERGE_UNDONE, about=[first, first.machine, *swallowed], at=at, actor=actor, live=live(first.machine),
        downtime_id=first.pk,
    )  # fmt: skip
    return first


def _check_neighbours(stops: Sequence[Downtime]) -> None:
    if len(stops) < 2 or len({stop.machine_id for stop in stops}) > 1:
        raise NotNeighbours(_("Choose at least two stops of one machine."))
    machine = stops[0].machine
    for earlier, later in itertools.pairwise(stops):
        between = standing().filter(machine=machine, started_at__gt=earlier.started_at, started_at__lt=later.started_at)
        gap_s = (later.started_at - (earlier.ended_at or later.started_at)).total_seconds()
        if between.exists() or gap_s >= machine.stop_limit_s:
            raise NotNeighbours(
                _("Between these stops %(machine)s ran for too long, or there is another stop. Choose neighbours.")
                % {"machine": machine.name}
            )


def _swallow(first: Downtime, others: Sequence[Downtime]) -> None:
    for stop in others:
        stop.status, stop.merged_into = DowntimeStatus.MERGED, first
        store(stop, "status", "merged_into")


def _remembered(first: Downtime) -> dict[str, Any]:
    return {
        "ended_at": first.ended_at.isoformat() if first.ended_at else None,
        "reason_id": first.reason_id,
        "reason_source": first.reason_source,
        "explained_by_id": first.explained_by_id,
        "explained_at": first.explained_at.isoformat() if first.explained_at else None,
        "parts": [],
    }


def _status_of(ended_at: datetime | None) -> DowntimeStatus:
    return DowntimeStatus.OPEN if ended_at is None else DowntimeStatus.CLOSED


def _told(moment: datetime | None) -> str:
    return moment.isoformat() if moment else str(_("(still going on)"))


def split_to_undo(downtime: Downtime) -> Downtime | None:
    """The later part of the split that this stop is a part of, if the split can be undone."""
    if downtime.split_from is not None and _still_split(downtime.split_from, downtime):
        return downtime
    if downtime.ended_at is None:
        return None
    return standing().filter(split_from=downtime, started_at=downtime.ended_at).first()


def _still_split(first: Downtime, second: Downtime) -> bool:
    return first.stands and first.ended_at == second.started_at


def mergeable_before(downtime: Downtime) -> Downtime | None:
    """The stop right before this one, if both could become one."""
    rows = standing().filter(machine=downtime.machine, started_at__lt=downtime.started_at)
    before = rows.order_by("-started_at").first()
    if before is None:
        return None
    try:
        _check_neighbours([before, downtime])
    except NotNeighbours:
        return None
    return before
