"""What runs on the demo's machines, what waits for them, and who works there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from factory_core.people.models import User
from factory_core.plant.models import Machine
from inventory.items.models import Item
from production.orders.models import ProductionOrder
from production.orders.services import plan_item, release_order, skip_operation, start_operation
from production.shopfloor.services.working import join_work

# Who stands at which machine.
AT_WORK = {"CNC01": "anna", "CNC03": "marek", "WELD13": "yusuf"}


@dataclass(frozen=True)
class Job:
    """An order: the machine of each step, how many steps are done already, and whether the next one runs."""

    item: str
    quantity: int
    machines: tuple[str, ...]
    due_h: int
    done: int = 0
    runs: bool = True
    priority: int = 0


JOBS = (
    Job("FG-12008", 1500, ("CNC01",), 10),
    Job("FG-12008", 1150, ("CNC02",), 9, priority=3),
    Job("FG-40115", 2400, ("CNC03", "DEBURR04"), 12, done=1),
    Job("FG-40115", 1300, ("CNC03", "DEBURR04"), 16),
    Job("SA-77000", 4000, ("PRESS11",), 10),
    Job("FG-77004", 3200, ("PRESS12", "PACK14"), 14),
    Job("FG-77003", 3000, ("WELD13", "PACK14"), 11, done=1),
    Job("FG-77003", 850, ("WELD13", "PACK14"), 12),
    Job("FG-12008", 750, ("CNC01",), 24, runs=False),
    Job("FG-12008", 575, ("CNC02",), 30, runs=False),
    Job("FG-40115", 650, ("CNC03", "DEBURR04"), 40, runs=False),
    Job("SA-77000", 2000, ("PRESS11",), 30, runs=False),
    Job("FG-77004", 1600, ("PRESS12", "PACK14"), 44, runs=False),
    Job("FG-77003", 425, ("WELD13", "PACK14"), 48, runs=False),
)


def build_orders(
    *, actor: User, items: Mapping[str, Item], machines: Mapping[str, Machine], at: datetime, since: datetime
) -> None:
    """Plan and release every job; what runs was started at `since`."""
    for job in JOBS:
        first = machines[job.machines[0]]
        order = plan_item(
            actor=actor, item=items[job.item], quantity=Decimal(job.quantity), line=first.line, at=since,
            due_at=at + timedelta(hours=job.due_h), start_at=since if job.runs else at, priority=job.priority,
        )  # fmt: skip
        release_order(actor=actor, order_id=order.pk, at=since)
        if job.runs:
            _run(actor, order, job, machines, since)


def _run(actor: User, order: ProductionOrder, job: Job, machines: Mapping[str, Machine], since: datetime) -> None:
    steps = list(order.operations.order_by("number"))
    for step in steps[: job.done]:
        # Its readings are older than the demo: counted here, they would be pieces that no machine made.
        skip_operation(actor=actor, operation_id=step.pk, reason="made before this plant began to count", at=since)
    code = job.machines[job.done]
    running = start_operation(
        actor=actor, operation_id=steps[job.done].pk, at=since, machine=machines[code], anyway=True
    )
    if code in AT_WORK:
        person = User.objects.get(username=AT_WORK[code])
        join_work(actor=person, machine=machines[code], operation_id=running.pk, at=since)
