"""Builders of production: states, reasons, orders, stops."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from factory_core.access.identity import acting
from factory_core.calendar.models import Shift
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Line, Machine, Site
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.rules import Plan
from production.downtime.services import align_downtimes
from production.orders.models import ProductionOrder
from production.orders.services import plan_order, start_order
from telemetry.states.models import StateInterval

MORNING = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def minute(n: float) -> datetime:
    """So many minutes after 06:00 UTC of the day on which stories play."""
    return MORNING + timedelta(minutes=n)


def states(machine: Machine, *runs: tuple[str, float, float | None] | tuple[str, float, float | None, str]) -> None:
    """The machine's whole time line anew: ("STOPPED", from minute, to minute or None, word)."""
    StateInterval.objects.filter(machine=machine).delete()
    StateInterval.objects.bulk_create(
        StateInterval(
            machine=machine,
            state=run[0],
            started_at=minute(run[1]),
            ended_at=None if run[2] is None else minute(run[2]),
            word=run[3] if len(run) > 3 else "",
        )
        for run in runs
    )


def follow(machine: Machine, start: float = 0, end: float | None = None, at: float = 600) -> Plan:
    """What the reaction does when the states of this stretch were redrawn."""
    service = service_user("downtime")
    with acting(service, channel="test"):
        return align_downtimes(
            actor=service,
            machine_id=machine.pk,
            started_at=minute(start),
            ended_at=None if end is None else minute(end),
            at=minute(at),
        )


def stops_of(machine: Machine) -> list[tuple[float, float | None]]:
    """The standing downtimes of a machine as minutes, oldest first."""
    rows = Downtime.objects.filter(machine=machine, status__in=("OPEN", "CLOSED")).order_by("started_at")
    return [(_minutes(row.started_at), None if row.ended_at is None else _minutes(row.ended_at)) for row in rows]


def a_stop(machine: Machine, start: float = 10, end: float | None = 20, word: str = "") -> Downtime:
    """A machine that stopped, with the record made the usual way."""
    tail = [("PRODUCING", end, None)] if end is not None else []
    states(machine, ("PRODUCING", 0, start), ("STOPPED", start, end, word), *tail)
    follow(machine)
    return Downtime.objects.get(machine=machine, started_at=minute(start), status__in=("OPEN", "CLOSED"))


def a_reason(
    code: str, kind: str = "UNPLANNED", parent: DowntimeReason | None = None, **more: object
) -> DowntimeReason:
    """A reason, or a category if others name it as their parent."""
    with acting(service_user("plant"), channel="test"):
        return DowntimeReason.objects.create(
            code=code, name=code.replace("-", " ").capitalize(), kind=kind, parent=parent, **more
        )


def a_shift(
    place: Site | Line, starts: str = "06:00", ends: str = "14:00", name: str = "Early", days: int = 127
) -> Shift:
    """A shift of a site, or of one line."""
    where = {"site": place} if isinstance(place, Site) else {"site": place.area.site, "line": place}
    with acting(service_user("plant"), channel="test"):
        return Shift.objects.create(name=name, starts=starts, ends=ends, weekdays=days, **where)


def an_order(actor: User, machine: Machine, quantity: int = 620, cycle_s: str = "30") -> ProductionOrder:
    """A planned order."""
    with acting(actor, channel="test"):
        return plan_order(
            actor=actor,
            machine=machine,
            item_text="Flange 12-008",
            quantity=Decimal(quantity),
            ideal_cycle_s=Decimal(cycle_s),
            at=minute(0),
        )


def a_running_order(supervisor: User, machine: Machine, at: float = 0, **more: object) -> ProductionOrder:
    """An order that was planned and started."""
    order = an_order(supervisor, machine, **more)
    with acting(supervisor, channel="test"):
        return start_order(actor=supervisor, order_id=order.pk, at=minute(at))


def _minutes(moment: datetime) -> float:
    return (moment - MORNING).total_seconds() / 60
