"""Work at a station: an operation is loaded, paused and finished where it is done, and people's time goes with it.

Whoever starts an operation works on it from that moment: the station has asked who before anything began. A pause of
the operation pauses everybody on it, its end ends everybody's part. Somebody who leaves the station changes nothing:
their work stays booked until they end it, or until the next person takes it over.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import may, require, visible
from factory_core.errors import Refused
from factory_core.people.models import User, UserKind
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from production.labour.models import PauseReason, TimeEntry
from production.labour.queries import open_entries
from production.labour.services import begin_work, end_work, hand_over, pause_work
from production.labour.states import LabourKind
from production.orders.models import OrderOperation
from production.orders.services import NoSuchOperation, finish_operation, pause_operation, start_operation
from production.shopfloor.queries.work import missing_before_end

RECORD = "production.labour.record"


class NotDoneYet(Refused):
    """Instructions that must be confirmed, or required checks, are open."""

    code = "not_done_yet"


class NotHere(Refused):
    """The operation is at another machine than the one that speaks of it."""

    code = "not_at_this_machine"


class NobodyToTakeOver(Refused):
    """Nobody else works on the operation."""

    code = "nobody_to_take_over"


def start_here(
    *, actor: User, machine: Machine, operation_id: int, at: datetime, anyway: bool = False, key: str = ""
) -> OrderOperation:
    """Put an operation on the machine of a station; the clock of whoever does it begins with it."""
    operation = start_operation(actor=actor, operation_id=operation_id, at=at, machine=machine, anyway=anyway)
    if _has_a_clock(actor, operation):
        _begin(actor, operation, LabourKind.RUN, at, machine, key)
    return operation


def pause_here(*, actor: User, machine: Machine, operation_id: int, at: datetime, reason: str = "") -> OrderOperation:
    """Take the operation off the machine of a station for a while; everybody on it pauses too. `reason`: a code of the
    list of pauses, or any words. Raises NotHere."""
    why = PauseReason.objects.filter(code=reason, is_active=True).first() if reason else None
    words = why.name if why else reason
    operation = _here(pause_operation(actor=actor, operation_id=operation_id, at=at, reason=words), machine)
    for entry in open_entries(operation):
        if why is not None:
            pause_work(actor=_who(actor, entry), entry_id=entry.pk, reason=why, at=max(at, entry.started_at))
        else:
            end_work(actor=_who(actor, entry), entry_id=entry.pk, at=max(at, entry.started_at), note=reason)
    return operation


def finish_here(*, actor: User, machine: Machine, operation_id: int, at: datetime) -> OrderOperation:
    """End the operation of a station for good, and everybody's part in it.

    Raises NotDoneYet while something of it is missing, and NotHere.
    """
    operation = _here(finish_operation(actor=actor, operation_id=operation_id, at=at), machine)
    for entry in open_entries(operation):
        end_work(actor=_who(actor, entry), entry_id=entry.pk, at=max(at, entry.started_at))
    return operation


def join_work(
    *, actor: User, machine: Machine, operation_id: int, at: datetime, kind: str = LabourKind.RUN, key: str = ""
) -> TimeEntry:
    """Work on an operation too, or go over to another kind of work on it."""
    return begin_work(
        actor=actor, person=actor, operation_id=operation_id, kind=LabourKind(kind), at=at, machine=machine, key=key
    )


def leave_work(*, actor: User, operation_id: int, at: datetime) -> int:
    """End one's own part in an operation; gives how many entries were ended. Leaving again changes nothing."""
    mine = TimeEntry.objects.filter(operation_id=operation_id, person=actor, ended_at=None, is_void=False)
    entries = list(mine.values_list("pk", flat=True))
    for entry_id in entries:
        end_work(actor=actor, entry_id=entry_id, at=at)
    return len(entries)


def take_over(*, actor: User, operation_id: int, at: datetime) -> TimeEntry:
    """Take the work of everybody else on an operation over: their clocks end, one's own begins, at one moment.

    Raises NobodyToTakeOver, NoSuchOperation.
    """
    operation = visible(actor, OrderOperation.objects.select_related("order")).filter(pk=operation_id).first()
    if operation is None:
        raise NoSuchOperation(_("There is no such operation that you may see."))
    require(actor, RECORD, operation)
    taken = None
    for entry in open_entries(operation):
        if entry.person_id == actor.pk:
            continue
        if taken is None:
            taken = hand_over(actor=actor, entry_id=entry.pk, to=actor, at=at)
        else:
            end_work(actor=service_user("station"), entry_id=entry.pk, at=at, note=_("taken over"))
    if taken is None:
        raise NobodyToTakeOver(_("Nobody else works on %(operation)s.") % {"operation": operation})
    return taken


def refuse_unfinished(operation: OrderOperation, at: datetime) -> None:
    """Raises NotDoneYet while an instruction wants its confirmation or a required check is due, naming each."""
    missing = missing_before_end(operation, at)
    if missing:
        raise NotDoneYet(
            _("%(operation)s cannot be finished yet. Still to do: %(missing)s.")
            % {"operation": operation, "missing": "; ".join(one.rstrip(".") for one in missing)},
            missing=missing,
        )


def _begin(
    actor: User, operation: OrderOperation, kind: LabourKind, at: datetime, machine: Machine, key: str
) -> TimeEntry:
    # A late tap starts the run when the machine was free; the person's clock starts no earlier either.
    return begin_work(
        actor=actor, person=actor, operation_id=operation.pk, kind=kind, at=at, machine=machine,
        key=f"work-{key}"[:80] if key else "",
    )  # fmt: skip


def _here(operation: OrderOperation, machine: Machine) -> OrderOperation:
    if operation.machine_id not in (None, machine.pk):
        raise NotHere(
            _("%(operation)s is at %(other)s, not at %(machine)s. Act on it there.")
            % {"operation": operation, "other": operation.machine, "machine": machine}
        )
    return operation


def _has_a_clock(actor: User, operation: OrderOperation) -> bool:
    return actor.kind == UserKind.PERSON and may(actor, RECORD, operation)


def _who(actor: User, entry: TimeEntry) -> User:
    """Under whose name an entry ends with its operation: one's own, else the station's."""
    return actor if entry.person_id == actor.pk else service_user("station")
