"""Which stops a machine's states contain, and what the recorded downtimes must become. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from production.downtime.states import STOP_STATES, CorrectionKind

Period = tuple[datetime, datetime]
# Stands for "still going on" where moments are compared.
FOREVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Interval:
    """A machine was in a state from start to end (None: it still is); `word` is what it said itself."""

    state: str
    started_at: datetime
    ended_at: datetime | None
    word: str = ""


@dataclass(frozen=True)
class Stop:
    """A stretch without production inside planned time, as the states tell it."""

    started_at: datetime
    ended_at: datetime | None
    state: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """A recorded downtime. `touched`: a person left a mark on it. `merged`: a person joined several stops in it."""

    id: int
    started_at: datetime
    ended_at: datetime | None
    touched: bool = False
    merged: bool = False


@dataclass(frozen=True)
class Close:
    """An open downtime ends here: the machine left its stop, nothing is corrected."""

    id: int
    ended_at: datetime


@dataclass(frozen=True)
class Correction:
    """A recorded downtime should have had these times, or (REMOVE) should not exist."""

    id: int
    kind: CorrectionKind
    started_at: datetime | None
    ended_at: datetime | None
    accepted: bool


@dataclass(frozen=True)
class Plan:
    """What has to happen so that downtimes say what the states say. `stop_of` pairs each record with its stop."""

    closes: tuple[Close, ...] = ()
    corrections: tuple[Correction, ...] = ()
    opens: tuple[Stop, ...] = ()
    stop_of: dict[int, Stop] = field(default_factory=dict)


def stops_in(intervals: Iterable[Interval], planned: Sequence[Period] | None, at: datetime) -> list[Stop]:
    """The stops in a run of states, neighbours without production between them joined, cut to planned time.

    `planned` None means that nobody set shifts, so every hour counts. Planned time that reaches beyond `at` leaves a
    stop that still goes on open.
    """
    stops: list[Stop] = []
    for interval in sorted(intervals, key=lambda one: one.started_at):
        if interval.state not in STOP_STATES:
            continue
        words = (interval.word,) if interval.word else ()
        last = stops[-1] if stops else None
        if last is not None and last.ended_at == interval.started_at:
            stops[-1] = Stop(last.started_at, interval.ended_at, last.state, last.words + words)
        else:
            stops.append(Stop(interval.started_at, interval.ended_at, interval.state, words))
    if planned is None:
        return stops
    periods = joined(planned)
    return [part for stop in stops for part in _inside(stop, periods, at)]


def joined(periods: Iterable[Period]) -> list[Period]:
    """Periods in order, those that touch or overlap made one: a stop over a change of shift stays one stop."""
    whole: list[Period] = []
    for start, end in sorted(periods):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((start, end))
    return whole


def plan_alignment(known: Iterable[Known], stops: Sequence[Stop], at: datetime) -> Plan:
    """What to do with the recorded downtimes of a stretch of time, given the stops that its states contain.

    An open record simply ends when its stop does. A closed one is never edited: it gets a correction, accepted at
    once while no person touched it, else waiting for a person. Stops that no record covers are new ones.
    """
    records = sorted(known, key=lambda one: one.started_at)
    closes: list[Close] = []
    corrections: list[Correction] = []
    covered: list[Period] = []
    stop_of: dict[int, Stop] = {}
    for index, record in enumerate(records):
        touching = [stop for stop in stops if _shared_s(record, stop, at) > 0]
        stands: list[Period] = [(record.started_at, record.ended_at or FOREVER)]
        if not touching:
            closes, stands = _without_stop(record, stops, at, closes)
            corrections.append(Correction(record.id, CorrectionKind.REMOVE, None, None, not record.touched))
        else:
            first, last = _its_stops(record, touching, at)
            stop_of[record.id] = first
            start = _start_among(records, index, record, first)
            end = _end_among(records, index, last)
            stands = _fit(record, start, end, closes, corrections)
        covered += stands
    opens = [part for stop in stops for part in _uncovered(stop, covered)]
    return Plan(tuple(closes), tuple(corrections), tuple(opens), stop_of)


def is_micro(started_at: datetime, ended_at: datetime | None, explained: bool, limit_s: float) -> bool:
    """Whether a stop was so short that nobody is asked for a reason."""
    return ended_at is not None and not explained and (ended_at - started_at).total_seconds() < limit_s


def keeps_reason(before: Period, after: Period) -> bool:
    """Whether a reason still belongs to a stop whose times changed: more than half of it was there before."""
    shared = (min(before[1], after[1]) - max(before[0], after[0])).total_seconds()
    return shared > (after[1] - after[0]).total_seconds() / 2


def _inside(stop: Stop, periods: Sequence[Period], at: datetime) -> Iterable[Stop]:
    stop_end = stop.ended_at or FOREVER
    for start, end in periods:
        first, last = max(start, stop.started_at), min(end, stop_end)
        if first >= last or first > at:
            continue
        still = stop.ended_at is None and end > at
        yield Stop(first, None if still else last, stop.state, stop.words)


def _shared_s(record: Known, stop: Stop, at: datetime) -> float:
    horizon = max(at, record.started_at, stop.started_at)
    # Two stretches that both go on share at least the moment of asking, even when they began this instant.
    if record.ended_at is None and stop.ended_at is None:
        return max((horizon - max(record.started_at, stop.started_at)).total_seconds(), 1.0)
    shared = min(record.ended_at or FOREVER, stop.ended_at or FOREVER) - max(record.started_at, stop.started_at)
    return shared.total_seconds()


def _its_stops(record: Known, touching: Sequence[Stop], at: datetime) -> tuple[Stop, Stop]:
    """First and last stop a record stands for: all of a merged one, the first of an open one, else the longest."""
    if record.merged:
        return touching[0], touching[-1]
    if record.ended_at is None:
        return touching[0], touching[0]
    longest = max(touching, key=lambda stop: (_shared_s(record, stop, at), -stop.started_at.timestamp()))
    return longest, longest


def _start_among(records: Sequence[Known], index: int, record: Known, stop: Stop) -> datetime:
    """A stop that people split keeps its inner borders: only the first part follows the stop's start."""
    before = records[index - 1] if index else None
    if before is not None and (before.ended_at or FOREVER) > stop.started_at:
        return record.started_at
    return stop.started_at


def _end_among(records: Sequence[Known], index: int, stop: Stop) -> datetime | None:
    following = records[index + 1] if index + 1 < len(records) else None
    if following is not None and following.started_at < (stop.ended_at or FOREVER):
        return following.started_at
    return stop.ended_at


def _fit(
    record: Known, start: datetime, end: datetime | None, closes: list[Close], corrections: list[Correction]
) -> list[Period]:
    """Note what makes the record begin and end right, and say which time it occupies meanwhile and afterwards."""
    right: Period = (start, end or FOREVER)
    if record.ended_at is None and start == record.started_at:
        if end is not None:
            closes.append(Close(record.id, end))
        return [right]
    if (start, end) == (record.started_at, record.ended_at):
        return [right]
    accepted = not record.touched
    stands: Period = (record.started_at, record.ended_at or FOREVER)
    if record.ended_at is None and end is not None and not accepted and end > record.started_at:
        # Its end is news, not a correction; only the changed start waits for a person.
        closes.append(Close(record.id, end))
        stands = (record.started_at, end)
    corrections.append(Correction(record.id, CorrectionKind.MOVE, start, end, accepted))
    return [right] if accepted else [stands, right]


def _without_stop(
    record: Known, stops: Sequence[Stop], at: datetime, closes: list[Close]
) -> tuple[list[Close], list[Period]]:
    if not record.touched:
        return closes, []
    if record.ended_at is not None:
        return closes, [(record.started_at, record.ended_at)]
    # The machine runs, yet a person explained this stop: it ends, and whether it ever was is for a person to say.
    later = [stop.started_at for stop in stops if stop.started_at > record.started_at]
    end = min([*later, at])
    if end <= record.started_at:
        return closes, [(record.started_at, FOREVER)]
    return [*closes, Close(record.id, end)], [(record.started_at, end)]


def _uncovered(stop: Stop, covered: Iterable[Period]) -> Iterable[Stop]:
    start, end = stop.started_at, stop.ended_at or FOREVER
    for taken_from, taken_to in sorted(covered):
        if taken_to <= start or taken_from >= end:
            continue
        if taken_from > start:
            yield Stop(start, taken_from, stop.state, stop.words)
        start = max(start, taken_to)
    if start < end:
        yield Stop(start, None if end == FOREVER else end, stop.state, stop.words)
