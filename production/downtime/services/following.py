"""Making the downtimes of a machine say what its states say, without ever editing what people settled."""

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import duration
from production.downtime import events
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.queries import intervals_of, open_downtime, planned_time, reason_by_word, standing
from production.downtime.rules import Close, Known, Plan, Stop, plan_alignment, stops_in
from production.downtime.services.corrections import correct, withdraw_outdated
from production.downtime.services.locks import (
    REASON_FIELDS,
    give_machine_reason,
    live,
    locked_machine,
    store,
)
from production.downtime.states import STOP_STATES, DowntimeStatus
from production.orders.queries import running_order
from telemetry.states.models import StateInterval

# Widening a stretch to whole stops and records settles at once; more rounds than this mean records overlap stops
# endlessly, which the exclusion constraint rules out.
MOST_ROUNDS = 50


def align_downtimes(
    *, actor: User, machine_id: int, started_at: datetime, ended_at: datetime | None, at: datetime
) -> Plan:
    """Bring the downtimes of a machine in line with its states over [started_at, ended_at); None is up to now.

    Doing it again changes nothing.
    """
    machine = locked_machine(machine_id)
    require(actor, "production.downtime.edit", machine)
    start, end = _whole_stretch(machine, started_at, ended_at)
    records = list(_records(machine, start, end))
    planned = planned_time(machine.line, start, max(end or at, at))
    stops = stops_in(intervals_of(machine_id, start, end), planned, at)
    plan = plan_alignment(_known(records), stops, at)
    _carry_out(actor, machine, {record.pk: record for record in records}, plan, at)
    return plan


def tell_screens_again(*, machine_id: int, after: int) -> None:
    """Say how a stopped machine looks, once its states changed inside a stop that stays the same stop.

    Telemetry's own message (the event `after`) knows neither downtimes nor reasons and would leave tiles without them.
    """
    machine = Machine.objects.get(pk=machine_id)
    if open_downtime(machine) is not None:
        # Newer than that event, older than whatever comes next.
        nudge(f"machine:{machine.pk}", t="state", **live(machine), m=machine.code, v=after + 0.5)


def _carry_out(actor: User, machine: Machine, records: dict[int, Downtime], plan: Plan, at: datetime) -> None:
    by_word = reason_by_word()
    # Records may pass each other while several move; the time line is right again when all have.
    _check_overlaps("DEFERRED")
    for close in plan.closes:
        _close(actor, machine, records[close.id], close, plan, by_word)
    for correction in plan.corrections:
        correct(actor=actor, downtime=records[correction.id], wanted=correction, at=at)
    withdraw_outdated(actor=actor, downtimes=records.values(), wanted=plan.corrections, at=at)
    for stop in plan.opens:
        _open(actor, machine, stop, by_word, at)
    for record in records.values():
        _listen(actor, machine, record, plan, by_word, at)
    _check_overlaps("IMMEDIATE")


def _open(actor: User, machine: Machine, stop: Stop, by_word: dict[str, DowntimeReason], at: datetime) -> None:
    downtime = Downtime(
        machine=machine,
        order=running_order(machine, stop.started_at),
        started_at=stop.started_at,
        ended_at=stop.ended_at,
        status=DowntimeStatus.OPEN if stop.ended_at is None else DowntimeStatus.CLOSED,
        state=stop.state,
        word=(stop.words or ("",))[0][:80],
    )
    give_machine_reason(downtime, list(stop.words), by_word)
    downtime.is_micro = _short(downtime)
    downtime.save()
    about = [downtime, machine]
    if stop.ended_at is None:
        publish(
            events.DOWNTIME_STARTED,
            about=about,
            at=stop.started_at,
            actor=actor,
            live=live(machine),
            downtime_id=downtime.pk,
        )
    else:
        publish(
            events.DOWNTIME_FOUND,
            about=about,
            at=stop.ended_at,
            actor=actor,
            live=live(machine),
            downtime_id=downtime.pk,
            length=duration((stop.ended_at - stop.started_at).total_seconds()),
        )


def _close(
    actor: User, machine: Machine, downtime: Downtime, close: Close, plan: Plan, by_word: dict[str, DowntimeReason]
) -> None:
    downtime.ended_at, downtime.status = close.ended_at, DowntimeStatus.CLOSED
    stop = plan.stop_of.get(downtime.pk)
    give_machine_reason(downtime, list(stop.words) if stop else [], by_word)
    store(downtime, "ended_at", "status", "word", *REASON_FIELDS)
    publish(
        events.DOWNTIME_ENDED,
        about=[downtime, machine],
        at=close.ended_at,
        actor=actor,
        live=live(machine),
        downtime_id=downtime.pk,
        length=duration((close.ended_at - downtime.started_at).total_seconds()),
        is_micro=downtime.is_micro,
    )


def _listen(
    actor: User, machine: Machine, downtime: Downtime, plan: Plan, by_word: dict[str, DowntimeReason], at: datetime
) -> None:
    """An alarm code often comes a moment after the stop: it gives the reason while nobody has."""
    stop = plan.stop_of.get(downtime.pk)
    if stop is None or not downtime.stands or not give_machine_reason(downtime, list(stop.words), by_word):
        return
    store(downtime, "word", *REASON_FIELDS)
    publish(
        events.REASON_FROM_MACHINE,
        about=[downtime, machine],
        at=at,
        actor=actor,
        live=live(machine),
        reason=str(downtime.reason),
        downtime_id=downtime.pk,
    )


def _short(downtime: Downtime) -> bool:
    if downtime.ended_at is None or downtime.reason is not None:
        return False
    return (downtime.ended_at - downtime.started_at).total_seconds() < downtime.machine.stop_limit_s


def _known(records: list[Downtime]) -> list[Known]:
    split = {record.split_from_id for record in records}
    return [
        Known(
            record.pk,
            record.started_at,
            record.ended_at,
            touched=record.touched or record.pk in split,
            merged=record.before_merge is not None,
        )
        for record in records
    ]


def _whole_stretch(
    machine: Machine, started_at: datetime, ended_at: datetime | None
) -> tuple[datetime, datetime | None]:
    """The stretch, widened until it cuts neither a stop nor a record."""
    start, end = started_at, ended_at
    for _round in range(MOST_ROUNDS):
        wider_start, wider_end = _stop_start(machine, start), end and _stop_end(machine, end)
        first = _records(machine, wider_start, wider_end).order_by("started_at").first()
        last = _records(machine, wider_start, wider_end).order_by("-started_at").first()
        if first is not None:
            wider_start = min(wider_start, first.started_at)
        if last is not None and wider_end is not None:
            wider_end = None if last.ended_at is None else max(wider_end, last.ended_at)
        if (wider_start, wider_end) == (start, end):
            break
        start, end = wider_start, wider_end
    return start, end


def _stop_start(machine: Machine, moment: datetime) -> datetime:
    """When the stop that reaches a moment began; the moment itself if the machine was not stopped just before."""
    rows = StateInterval.objects.filter(machine=machine, started_at__lt=moment)
    before = rows.exclude(state__in=STOP_STATES).order_by("-started_at").first()
    if before is not None:
        return moment if before.ended_at is None or before.ended_at >= moment else before.ended_at
    first = rows.order_by("started_at").first()
    return first.started_at if first else moment


def _stop_end(machine: Machine, moment: datetime) -> datetime | None:
    rows = StateInterval.objects.filter(Q(ended_at=None) | Q(ended_at__gt=moment), machine=machine)
    following = rows.exclude(state__in=STOP_STATES).order_by("started_at").first()
    if following is not None:
        return max(moment, following.started_at)
    still = rows.filter(ended_at=None).exists()
    last = rows.order_by("-started_at").first()
    return None if still or last is None else max(moment, last.ended_at or moment)


def _records(machine: Machine, start: datetime, end: datetime | None) -> QuerySet[Downtime]:
    rows = standing().filter(Q(ended_at=None) | Q(ended_at__gt=start), machine=machine)
    if end is not None:
        rows = rows.filter(started_at__lt=end)
    return rows.order_by("started_at")


def _check_overlaps(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS downtime_one_at_a_time {when}")
