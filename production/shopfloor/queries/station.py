"""One machine as its operator sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max
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
from production.downtime.queries import (
    Choice,
    band_of,
    bands_of,
    downtimes_in,
    frequent_reasons,
    intervals_of,
    open_downtime,
    stops_to_explain,
)
from production.downtime.states import ReasonSource
from production.orders.models import OrderOperation
from production.orders.queries import shift_figures
from production.shopfloor.queries.floor import newest_event

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
    good: Decimal
    scrap: Decimal
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


def station_band(machine: Machine, at: datetime) -> StationBand:
    """How the machine is shown now."""
    look = band_of(machine)
    version = Machine.objects.filter(pk=machine.pk).annotate(newest=newest_event()).values_list("newest", flat=True)
    return StationBand(look.state, look.word, look.note, look.since or at, version[0] or 0)


def station_reasons(machine: Machine, at: datetime, shift: ShiftWindow) -> Reasons:
    """The question about the stop that goes on or has just ended, its answer, or nothing to do."""
    downtime = open_downtime(machine) or _just_ended(machine, at)
    if downtime is None:
        return Reasons(False, None, "", ())
    said_by_machine = downtime.reason_source == ReasonSource.MACHINE
    if downtime.reason is None or said_by_machine:
        suggested = downtime.reason.code if downtime.reason else ""
        return Reasons(
            asks=True,
            downtime_id=downtime.pk,
            from_machine=downtime.reason.name if downtime.reason else "",
            frequent=frequent_reasons(machine, shift.started_at, suggested),
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


def station_order(
    machine: Machine, operation: OrderOperation | None, at: datetime, shift: ShiftWindow
) -> StationOrder | None:
    """The running operation with what this shift made at the machine."""
    if operation is None:
        return None
    order = operation.order
    figure = shift_figures([machine.pk], {machine.pk: shift}, at)[machine.pk]
    return StationOrder(
        id=order.pk,
        operation_id=operation.pk,
        number=order.number,
        step=operation.number,
        step_name="" if operation.name == order.item_text[:120] else operation.name,
        item_name=order.item_text,
        unit=order.unit,
        good=figure.good,
        scrap=figure.scrap,
        target=figure.target,
        expected=figure.expected,
    )


def station_recent(machine: Machine, at: datetime, shift: ShiftWindow) -> Recent:
    """The bands of this shift, how many stops want a reason, and the last stop in a sentence."""
    zone = machine.line.area.site.zone
    downtimes = list(downtimes_in([machine.pk], shift.started_at, shift.ended_at))
    intervals = intervals_of(machine.pk, shift.started_at, shift.ended_at)
    ended = [downtime for downtime in downtimes if downtime.ended_at is not None]
    return Recent(
        bands=bands_of(intervals, downtimes, shift.started_at, shift.ended_at, at),
        started_at=shift.started_at.astimezone(zone),
        ended_at=shift.ended_at.astimezone(zone),
        unexplained=_unexplained(machine, shift),
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


def _just_ended(machine: Machine, at: datetime) -> Downtime | None:
    ended = stops_to_explain([machine.pk], at - ASKS_AFTER, at).order_by("-started_at").first()
    return ended if ended is not None and ended.ended_at is not None and ended.ended_at > at - ASKS_AFTER else None


def _unexplained(machine: Machine, shift: ShiftWindow) -> int:
    return stops_to_explain([machine.pk], shift.started_at, shift.ended_at).count()


def _told(downtime: Downtime, machine: Machine) -> str:
    if downtime.ended_at is None:
        return ""
    zone = machine.line.area.site.zone
    return _("Last stop at %(time)s, %(length)s: %(reason)s") % {
        "time": time_format(downtime.started_at.astimezone(zone), "H:i"),
        "length": duration((downtime.ended_at - downtime.started_at).total_seconds()),
        "reason": downtime.reason.name if downtime.reason else _("no reason"),
    }
