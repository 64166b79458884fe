"""What could run at a machine: its queue, and what a scanned code means here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing, Refused
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import quantity
from production.labour.queries import paused_entries
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


class Waiting(NamedTuple):
    """An operation that could be started here; `ready`: the step before is done or has made something to work on.

    `detail`: how many, what holds it up, where and until when, in words.
    """

    id: int
    number: str
    step: int
    item_name: str
    step_name: str
    paused: bool
    ready: bool
    detail: str

    @property
    def label(self) -> str:
        """What the operation is called on paper and in barcodes."""
        return f"{self.number}/{self.step}"

    @property
    def start(self) -> str:
        """The tap that starts it, in words."""
        return _("Start %(number)s") % {"number": self.label}


@dataclass(frozen=True)
class Loaded:
    """What a scan means: an operation that runs here already, or one to be started."""

    operation: OrderOperation
    runs_here: bool


def queue_of(machine: Machine, at: datetime, zone: ZoneInfo, most: int = LONGEST_QUEUE) -> list[Waiting]:
    """The operations that could be started here, ready ones first, then as urgent as orders say.

    In one query, and one more where some are paused: by whom and why.
    """
    earlier = OrderOperation.objects.filter(order=OuterRef("order"), number__lt=OuterRef("number"))
    held_up = Exists(earlier.exclude(status__in=(OperationStatus.FINISHED, OperationStatus.SKIPPED)))
    begun = Exists(earlier.filter(counts__kind="good"))
    columns = operations_waiting(machine).annotate(held_up=held_up, begun=begun).values_list(
        "pk", "order__number", "number", "order__item_text", "name", "quantity", "order__unit", "order__due_at",
        "status", "machine", "work_centre__name", "held_up", "begun",
    )  # fmt: skip
    rows = [_Row(*row) for row in columns[: 2 * LONGEST_QUEUE]]
    pauses = _pauses([row.pk for row in rows if row.status == OperationStatus.PAUSED], zone)
    today = at.astimezone(zone).date()
    shown = [_waiting(row, pauses.get(row.pk, ""), today, zone) for row in rows]
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


class _Row(NamedTuple):
    pk: int
    number: str
    step: int
    item_text: str
    name: str
    quantity: Decimal
    unit: str
    due_at: datetime | None
    status: str
    machine: int | None
    work_centre: str | None
    held_up: bool
    begun: bool


def _waiting(row: _Row, pause: str, today: date, zone: ZoneInfo) -> Waiting:
    paused = row.status == OperationStatus.PAUSED
    ready = paused or not row.held_up or row.begun
    held_up = (pause or _("paused")) if paused else "" if ready else _("waits for the step before")
    place = "" if row.machine else row.work_centre
    detail = (f"{quantity(row.quantity)} {row.unit}", held_up, place, _due(row.due_at, today, zone))
    return Waiting(
        id=row.pk,
        number=row.number,
        step=row.step,
        item_name=row.item_text,
        step_name="" if row.name == row.item_text[:120] else row.name,
        paused=paused,
        ready=ready,
        detail=" · ".join(part for part in detail if part),
    )


def _due(due_at: datetime | None, today: date, zone: ZoneInfo) -> str:
    if due_at is None:
        return ""
    local = due_at.astimezone(zone)
    day = "" if local.date() == today else date_format(local, "j M")
    return _("due %(day)s %(time)s") % {"day": day, "time": time_format(local, "H:i")}


def _pauses(operation_ids: Sequence[int], zone: ZoneInfo) -> dict[int, str]:
    """Who paused work on operations, since when and why, in words."""
    told: dict[int, str] = {}
    for entry in paused_entries(operation_ids) if operation_ids else ():
        since, why = time_format((entry.ended_at or entry.started_at).astimezone(zone), "H:i"), entry.pause_reason
        words = {"name": entry.person.name, "time": since, "reason": why.name if why else _("no reason")}
        one = _("paused by %(name)s at %(time)s: %(reason)s") % words
        told[entry.operation_id] = f"{told[entry.operation_id]} · {one}" if entry.operation_id in told else one
    return told
