"""Reporting good pieces, scrap and rework, and taking a report back."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders import events
from production.orders.models import CountEntry, LossReason, OrderOperation
from production.orders.queries import running_operation
from production.orders.services.common import word
from production.orders.services.refusals import (
    AlreadyTakenBack,
    BadLossReason,
    BadQuantity,
    CountedByMachine,
    KeyOfOther,
    NoSuchCount,
    NoSuchOperation,
    WrongStatus,
)
from production.orders.states import CountKind, OrderStatus
from production.products.states import CountBy

REPORT = "production.count.report"
LARGEST_COUNT = Decimal(1_000_000)
TOLD = {
    CountKind.GOOD: events.GOOD_REPORTED,
    CountKind.SCRAP: events.SCRAP_REPORTED,
    CountKind.REWORK: events.REWORK_REPORTED,
}


def report_count(
    *,
    actor: User,
    machine: Machine | None,
    kind: str,
    quantity: Decimal,
    at: datetime,
    key: str = "",
    reason: str = "",
    loss_reason: LossReason | None = None,
    operation: OrderOperation | None = None,
) -> CountEntry:
    """Report pieces of a step, once a key; without `operation` they belong to what ran on the machine at that moment.

    A bench has no machine: name the operation. Scrap found later may name the earlier step of the same order where it
    happened. Raises BadQuantity, CountedByMachine, BadLossReason, KeyOfOther, WrongStatus.
    """
    operation = _operation_meant(actor, machine, operation, at)
    said = CountKind(kind)
    if not 0 < quantity <= LARGEST_COUNT:
        raise BadQuantity(
            _("%(quantity)s is not a count: enter a number above zero and up to %(most)s.")
            % {"quantity": quantity, "most": LARGEST_COUNT}
        )
    _must_be_countable(operation, said)
    _must_fit(loss_reason, said)
    wish = {
        "machine": machine,
        "order": operation.order if operation else None,
        "operation": operation,
        "kind": said.value,
        "quantity": quantity,
        "at": at,
        "by": actor,
        "reason": reason or None,
        "loss_reason": loss_reason,
    }
    entry, first = CountEntry.objects.get_or_create(key=key or uuid.uuid4().hex, defaults=wish)
    if not first:
        mine = (machine.pk if machine else None, kind, quantity, actor.pk)
        if (entry.machine_id, entry.kind, entry.quantity, entry.by_id) != mine:
            raise KeyOfOther(_("This key belongs to another report. Take a new key for a new report."))
        return entry
    said_why = str(loss_reason) if loss_reason else reason
    publish(TOLD[said], about=_about(entry), at=at, actor=actor, quantity=f"{quantity.normalize():f}", reason=said_why)
    return entry


def report_reading(
    *,
    actor: User,
    machine: Machine | None,
    start: Decimal,
    end: Decimal,
    at: datetime,
    kind: str = CountKind.GOOD,
    key: str = "",
    loss_reason: LossReason | None = None,
    operation: OrderOperation | None = None,
) -> CountEntry:
    """Report what a counter without a wire showed before and after; both readings stand with the report.

    Raises BadQuantity where the counter would have run backwards or stood still, and what `report_count` raises.
    """
    if start < 0 or end <= start:
        raise BadQuantity(
            _("The counter cannot go from %(start)s to %(end)s: the second reading must be above the first.")
            % {"start": start, "end": end}
        )
    return report_count(
        actor=actor, machine=machine, kind=kind, quantity=end - start, at=at, key=key, operation=operation,
        reason=f"{start.normalize():f} → {end.normalize():f}", loss_reason=loss_reason,
    )  # fmt: skip


def correct_count(*, actor: User, entry_id: int, at: datetime) -> CountEntry:
    """Take a report back by a counter-entry. Raises AlreadyTakenBack."""
    # A row lock is what makes the second of two simultaneous corrections wait and then be told so.
    entry = (
        visible(actor, CountEntry.objects.select_related("machine", "order__line", "operation", "loss_reason"))
        .select_for_update(of=("self",))
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NoSuchCount(_("There is no such report that you may see."))
    require(actor, REPORT, entry)
    if entry.corrects_id is not None or CountEntry.objects.filter(corrects=entry).exists():
        raise AlreadyTakenBack(_("This report was already taken back. Report anew what is right."))
    if entry.operation is not None:
        _must_not_be_settled(entry.operation)
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
    said = f"{entry.quantity.normalize():f}"
    publish(events.COUNT_CORRECTED, about=_about(entry), at=at, actor=actor, quantity=said, what=entry.kind)
    return counter_entry


def _operation_meant(
    actor: User, machine: Machine | None, operation: OrderOperation | None, at: datetime
) -> OrderOperation | None:
    """The step a report belongs to, for whoever may report here. Raises Forbidden, NoSuchOperation."""
    if machine is not None:
        require(actor, REPORT, machine)
    elif operation is not None:
        require(actor, REPORT, operation)
    else:
        raise NoSuchOperation(_("Say at which machine or for which operation."))
    if operation is None:
        return running_operation(machine, at) if machine else None
    seen = visible(actor, OrderOperation.objects.filter(pk=operation.pk)).exists()
    if not seen and not (machine and operation.order.operations.filter(machine=machine).exists()):
        raise NoSuchOperation(_("There is no such operation that you may see."))
    return operation


def _must_be_countable(operation: OrderOperation | None, kind: CountKind) -> None:
    if operation is None:
        return
    _must_not_be_settled(operation)
    if kind == CountKind.GOOD and operation.count_by == CountBy.MACHINE:
        raise CountedByMachine(
            _("Good pieces of step %(number)s of %(order)s are counted by the machine. Report only scrap and rework.")
            % {"number": operation.number, "order": operation.order.number}
        )


def _must_not_be_settled(operation: OrderOperation) -> None:
    if operation.order.status in (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.MERGED):
        raise WrongStatus(
            _("%(order)s is %(here)s: nothing is booked on it any more.")
            % {"order": operation.order.number, "here": word(operation.order.status)}
        )


def _must_fit(reason: LossReason | None, kind: CountKind) -> None:
    if reason is None:
        return
    fits = {CountKind.GOOD: False, CountKind.SCRAP: reason.for_scrap, CountKind.REWORK: reason.for_rework}
    if not (reason.is_active and fits[kind]):
        raise BadLossReason(_("'%(reason)s' is no reason for this. Choose another one.") % {"reason": reason.name})


def _about(entry: CountEntry) -> list[Any]:
    """Whom a report concerns: the place first, then the report, its order and its step."""
    place = entry.machine or entry.operation
    rest = [entry, entry.order, None if place is entry.operation else entry.operation]
    return [one for one in (place, *rest) if one is not None]
