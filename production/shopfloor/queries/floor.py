"""The floor: every machine one may see, in flow order, in a handful of queries however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.web.display import Text
from factory_core.web.finders import MOST_FOUND, Found
from production.downtime.queries import band, open_downtimes, shifts_at
from production.orders.queries import shift_figures
from production.shopfloor.queries.calls import OpenCall
from telemetry.states.queries import current_states

# Written out: each fragment of a station asks them, and Django needs longer to word them than the database to answer.
_NEWEST = """SELECT e.id FROM factory_core_event e WHERE e.machine_id = factory_core_machine.id
ORDER BY e.at DESC, e.id DESC LIMIT 1"""
_OPEN = """FROM telemetry_stateinterval i WHERE i.machine_id = factory_core_machine.id AND i.ended_at IS NULL
ORDER BY i.started_at DESC LIMIT 1"""
AS_IT_STANDS = {
    "newest": RawSQL(_NEWEST, ()),  # noqa: S611 - our own text
    "state_now": RawSQL(f"SELECT i.state {_OPEN}", ()),  # noqa: S611 - our own text
    "state_since": RawSQL(f"SELECT i.started_at {_OPEN}", ()),  # noqa: S611 - our own text
}


class Placed(NamedTuple):
    """A machine on the floor. `newest`: the `v` that its newest live message carried."""

    pk: int
    code: str
    name: str
    line_id: int
    newest: int


class Tile(NamedTuple):
    """One machine on the floor; without a running order `target` is None. `calls`: whom it calls for help."""

    code: str
    name: str
    url: str
    state: str
    word: str
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
    return rows.select_related("line__area__site").order_by("line__code", "position", "code")


def placed_machines(actor: User) -> tuple[dict[int, Line], list[Placed]]:
    """The machines in use that somebody may see, in flow order, and their lines by id, with their places.

    Many machines share a line, so its places are read once for the line, and a machine is no more than its columns.
    """
    rows = visible(actor, Machine.objects.filter(is_active=True), "production.view").annotate(newest=newest_event())
    columns = rows.order_by("line__code", "position", "code").values_list("pk", "code", "name", "line", "newest")
    machines = [Placed(pk, code, name, line, newest or 0) for pk, code, name, line, newest in columns]
    found = Line.objects.select_related("area__site").in_bulk({machine.line_id for machine in machines})
    return {machine.line_id: found[machine.line_id] for machine in machines}, machines


def newest_event() -> Subquery:
    """The id of a machine's newest event: the `v` that its newest live message carried."""
    return Subquery(Event.objects.filter(machine=OuterRef("pk")).order_by("-at", "-id").values("id")[:1])


def as_it_stands(machines: QuerySet[Machine]) -> QuerySet[Machine]:
    """Machines with their state now, since when, and the `v` of their newest live message: of one moment.

    Read apart, a change between the two would leave an old state on a screen that takes itself for new.
    """
    return machines.annotate(**AS_IT_STANDS)


def board(
    lines: Mapping[int, Line],
    machines: Sequence[Placed],
    at: datetime,
    address: str,
    calls: Iterable[OpenCall] = (),
) -> list[Group]:
    """The tiles of machines, grouped by line. `address` is where a tile leads, with %s for the machine's code."""
    called: dict[int, tuple[Text, ...]] = defaultdict(tuple)
    for call in calls:
        called[call.machine_id] += (call.kind,)
    keys = [machine.pk for machine in machines]
    shifts = shifts_at(list(lines.values()), at)
    figures = shift_figures(keys, {machine.pk: shifts[machine.line_id] for machine in machines}, at)
    states, downtimes = current_states(keys), open_downtimes(keys)
    # Two hundred tiles say the same few words: each is translated once.
    words: dict[int, str] = {}
    groups: dict[int, Group] = {}
    for machine in machines:
        line = lines[machine.line_id]
        group = groups.setdefault(line.pk, Group(line.code, line.name, []))
        span = states.get(machine.pk)
        look = band(span.state if span else "NO_DATA", span.started_at if span else at, downtimes.get(machine.pk))
        figure = figures[machine.pk]
        group.tiles.append(
            Tile(
                code=machine.code,
                name=machine.name,
                url=address % machine.code,
                state=look.state,
                word=words.get(id(look.word)) or words.setdefault(id(look.word), str(look.word)),
                since=look.since or at,
                version=machine.newest,
                good=figure.good,
                target=figure.target,
                expected=figure.expected,
                calls=called[machine.pk],
            )
        )
    return list(groups.values())


def machines_found(actor: User, text: str) -> list[Found]:
    """The machines that a typed or scanned text may mean, by code or name."""
    wanted = Q(code__iexact=text) | Q(name__icontains=text)
    return [
        Found(_("Machine"), machine.name, machine.code, f"/machines/{machine.code}/", exact=machine.code == text)
        for machine in machines_seen_by(actor).filter(wanted)[:MOST_FOUND]
    ]
