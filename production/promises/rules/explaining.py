"""Why an order ends when it ends: the way back from its end, the nearest cause first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from production.promises.rules.loading import Bound, Link, Place, Placed, Task
from production.promises.rules.time import whole_seconds
from production.promises.states import Cause, Risk

# Who stands further away than this explains nothing to anybody.
MOST_CAUSES = 6
# An order that ends so shortly before its day has no room for anything.
TIGHT = timedelta(hours=8)


@dataclass(frozen=True)
class Reason:
    """A link of the chain: what, which thing, and the seconds it adds. `until`: when it is expected to be over."""

    cause: Cause
    seconds: int
    kind: str = ""
    id: int | None = None
    label: str = ""
    until: datetime | None = None


def risk_of(finish: datetime | None, due: datetime | None) -> Risk:
    """What becomes of a promise. Without a date there is none to break; without an end nobody knows."""
    if finish is None:
        return Risk.UNKNOWN
    if due is None:
        return Risk.NONE
    if finish > due:
        return Risk.LATE
    return Risk.TIGHT if due - finish < TIGHT else Risk.NONE


def late_s(finish: datetime | None, due: datetime | None) -> int:
    """Seconds after the promised moment; 0 where it is kept or nobody knows."""
    return max(0, whole_seconds(finish - due)) if finish and due else 0


def expected_end(started_at: datetime, past: Sequence[timedelta], at: datetime) -> datetime:
    """When a running stop ends: after as long as the median of past ones with its reason, but not before now."""
    if not past:
        return at
    return max(at, started_at + timedelta(seconds=median(length.total_seconds() for length in past)))


def alone(tasks: Sequence[Task], places: Mapping[str, Place], at: datetime) -> datetime | None:
    """When an order would end if nobody were before it, nothing stood and everything were there: its steps in turn."""
    here: datetime | None = at
    for index, task in enumerate(tasks):
        ends = [places[place].time.end(here, task.work) for place in task.places if place in places] if here else []
        here = min((end for end in ends if end is not None), default=None)
        following = tasks[index + 1] if index + 1 < len(tasks) else None
        if here is not None and following is not None:
            here += next((link.wait for link in following.links if link.key == task.key), timedelta())
    return here


def chain(
    last: int, placed: Mapping[int, Placed], places: Mapping[str, Place], orders: Mapping[int, str], at: datetime
) -> list[Reason]:
    """What the end of a task follows from, walking back along what each task had to await.

    `orders`: labels by order id. Seconds: of a queue, how long the order before held the place while this one could
    have begun; of a stop, its whole expected length; of material and child orders, how long they are awaited from now.
    """
    found: list[Reason] = []
    key: int | None = last
    since: datetime | None = None
    own = placed[last].task.order if last in placed else None
    while key is not None and key in placed and len(found) < MOST_CAUSES:
        here = placed[key]
        since = here.ready if since is None else since
        if here.behind is not None and here.behind in placed:
            before = placed[here.behind]
            if before.task.order != own:
                seconds = whole_seconds(here.start - max(since, before.start))
                _add(found, Reason(Cause.QUEUE, seconds, ORDER, before.task.order, orders[before.task.order]))
            # Whoever began before this one was ready is explained no further, but for a stop that holds both.
            key = here.behind
            continue
        stands = places[here.place].stands
        if stands is not None and here.start >= stands.at and here.ready < max(stands.at, at + timedelta(seconds=1)):
            began = stands.since or at
            _add(found, Reason(Cause.STOP, whole_seconds(stands.at - began), stands.kind, stands.id, stands.label,
                               stands.at))  # fmt: skip
        key, since = _before(here, found, orders, placed, at), None
        if key is not None:
            own = placed[key].task.order if key in placed else own
    return found


ORDER = "production.productionorder"


def _before(
    here: Placed, found: list[Reason], orders: Mapping[int, str], placed: Mapping[int, Placed], at: datetime
) -> int | None:
    because = here.because
    if isinstance(because, Bound):
        _add(found, Reason(because.cause, whole_seconds(because.at - at), because.kind, because.id, because.label,
                           because.at))  # fmt: skip
        return None
    if isinstance(because, Link):
        other = placed[because.key].task.order
        if because.cause is not None:
            _add(found, Reason(because.cause, whole_seconds(here.ready - at), ORDER, other, orders[other], here.ready))
        return because.key
    return None


def _add(found: list[Reason], reason: Reason) -> None:
    known = next((i for i, one in enumerate(found) if one.cause is reason.cause and one.id == reason.id), None)
    if known is None:
        if reason.seconds > 0 or reason.cause is Cause.STOP:
            found.append(reason)
        return
    if reason.cause is Cause.QUEUE:
        found[known] = Reason(**{**vars(found[known]), "seconds": found[known].seconds + max(reason.seconds, 0)})
