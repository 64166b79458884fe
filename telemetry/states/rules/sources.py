"""What one source says about a machine, as a list of changes.

A source may change its mind about the recent past (a boundary is back-dated once it is proven),
so each folding also gives a *horizon*: no later reading can change what was said before it.
All times are whole microseconds; the loops run over every reading of a plant, so they keep their
state in local names and touch nothing else.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from telemetry.states.rules import definition as rule
from telemetry.states.rules.definition import FOREVER, microseconds
from telemetry.states.rules.filters import smoothed
from telemetry.states.rules.readings import Value
from telemetry.states.states import NOTHING_SAID, SILENT, MachineState

NO_DATA = MachineState.NO_DATA.value


class Change(NamedTuple):
    """From ``at`` on the source says ``state`` (None: no opinion), in its own ``word``."""

    at: int
    state: str | None
    word: str


class Said(NamedTuple):
    """What a stretch of readings made a source say, and what it must remember."""

    changes: list[Change]
    horizon: int
    memory: list[Any]


Readings = dict[str, list[tuple[int, Value]]]


class Source(Protocol):
    """One source, ready to fold. ``memory`` is JSON; an empty list is a source that never spoke."""

    tags: frozenset[str]

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        """Continue from ``memory`` with readings before ``until``, knowing there are no others."""
        ...

    def deadline(self, memory: list[Any]) -> int | None:
        """When silence alone would change what this source says; None = never."""
        ...


def word_of(value: Value) -> str:
    """A value as a word: capitals, no blanks around; 6.0 is "6", true is "TRUE"."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().upper()


def truth_of(value: Value) -> bool | None:
    """A value as a bit; None when it is not one."""
    if isinstance(value, (bool, int, float)):
        return bool(value)
    return {
        "TRUE": True,
        "ON": True,
        "1": True,
        "FALSE": False,
        "OFF": False,
        "0": False,
    }.get(word_of(value))


class WordSource:
    """A tag that names what the machine does (MTConnect EXECUTION, PLC state words)."""

    def __init__(self, spec: rule.Words) -> None:
        table = rule.EXECUTION_WORDS if spec.words is None else spec.words
        self.tag = spec.tag
        self.tags = frozenset({spec.tag})
        self.table = {word.strip().upper(): state.value for word, state in table.items()}
        self.otherwise = None if spec.otherwise is None else spec.otherwise.value
        self.hold = microseconds(spec.stale_after_s)

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        last, shown = memory or (0, None)
        hold = self.hold
        changes: list[Change] = []
        for at, value in readings.get(self.tag, ()):
            if at - last > hold and shown is not None:
                changes.append(Change(last + hold, NO_DATA, SILENT))
                shown = None
            last = at
            if value != shown:
                shown = value
                word = word_of(value)
                state = self.table.get(word, self.otherwise)
                changes.append(Change(at, state, NOTHING_SAID if state is None else word))
        if shown is not None and until - last > hold:
            changes.append(Change(last + hold, NO_DATA, SILENT))
            shown = None
        return Said(changes, until, [last, shown])

    def deadline(self, memory: list[Any]) -> int | None:
        return _after(memory[0], self.hold) if memory and memory[1] is not None else None


class BitSource:
    """Bits of one device; the first bit of the list that speaks decides."""

    def __init__(self, spec: rule.Bits) -> None:
        self.bits = [(bit.tag, bit.when, bit.state.value, (bit.word or bit.tag).strip()) for bit in spec.bits]
        self.tags = frozenset(bit.tag for bit in spec.bits)
        self.otherwise = None if spec.otherwise is None else spec.otherwise.value
        self.hold = microseconds(spec.stale_after_s)

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        last, known = memory or (0, {})
        known = dict(known)
        hold = self.hold
        changes: list[Change] = []
        for at, tag, value in self._together(readings):
            bit = truth_of(value)
            if bit is None:
                continue
            if at - last > hold and known:
                changes.append(Change(last + hold, NO_DATA, SILENT))
                known = {}
            last = at
            if known.get(tag) is not bit:
                known[tag] = bit
                changes.append(Change(at, *self._decide(known)))
        if known and until - last > hold:
            changes.append(Change(last + hold, NO_DATA, SILENT))
            known = {}
        return Said(changes, until, [last, known])

    def deadline(self, memory: list[Any]) -> int | None:
        return _after(memory[0], self.hold) if memory and memory[1] else None

    def _together(self, readings: Readings) -> Sequence[tuple[int, str, Value]]:
        mixed = [(at, tag, value) for tag in sorted(self.tags) for at, value in readings.get(tag, ())]
        return sorted(mixed, key=lambda reading: reading[0])

    def _decide(self, known: dict[str, bool]) -> tuple[str | None, str]:
        for tag, when, state, word in self.bits:
            if known.get(tag) is when:
                return state, word
        return self.otherwise, NOTHING_SAID


_UNHEARD: list[Any] = [None, False, None, None, 0]


class CurrentSource:
    """A motor current, classed with hysteresis; a class counts once readings have proven it."""

    def __init__(self, spec: rule.Current) -> None:
        self.tag = spec.tag
        self.tags = frozenset({spec.tag})
        self.levels = (
            float(spec.run_above),
            float(spec.idle_below),
            float(spec.off_below),
        )
        self.proof = {
            "run": microseconds(spec.run_for_s),
            "idle": microseconds(spec.idle_for_s),
            "off": microseconds(spec.off_for_s),
        }
        self.states = {
            "run": MachineState.PRODUCING.value,
            "idle": MachineState.IDLE.value,
            "off": MachineState.OFF.value,
        }
        self.hold = microseconds(spec.stale_after_s)
        self.median = spec.median

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        if self.median == 1:
            return self._fold(readings.get(self.tag, ()), memory, until)
        newest, mine = memory or ([], [])
        series, newest = smoothed(readings.get(self.tag, ()), newest, self.median, self.hold)
        said = self._fold(series, mine, until)
        return said._replace(memory=[newest, said.memory])

    def _fold(self, series: Sequence[tuple[int, Value]], memory: list[Any], until: int) -> Said:
        # ``shown``: the proven class; ``trying``: a class on its way to proof, since ``since``.
        last, alive, shown, trying, since = memory or _UNHEARD
        run_above, idle_below, off_below = self.levels
        proof, hold = self.proof, self.hold
        changes: list[Change] = []
        for at, value in series:
            if isinstance(value, str):
                continue
            if alive:
                if at - last > hold:
                    changes.append(Change(last + hold, NO_DATA, SILENT))
                    shown = trying = None
            else:
                if last is None:
                    changes.append(Change(at, NO_DATA, NOTHING_SAID))
                alive = True
            last = at
            if value > run_above:  # type: ignore[operator]  # by_tag let no null through
                seen = "run"
            elif value < off_below:  # type: ignore[operator]  # as above
                seen = "off"
            elif value < idle_below:  # type: ignore[operator]  # as above
                seen = "idle"
            else:
                # In the band the machine stays what it was; who was off or unknown idles.
                seen = "run" if shown == "run" else "idle"
            if seen == shown:
                trying = None
                continue
            if seen != trying:
                trying, since = seen, at
            if at - since >= proof[seen]:
                changes.append(Change(since, self.states[seen], seen))
                shown, trying = seen, None
        if alive and until - last > hold:
            changes.append(Change(last + hold, NO_DATA, SILENT))
            alive, shown, trying = False, None, None
        if trying is None:
            since = 0
        return Said(
            changes,
            until if trying is None else since,
            [last, alive, shown, trying, since],
        )

    def deadline(self, memory: list[Any]) -> int | None:
        mine = memory[1] if memory and self.median > 1 else memory
        return _after(mine[0], self.hold) if mine and mine[1] else None


class CounterSource:
    """Pulses; counts within ``k`` cycles of each other mean producing."""

    def __init__(self, spec: rule.Counter) -> None:
        self.tag = spec.tag
        self.tags = frozenset({spec.tag})
        self.cycle = microseconds(spec.cycle_s)
        self.patience = microseconds(spec.cycle_s * spec.k)
        self.otherwise = spec.otherwise.value
        self.hold = microseconds(spec.stale_after_s)

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        # ``floor``: no start may be back-dated before it. ``counted_at``: the last count.
        mode, last, value, counted_at, floor = memory or ("new", 0, 0, 0, 0)
        changes: list[Change] = []
        for at, new in readings.get(self.tag, ()):
            if isinstance(new, str):
                continue
            mode, floor = self._wait(at, mode, last, counted_at, floor, changes)
            # A zero is a reset or a glitch, never a piece; the number before it is kept for comparison.
            counts = mode != "new" and new != 0 and new != value
            if mode in ("new", "silent"):
                changes.append(Change(at, self.otherwise, "quiet"))
                mode, floor = "quiet", at
            if counts:
                if mode == "quiet":
                    changes.append(
                        Change(
                            max(floor, at - self.cycle),
                            MachineState.PRODUCING.value,
                            "counting",
                        )
                    )
                    mode = "counting"
                counted_at = at
            if new != 0:
                value = new
            last = at
        mode, floor = self._wait(until, mode, last, counted_at, floor, changes)
        return Said(
            changes,
            self._horizon(mode, counted_at, floor, until),
            [mode, last, value, counted_at, floor],
        )

    def deadline(self, memory: list[Any]) -> int | None:
        if not memory or memory[0] in ("new", "silent"):
            return None
        mode, last, _value, counted_at, _floor = memory
        silent, quiet = last + self.hold, counted_at + self.patience
        soonest = min(silent, quiet) if mode == "counting" else silent
        return None if soonest >= FOREVER else soonest + 1

    def _wait(
        self,
        at: int,
        mode: str,
        last: int,
        counted_at: int,
        floor: int,
        changes: list[Change],
    ) -> tuple[str, int]:
        """Let time pass up to ``at`` without a reading."""
        silent, quiet = last + self.hold, counted_at + self.patience
        if mode == "counting" and at > quiet and quiet <= silent:
            changes.append(Change(counted_at, self.otherwise, "quiet"))
            mode, floor = "quiet", counted_at
        if mode in ("counting", "quiet") and at > silent:
            changes.append(Change(silent, NO_DATA, SILENT))
            mode = "silent"
        return mode, floor

    def _horizon(self, mode: str, counted_at: int, floor: int, until: int) -> int:
        if mode == "counting":
            return min(until, counted_at)
        if mode == "quiet":
            return max(floor, until - self.cycle)
        return until


class SteadySource:
    """Another source, debounced: a new word counts once it held for a while, and then from its beginning.

    The first word and silence count at once: there is nothing to hold on to. The inner source must be certain of
    what it says (its horizon is where it was folded to), as words and bits are.
    """

    def __init__(self, inner: Source, for_us: int) -> None:
        self.inner = inner
        self.tags = inner.tags
        self.wait = for_us

    def fold(self, readings: Readings, memory: list[Any], until: int) -> Said:
        # ``shown``: [state, word] that counts; ``trying``: [at, state, word] that does not count yet.
        mine, shown, trying = memory or ([], None, None)
        said = self.inner.fold(readings, mine, until)
        changes: list[Change] = []
        for change in said.changes:
            if trying is not None and change.at - trying[0] >= self.wait:
                changes.append(Change(*trying))
                shown, trying = trying[1:], None
            if shown is None or shown[1] == SILENT or change.word == SILENT:
                changes.append(change)
                shown, trying = [change.state, change.word], None
            elif trying is None or trying[1:] != [change.state, change.word]:
                trying = None if shown == [change.state, change.word] else list(change)
        if trying is not None and until - trying[0] >= self.wait:
            changes.append(Change(*trying))
            shown, trying = trying[1:], None
        return Said(changes, until if trying is None else trying[0], [said.memory, shown, trying])

    def deadline(self, memory: list[Any]) -> int | None:
        if not memory:
            return None
        silent, proven = self.inner.deadline(memory[0]), memory[2] and memory[2][0] + self.wait
        return min((moment for moment in (silent, proven) if moment is not None), default=None)


def steady(source: Source, for_s: float) -> Source:
    """The source, debounced if it shall be."""
    return SteadySource(source, microseconds(for_s)) if for_s else source


def source_for(spec: rule.Source) -> Source:
    """The folding form of one source of a rule."""
    if isinstance(spec, rule.Words):
        return steady(WordSource(spec), spec.for_s)
    if isinstance(spec, rule.Bits):
        return steady(BitSource(spec), spec.for_s)
    if isinstance(spec, rule.Current):
        return CurrentSource(spec)
    return CounterSource(spec)


def _after(last: int, hold: int) -> int | None:
    """The first instant at which ``hold`` has passed; "never" stays never."""
    return None if hold >= FOREVER else last + hold + 1
