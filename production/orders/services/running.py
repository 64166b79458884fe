"""Putting operations on machines and taking them off; what is done with an order is done with its operations."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders import events
from production.orders.gates import pass_gates
from production.orders.models import OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import counts_of_operation, running_operation
from production.orders.services.common import (
    follow_steps,
    locked_operation,
    locked_order,
    move_step,
    must_say_why,
    place_of,
    steps_of,
    tell_step,
    word,
)
from production.orders.services.refusals import (
    BeforeStart,
    MachineTaken,
    NothingLeftToDo,
    NothingToWorkOn,
    WrongMachine,
    WrongStatus,
)
from production.orders.states import OperationStatus, OrderStatus, can_move
from production.products.models import RoutingOperation

DONE = (OperationStatus.FINISHED, OperationStatus.SKIPPED)


def start_operation(
    *,
    actor: User,
    operation_id: int,
    at: datetime,
    machine: Machine | None = None,
    version: int | None = None,
    anyway: bool = False,
) -> OrderOperation:
    """Put a step on a machine, or begin it at its bench. Starting it again changes nothing.

    `machine`: where, if its work centre has several. `anyway`: although the step before has reported nothing yet.
    Raises MachineTaken, WrongMachine, NothingToWorkOn, WrongStatus, StaleVersion.
    """
    step = locked_operation(actor, operation_id, version, machine=machine)
    if step.status == OperationStatus.RUNNING:
        return step
    _order_must_allow(step.order, OrderStatus.RUNNING)
    chosen = machine_for(step, machine)
    if chosen is not None:
        _machine_must_be_free(step, chosen)
    if not anyway:
        _something_must_be_there(step, at)
    began = at if chosen is None else _after_last_run(chosen, at)
    move_step(step, OperationStatus.RUNNING, machine=chosen, started_at=step.started_at or began, status_reason="")
    if chosen is not None:
        OrderRun.objects.create(order=step.order, operation=step, machine=chosen, started_at=began)
    follow_steps(step.order, at)
    tell_step(events.ORDER_STARTED, step, actor, at)
    return step


def pause_operation(
    *, actor: User, operation_id: int, at: datetime, reason: str = "", version: int | None = None
) -> OrderOperation:
    """Take a step off its machine for a while. Raises BeforeStart, WrongStatus, StaleVersion."""
    step = locked_operation(actor, operation_id, version)
    if step.status == OperationStatus.PAUSED:
        return step
    _take_off(step, OperationStatus.PAUSED, at, reason.strip()[:200])
    follow_steps(step.order, at)
    tell_step(events.ORDER_PAUSED, step, actor, at, reason=reason.strip()[:200])
    return step


def finish_operation(*, actor: User, operation_id: int, at: datetime, version: int | None = None) -> OrderOperation:
    """End a step for good; with the last one the order is finished. Raises BeforeStart, WrongStatus, StaleVersion."""
    step = locked_operation(actor, operation_id, version)
    if step.status == OperationStatus.FINISHED:
        return step
    pass_gates(step, at)
    _take_off(step, OperationStatus.FINISHED, at)
    follow_steps(step.order, at)
    tell_step(events.ORDER_FINISHED, step, actor, at)
    return step


def skip_operation(
    *, actor: User, operation_id: int, reason: str, at: datetime, version: int | None = None
) -> OrderOperation:
    """Leave a step out that was not begun. Raises ReasonNeeded, NothingLeftToDo, WrongStatus, StaleVersion."""
    step = locked_operation(actor, operation_id, version)
    if step.status == OperationStatus.SKIPPED:
        return step
    why = must_say_why(reason)
    if not step.order.operations.exclude(pk=step.pk).exclude(status=OperationStatus.SKIPPED).exists():
        raise NothingLeftToDo(
            _("This is the last step of %(order)s. Cancel the order instead of leaving everything out.")
            % {"order": step.order.number}
        )
    _order_must_be_open(step.order)
    move_step(step, OperationStatus.SKIPPED, status_reason=why)
    follow_steps(step.order, at)
    _tell(events.OPERATION_SKIPPED, step, actor, at, reason=why)
    return step


def unskip_operation(*, actor: User, operation_id: int, at: datetime, version: int | None = None) -> OrderOperation:
    """Do a step after all that was left out. Raises WrongStatus, StaleVersion."""
    step = locked_operation(actor, operation_id, version)
    if step.status == OperationStatus.PENDING:
        return step
    _order_must_be_open(step.order)
    move_step(step, OperationStatus.PENDING, status_reason="")
    follow_steps(step.order, at)
    _tell(events.OPERATION_UNSKIPPED, step, actor, at)
    return step


def start_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Start the next operation of an order: the paused one, or the first not begun. Raises what starting it raises."""
    order = locked_order_for_run(actor, order_id, version)
    if order.status == OrderStatus.RUNNING:
        return order
    _order_must_allow(order, OrderStatus.RUNNING)
    steps = list(steps_of(order))
    waiting = [step for step in steps if step.status == OperationStatus.PAUSED]
    waiting += [step for step in steps if step.status == OperationStatus.PENDING]
    if not waiting:
        raise WrongStatus(
            _("%(order)s has no operation to start. Release it first: then it gets its steps.")
            % {"order": order.number}
        )
    return start_operation(actor=actor, operation_id=waiting[0].pk, at=at).order


def pause_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Take every running operation of an order off its machine for a while."""
    order = locked_order_for_run(actor, order_id, version)
    if order.status == OrderStatus.PAUSED:
        return order
    if order.status != OrderStatus.RUNNING:
        _refuse_status(order, OrderStatus.PAUSED)
    for step in steps_of(order).filter(status=OperationStatus.RUNNING):
        order = pause_operation(actor=actor, operation_id=step.pk, at=at).order
    return order


def finish_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """End an order for good: its operations that are not yet done end with it."""
    order = locked_order_for_run(actor, order_id, version)
    if order.status == OrderStatus.FINISHED:
        return order
    _order_must_allow(order, OrderStatus.FINISHED)
    for step in steps_of(order).exclude(status__in=DONE):
        order = finish_operation(actor=actor, operation_id=step.pk, at=at).order
    return order


def locked_order_for_run(actor: User, order_id: int, version: int | None) -> ProductionOrder:
    """The order of an act that names the order, its machines locked before it as starting a step wants it."""
    machines = OrderOperation.objects.filter(order_id=order_id).exclude(machine=None).values("machine_id")
    list(Machine.objects.select_for_update(no_key=True).filter(pk__in=machines).order_by("pk"))
    return locked_order(actor, order_id, version)


def _tell(kind: EventType, step: OrderOperation, actor: User, at: datetime, **payload: Any) -> None:
    about = [step.order, place_of(step), step]
    publish(kind, about=about, at=at, actor=actor, number=step.number, name=step.name, **payload)


def _take_off(step: OrderOperation, there: OperationStatus, at: datetime, reason: str = "") -> None:
    was_running = step.status == OperationStatus.RUNNING
    ends = {"finished_at": at} if there == OperationStatus.FINISHED else {}
    _order_must_be_open(step.order)
    move_step(step, there, status_reason=reason, **ends)
    if was_running:
        _end_run(step, at)


def _end_run(step: OrderOperation, at: datetime) -> None:
    run = OrderRun.objects.select_for_update().filter(operation=step, ended_at=None).first()
    began = run.started_at if run else step.started_at
    if began is not None and (at < began or (run is not None and at == began)):
        raise BeforeStart(
            _("%(order)s began at %(start)s; it cannot end at %(at)s.")
            % {"order": step.order.number, "start": began.isoformat(), "at": at.isoformat()}
        )
    if run is not None:
        run.ended_at = at
        run.version += 1
        run.save(update_fields=["ended_at", "version", "updated_at"])


def machine_for(step: OrderOperation, machine: Machine | None) -> Machine | None:
    """The machine the step goes on; None at a bench. Raises WrongMachine."""
    if machine is None:
        if step.machine is not None or step.work_centre is None:
            return step.machine
        places = [place.machine for place in step.work_centre.machines.select_related("machine")]
        if len(places) > 1:
            raise WrongMachine(
                _("Say on which machine of %(centre)s: %(machines)s.")
                % {"centre": step.work_centre, "machines": ", ".join(one.name for one in places)}
            )
        return places[0] if places else None
    if machine.pk == step.machine_id or (_is_of_centre(step, machine) and not _only_elsewhere(step, machine)):
        return machine
    raise WrongMachine(
        _("Step %(number)s of %(order)s is not done at %(machine)s but at %(place)s.")
        % {"number": step.number, "order": step.order.number, "machine": machine.name, "place": place_of(step)}
    )


def _is_of_centre(step: OrderOperation, machine: Machine) -> bool:
    return step.work_centre is not None and step.work_centre.machines.filter(machine=machine).exists()


def _only_elsewhere(step: OrderOperation, machine: Machine) -> bool:
    """Whether the routing names one machine for the step, and it is another."""
    rows = RoutingOperation.objects.filter(routing=step.order.routing_id, number=step.number)
    return rows.exclude(machine=None).exclude(machine=machine).exists()


def _machine_must_be_free(step: OrderOperation, machine: Machine) -> None:
    other = running_operation(machine)
    if other is not None:
        raise MachineTaken(
            _("%(other)s is running at %(machine)s. Finish or pause it first, then start %(order)s.")
            % {"other": other.order.number, "machine": machine.name, "order": step.order.number}
        )


def _something_must_be_there(step: OrderOperation, at: datetime) -> None:
    """Raises NothingToWorkOn while the step before has neither ended nor made a good piece."""
    earlier = step.order.operations.filter(number__lt=step.number).exclude(status=OperationStatus.SKIPPED)
    before = earlier.order_by("-number").first()
    if before is None or before.status == OperationStatus.FINISHED or step.status == OperationStatus.PAUSED:
        return
    if counts_of_operation(before, at).good <= 0:
        raise NothingToWorkOn(
            _(
                "Step %(before)s of %(order)s has reported no good piece yet. Report what it made, leave it out with "
                "a reason, or start step %(number)s anyway."
            )
            % {"before": before.number, "order": step.order.number, "number": step.number}
        )


def _after_last_run(machine: Machine, at: datetime) -> datetime:
    """A tap made offline may arrive late: its run begins no earlier than the machine was free."""
    last = OrderRun.objects.filter(machine=machine).order_by("-started_at").first()
    return at if last is None or last.ended_at is None else max(at, last.ended_at)


def _order_must_be_open(order: ProductionOrder) -> None:
    if order.status in (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.MERGED):
        raise WrongStatus(
            _("%(order)s is %(here)s: nothing is done on it any more.")
            % {"order": order.number, "here": word(order.status)}
        )


def _order_must_allow(order: ProductionOrder, there: OrderStatus) -> None:
    if order.status != there and not can_move(order.status, there):
        _refuse_status(order, there)


def _refuse_status(order: ProductionOrder, there: OrderStatus) -> None:
    raise WrongStatus(
        _("%(order)s is %(here)s and cannot become %(there)s.")
        % {"order": order.number, "here": word(order.status), "there": word(there)}
    )
