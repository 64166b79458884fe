"""Which operation and order run on a machine, and what could run there next."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders.models import OrderOperation, OrderRun, ProductionOrder
from production.orders.states import OPEN, OperationStatus
from production.products.models import WorkCentreMachine

# The most urgent first: by priority, then by the day it is due.
URGENT_FIRST = (F("order__priority").desc(), F("order__due_at").asc(nulls_last=True), "order_id", "number")


class NoSuchOrderPage(Missing):
    """The order does not exist, or the asker may not see it."""

    code = "no_such_order"


def order_or_missing(actor: User, number: str) -> ProductionOrder:
    """The order of a number. Raises NoSuchOrderPage."""
    return order_with_rights(actor, number, ())[0]


def order_with_rights(actor: User, number: str, capabilities: Collection[str]) -> tuple[ProductionOrder, set[str]]:
    """The order of a number, and which of some capabilities the actor holds on it; one question.

    Raises NoSuchOrderPage.
    """
    rows = visible(actor, ProductionOrder.objects.filter(number=number))
    rights = {
        f"right_{place}": Exists(visible(actor, ProductionOrder.objects.filter(pk=OuterRef("pk")), capability))
        for place, capability in enumerate(capabilities)
    }
    rows = rows.select_related("item__unit", "machine", "line__area__site", "revision", "bom", "routing")
    order = rows.annotate(**rights).first()
    if order is None:
        raise NoSuchOrderPage(_("There is no production order %(number)s that you may see.") % {"number": number[:40]})
    return order, {held for name, held in zip(rights, capabilities, strict=True) if getattr(order, name)}


def operation_or_missing(actor: User, number: str, step: int) -> OrderOperation:
    """A step of an order by the order's number and its own. Raises NoSuchOrderPage."""
    rows = visible(actor, OrderOperation.objects.filter(order__number=number, number=step))
    found = rows.select_related("order__line__area__site", "machine", "work_centre").first()
    if found is None:
        raise NoSuchOrderPage(
            _("There is no step %(step)s of order %(number)s that you may see.") % {"step": step, "number": number[:40]}
        )
    return found


def running_operation(machine: Machine, at: datetime | None = None) -> OrderOperation | None:
    """The step of an order on a machine now, or at a moment."""
    moment = Q(ended_at=None) if at is None else Q(started_at__lte=at) & (Q(ended_at=None) | Q(ended_at__gt=at))
    run = OrderRun.objects.filter(moment, machine=machine).select_related("operation__order").first()
    return run.operation if run else None


def running_order(machine: Machine, at: datetime | None = None) -> ProductionOrder | None:
    """The order on a machine now, or at a moment."""
    operation = running_operation(machine, at)
    return operation.order if operation else None


def operations_waiting(machine: Machine) -> QuerySet[OrderOperation]:
    """What could be started at a machine next: steps queued there or at any machine of its work centre.

    The most urgent first. Steps whose order was ended are left out.
    """
    # A subquery, because a join would give a step once for every machine of its work centre.
    centre = WorkCentreMachine.objects.filter(machine=machine).values("work_centre")
    queued = Q(machine=machine) | Q(machine=None, work_centre__in=centre)
    waiting = (OperationStatus.PENDING, OperationStatus.PAUSED)
    rows = OrderOperation.objects.filter(queued, status__in=waiting, order__status__in=OPEN)
    return rows.select_related("order__item", "work_centre", "machine").order_by(*URGENT_FIRST)
