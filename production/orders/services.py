"""Acts on production orders and counts."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders import events
from production.orders.models import CountEntry, OrderOperation, OrderRun, ProductionOrder
from production.orders.queries import running_operation, running_order
from production.orders.states import CountKind, OperationStatus, OrderStatus, can_move

LARGEST_COUNT = Decimal(1_000_000)


class NoSuchOrder(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_order"


class NoSuchCount(Missing):
    """The report does not exist, or the asker may not see it."""

    code = "no_such_count"


class WrongStatus(Refused):
    """The order's status does not allow the move."""

    code = "wrong_status"


class MachineTaken(Refused):
    """Another order runs on the machine."""

    code = "machine_taken"


class BeforeStart(Refused):
    """An order cannot end before it began."""

    code = "before_start"


class BadQuantity(Invalid):
    """Quantities and cycle times are positive numbers."""

    code = "bad_quantity"


class KeyOfOther(Invalid):
    """The key of a report was used for another report."""

    code = "key_reused"


class AlreadyTakenBack(Refused):
    """A report can be taken back once."""

    code = "already_taken_back"


def plan_order(
    *,
    actor: User,
    machine: Machine,
    item_text: str,
    quantity: Decimal,
    ideal_cycle_s: Decimal,
    at: datetime,
    unit: str = "pcs",
    due_at: datetime | None = None,
) -> ProductionOrder:
    """Plan so many pieces on a machine. Raises BadQuantity."""
    require(actor, "production.order.manage", machine)
    if quantity <= 0 or ideal_cycle_s <= 0:
        raise BadQuantity(_("Quantity and ideal cycle must be greater than zero."))
    order = ProductionOrder.objects.create(
        number=next_number("production_order", prefix="PO-"),
        line=machine.line,
        machine=machine,
        item_text=item_text,
        quantity=quantity,
        unit=unit,
        ideal_cycle_s=ideal_cycle_s,
        due_at=due_at,
    )
    OrderOperation.objects.create(
        order=order, number=10, name=item_text[:120], machine=machine, quantity=quantity, run_s=ideal_cycle_s
    )
    publish(
        events.ORDER_PLANNED,
        about=[order, machine],
        at=at,
        actor=actor,
        quantity=f"{quantity.normalize():f}",
        unit=unit,
        item=item_text,
    )
    return order


def start_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Put an order on its machine. Raises MachineTaken while another one runs there."""
    order = _locked(actor, order_id, version)
    require(actor, "production.order.run", order)
    if order.status == OrderStatus.RUNNING:
        return order
    machine = _machine_of(order)
    other = running_order(machine)
    if other is not None:
        raise MachineTaken(
            _("%(other)s is running at %(machine)s. Finish or pause it first, then start %(order)s.")
            % {"other": other.number, "machine": machine.name, "order": order.number}
        )
    _move(order, OrderStatus.RUNNING)
    began = _after_last_run(machine, at)
    step = _move_step(order, OperationStatus.RUNNING, began)
    OrderRun.objects.create(order=order, operation=step, machine=machine, started_at=began)
    publish(events.ORDER_STARTED, about=[order, _machine_of(order)], at=at, actor=actor)
    return order


def pause_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """Take an order off its machine for a while."""
    order = _locked(actor, order_id, version)
    require(actor, "production.order.run", order)
    if order.status == OrderStatus.PAUSED:
        return order
    _move(order, OrderStatus.PAUSED)
    _move_step(order, OperationStatus.PAUSED, at)
    _end_run(order, at)
    publish(events.ORDER_PAUSED, about=[order, _machine_of(order)], at=at, actor=actor)
    return order


def finish_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> ProductionOrder:
    """End an order for good."""
    order = _locked(actor, order_id, version)
    require(actor, "production.order.run", order)
    if order.status == OrderStatus.FINISHED:
        return order
    was_running = order.status == OrderStatus.RUNNING
    _move(order, OrderStatus.FINISHED)
    _move_step(order, OperationStatus.FINISHED, at)
    if was_running:
        _end_run(order, at)
    publish(events.ORDER_FINISHED, about=[order, _machine_of(order)], at=at, actor=actor)
    return order


def report_count(
    *, actor: User, machine: Machine, kind: str, quantity: Decimal, at: datetime, key: str = "", reason: str = ""
) -> CountEntry:
    """Report good pieces or scrap on whatever order was running at that moment; once a key."""
    require(actor, "production.count.report", machine)
    if not 0 < quantity <= LARGEST_COUNT:
        raise BadQuantity(
            _("%(quantity)s is not a count: enter a number above zero and up to %(most)s.")
            % {"quantity": quantity, "most": LARGEST_COUNT}
        )
    key = key or uuid.uuid4().hex
    operation = running_operation(machine, at)
    wish = {
        "machine": machine,
        "order": operation.order if operation else None,
        "operation": operation,
        "kind": CountKind(kind).value,
        "quantity": quantity,
        "at": at,
        "by": actor,
        "reason": reason or None,
    }
    entry, first = CountEntry.objects.get_or_create(key=key, defaults=wish)
    if not first:
        if (entry.machine_id, entry.kind, entry.quantity, entry.by_id) != (machine.pk, kind, quantity, actor.pk):
            raise KeyOfOther(_("This key belongs to another report. Take a new key for a new report."))
        return entry
    told = events.SCRAP_REPORTED if kind == CountKind.SCRAP else events.GOOD_REPORTED
    about = [machine, entry] if entry.order is None else [machine, entry, entry.order]
    publish(told, about=about, at=at, actor=actor, quantity=f"{quantity.normalize():f}", reason=reason)
    return entry


def correct_count(*, actor: User, entry_id: int, at: datetime) -> CountEntry:
    """Take a report back by a counter-entry. Raises AlreadyTakenBack."""
    # A row lock is what makes the second of two simultaneous corrections wait and then be told so.
    entry = (
        visible(actor, CountEntry.objects.select_related("machine", "order"))
        .select_for_update(of=("self",))
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NoSuchCount(_("There is no such report that you may see."))
    require(actor, "production.count.report", entry)
    if entry.corrects_id is not None or CountEntry.objects.filter(corrects=entry).exists():
        raise AlreadyTakenBack(_("This report was already taken back. Report anew what is right."))
    counter_entry = CountEntry.objects.create(
        machine=entry.machine,
        order=entry.order,
        operation=entry.operation,
        loss_reason=entry.loss_reason,
        kind=entry.kind,
        quantity=-entry.quantity,
        # At the moment of the mistake, so that it vanishes from the shift in which it was made.
        at=entry.at,
        by=actor,
        source=entry.source,
        corrects=entry,
        key=f"back-{entry.key}"[:80],
    )
    publish(
        events.COUNT_CORRECTED,
        about=[entry.machine, entry],
        at=at,
        actor=actor,
        quantity=f"{entry.quantity.normalize():f}",
        what=entry.kind,
    )
    return counter_entry


def _locked(actor: User, order_id: int, version: int | None) -> ProductionOrder:
    orders = visible(actor, ProductionOrder.objects.select_related("machine__line"))
    order = orders.filter(pk=order_id).first()
    if order is None:
        raise NoSuchOrder(_("There is no such order that you may see."))
    # One machine, one queue: starting two orders at once must end as one started and one refused.
    Machine.objects.select_for_update(no_key=True).get(pk=_machine_of(order).pk)
    order = ProductionOrder.objects.select_for_update(of=("self",)).select_related("machine__line").get(pk=order_id)
    if version is not None and version != order.version:
        raise StaleVersion(
            _("%(order)s was changed in the meantime: it is %(status)s now. Look again, then decide.")
            % {"order": order.number, "status": _word(order.status)},
            current={"version": order.version, "status": order.status},
        )
    return order


def _move(order: ProductionOrder, there: OrderStatus) -> None:
    if not can_move(order.status, there):
        raise WrongStatus(
            _("%(order)s is %(here)s and cannot become %(there)s.")
            % {"order": order.number, "here": _word(order.status), "there": _word(there)}
        )
    order.status = there
    order.version += 1
    order.save(update_fields=["status", "version", "updated_at"])


def _machine_of(order: ProductionOrder) -> Machine:
    if order.machine is None:
        raise WrongStatus(_("%(order)s is on no machine. Start one of its operations.") % {"order": order.number})
    return order.machine


def _move_step(order: ProductionOrder, there: OperationStatus, at: datetime) -> OrderOperation:
    step = OrderOperation.objects.select_for_update().filter(order=order).order_by("number").first()
    if step is None:
        raise WrongStatus(_("%(order)s has no operation.") % {"order": order.number})
    step.status = there
    if there == OperationStatus.RUNNING and step.started_at is None:
        step.started_at = at
    if there == OperationStatus.FINISHED:
        step.finished_at = at
    step.version += 1
    step.save(update_fields=["status", "started_at", "finished_at", "version", "updated_at"])
    return step


def _word(status: str) -> str:
    return str(events.STATUS_WORDS[OrderStatus(status)])


def _after_last_run(machine: Machine, at: datetime) -> datetime:
    """A tap made offline may arrive late: its run begins no earlier than the machine was free."""
    last = OrderRun.objects.filter(machine=machine).order_by("-started_at").first()
    return at if last is None or last.ended_at is None else max(at, last.ended_at)


def _end_run(order: ProductionOrder, at: datetime) -> None:
    run = OrderRun.objects.select_for_update().get(order=order, ended_at=None)
    if at <= run.started_at:
        raise BeforeStart(
            _("%(order)s began at %(start)s; it cannot end at %(at)s.")
            % {"order": order.number, "start": run.started_at.isoformat(), "at": at.isoformat()}
        )
    run.ended_at = at
    run.version += 1
    run.save(update_fields=["ended_at", "version", "updated_at"])
