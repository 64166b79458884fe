"""What the acts on working time share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import may, require
from factory_core.clock import now
from factory_core.people.models import User, UserKind
from factory_core.plant.models import Machine
from production.labour.models import TimeEntry
from production.labour.queries.finding import WITH, entry_or_missing
from production.labour.services.refusals import (
    EntryOverlaps,
    NobodyNamed,
    NotYet,
    NotYourTime,
    ReasonNeeded,
    StepOver,
    WrongPlace,
)
from production.orders.events import OPERATION_WORDS
from production.orders.models import OrderOperation
from production.orders.states import OperationStatus, OrderStatus

RECORD, CORRECT = "production.labour.record", "production.labour.correct"
# Clocks of tablets differ a little.
TOLERANCE = timedelta(minutes=5)
# On these nothing is begun; time already worked is still corrected until the order is closed.
OVER = (OrderStatus.CLOSED, OrderStatus.CANCELLED, OrderStatus.MERGED)
# Far from the numbers other parts of the house lock by.
_PEOPLE = 0x1AB0


def refuse_nobody(person: User) -> None:
    """Raises NobodyNamed for a terminal, a service, and whoever is no longer here."""
    if person.kind != UserKind.PERSON or not person.is_active:
        raise NobodyNamed(
            _("Working time belongs to a person. Say who works: scan the badge or choose the name, then start.")
        )


def refuse_stranger(actor: User, person: User, operation: OrderOperation) -> None:
    """One's own time, or a supervisor's act. Raises Forbidden, NotYourTime."""
    require(actor, RECORD, operation)
    # A terminal or an edge never speaks for somebody: who acts is who was named, or whoever may correct time.
    if actor.pk != person.pk and not may(actor, CORRECT, operation):
        raise NotYourTime(
            _("You cannot write down the time of %(person)s. Let them scan their badge, or ask the supervisor.")
            % {"person": person.name}
        )


def refuse_over(operation: OrderOperation) -> None:
    """Raises StepOver where nothing is worked any more."""
    ended = operation.status in (OperationStatus.FINISHED, OperationStatus.SKIPPED)
    if ended or operation.order.status in (*OVER, OrderStatus.FINISHED):
        raise StepOver(
            _("Step %(step)s is %(status)s: no work is begun on it. Choose another, or reopen the order.")
            % {"step": operation, "status": OPERATION_WORDS[OperationStatus(operation.status)]}
        )


def machine_for(operation: OrderOperation, machine: Machine | None) -> Machine | None:
    """Where the work is done: the machine named, else that of the operation. Raises WrongPlace."""
    if machine is None or operation.machine_id in (None, machine.pk):
        return machine or operation.machine
    raise WrongPlace(
        _("Step %(step)s is done at %(there)s, not at %(here)s.")
        % {"step": operation, "there": operation.machine, "here": machine.name}
    )


def refuse_future(at: datetime) -> None:
    """Raises NotYet."""
    if at > now() + TOLERANCE:
        raise NotYet(_("%(at)s is still to come. Enter what has happened.") % {"at": at.isoformat(timespec="minutes")})


def reason_of(reason: str) -> str:
    """The reason, cut to what is kept. Raises ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why: the person will ask why their time was changed."))
    return reason.strip()[:200]


def locked_entry(actor: User, entry_id: int, *, taking: bool = False) -> TimeEntry:
    """An entry somebody may act on, or take over (`taking`), locked. Raises NoSuchEntry."""
    known = entry_or_missing(actor, entry_id, taking=taking)
    lock_person(known.person, known.operation)
    rows = TimeEntry.objects.select_for_update(of=("self",), no_key=True).select_related(*WITH)
    return rows.get(pk=entry_id)


def lock_person(person: User, operation: OrderOperation) -> None:
    """One change at a time to somebody's entries.

    The order first: whoever holds it and comes for the person's entries must not wait for us while we wait for them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM production_productionorder WHERE id = %s FOR KEY SHARE", [operation.order_id])
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PEOPLE, person.pk % 2**31])


@contextmanager
def never_twice(person: User, operation: OrderOperation) -> Iterator[None]:
    """The database refuses two stretches of a person on an operation that share a moment. Raises EntryOverlaps."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as clash:
        if "time_entry_" not in str(clash):
            raise
        raise EntryOverlaps(
            _("%(person)s has time on %(step)s in that stretch already. Correct the other entry first.")
            % {"person": person.name, "step": operation}
        ) from clash


def save(entry: TimeEntry, *fields: str) -> None:
    """Store what changed, one version further."""
    entry.version += 1
    entry.save(update_fields=[*fields, "version", "updated_at"])


def about(entry: TimeEntry) -> Sequence[models.Model]:
    """What an event is about; work at a bench is told where the line stands."""
    place: Any = entry.machine or entry.order.machine or entry.order.line.area.site
    return [entry.order, entry.operation, entry, place]


def told(entry: TimeEntry) -> dict[str, Any]:
    """Whose work on what, for sentences."""
    return {"person": entry.person.name, "step": str(entry.operation)}
