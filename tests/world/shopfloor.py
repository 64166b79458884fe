"""Builders of the shop floor: an operation with instructions and checks, chains of escalation."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Line, Machine, Site
from production.orders.models import CountEntry, OrderOperation
from production.shopfloor.models import CheckResult, EscalationStep, StepConfirmation
from production.shopfloor.services import confirm_step, record_check
from tests.world.production import a_running_order, minute

DIAMETER = {
    "position": 10, "name": "Diameter", "kind": "NUMBER", "unit": "mm", "lower": "11.9", "upper": "12.1",
    "choices": [], "when": "EVERY", "every": 50, "is_required": True,
}  # fmt: skip
FIRST_PIECE = {
    "position": 20, "name": "First piece", "kind": "YES_NO", "unit": "", "lower": None, "upper": None, "choices": [],
    "when": "FIRST", "every": None, "is_required": True,
}  # fmt: skip
LOOK = {
    "position": 30, "name": "Surface", "kind": "CHOICE", "unit": "", "lower": None, "upper": None,
    "choices": ["clean", "scratched"], "when": "LAST", "every": None, "is_required": False,
}  # fmt: skip
STEPS = [
    {"position": 1, "text": "Clamp the blank", "picture": "", "media_type": "", "must_confirm": True},
    {"position": 2, "text": "Check the coolant", "picture": "", "media_type": "", "must_confirm": False},
]


def a_running_operation(
    supervisor: User,
    machine: Machine,
    *,
    checks: list[dict[str, Any]] | None = None,
    instructions: list[dict[str, Any]] | None = None,
    at: float = 0,
    **more: Any,
) -> OrderOperation:
    """The only operation of a running order, with frozen checks and instructions."""
    order = a_running_order(supervisor, machine, at=at, **more)
    operation = OrderOperation.objects.get(order=order)
    operation.checks = [DIAMETER, FIRST_PIECE, LOOK] if checks is None else checks
    operation.instructions = STEPS if instructions is None else instructions
    with acting(service_user("plant"), channel="test"):
        operation.save(update_fields=["checks", "instructions"])
    return operation


def good(operation: OrderOperation, by: User, pieces: int, at: float) -> None:
    """Somebody reported good pieces on an operation."""
    CountEntry.objects.create(
        machine=operation.machine, order=operation.order, operation=operation, kind="good", quantity=Decimal(pieces),
        at=minute(at), by=by, key=f"good-{operation.pk}-{at}",
    )  # fmt: skip


def checked(actor: User, operation: OrderOperation, position: int, at: float = 30, **more: Any) -> CheckResult:
    """A result of a check."""
    with acting(actor, channel="test"):
        return record_check(actor=actor, operation_id=operation.pk, position=position, at=minute(at), **more)


def confirmed(actor: User, operation: OrderOperation, position: int = 1, at: float = 5) -> StepConfirmation:
    """An instruction somebody confirmed."""
    with acting(actor, channel="test"):
        return confirm_step(actor=actor, operation_id=operation.pk, position=position, at=minute(at))


def a_chain(site: Site, kind: str, *steps: tuple[int, str], line: Line | None = None) -> None:
    """Who hears of a call nobody answered: (after minutes, role) in order."""
    with acting(service_user("plant"), channel="test"):
        for number, (after_minutes, role) in enumerate(steps, start=1):
            EscalationStep.objects.create(
                site=site, line=line, kind=kind, step=number, after_minutes=after_minutes, role=role
            )


def taps(moment: datetime) -> dict[str, str]:
    """The header that says when somebody tapped."""
    return {"X-Millwright-Tapped-At": moment.isoformat()}
