"""Counting at a station: pieces of the operation that runs, with a reason of the list."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.orders.models import CountEntry, LossReason, OrderOperation
from production.orders.services import BadQuantity, NoSuchOperation, report_count, report_reading


def count_here(
    *,
    actor: User,
    machine: Machine | None,
    kind: str,
    quantity: Decimal | None,
    at: datetime,
    key: str = "",
    reason: str = "",
    operation_id: int | None = None,
    start: Decimal | None = None,
    end: Decimal | None = None,
) -> CountEntry:
    """Report pieces as a number, or as two readings of a counter. `reason`: a code of the list, else free words.

    Raises what reporting raises, and BadQuantity where neither a number nor both readings were given.
    """
    listed = LossReason.objects.filter(code=reason, is_active=True).first() if reason else None
    words = "" if listed else reason
    operation = None
    if operation_id is not None:
        operation = OrderOperation.objects.select_related("order", "machine").filter(pk=operation_id).first()
        if operation is None:
            raise NoSuchOperation(_("There is no such operation that you may see."))
    if start is not None and end is not None:
        return report_reading(
            actor=actor, machine=machine, start=start, end=end, at=at, kind=kind, key=key, loss_reason=listed,
            operation=operation,
        )  # fmt: skip
    if quantity is None:
        raise BadQuantity(_("Say how many: a number, or what the counter showed before and after."))
    return report_count(
        actor=actor, machine=machine, kind=kind, quantity=quantity, at=at, key=key, reason=words, loss_reason=listed,
        operation=operation,
    )  # fmt: skip
