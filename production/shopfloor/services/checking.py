"""Instructions confirmed, checks recorded."""

import uuid
from datetime import datetime
from decimal import Decimal

from django.db.models import Model
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.web.display import quantity
from production.orders.models import OrderOperation
from production.orders.queries import counts_of_operation
from production.orders.states import OperationStatus
from production.shopfloor import events
from production.shopfloor.models import CheckResult, StepConfirmation
from production.shopfloor.rules.checks import Check, Fault, NotAResult, judged, read_checks

RECORD = "production.check.record"


class NoSuchOperation(Missing):
    """The operation does not exist, or the asker may not see it."""

    code = "no_such_operation"


class NoSuchStep(Missing):
    """The operation has no instruction or check of that position."""

    code = "no_such_step"


class NoSuchResult(Missing):
    """The result does not exist, or the asker may not see it."""

    code = "no_such_check_result"


class BadResult(Invalid):
    """What was typed does not answer the check."""

    code = "bad_check_result"


class NotStarted(Refused):
    """Nothing is confirmed or checked before the operation was started."""

    code = "operation_not_started"


class ResultTakenBack(Refused):
    """A result can be taken back once."""

    code = "result_taken_back"


class ResultKeyReused(Invalid):
    """The key belongs to another result or confirmation."""

    code = "key_reused"


def confirm_step(*, actor: User, operation_id: int, position: int, at: datetime, key: str = "") -> StepConfirmation:
    """Say that an instruction was read and done; confirmed once, it stays so. Raises NoSuchStep, NotStarted."""
    operation = _operation(actor, operation_id)
    if position not in {int(step["position"]) for step in operation.instructions}:
        raise NoSuchStep(
            _("%(operation)s has no instruction %(position)s.") % {"operation": operation, "position": position}
        )
    known = StepConfirmation.objects.filter(operation=operation, position=position).order_by("id").first()
    if known is not None:
        return known
    confirmed, first = StepConfirmation.objects.get_or_create(
        key=key or uuid.uuid4().hex, defaults={"operation": operation, "position": position, "by": actor, "at": at}
    )
    if not first:
        raise ResultKeyReused(_("This key belongs to another entry. Take a new key for a new entry."))
    publish(events.STEP_CONFIRMED, about=_about(operation, confirmed), at=at, actor=actor, position=position)
    return confirmed


def record_check(
    *,
    actor: User,
    operation_id: int,
    position: int,
    at: datetime,
    number: Decimal | None = None,
    text: str = "",
    picture: str = "",
    said_ok: bool = True,
    key: str = "",
) -> CheckResult:
    """Write down what a check gave, judged by its limits. `picture`: SHA-256 of a kept photo. Once a key.

    Raises NoSuchStep, NotStarted, BadResult.
    """
    operation = _operation(actor, operation_id)
    key = key or uuid.uuid4().hex
    if (known := CheckResult.objects.filter(key=key).first()) is not None:
        if (known.operation_id, known.position, known.by_id) != (operation.pk, position, actor.pk):
            raise ResultKeyReused(_("This key belongs to another entry. Take a new key for a new entry."))
        return known
    check = _check(operation, position)
    try:
        answer = judged(check, number, text, picture, said_ok)
    except NotAResult as fault:
        raise BadResult(f"{check.name}: {_wanted(check, fault.fault)}") from None
    result = CheckResult.objects.create(
        operation=operation,
        machine=operation.machine,
        position=position,
        piece=counts_of_operation(operation, at).good,
        number=answer.number,
        text=answer.text,
        picture=picture,
        is_ok=answer.is_ok,
        by=actor,
        at=at,
        key=key,
    )
    kind = events.CHECK_OK if answer.is_ok else events.CHECK_NOT_OK
    publish(kind, about=_about(operation, result), at=at, actor=actor, check=check.name, value=told(check, result))
    return result


def take_back_check(*, actor: User, result_id: int, at: datetime) -> CheckResult:
    """Take a result back by one that names it; the check is open again. Raises NoSuchResult, ResultTakenBack."""
    rows = visible(actor, CheckResult.objects.select_related("operation__order", "operation__machine"))
    wrong = rows.select_for_update(of=("self",)).filter(pk=result_id).first()
    if wrong is None:
        raise NoSuchResult(_("There is no such result that you may see."))
    require(actor, RECORD, wrong)
    if wrong.corrects_id is not None or CheckResult.objects.filter(corrects=wrong).exists():
        raise ResultTakenBack(_("This result was already taken back. Record anew what is right."))
    back = CheckResult.objects.create(
        operation=wrong.operation,
        machine_id=wrong.machine_id,
        position=wrong.position,
        piece=wrong.piece,
        number=wrong.number,
        text=wrong.text,
        picture=wrong.picture,
        is_ok=wrong.is_ok,
        by=actor,
        at=at,
        corrects=wrong,
        key=f"back-{wrong.key}"[:80],
    )
    name = _check(wrong.operation, wrong.position).name
    publish(events.CHECK_TAKEN_BACK, about=_about(wrong.operation, back), at=at, actor=actor, check=name)
    return back


def told(check: Check, result: CheckResult) -> str:
    """The value of a result as a person says it."""
    if result.number is not None:
        return f"{quantity(result.number)} {check.unit}".strip()
    return result.text or (_("photo") if result.picture else "")


def _operation(actor: User, operation_id: int) -> OrderOperation:
    rows = visible(actor, OrderOperation.objects.select_related("order", "machine"))
    operation = rows.filter(pk=operation_id).first()
    if operation is None:
        raise NoSuchOperation(_("There is no such operation that you may see."))
    require(actor, RECORD, operation)
    if operation.started_at is None or operation.status == OperationStatus.PENDING:
        raise NotStarted(_("%(operation)s was not started yet. Start it first.") % {"operation": operation})
    return operation


def _check(operation: OrderOperation, position: int) -> Check:
    found = next((check for check in read_checks(operation.checks) if check.position == position), None)
    if found is None:
        raise NoSuchStep(_("%(operation)s has no check %(position)s.") % {"operation": operation, "position": position})
    return found


def _about(operation: OrderOperation, thing: StepConfirmation | CheckResult) -> list[Model]:
    place: Model = operation.machine or operation.order.line.area.site
    return [operation, thing, operation.order, place]


def _wanted(check: Check, fault: Fault) -> str:
    sentences = {
        Fault.NO_NUMBER: _("type the number you measured, in %(unit)s.") % {"unit": check.unit or "–"},
        Fault.NO_ANSWER: _("say yes or no."),
        Fault.NO_CHOICE: _("choose one of: %(choices)s.") % {"choices": ", ".join(check.choices)},
        Fault.NO_DATE: _("choose a day."),
        Fault.NO_TEXT: _("write what you saw."),
        Fault.NO_PICTURE: _("take a picture."),
    }
    return sentences[fault]
