"""The expected end of every open order and sales line of a site, from what was read of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from production.promises.rules.covering import Coming, Covered, CoverKind, Supply
from production.promises.rules.explaining import (
    MOST_CAUSES,
    ORDER,
    Reason,
    alone,
    chain,
    late_s,
    risk_of,
)
from production.promises.rules.loading import Bound, Link, Place, Placed, Task, load
from production.promises.rules.time import span, whole_seconds
from production.promises.states import Cause, Risk

PURCHASE, ITEM, LINE = "inventory.purchaseline", "inventory.item", "inventory.salesline"
# No place, no steps or no working time in sight.
NO_END = Reason(Cause.CAPACITY, 0)
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class OpenOrder:
    """An open order; `left` of its item has not come into stock yet."""

    id: int
    label: str
    item: int | None
    left: Decimal
    due_at: datetime | None = None
    priority: int = 0
    start_at: datetime | None = None
    started_at: datetime | None = None
    # Whose material it makes, or the document it was planned for.
    made_for: tuple[str, int] | None = None
    # Nothing says yet by which steps it is made: nobody can tell when it ends.
    is_unplanned: bool = False


@dataclass(frozen=True)
class OpenStep:
    """A step with `seconds` of work left at one of its places; `wait_s` seconds pass after it."""

    key: int
    order: int
    number: int
    places: tuple[str, ...]
    seconds: Decimal
    is_running: bool = False
    wait_s: Decimal = Decimal(0)


@dataclass(frozen=True)
class Need:
    """What an order still has to be given: of an item, at a step (None: its first)."""

    order: int
    item: int
    label: str
    quantity: Decimal
    step: int | None = None


@dataclass(frozen=True)
class Demand:
    """What a customer still gets of an item; `key` is the sales line, `due` the end of the day promised."""

    key: int
    item: int
    label: str
    quantity: Decimal
    due: datetime | None = None


@dataclass
class Picture:
    """Everything that was read of a site."""

    places: Mapping[str, Place]
    orders: Sequence[OpenOrder] = ()
    steps: Sequence[OpenStep] = ()
    needs: Sequence[Need] = ()
    demands: Sequence[Demand] = ()
    stock: dict[int, Decimal] = field(default_factory=dict)
    held: dict[int, Decimal] = field(default_factory=dict)
    deliveries: Sequence[Coming] = ()


@dataclass(frozen=True)
class OrderOutlook:
    """When an order begins (or goes on) and ends, how late, and why."""

    risk: Risk
    start_at: datetime | None
    finish_at: datetime | None
    work: timedelta
    late_s: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class LineOutlook:
    """When a sales line is ready, from what, how late, and why."""

    risk: Risk
    ready_at: datetime | None
    late_s: int
    covered: Covered
    times: tuple[datetime | None, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Outlook:
    """The whole site: orders and sales lines by id."""

    orders: dict[int, OrderOutlook]
    lines: dict[int, LineOutlook]


def outlook(picture: Picture, at: datetime) -> Outlook:
    """Load the queues of a site and tell what comes of its orders and promises."""
    return _Site(picture, at).outlook()


class _Site:
    def __init__(self, picture: Picture, at: datetime) -> None:
        self.picture, self.at = picture, at
        self.by_id = {order.id: order for order in picture.orders}
        self.labels = {order.id: order.label for order in picture.orders}
        self.steps: dict[int, list[OpenStep]] = defaultdict(list)
        for step in sorted(picture.steps, key=lambda one: (one.order, one.number)):
            self.steps[step.order].append(step)
        self.order_of = {step.key: step.order for step in picture.steps}
        self.supply = Supply(picture.stock, picture.held, [*self._made(), *picture.deliveries])
        self.links: dict[int, list[Link]] = defaultdict(list)
        self.bounds: dict[int, list[Bound]] = defaultdict(list)
        # What no moment can be given for: these steps have no end, and neither has what follows them.
        self.stuck: dict[int, list[Reason]] = defaultdict(list)

    def outlook(self) -> Outlook:
        covered = self._share_out()
        tasks = self._tasks()
        placed = load([task for task in tasks if not self._is_stuck(task)], self.picture.places, self.at)
        by_order: dict[int, list[Task]] = defaultdict(list)
        for task in tasks:
            by_order[task.order].append(task)
        orders = {order.id: self._order(order, by_order[order.id], placed) for order in self.picture.orders}
        return Outlook(orders, {key: self._line(demand, found, orders) for key, (demand, found) in covered.items()})

    def _made(self) -> list[Coming]:
        return [
            Coming(CoverKind.ORDER, order.id, order.label, order.item, order.left, made_for=order.made_for)
            for order in sorted(self.picture.orders, key=_urgency)
            if order.item is not None
        ]

    def _share_out(self) -> dict[int, tuple[Demand, Covered]]:
        """Give everybody their share, the earliest due first; material of orders binds their steps."""
        asking: list[tuple[Any, Need | Demand]] = [
            ((demand.due or FAR, 1, 0, FAR, demand.key), demand) for demand in self.picture.demands
        ]
        asking += [
            ((self.by_id[need.order].due_at or FAR, 0, *_urgency(self.by_id[need.order])), need)
            for need in self.picture.needs
            if need.order in self.by_id
        ]
        covered: dict[int, tuple[Demand, Covered]] = {}
        for _when, one in sorted(asking, key=lambda pair: pair[0]):
            if isinstance(one, Demand):
                covered[one.key] = (one, self.supply.take(one.item, one.quantity, wanted_by=[(LINE, one.key)]))
            else:
                self._bind(one, self.supply.take(
                    one.item, one.quantity, wanted_by=[(ORDER, one.order)], not_from=one.order
                ))  # fmt: skip
        return covered

    def _bind(self, need: Need, found: Covered) -> None:
        steps = self.steps.get(need.order, ())
        step = next((one for one in steps if one.key == need.step), steps[0] if steps else None)
        # Who runs has begun with what was there.
        if step is None or step.is_running:
            return
        for cover in found.covers:
            if cover.kind is CoverKind.ORDER and cover.id is not None:
                before = self.steps.get(cover.id)
                if before:
                    self.links[step.key].append(Link(before[-1].key, cause=Cause.CHILD))
            elif cover.kind is CoverKind.PURCHASE and cover.at is not None:
                self.bounds[step.key].append(Bound(cover.at, Cause.MATERIAL, PURCHASE, cover.id, cover.label))
            elif cover.kind is CoverKind.PURCHASE:
                self.stuck[step.key].append(Reason(Cause.MATERIAL, 0, PURCHASE, cover.id, cover.label))
        if not found.is_whole:
            cause = Cause.HOLD if found.held == found.missing else Cause.NOTHING_MADE
            self.stuck[step.key].append(Reason(cause, 0, ITEM, need.item, need.label))

    def _tasks(self) -> list[Task]:
        tasks = []
        for order_id, steps in self.steps.items():
            order = self.by_id[order_id]
            for index, step in enumerate(steps):
                links: tuple[Link, ...] = ()
                if not step.is_running:
                    own = steps[index - 1] if index else None
                    before = (Link(own.key, span(own.wait_s)),) if own else ()
                    links = (*before, *dict.fromkeys(self.links[step.key]))
                tasks.append(Task(
                    step.key, order_id, step.places, span(step.seconds),
                    (not step.is_running, *_urgency(order), step.number), links, tuple(self.bounds[step.key]),
                ))  # fmt: skip
        return tasks

    def _is_stuck(self, task: Task) -> bool:
        return bool(self.stuck.get(task.key))

    def _order(self, order: OpenOrder, own: Sequence[Task], placed: Mapping[int, Placed]) -> OrderOutlook:
        ends = [placed.get(task.key) for task in own]
        finish = (
            max((one.finish for one in ends if one), default=self.at) if all(ends) and not order.is_unplanned else None
        )
        start = order.started_at or min((one.start for one in ends if one), default=None)
        risk = risk_of(finish, order.due_at)
        reasons: list[Reason] = []
        if risk is Risk.UNKNOWN:
            reasons = self._unknown(own)
        elif risk is not Risk.NONE and own:
            last = max((one for one in ends if one), key=lambda one: one.finish)
            reasons = chain(last.task.key, placed, self.picture.places, self.labels, self.at)
            reasons += self._of_itself(order, own, start)
        work = sum((task.work for task in own), timedelta())
        return OrderOutlook(risk, start, finish, work, late_s(finish, order.due_at), tuple(reasons[:MOST_CAUSES]))

    def _of_itself(self, order: OpenOrder, own: Sequence[Task], start: datetime | None) -> list[Reason]:
        """What would make it late even if nobody stood in its way."""
        found = []
        end = alone(own, self.picture.places, self.at)
        if order.due_at and end and end > order.due_at:
            found.append(Reason(Cause.CAPACITY, whole_seconds(end - order.due_at)))
        if order.start_at and start and start > order.start_at:
            found.append(Reason(Cause.STARTED_LATE, whole_seconds(start - order.start_at)))
        return found

    def _unknown(self, own: Sequence[Task], seen: frozenset[int] = frozenset()) -> list[Reason]:
        """Why nobody knows an end: what is missing here, or for an order this one waits for."""
        for task in own:
            if self.stuck.get(task.key):
                return self.stuck[task.key]
            for link in self.links[task.key]:
                other = self.order_of.get(link.key)
                if other is None or other in seen or other == task.order:
                    continue
                below = self._unknown([Task(one.key, other, (), timedelta(), ()) for one in self.steps[other]],
                                      seen | {task.order})  # fmt: skip
                if below:
                    return [Reason(Cause.CHILD, 0, ORDER, other, self.labels[other]), *below]
        return [] if seen else [NO_END]

    def _line(self, demand: Demand, found: Covered, orders: Mapping[int, OrderOutlook]) -> LineOutlook:
        times: list[datetime | None] = []
        latest, why = self.at, None
        known = found.is_whole
        for cover in found.covers:
            there: datetime | None = self.at
            if cover.kind is CoverKind.PURCHASE:
                there = cover.at
            elif cover.kind is CoverKind.ORDER and cover.id is not None:
                there = orders[cover.id].finish_at
            times.append(there)
            if there is None:
                known, why = False, cover
            elif there > latest and known:
                latest, why = there, cover
        ready = latest if known else None
        risk = risk_of(ready, demand.due)
        reasons: list[Reason] = []
        if risk is not Risk.NONE:
            if why is not None and why.kind is CoverKind.ORDER and why.id is not None:
                reasons = [Reason(Cause.CHILD, max(0, whole_seconds(latest - self.at)) if known else 0, ORDER, why.id,
                                  why.label, ready), *orders[why.id].reasons]  # fmt: skip
            elif why is not None:
                seconds = whole_seconds(latest - self.at) if known else 0
                reasons = [Reason(Cause.MATERIAL, seconds, PURCHASE, why.id, why.label, why.at)]
            if not found.is_whole:
                cause = Cause.HOLD if found.held == found.missing else Cause.NOTHING_MADE
                reasons.insert(0, Reason(cause, 0, ITEM, demand.item, demand.label))
            if risk is Risk.LATE and not reasons:
                reasons = [Reason(Cause.NOT_SENT, late_s(ready, demand.due), ITEM, demand.item, demand.label)]
        return LineOutlook(risk, ready, late_s(ready, demand.due), found, tuple(times), tuple(reasons[:MOST_CAUSES]))


def _urgency(order: OpenOrder) -> tuple[int, datetime, int]:
    return (-order.priority, order.due_at or FAR, order.id)
