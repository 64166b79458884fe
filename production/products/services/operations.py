"""Acts on the operations of a drafted routing, their instructions and checks."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from production.products import events
from production.products.models import Instruction, OperationCheck, Routing, RoutingOperation, WorkCentre
from production.products.queries import NoSuchWorkCentre
from production.products.services.common import (
    checked,
    design_of_part,
    labels,
    locked_design,
    must_be_draft,
    part_of,
    refuse,
    saved,
    take,
    told,
)
from production.products.states import CheckKind, CheckWhen

OPERATION_FACTS = (
    "number", "name", "work_centre", "machine", "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s",
    "count_by", "time_rule",
)  # fmt: skip
INSTRUCTION_FACTS = ("position", "text", "picture", "must_confirm")
CHECK_FACTS = (
    "position", "name", "kind", "unit", "lower", "upper", "choices", "when", "every", "is_required",
)  # fmt: skip
STEP = 10


def add_operation(
    *, actor: User, routing_id: int, name: str, work_centre: WorkCentre, run_s: Decimal, at: datetime, **facts: Any
) -> RoutingOperation:
    """One more operation of a draft; without a number it stands at the end. `facts` are of OPERATION_FACTS.

    `run_s`: ideal seconds of the machine for one base unit. Raises NoSuchDesign, NoSuchWorkCentre, DesignStands,
    BadDesign, Forbidden.
    """
    routing = _draft(actor, routing_id)
    last = routing.operations.aggregate(last=Max("number"))["last"] or 0
    operation = RoutingOperation(routing=routing, number=last + STEP)
    wish = {"name": name.strip(), "work_centre": work_centre, "run_s": run_s, **_without_none(facts, "number")}
    take(operation, wish, OPERATION_FACTS)
    _check_operation(actor, operation)
    operation.save()
    saved(routing, [])
    told(events.OPERATION_ADDED, routing, at=at, actor=actor, operation=str(operation))
    return operation


def change_operation(
    *, actor: User, operation_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> RoutingOperation:
    """Change facts of an operation (OPERATION_FACTS). Raises what `add_operation` raises, and StaleVersion."""
    routing, operation = _held(actor, operation_id, version)
    names = take(operation, wish, OPERATION_FACTS)
    _check_operation(actor, operation)
    if names:
        saved(operation, names)
        _tell(routing, operation, labels(operation, names), actor, at)
    return operation


def remove_operation(*, actor: User, operation_id: int, at: datetime, version: int | None = None) -> Routing:
    """Take an operation out of a draft, with its instructions and checks. Raises NoSuchDesign, DesignStands."""
    routing, operation = _held(actor, operation_id, version)
    label = str(operation)
    operation.delete()
    saved(routing, [])
    told(events.OPERATION_REMOVED, routing, at=at, actor=actor, operation=label)
    return routing


def set_instruction(
    *, actor: User, operation_id: int, at: datetime, instruction_id: int | None = None, version: int | None = None,
    **facts: Any,
) -> Instruction:  # fmt: skip
    """Add an instruction at the end, or change one. `facts` are of INSTRUCTION_FACTS; the picture belongs to the item.

    Raises NoSuchDesign, StaleVersion, DesignStands, BadDesign, Forbidden.
    """
    routing, operation = _held(actor, operation_id, None)
    told_one: Instruction = _part(Instruction, operation, actor, instruction_id, version, INSTRUCTION_FACTS)
    take(told_one, _without_none(facts, "position"), INSTRUCTION_FACTS)
    told_one.text = told_one.text.strip()
    checked(told_one)
    if told_one.picture is not None and told_one.picture.item_id != routing.item_id:
        raise refuse("picture", _("Choose a picture that is attached to %(item)s.") % {"item": routing.item.number})
    _store(told_one, operation.instructions.exclude(pk=told_one.pk), INSTRUCTION_FACTS)
    _tell(routing, operation, str(told_one._meta.verbose_name), actor, at)
    return told_one


def set_check(
    *, actor: User, operation_id: int, at: datetime, check_id: int | None = None, version: int | None = None,
    **facts: Any,
) -> OperationCheck:  # fmt: skip
    """Add a check at the end, or change one. `facts` are of CHECK_FACTS; limits belong to numbers only.

    Raises NoSuchDesign, StaleVersion, DesignStands, BadDesign, Forbidden.
    """
    routing, operation = _held(actor, operation_id, None)
    check: OperationCheck = _part(OperationCheck, operation, actor, check_id, version, CHECK_FACTS)
    take(check, _without_none(facts, "position"), CHECK_FACTS)
    check.name = check.name.strip()
    _check_check(check)
    _store(check, operation.checks.exclude(pk=check.pk), CHECK_FACTS)
    _tell(routing, operation, str(check._meta.verbose_name), actor, at)
    return check


def remove_instruction(*, actor: User, instruction_id: int, at: datetime) -> Routing:
    """Take an instruction out. Raises NoSuchDesign, DesignStands, Forbidden."""
    return _remove(Instruction, instruction_id, actor, at)


def remove_check(*, actor: User, check_id: int, at: datetime) -> Routing:
    """Take a check out. Raises NoSuchDesign, DesignStands, Forbidden."""
    return _remove(OperationCheck, check_id, actor, at)


def _draft(actor: User, routing_id: int) -> Routing:
    routing = locked_design(Routing, actor, routing_id)
    must_be_draft(routing)
    return routing


def _held(actor: User, operation_id: int, version: int | None) -> tuple[Routing, RoutingOperation]:
    routing = _draft(actor, design_of_part(RoutingOperation, actor, operation_id, "routing"))
    operation = part_of(RoutingOperation, actor, operation_id, version, OPERATION_FACTS)
    operation.routing = routing
    return routing, operation


def _part(
    kind: type[Any], operation: RoutingOperation, actor: User, key: int | None, version: int | None, facts: Any
) -> Any:
    if key is None:
        last = kind.objects.filter(operation=operation).aggregate(last=Max("position"))["last"] or 0
        return kind(operation=operation, position=last + STEP)
    found = part_of(kind, actor, key, version, facts)
    if found.operation_id != operation.pk:
        raise refuse("operation", _("It belongs to another operation."))
    return found


def _store(part: Any, others: Any, facts: tuple[str, ...]) -> None:
    if others.filter(position=part.position).exists():
        raise refuse("position", _("Position %(position)s is taken. Choose another.") % {"position": part.position})
    if part.pk:
        saved(part, facts)
    else:
        part.save()


def _remove(kind: type[Any], key: int, actor: User, at: datetime) -> Routing:
    routing = _draft(actor, design_of_part(kind, actor, key, "operation__routing"))
    found = part_of(kind, actor, key, None, ())
    operation = found.operation
    found.delete()
    _tell(routing, operation, str(kind._meta.verbose_name), actor, at)
    return routing


def _tell(routing: Routing, operation: RoutingOperation, what: str, actor: User, at: datetime) -> None:
    saved(routing, [])
    told(events.OPERATION_CHANGED, routing, at=at, actor=actor, operation=str(operation), what=what)


def _without_none(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An empty number or position means: leave it to us."""
    return {key: value for key, value in facts.items() if key != name or value is not None}


def _check_operation(actor: User, operation: RoutingOperation) -> None:
    checked(operation)
    centre = operation.work_centre
    if not visible(actor, WorkCentre.objects.filter(pk=centre.pk)).exists():
        raise NoSuchWorkCentre(_("There is no such work centre that you may see."))
    if not centre.is_active:
        raise refuse("work_centre", _("%(centre)s is no longer in use.") % {"centre": centre})
    if not operation.number:
        raise refuse("number", _("Operations are numbered from 1."))
    others = operation.routing.operations.exclude(pk=operation.pk)
    if others.filter(number=operation.number).exists():
        raise refuse("number", _("There is an operation %(number)s already.") % {"number": operation.number})
    if operation.machine is not None and not centre.machines.filter(machine=operation.machine).exists():
        raise refuse(
            "machine",
            _("%(machine)s does not belong to %(centre)s.") % {"machine": operation.machine, "centre": centre},
        )
    for name in ("setup_s", "wait_s", "setup_crew", "run_crew", "loss_percent"):
        if getattr(operation, name) < 0:
            raise refuse(name, _("It cannot be less than nothing."))
    if operation.run_s <= 0:
        raise refuse("run_s", _("Enter how many seconds one piece takes, above zero."))
    if operation.loss_percent >= 100:
        raise refuse("loss_percent", _("The loss is zero or more and below 100 percent."))


def _check_check(check: OperationCheck) -> None:
    checked(check)
    if check.kind != CheckKind.NUMBER and (check.lower is not None or check.upper is not None):
        raise refuse("lower", _("Only a number has limits."))
    if check.lower is not None and check.upper is not None and check.upper < check.lower:
        raise refuse("upper", _("The upper limit is not below the lower one."))
    choices = check.choices
    if not isinstance(choices, list) or not all(isinstance(one, str) and one.strip() for one in choices):
        raise refuse("choices", _("Choices are texts, one a line."))
    if (check.kind == CheckKind.CHOICE) != (len(choices) > 1):
        raise refuse("choices", _("A choice has two answers or more; other checks have none to choose from."))
    if (check.when == CheckWhen.EVERY) != bool(check.every):
        raise refuse("every", _("Say after how many pieces it is repeated, for that kind of check only."))
