"""A walk along a machine's readings that draws its time line anew, from before a dirty stretch until old and new agree.

Nothing is written here: the walk fetches, folds and says what it found; ``store`` puts it away.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from telemetry.states.queries.history import Checkpoint, Version, in_force
from telemetry.states.queries.readings import last_before, readings_from
from telemetry.states.rules.counters import Step, Tallies, count, count_ordered
from telemetry.states.rules.fold import Interval, begin, deadline, fold_ordered, tail
from telemetry.states.rules.readings import Reading, by_tag
from telemetry.states.rules.stretches import HOUR


@dataclass
class Redrawn:
    """What a walk found. ``ended``: where the old result goes on unchanged; None = drawn up to the present."""

    began: Checkpoint | None
    ended: Checkpoint | None
    newest: Checkpoint
    intervals: list[Interval]
    steps: list[Step]
    checkpoints: dict[int, Checkpoint]
    wakes_at: int | None


@dataclass
class _Walk:
    versions: list[Version]
    stored: dict[int, Checkpoint]
    end: int
    now: int
    here: Checkpoint
    fresh: list[Reading] | None = None
    intervals: list[Interval] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    checkpoints: dict[int, Checkpoint] = field(default_factory=dict)

    @property
    def boundary(self) -> int | None:
        """When the next rule takes over."""
        following = self.versions.index(self.here.version) + 1
        return self.versions[following].valid_from if following < len(self.versions) else None

    def go(self) -> bool:
        """Walk to the present; True when the old result was joined before that."""
        while True:
            boundary = self.boundary
            for batch in self._batches(boundary):
                if self._through(batch):
                    return True
            takes_over = boundary is not None and boundary <= self.now
            for cut in self._stored_cuts(boundary):
                self._fold([], cut)
                if self.mark():
                    return True
            if boundary is None or not takes_over:
                return False
            self._change_rule(boundary)
            if self.mark():
                return True

    def _batches(self, boundary: int | None) -> Iterable[list[Reading]]:
        if self.fresh is None:
            return readings_from(self.here.version.heard, self.here.at, boundary, self.now)
        batch, self.fresh = self.fresh, None
        return [batch] if batch else []

    def _through(self, batch: list[Reading]) -> bool:
        last = batch[-1].at
        hours = range(batch[0].at // HOUR * HOUR, last + 1, HOUR)
        # Also the one right behind the last reading, which is where a pass of the past ended.
        cuts = sorted({*self._stored_cuts(last + 2), *(hour for hour in hours if hour > self.here.at)})
        position = 0
        for cut in cuts:
            index = bisect_left(batch, cut, lo=position, key=_time_of)
            if index == position and cut not in self.stored:
                continue
            self._fold(batch[position:index], cut)
            position = index
            if self.mark():
                return True
        self._fold(batch[position:], last + 1)
        return False

    def _stored_cuts(self, before: int | None) -> list[int]:
        return sorted(cut for cut in self.stored if cut > self.here.at and (before is None or cut < before))

    def _fold(self, readings: list[Reading], until: int) -> None:
        version, memory, tallies = self.here
        split = by_tag(readings)
        settled, memory = fold_ordered(split, version.definition, memory, until)
        found, tallies = count_ordered(split, version.definition.counters, tallies)
        self.intervals += settled
        self.steps += found
        self.here = Checkpoint(version, memory, tallies)

    def mark(self) -> bool:
        """Keep a checkpoint here; True when the stored one says the same and nothing dirty lies ahead."""
        boundary = self.boundary
        # A later rule starts from the newest readings before it, which this memory does not hold.
        nothing_ahead = self.here.at > self.end and (boundary is None or boundary > self.now)
        if nothing_ahead and self.stored.get(self.here.at) == self.here:
            return True
        self.checkpoints[self.here.at] = self.here
        return False

    def _change_rule(self, boundary: int) -> None:
        version, memory, tallies = self.here
        line = tail(version.definition, memory, boundary)
        before = line.pop() if line else None
        self.intervals += line
        following = self.versions[self.versions.index(version) + 1]
        self.here = first_checkpoint(following, before, tallies)


def first_checkpoint(version: Version, before: Interval | None, tallies: Tallies) -> Checkpoint:
    """The checkpoint with which a rule takes over: the newest readings still hold, under the new reading of them."""
    newest = last_before(version.heard, version.valid_from)
    memory = begin(version.definition, version.valid_from, newest, before)
    _steps, fresh = count(newest, version.definition.counters)
    return Checkpoint(version, memory, {tag: tallies.get(tag, tally) for tag, tally in fresh.items()})


def redraw(
    versions: list[Version],
    stored: Iterable[Checkpoint],
    start: int,
    end: int,
    now: int,
    fresh: list[Reading] | None = None,
) -> Redrawn:
    """Draw the time line from the last checkpoint at or before ``start`` until nothing differs after ``end``.

    ``versions`` must not be empty, and the first must be in force by ``now``. ``fresh``: all readings
    since that checkpoint, where somebody has already fetched them.
    """
    # A checkpoint kept by a pass that did not know of a rule set meanwhile is worth nothing.
    checkpoints = {mark.at: mark for mark in stored if mark.version == in_force(versions, mark.at)}
    began = max((mark for mark in checkpoints.values() if mark.at <= start), key=lambda mark: mark.at, default=None)
    walk = _Walk(versions, checkpoints, end, now, began or first_checkpoint(versions[0], None, {}), fresh)
    joined = (began is None and walk.mark()) or walk.go()
    here = walk.here
    if joined:
        return Redrawn(began, here, here, walk.intervals, walk.steps, walk.checkpoints, None)
    walk.checkpoints[here.at] = here
    present = max(now, here.at)
    line = tail(here.version.definition, here.memory, present)
    return Redrawn(began, None, here, walk.intervals + line, walk.steps, walk.checkpoints, _wakes(walk, here, present))


def _wakes(walk: _Walk, here: Checkpoint, present: int) -> int | None:
    """When silence alone, or the next rule, will change the time line."""
    definition = here.version.definition
    _settled, quiet = fold_ordered({}, definition, here.memory, present)
    moments = [moment for moment in (deadline(definition, quiet), walk.boundary) if moment is not None]
    return min(moments, default=None)


def _time_of(reading: Reading) -> int:
    return reading.at
