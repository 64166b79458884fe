"""One machine as its operator sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Q
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from factory_core.calendar.rules import ShiftWindow
from factory_core.events.models import Event
from factory_core.people.events import CAME_TO_TERMINAL
from factory_core.people.models import User
from factory_core.people.services import people_at
from factory_core.plant.models import Machine
from factory_core.web import charts
from factory_core.web.display import Text, duration
from production.downtime.models import Downtime
from production.downtime.queries import Choice, band, bands_of, downtimes_in, intervals_of
from production.downtime.states import DowntimeStatus, ReasonSource
from production.labour.queries import working_on
from production.orders.models import OrderRun
from production.orders.queries import Ordered, counts_of_machines, figures_of_shift
from production.orders.rules import Run

# Whoever starts the machine again explains the stop right afterwards.
ASKS_AFTER = timedelta(minutes=15)
LATELY_HERE = 6


@dataclass(frozen=True)
class StationBand:
    """The state of the machine; `version` grows with its events."""

    state: str
    word: Text
    note: str
    since: datetime
    version: int


@dataclass(frozen=True)
class Reasons:
    """What is asked about the stop, or what was answered."""

    asks: bool
    downtime_id: int | None
    from_machine: str
    frequent: Sequence[Choice]
    given: str = ""
    given_by: str = ""
    given_at: datetime | None = None


@dataclass(frozen=True)
class StationOrder:
    """The running operation and this shift's figures."""

    id: int
    operation_id: int
    number: str
    step: int
    step_name: str
    item_name: str
    unit: str
    count_by: str
    good: Decimal
    scrap: Decimal
    rework: Decimal
    target: Decimal | None
    expected: Decimal | None


@dataclass(frozen=True)
class Recent:
    """This shift so far."""

    bands: list[charts.Band]
    started_at: datetime
    ended_at: datetime
    unexplained: int
    last_stop: str


@dataclass(frozen=True)
class Person:
    """A name to tap."""

    id: int
    name: str


def station_band(machine: Machine, at: datetime, downtime: Downtime | None) -> StationBand:
    """How a machine, read as it stands, is shown now, given the downtime that goes on."""
    state, since, newest = machine.state_now, machine.state_since, machine.newest  # type: ignore[attr-defined]  # annotated by as_it_stands
    look = band(state or "NO_DATA", since, downtime)
    return StationBand(look.state, look.word, look.note, look.since or at, newest or 0)


def stops_of(machine: Machine, since: datetime, until: datetime) -> list[Downtime]:
    """The downtimes of a machine that touch a period, oldest first; one that goes on is the last."""
    return list(downtimes_in([machine.pk], since, until).select_related(None).select_related("reason", "explained_by"))


def ongoing(stops: Sequence[Downtime]) -> Downtime | None:
    """The downtime that goes on."""
    return next((stop for stop in reversed(stops) if stop.status == DowntimeStatus.OPEN), None)


def station_reasons(stops: Sequence[Downtime], at: datetime, frequent: Callable[[str], Sequence[Choice]]) -> Reasons:
    """The question about the stop that goes on or has just ended, its answer, or nothing to do.

    `frequent` gives the reasons to tap, one of them suggested; it is asked only where there is a question.
    """
    downtime = ongoing(stops) or _just_ended(stops, at)
    if downtime is None:
        return Reasons(False, None, "", ())
    said_by_machine = downtime.reason_source == ReasonSource.MACHINE
    if downtime.reason is None or said_by_machine:
        return Reasons(
            asks=True,
            downtime_id=downtime.pk,
            from_machine=downtime.reason.name if downtime.reason else "",
            frequent=frequent(downtime.reason.code if downtime.reason else ""),
        )
    return Reasons(
        asks=False,
        downtime_id=downtime.pk,
        from_machine="",
        frequent=(),
        given=downtime.reason.name,
        given_by=downtime.explained_by.name if downtime.explained_by else "",
        given_at=downtime.explained_at,
    )


def station_order(machine: Machine, runs: Sequence[OrderRun], shift: ShiftWindow, at: datetime) -> StationOrder | None:
    """The running operation with what this shift made at the machine, given the machine's runs of the shift."""
    operation = next((run.operation for run in runs if run.ended_at is None), None)
    if operation is None:
        return None
    order, counts = operation.order, counts_of_machines([machine.pk], {machine.pk: shift}, at)[machine.pk]
    ordered = [Ordered(Run(run.started_at, run.ended_at, run.operation.run_s), run.operation.quantity) for run in runs]
    figure = figures_of_shift(shift, counts, ordered, at)
    return StationOrder(
        id=order.pk,
        operation_id=operation.pk,
        number=order.number,
        step=operation.number,
        step_name="" if operation.name == order.item_text[:120] else operation.name,
        item_name=order.item_text,
        unit=order.unit,
        count_by=operation.count_by,
        good=figure.good,
        scrap=figure.scrap,
        rework=counts.rework,
        target=figure.target,
        expected=figure.expected,
    )


def runs_here(machine: Machine, since: datetime | None, at: datetime) -> list[OrderRun]:
    """The run of a machine that goes on, and with `since` those that touch the time from then on; oldest first.

    Each with its operation and order, and those at work on it as `at_work`.
    """
    touching = Q(ended_at=None) if since is None else Q(ended_at=None) | Q(ended_at__gt=since, started_at__lte=at)
    rows = OrderRun.objects.filter(touching, machine=machine).select_related("operation__order")
    return list(rows.annotate(at_work=working_on("production_orderrun.operation_id")).order_by("started_at"))


def station_recent(machine: Machine, shift: ShiftWindow, stops: Sequence[Downtime], at: datetime) -> Recent:
    """The bands of this shift, how many stops want a reason, and the last stop in a sentence."""
    zone = machine.line.area.site.zone
    mine = [stop for stop in stops if stop.ended_at is None or stop.ended_at > shift.started_at]
    intervals = intervals_of(machine.pk, shift.started_at, shift.ended_at)
    ended = [stop for stop in mine if stop.ended_at is not None]
    return Recent(
        bands=bands_of(intervals, mine, shift.started_at, shift.ended_at, at),
        started_at=shift.started_at.astimezone(zone),
        ended_at=shift.ended_at.astimezone(zone),
        unexplained=sum(_wants_a_reason(stop) for stop in mine),
        last_stop=_told(ended[-1], machine) if ended else "",
    )


def people_here(machine: Machine, terminal: User) -> tuple[list[Person], list[Person]]:
    """Who came to this terminal lately (at most six), and everybody else who may work at the machine."""
    people = {user.pk: Person(user.pk, user.name) for user in people_at(machine).order_by("username")}
    came = Event.objects.filter(
        name=CAME_TO_TERMINAL.name,
        subjects__kind=terminal._meta.label_lower,
        subjects__key=terminal.pk,
        actor__in=people.keys(),
    )
    order = came.values("actor").annotate(last=Max("id")).order_by("-last").values_list("actor", flat=True)
    lately = list(order[:LATELY_HERE])
    return [people[pk] for pk in lately], [person for pk, person in people.items() if pk not in lately]


def _just_ended(stops: Sequence[Downtime], at: datetime) -> Downtime | None:
    last = next((stop for stop in reversed(stops) if _wants_a_reason(stop)), None)
    return last if last is not None and last.ended_at is not None and last.ended_at > at - ASKS_AFTER else None


def _wants_a_reason(stop: Downtime) -> bool:
    return stop.reason_id is None and not stop.is_micro


def _told(downtime: Downtime, machine: Machine) -> str:
    if downtime.ended_at is None:
        return ""
    zone = machine.line.area.site.zone
    return _("Last stop at %(time)s, %(length)s: %(reason)s") % {
        "time": time_format(downtime.started_at.astimezone(zone), "H:i"),
        "length": duration((downtime.ended_at - downtime.started_at).total_seconds()),
        "reason": downtime.reason.name if downtime.reason else _("no reason"),
    }
