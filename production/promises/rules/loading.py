"""Forward loading: every queue of machines and benches is worked off in order of urgency, and so each task gets an end.

No place waits while somebody could work there: of the tasks that are ready the most urgent begins. A task is ready when
its previous step, the orders it takes material from and its bought material are there; a place is free when its last
task has ended and, where it stands now, when its stop is expected to end. Only working time counts.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from production.promises.rules.time import WorkingTime
from production.promises.states import Cause


@dataclass(frozen=True)
class Bound:
    """Not before `at`, and why: `kind`, `id` and `label` name the thing; `since` is when a stop began."""

    at: datetime
    cause: Cause
    kind: str = ""
    id: int | None = None
    label: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Link:
    """Not before another task has ended and `wait` has passed. `cause` CHILD: the task is another order's."""

    key: int
    wait: timedelta = timedelta()
    cause: Cause | None = None


@dataclass(frozen=True)
class Task:
    """What is left of one operation: so much work at one of its places. A smaller `rank` is more urgent."""

    key: int
    order: int
    places: tuple[str, ...]
    work: timedelta
    rank: tuple[Any, ...]
    links: tuple[Link, ...] = ()
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True)
class Place:
    """A machine, or a bench with room for several tasks at once; `stands` while it stands now."""

    key: str
    time: WorkingTime
    room: int = 1
    stands: Bound | None = None


@dataclass(frozen=True)
class Placed:
    """When and at which of its places a task begins and ends. `ready` is when it could have begun, `because` what it
    had to await for that; `behind` is the task that held the place until it began."""

    task: Task
    place: str
    start: datetime
    finish: datetime
    ready: datetime
    because: Bound | Link | None
    behind: int | None


class _Queue:
    """The tasks of one place that could begin there, and when its next room is free."""

    def __init__(self, place: Place, at: datetime, placed: Mapping[int, object]) -> None:
        self.place, self.placed = place, placed
        free = max(at, place.stands.at) if place.stands else at
        self.free: list[tuple[datetime, int]] = [(free, 0)] * place.room
        self.coming: list[tuple[datetime, int]] = []
        self.here: list[tuple[Any, int]] = []
        # The start that stands in the clock; older entries of this place there count no more.
        self.due: datetime | None = None

    def next_start(self) -> datetime | None:
        """When the next task begins here; None: there is none, or no working time is left."""
        # A task that could go to several places began elsewhere.
        while self.here and self.here[0][1] in self.placed:
            heapq.heappop(self.here)
        while self.coming and self.coming[0][1] in self.placed:
            heapq.heappop(self.coming)
        if not self.here and not self.coming:
            return None
        free = self.free[0][0]
        return self.place.time.begin(free if self.here else max(free, self.coming[0][0]))


def load(tasks: Iterable[Task], places: Mapping[str, Place], at: datetime) -> dict[int, Placed]:
    """When each task begins and ends, by key. What can never be worked off (no working time, a circle, a missing
    predecessor) has no entry."""
    return _Loading({task.key: task for task in tasks}, places, at).run()


class _Loading:
    def __init__(self, tasks: dict[int, Task], places: Mapping[str, Place], at: datetime) -> None:
        self.tasks, self.at = tasks, at
        self.placed: dict[int, Placed] = {}
        self.queues = {key: _Queue(place, at, self.placed) for key, place in places.items()}
        self.ready: dict[int, tuple[datetime, Bound | Link | None]] = {}
        self.open_links = {task.key: len(task.links) for task in tasks.values()}
        self.followers: dict[int, list[tuple[int, Link]]] = defaultdict(list)
        self.clock: list[tuple[datetime, str]] = []

    def run(self) -> dict[int, Placed]:
        for task in self.tasks.values():
            for link in task.links:
                self.followers[link.key].append((task.key, link))
            self.ready[task.key] = _latest(self.at, task.bounds)
        for key, open_links in self.open_links.items():
            if not open_links:
                self._arrives(key)
        while self.clock:
            start, place = heapq.heappop(self.clock)
            queue = self.queues[place]
            if queue.due != start:
                continue
            queue.due = None
            if queue.next_start() == start:
                self._begin(queue, start)
            else:
                self._look_again(queue)
        return self.placed

    def _arrives(self, key: int) -> None:
        for place in self.tasks[key].places:
            if (queue := self.queues.get(place)) is not None:
                heapq.heappush(queue.coming, (self.ready[key][0], key))
                self._look_again(queue)

    def _look_again(self, queue: _Queue) -> None:
        start = queue.next_start()
        if start is not None and start != queue.due:
            queue.due = start
            heapq.heappush(self.clock, (start, queue.place.key))

    def _begin(self, queue: _Queue, start: datetime) -> None:
        while queue.coming and queue.coming[0][0] <= start:
            _ready, key = heapq.heappop(queue.coming)
            if key not in self.placed:
                heapq.heappush(queue.here, (self.tasks[key].rank, key))
        _rank, key = heapq.heappop(queue.here)
        task, (ready, because) = self.tasks[key], self.ready[key]
        finish = queue.place.time.end(start, task.work)
        if finish is not None:
            free, behind = heapq.heapreplace(queue.free, (finish, key))
            held = behind if behind and free > ready else None
            self.placed[key] = Placed(task, queue.place.key, start, finish, ready, because, held)
            for follower, link in self.followers[key]:
                self._done(follower, link, finish + link.wait)
        self._look_again(queue)

    def _done(self, key: int, link: Link, there_at: datetime) -> None:
        if there_at > self.ready[key][0]:
            self.ready[key] = (there_at, link)
        self.open_links[key] -= 1
        if not self.open_links[key]:
            self._arrives(key)


def _latest(at: datetime, bounds: Iterable[Bound]) -> tuple[datetime, Bound | None]:
    latest = max(bounds, key=lambda bound: bound.at, default=None)
    return (at, None) if latest is None or latest.at <= at else (latest.at, latest)
