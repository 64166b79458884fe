"""The time account: every moment of a window belongs to exactly one class. Plain Python.

Which class wins, first match first:

1. outside a shift: `no_shift`, whatever the machine did;
2. nobody knows what it did (state NO_DATA, or no state at all): `no_data`, never drawn as idle;
3. it produced: `producing`, in a break as well;
4. state SETUP: `setup`;
5. a break of the shift: `planned_stop` without a reason;
6. a stop with a reason: `setup`, `planned_stop` or `unplanned_stop` by the reason's kind;
7. state MAINTENANCE: `planned_stop` without a reason;
8. no order on a machine that works by orders: `no_order`;
9. a stop too short to want a reason: `micro_stop`;
10. all the rest, being switched off included: `unplanned_stop`.

A reason that a person gave stands above "no order": who explains a breakdown says that it was one. A machine on which
nobody ever started an order does not work by orders, so its stops are stops.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from production.downtime.rules import joined
from production.downtime.states import ReasonKind
from production.oee.states import TimeClass
from telemetry.states.states import MachineState

Period = tuple[datetime, datetime]


class State(Protocol):
    """What a machine did from start to end (None: it still does)."""

    @property
    def state(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def ended_at(self) -> datetime | None: ...


class Stopped(NamedTuple):
    """A recorded stop. `kind` is that of its reason, "" without one; `is_micro`: too short to want one.

    `unexplained`: long enough to want one, and nobody gave it.
    """

    id: int
    started_at: datetime
    ended_at: datetime | None
    reason_id: int | None = None
    kind: str = ""
    is_micro: bool = False
    unexplained: bool = False


class Ran(NamedTuple):
    """An operation of an order was on the machine from start to end (None: it still is)."""

    started_at: datetime
    ended_at: datetime | None
    order_id: int


@dataclass(frozen=True)
class Slice:
    """So long, half-open, the machine belonged to one class; `stop_id` is the stop that it was part of."""

    started_at: datetime
    ended_at: datetime
    time_class: TimeClass
    reason_id: int | None = None
    order_id: int | None = None
    stop_id: int | None = None

    @property
    def microseconds(self) -> int:
        """Its real length."""
        return microseconds(self.started_at, self.ended_at)


def account(
    window: Period,
    *,
    is_shift: bool,
    breaks: Iterable[Period],
    states: Iterable[State],
    stops: Iterable[Stopped],
    runs: Iterable[Ran] | None,
) -> list[Slice]:
    """The window cut into slices, in order, without hole or overlap.

    `runs` None: the machine does not work by orders. What reaches beyond the window is cut; states, stops and runs each
    do not overlap among themselves. The end of the window must not
    lie in the future: what is not known yet would be `no_data`.
    """
    start, end = window[0].astimezone(UTC), window[1].astimezone(UTC)
    if start >= end:
        return []
    did = _Layer([(one.started_at, one.ended_at, one.state) for one in states], start, end)
    paused = _Layer([(begin, finish, True) for begin, finish in joined(breaks)], start, end)
    stood = _Layer([(one.started_at, one.ended_at, one) for one in stops], start, end)
    ordered = _Layer([(one.started_at, one.ended_at, one.order_id) for one in runs or ()], start, end)
    borders = sorted({start, end, *did.borders, *paused.borders, *stood.borders, *ordered.borders})
    found: list[Slice] = []
    for left, right in pairwise(borders):
        stop = stood.at(left)
        order_id = ordered.at(left)
        time_class, by_reason, as_stop = _class_of(
            is_shift, did.at(left), bool(paused.at(left)), stop, order_id is None and runs is not None
        )
        one = Slice(
            left,
            right,
            time_class,
            reason_id=stop.reason_id if stop is not None and by_reason else None,
            order_id=order_id,
            stop_id=stop.id if stop is not None and as_stop else None,
        )
        last = found[-1] if found else None
        if last is not None and replace(last, started_at=left, ended_at=right) == one:
            found[-1] = replace(last, ended_at=right)
        else:
            found.append(one)
    return found


def microseconds(start: datetime, end: datetime) -> int:
    """The real length of a period; plain subtraction in one zone ignores the hour a clock change adds or takes."""
    length = end.astimezone(UTC) - start.astimezone(UTC)
    return (length.days * 86_400 + length.seconds) * 1_000_000 + length.microseconds


_BY_STATE: dict[str, TimeClass] = {
    MachineState.PRODUCING: TimeClass.PRODUCING,
    MachineState.SETUP: TimeClass.SETUP,
}
_BY_REASON = {
    ReasonKind.SETUP: TimeClass.SETUP,
    ReasonKind.PLANNED: TimeClass.PLANNED_STOP,
    ReasonKind.UNPLANNED: TimeClass.UNPLANNED_STOP,
}


def _class_of(
    is_shift: bool, state: str | None, is_break: bool, stop: Stopped | None, no_order: bool
) -> tuple[TimeClass, bool, bool]:
    """The class of a moment, whether the stop's reason gave it, and whether the moment counts as one of the stop."""
    if not is_shift:
        return TimeClass.NO_SHIFT, False, False
    if state is None or state == MachineState.NO_DATA:
        return TimeClass.NO_DATA, False, False
    if state in _BY_STATE:
        return _BY_STATE[state], False, False
    if is_break:
        return TimeClass.PLANNED_STOP, False, False
    if stop is not None and stop.kind:
        return _BY_REASON[ReasonKind(stop.kind)], True, True
    if state == MachineState.MAINTENANCE:
        return TimeClass.PLANNED_STOP, False, False
    if no_order:
        return TimeClass.NO_ORDER, False, True
    if stop is not None and stop.is_micro:
        return TimeClass.MICRO_STOP, False, True
    return TimeClass.UNPLANNED_STOP, False, True


class _Layer:
    """Periods with what they say, cut to a window; asked at moments inside it."""

    def __init__(self, rows: Iterable[tuple[datetime, datetime | None, Any]], start: datetime, end: datetime) -> None:
        cut = [(max(began.astimezone(UTC), start), _end(ended, end), told) for began, ended, told in rows]
        inside = sorted((row for row in cut if row[0] < row[1]), key=lambda row: (row[0], row[1]))
        self._starts = [row[0] for row in inside]
        self._rows = inside
        self.borders = {moment for row in inside for moment in row[:2]}

    def at(self, moment: datetime) -> Any:
        """What the period that began last before a moment says; None where it has ended."""
        index = bisect_right(self._starts, moment) - 1
        if index < 0 or self._rows[index][1] <= moment:
            return None
        return self._rows[index][2]


def _end(ended: datetime | None, end: datetime) -> datetime:
    return end if ended is None else min(ended.astimezone(UTC), end)
