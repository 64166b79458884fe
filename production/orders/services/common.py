"""What the acts on orders share: locking, statuses that follow the steps, and sentences."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.tables import Record
from production.orders import events
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.rules import status_of
from production.orders.services.refusals import NoSuchOperation, NoSuchOrder, ReasonNeeded, WrongStatus
from production.orders.states import OperationStatus, OrderStatus, can_move, operation_can_move
from production.products.models import WorkCentre, WorkCentreMachine

MANAGE, RUN = "production.order.manage", "production.order.run"
FINER_EVENTS = {
    events.ORDER_STARTED: events.OPERATION_STARTED,
    events.ORDER_PAUSED: events.OPERATION_PAUSED,
    events.ORDER_FINISHED: events.OPERATION_FINISHED,
}
WITH = ("machine__line__area__site", "line__area__site", "item__unit")


def locked_order(
    actor: User, order_id: int, version: int | None = None, *, capability: str = RUN, compared: tuple[str, ...] = ()
) -> ProductionOrder:
    """The order under a row lock, for whoever may do this with it.

    `compared`: what a stale asker is shown beside the status. Raises NoSuchOrder, Forbidden, StaleVersion.
    """
    if not visible(actor, ProductionOrder.objects.filter(pk=order_id)).exists():
        raise NoSuchOrder(_("There is no such order that you may see."))
    order = lock(order_id)
    require(actor, capability, order)
    refuse_stale(actor, order, version, ("status", *compared))
    return order


def lock(order_id: int) -> ProductionOrder:
    """The order under a row lock, rights asked elsewhere."""
    rows = ProductionOrder.objects.select_for_update(of=("self",)).select_related(*WITH)
    return rows.get(pk=order_id)


def locked_operation(
    actor: User,
    operation_id: int,
    version: int | None = None,
    *,
    machine: Machine | None = None,
    capability: str = RUN,
) -> OrderOperation:
    """The operation with its machine and its order locked first, for whoever may do this with it.

    One machine, one queue: starting two orders at once must end as one started and one refused, so the machine comes
    before the order. Raises NoSuchOperation, Forbidden, StaleVersion.
    """
    rows = visible(actor, OrderOperation.objects.filter(pk=operation_id))
    found = rows.values_list("order_id", "machine_id", "work_centre_id").first()
    if found is None:
        raise NoSuchOperation(_("There is no such operation that you may see."))
    order_id, machine_id, centre_id = found
    named = machine.pk if machine else machine_id
    of_centre = WorkCentreMachine.objects.filter(work_centre=centre_id).values_list("machine_id", flat=True)
    meant = list(of_centre) if named is None else [named]
    list(Machine.objects.select_for_update(no_key=True).filter(pk__in=meant).order_by("pk"))
    order = lock(order_id)
    operation: OrderOperation | None = steps_of(order).filter(pk=operation_id).first()
    if operation is None:
        # The order was taken back or took another version while this act waited for it.
        raise NoSuchOperation(_("There is no such operation that you may see."))
    operation.order = order
    require(actor, capability, machine or operation)
    refuse_stale(actor, operation, version, ("status", "machine"))
    return operation


def steps_of(order: ProductionOrder) -> Any:
    """The operations of a locked order in their order, locked too."""
    rows = OrderOperation.objects.select_for_update(of=("self",)).filter(order=order)
    return rows.select_related("machine__line__area__site", "work_centre__line").order_by("number")


def save_changes(thing: Record, wish: Mapping[str, Any]) -> list[str]:
    """Store what differs, one version further; gives the names of what changed."""
    changed = [name for name, value in wish.items() if getattr(thing, name) != value]
    for name in changed:
        setattr(thing, name, wish[name])
    if changed:
        thing.version += 1
        thing.save(update_fields=[*changed, "version", "updated_at"])
    return changed


def move(order: ProductionOrder, there: OrderStatus, **more: Any) -> None:
    """Set the status, and what is said with it. Raises WrongStatus."""
    if order.status != there and not can_move(order.status, there):
        raise WrongStatus(
            _("%(order)s is %(here)s and cannot become %(there)s.")
            % {"order": order.number, "here": word(order.status), "there": word(there)}
        )
    save_changes(order, {"status": there, **more})


def must_be(order: ProductionOrder, *statuses: OrderStatus) -> None:
    """Raises WrongStatus unless the order stands in one of these."""
    if order.status not in statuses:
        raise WrongStatus(
            _("%(order)s is %(here)s. This can be done only while it is %(wanted)s.")
            % {"order": order.number, "here": word(order.status), "wanted": " / ".join(word(one) for one in statuses)}
        )


def move_step(step: OrderOperation, there: OperationStatus, **more: Any) -> None:
    """Set the status of an operation, and what is said with it. Raises WrongStatus."""
    if not operation_can_move(step.status, there):
        raise WrongStatus(
            _("Step %(number)s of %(order)s is %(here)s and cannot become %(there)s.")
            % {
                "number": step.number,
                "order": step.order.number,
                "here": step_word(step.status),
                "there": step_word(there),
            }
        )
    save_changes(step, {"status": there, **more})


def follow_steps(order: ProductionOrder, at: datetime) -> None:
    """Give the order the status that its operations say. Raises WrongStatus where it may not become that."""
    statuses = order.operations.order_by("number").values_list("status", flat=True)
    there = status_of(order.status, list(statuses))
    if there == order.status:
        return
    move(order, there, finished_at=at if there == OrderStatus.FINISHED else None)


def place_of(step: OrderOperation) -> Machine | WorkCentre | Line:
    """Where a step is done, as far as it is known."""
    return step.machine or step.work_centre or step.order.line


def tell_step(kind: EventType, step: OrderOperation, actor: User, at: datetime, **payload: Any) -> None:
    """Tell what happened to a step; of an order with one step only, it is told of the order."""
    order, place = step.order, place_of(step)
    if order.operations.count() == 1:
        publish(kind, about=[order, place, step], at=at, actor=actor, **payload)
        return
    payload |= {"number": step.number, "name": step.name}
    publish(FINER_EVENTS[kind], about=[order, place, step], at=at, actor=actor, **payload)
    if kind is events.ORDER_FINISHED and order.status == OrderStatus.FINISHED:
        publish(kind, about=[order, place, step], at=at, actor=actor)


def must_say_why(reason: str) -> str:
    """The reason without blanks. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why: the reason stands in the history of the order."))
    return reason.strip()[:200]


def word(status: str) -> str:
    """A status in the reader's language."""
    return str(events.STATUS_WORDS[OrderStatus(status)])


def step_word(status: str) -> str:
    """The status of a step in the reader's language."""
    return str(events.OPERATION_WORDS[OperationStatus(status)])
