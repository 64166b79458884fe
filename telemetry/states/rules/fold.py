"""Readings folded into the time line of one machine.

The result is a function of the *set* of readings and the rule: order of arrival, repeats and
where the folding paused make no difference. A ``Memory`` is what has to be known to go on; it is
JSON, and two equal memories go on equally. That is what lets late data stop being recomputed as
soon as the new memory equals the stored one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from telemetry.states.rules.definition import Definition
from telemetry.states.rules.definition import Source as SourceSpec
from telemetry.states.rules.readings import Reading, by_tag, in_order
from telemetry.states.rules.sources import NO_DATA, Readings, Source, source_for
from telemetry.states.states import NOTHING_SAID

Opinion = tuple[str | None, str]
_SOURCES = msgspec.json.Decoder(list[SourceSpec])


class Interval(NamedTuple):
    """A machine was in ``state`` from ``started_at`` until before ``ended_at`` (None: still).

    Times are whole microseconds since 1970 (UTC). ``word`` is the deciding source's own word.
    """

    started_at: int
    ended_at: int | None
    state: str
    word: str


class Memory(msgspec.Struct):
    """Everything the past has to say to the future.

    ``until``: every reading before it is folded, none at or after it. ``start``: the time line
    does not reach back before it (0: wherever the readings begin). ``queue``: changes (at, source,
    state, word) that a later reading may still put in another light. ``open``: the interval that
    has begun (since, state, word).
    """

    until: int = 0
    start: int = 0
    sources: list[list[Any]] = []
    opinions: list[tuple[str | None, str]] = []
    queue: list[tuple[int, int, str | None, str]] = []
    open: tuple[int, str, str] | None = None


def fold(
    readings: Iterable[Reading],
    rule: Definition,
    memory: Memory | None = None,
    until: int | None = None,
) -> tuple[list[Interval], Memory]:
    """Go on from ``memory`` with ``readings``; gives the intervals now settled, and the new memory.

    ``until`` (exclusive) says that no reading before it is missing from the call; by default it is
    just after the last reading. Readings before ``memory.until`` must not be given again.
    """
    ordered = in_order(readings)
    known = memory or Memory()
    if until is None:
        until = max(known.until, ordered[-1].at + 1 if ordered else 0)
    return fold_ordered(by_tag(ordered), rule, known, until)


def fold_ordered(readings: Readings, rule: Definition, memory: Memory, until: int) -> tuple[list[Interval], Memory]:
    """``fold`` for readings already sorted and split by tag (see ``readings.by_tag``)."""
    queue = list(memory.queue)
    horizon = until
    kept: list[list[Any]] = []
    for number, source in enumerate(sources_of(rule)):
        said = source.fold(readings, memory.sources[number] if memory.sources else [], until)
        horizon = min(horizon, said.horizon)
        kept.append(said.memory)
        queue.extend((max(at, memory.start), number, state, word) for at, state, word in said.changes)
    queue.sort(key=_time_of)
    settled = bisect_left(queue, horizon, key=_time_of)
    opinions = memory.opinions or [(None, NOTHING_SAID)] * len(kept)
    intervals, opinions, opened = _lay(queue[:settled], opinions, memory.open)
    return intervals, Memory(until, memory.start, kept, opinions, queue[settled:], opened)


def tail(rule: Definition, memory: Memory, until: int) -> list[Interval]:
    """The time line from the open interval on, as known at ``until``; the last one has no end.

    This is what a screen shows: silence counts up to ``until``, and what is not yet proven is
    shown as it stands.
    """
    settled, last = fold_ordered({}, rule, memory, max(until, memory.until))
    provisional, _opinions, opened = _lay(last.queue, last.opinions, last.open)
    still = [] if opened is None else [Interval(opened[0], None, opened[1], opened[2])]
    return settled + provisional + still


def timeline(readings: Iterable[Reading], rule: Definition, until: int | None = None) -> list[Interval]:
    """The whole time line in one go, as known at ``until`` (default: just after the last reading)."""
    settled, memory = fold(readings, rule)
    return settled + tail(rule, memory, memory.until if until is None else until)


def deadline(rule: Definition, memory: Memory) -> int | None:
    """The next instant at which silence alone changes the time line; None = never."""
    kept = memory.sources or [[] for _ in rule.sources]
    moments = [source.deadline(mine) for source, mine in zip(sources_of(rule), kept, strict=True)]
    return min((moment for moment in moments if moment is not None), default=None)


def begin(
    rule: Definition,
    at: int,
    last_readings: Iterable[Reading],
    before: Interval | None = None,
) -> Memory:
    """The memory with which a rule comes into force at ``at``.

    ``last_readings``: the newest reading before ``at`` of each tag of the rule; what they said
    still holds, but the new rule's time line starts at ``at``. ``before``: the interval the rule
    before it left open; an equal state and word simply goes on.
    """
    memory = Memory(start=at)
    if before is not None:
        memory.open = (before.started_at, before.state, before.word)
        # Makes the new rule speak at its first instant even if none of its tags ever reported.
        memory.queue = [(at, number, None, NOTHING_SAID) for number in range(len(rule.sources))]
    _settled, memory = fold([reading for reading in last_readings if reading.at < at], rule, memory, at)
    return memory


def fold_versions(
    readings: Iterable[Reading],
    versions: Sequence[tuple[int, Definition]],
    until: int | None = None,
) -> list[Interval]:
    """The time line under rules that came into force one after the other, from scratch.

    ``versions``: (valid from, rule), rising. Before the first there is no time line.
    """
    ordered = in_order(readings)
    if until is None:
        until = ordered[-1].at + 1 if ordered else 0
    intervals: list[Interval] = []
    before: Interval | None = None
    for (start, rule), following in zip_longest(versions, versions[1:]):
        end = until if following is None else min(following[0], until)
        if start >= until:
            break
        first, last = (bisect_left(ordered, moment, key=lambda reading: reading.at) for moment in (start, end))
        memory = begin(rule, start, last_of_each(ordered[:first]), before)
        settled, memory = fold(ordered[first:last], rule, memory, end)
        stretch = settled + tail(rule, memory, end)
        before = stretch.pop() if stretch else None
        intervals += stretch
    return intervals if before is None else [*intervals, before]


def last_of_each(readings: Iterable[Reading]) -> list[Reading]:
    """The newest usable reading of each tag."""
    newest: dict[str, Reading] = {}
    for reading in readings:
        if by_tag([reading]):
            newest[reading.tag] = reading
    return in_order(newest.values())


def sources_of(rule: Definition) -> list[Source]:
    """The rule's sources, ready to fold."""
    return _compiled(msgspec.json.encode(rule.sources))


@lru_cache(maxsize=512)
def _compiled(sources: bytes) -> list[Source]:
    return [source_for(spec) for spec in _SOURCES.decode(sources)]


def _lay(
    changes: Sequence[tuple[int, int, str | None, str]],
    opinions: Sequence[Opinion],
    opened: tuple[int, str, str] | None,
) -> tuple[list[Interval], list[Opinion], tuple[int, str, str] | None]:
    """Lay changes onto the time line; equal neighbours become one interval."""
    intervals: list[Interval] = []
    now = list(opinions)
    for index, (at, number, state, word) in enumerate(changes):
        now[number] = (state, word)
        if index + 1 < len(changes) and changes[index + 1][0] == at:
            continue
        state_now, word_now = _winner(now)
        if opened is None:
            opened = (at, state_now, word_now)
        elif (opened[1], opened[2]) != (state_now, word_now):
            if at > opened[0]:
                intervals.append(Interval(opened[0], at, opened[1], opened[2]))
            opened = (at, state_now, word_now)
    return intervals, now, opened


def _winner(opinions: Sequence[Opinion]) -> tuple[str, str]:
    """The first source that knows a state; failing that, the first that at least says why not."""
    silent: tuple[str, str] | None = None
    for state, word in opinions:
        if state is None:
            continue
        if state != NO_DATA:
            return state, word
        silent = silent or (state, word)
    return silent or (NO_DATA, NOTHING_SAID)


def _time_of(change: tuple[int, int, str | None, str]) -> int:
    return change[0]
