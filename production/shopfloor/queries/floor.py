"""The floor: every machine one may see, in flow order, in a handful of queries however many there are."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.web.display import Text
from production.downtime.queries import band, open_downtimes, shifts_at
from production.orders.queries import shift_figures
from production.shopfloor.queries.calls import OpenCall
from telemetry.states.queries import current_states

STAMPS = ("created_at", "updated_at")


@dataclass(frozen=True)
class Tile:
    """One machine on the floor; without a running order `target` is None. `calls`: whom it calls for help."""

    code: str
    name: str
    url: str
    state: str
    word: Text
    since: datetime
    version: int
    good: Decimal
    target: Decimal | None
    expected: Decimal | None
    calls: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Group:
    """The machines of a line in flow order."""

    code: str
    name: str
    tiles: list[Tile]


def machines_seen_by(actor: User | AnonymousUser, capability: str = "production.view") -> QuerySet[Machine]:
    """The machines in use for which somebody has a right, in flow order, with their places."""
    rows = visible(actor, Machine.objects.filter(is_active=True), capability)
    # Many machines share a line: its places are read once for the line, not once for each machine.
    lines = Prefetch("line", Line.objects.select_related("area__site"))
    return rows.defer(*STAMPS).prefetch_related(lines).order_by("line__code", "position", "code")


def newest_event() -> Subquery:
    """The id of a machine's newest event: the `v` that its newest live message carried."""
    return Subquery(Event.objects.filter(machine=OuterRef("pk")).order_by("-at", "-id").values("id")[:1])


def board(machines: Iterable[Machine], at: datetime, address: str, calls: Iterable[OpenCall] = ()) -> list[Group]:
    """The tiles of machines, grouped by line. `address` is where a tile leads, with %s for the machine's code."""
    called: dict[int, tuple[Text, ...]] = defaultdict(tuple)
    for call in calls:
        called[call.machine_id] += (call.kind,)
    shown = list(machines)
    keys = [machine.pk for machine in shown]
    lines = {machine.line_id: machine.line for machine in shown}
    shifts = shifts_at(list(lines.values()), at)
    figures = shift_figures(keys, {machine.pk: shifts[machine.line_id] for machine in shown}, at)
    states, downtimes = current_states(keys), open_downtimes(keys)
    groups: dict[int, Group] = {}
    for machine in shown:
        group = groups.setdefault(machine.line_id, Group(machine.line.code, machine.line.name, []))
        span = states.get(machine.pk)
        look = band(span.state if span else "NO_DATA", span.started_at if span else at, downtimes.get(machine.pk))
        figure = figures[machine.pk]
        group.tiles.append(
            Tile(
                code=machine.code,
                name=machine.name,
                url=address % machine.code,
                state=look.state,
                word=look.word,
                since=look.since or at,
                version=getattr(machine, "newest", None) or 0,
                good=figure.good,
                target=figure.target,
                expected=figure.expected,
                calls=called[machine.pk],
            )
        )
    return list(groups.values())
