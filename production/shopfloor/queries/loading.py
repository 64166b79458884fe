"""What could run at a machine: its queue, and what a scanned code means here."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing, Refused
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders.models import OrderOperation
from production.orders.queries import operations_waiting
from production.orders.states import OPEN, OperationStatus

# As many as a person reads through; the rest is found by scanning.
LONGEST_QUEUE = 30
ORDER_CODE = re.compile(r"(?P<number>[A-Z]{1,6}-\d+)(?:/(?P<step>\d{1,6}))?")


class UnknownCode(Missing):
    """What was scanned is no order that could run here."""

    code = "unknown_code"


class NotToStart(Refused):
    """The order is known, but has nothing to start at this machine."""

    code = "nothing_to_start"


@dataclass(frozen=True)
class Waiting:
    """An operation that could be started here; `ready`: the step before is done or has made something to work on."""

    id: int
    number: str
    step: int
    item_name: str
    step_name: str
    quantity: Decimal
    unit: str
    due_at: datetime | None
    paused: bool
    ready: bool
    place: str

    @property
    def label(self) -> str:
        """What the operation is called on paper and in barcodes."""
        return f"{self.number}/{self.step}"


@dataclass(frozen=True)
class Loaded:
    """What a scan means: an operation that runs here already, or one to be started."""

    operation: OrderOperation
    runs_here: bool


def queue_of(machine: Machine, zone: Any, most: int = LONGEST_QUEUE) -> list[Waiting]:
    """The operations that could be started here, ready ones first, then as urgent as orders say; in one query."""
    earlier = OrderOperation.objects.filter(order=OuterRef("order"), number__lt=OuterRef("number"))
    held_up = Exists(earlier.exclude(status__in=(OperationStatus.FINISHED, OperationStatus.SKIPPED)))
    begun = Exists(earlier.filter(counts__kind="good"))
    rows = list(operations_waiting(machine).annotate(held_up=held_up, begun=begun)[: 2 * LONGEST_QUEUE])
    shown = [_waiting(row, zone) for row in rows]
    return sorted(shown, key=lambda one: not one.ready)[:most]


def waiting_here(machine: Machine) -> int:
    """How many operations could be started here."""
    return operations_waiting(machine).count()


def read_code(actor: User, machine: Machine, code: str) -> Loaded:
    """The operation a scanned order number or `PO-000123/20` means at this machine.

    Raises UnknownCode, NotToStart.
    """
    text = code.strip().upper()
    found = ORDER_CODE.fullmatch(text)
    rows = visible(actor, OrderOperation.objects.select_related("order", "machine"))
    steps = list(rows.filter(order__number=found["number"]).order_by("number")) if found else []
    if found and found["step"]:
        steps = [step for step in steps if step.number == int(found["step"])]
    if not steps:
        raise UnknownCode(
            _("Read: %(code)s. Expected an order such as PO-000123, or one of its steps such as PO-000123/20.")
            % {"code": code.strip()[:60]}
        )
    here = next((s for s in steps if s.status == OperationStatus.RUNNING and s.machine_id == machine.pk), None)
    if here is not None:
        return Loaded(here, runs_here=True)
    could = set(
        OrderOperation.objects.filter(
            Q(machine=machine) | Q(work_centre__machines__machine=machine), pk__in=[step.pk for step in steps]
        ).values_list("pk", flat=True)
    )
    waiting = [s for s in steps if s.status in (OperationStatus.PAUSED, OperationStatus.PENDING) and s.pk in could]
    if not waiting or waiting[0].order.status not in OPEN:
        raise NotToStart(
            _("Read: %(code)s. %(order)s has nothing to start at %(machine)s.")
            % {"code": text, "order": steps[0].order.number, "machine": machine.name}
        )
    paused = [step for step in waiting if step.status == OperationStatus.PAUSED]
    return Loaded((paused or waiting)[0], runs_here=False)


def _waiting(row: OrderOperation, zone: Any) -> Waiting:
    order, paused = row.order, row.status == OperationStatus.PAUSED
    return Waiting(
        id=row.pk,
        number=order.number,
        step=row.number,
        item_name=order.item_text,
        step_name="" if row.name == order.item_text[:120] else row.name,
        quantity=row.quantity,
        unit=order.unit,
        due_at=order.due_at.astimezone(zone) if order.due_at else None,
        paused=paused,
        ready=paused or not row.held_up or row.begun,  # type: ignore[attr-defined]  # annotated by queue_of
        place="" if row.machine_id else str(row.work_centre or ""),
    )
