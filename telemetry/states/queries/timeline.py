"""What machines did: intervals, the state now, cycles, totals, pieces. Times are aware datetimes, periods half-open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from telemetry.states.models import CounterStep, StateInterval, StateRule
from telemetry.states.rules import cycles as cycle_rules
from telemetry.states.rules.definition import known_words, read_definition
from telemetry.states.rules.fold import Interval
from telemetry.states.rules.moments import from_us, to_us
from telemetry.states.states import DISPLAY_FAMILY, NOTHING_SAID, SILENT, MachineState

PIECES = "pieces"


@dataclass(frozen=True)
class StateSpan:
    """A machine was in one state during [started_at, ended_at); ``ended_at`` None: it still is.

    ``state`` is a MachineState, ``word`` the machine's own word for it.
    """

    machine_id: int
    started_at: datetime
    ended_at: datetime | None
    state: str
    word: str

    @property
    def display(self) -> str:
        """The family a screen shows (see ``states.DISPLAY_FAMILY``)."""
        return DISPLAY_FAMILY[self.state]

    def seconds(self, until: datetime) -> float:
        """How long it lasted, or has lasted by ``until``."""
        return ((self.ended_at or until) - self.started_at).total_seconds()


@dataclass(frozen=True)
class ProgramCycle:
    """One completed run of a program; ``active`` and ``feed_hold`` are the times in those words inside it."""

    started_at: datetime
    ended_at: datetime
    active: timedelta
    feed_hold: timedelta

    @property
    def length(self) -> timedelta:
        """From the first ACTIVE to PROGRAM_COMPLETED."""
        return self.ended_at - self.started_at


def intervals(machine_id: int, start: datetime, end: datetime) -> list[StateSpan]:
    """The states of a machine during [start, end), cut to it; an interval still open ends at ``end``."""
    return [
        StateSpan(machine_id, from_us(left), from_us(right or to_us(end)), state, word)
        for left, right, state, word in cycle_rules.clipped(_stored(machine_id, start, end), to_us(start), to_us(end))
    ]


def current_states(machine_ids: Iterable[int]) -> dict[int, StateSpan]:
    """The state each machine is in, in one query; a machine nobody has heard of is missing."""
    rows = StateInterval.objects.filter(machine__among=machine_ids, ended_at=None)
    found = rows.values_list("machine_id", "started_at", "state", "word")
    return {machine: StateSpan(machine, started_at, None, state, word) for machine, started_at, state, word in found}


def cycles_of(machine_id: int, start: datetime, end: datetime) -> list[ProgramCycle]:
    """The cycles completed during [start, end); their beginning may lie before it."""
    completed = StateInterval.objects.filter(
        machine_id=machine_id, word=cycle_rules.COMPLETED, started_at__lt=start
    ).order_by("-started_at")
    last = completed.values_list("started_at", flat=True).first()
    rows = StateInterval.objects.filter(machine_id=machine_id, started_at__lt=end)
    if last is not None:
        rows = rows.filter(started_at__gte=last)
    return [
        ProgramCycle(
            from_us(cycle.started_at),
            from_us(cycle.ended_at),
            timedelta(microseconds=cycle.active),
            timedelta(microseconds=cycle.feed_hold),
        )
        for cycle in cycle_rules.cycles(_as_intervals(rows.order_by("started_at")))
        if cycle.ended_at >= to_us(start)
    ]


def state_totals(machine_id: int, start: datetime, end: datetime) -> dict[str, timedelta]:
    """Time per state during [start, end), every state named; what no interval covers is NO_DATA.

    The values add up to the period exactly.
    """
    sums = cycle_rules.totals(_stored(machine_id, start, end), to_us(start), to_us(end))
    unknown = to_us(end) - to_us(start) - sum(sums.values())
    sums[MachineState.NO_DATA] = sums.get(MachineState.NO_DATA, 0) + unknown
    return {state.value: timedelta(microseconds=sums.get(state, 0)) for state in MachineState}


def piece_count(machine_id: int, start: datetime, end: datetime) -> Decimal:
    """What the machine's piece counters went up by during [start, end)."""
    steps = CounterStep.objects.filter(machine_id=machine_id, counts=PIECES, at__gte=start, at__lt=end)
    total: Decimal | None = steps.aggregate(total=Sum("delta"))["total"]
    return Decimal(0) if total is None else total


def unknown_words(machine_id: int, start: datetime, end: datetime) -> set[str]:
    """Words the machine said during [start, end) that none of its rules explains: somebody should add them."""
    said = {span.word for span in intervals(machine_id, start, end)}
    known = {NOTHING_SAID, SILENT}
    for definition in StateRule.objects.filter(machine_id=machine_id).values_list("definition", flat=True):
        known |= known_words(read_definition(definition))
    return said - known


def _stored(machine_id: int, start: datetime, end: datetime) -> list[Interval]:
    rows = StateInterval.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=start), machine_id=machine_id, started_at__lt=end
    )
    return _as_intervals(rows.order_by("started_at"))


def _as_intervals(rows: Iterable[StateInterval]) -> list[Interval]:
    return [
        Interval(to_us(row.started_at), None if row.ended_at is None else to_us(row.ended_at), row.state, row.word)
        for row in rows
    ]
