"""Working time is put right by a supervisor, with a reason; what stood there before stays in the trail."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.labour import events
from production.labour.models import TimeEntry
from production.labour.services.common import (
    CORRECT,
    OVER,
    RECORD,
    about,
    lock_person,
    locked_entry,
    machine_for,
    never_twice,
    reason_of,
    refuse_future,
    refuse_nobody,
    save,
    told,
)
from production.labour.services.refusals import BeforeBegin, NothingChanged, StepOver
from production.labour.states import EndedBy, LabourKind
from production.orders.events import STATUS_WORDS
from production.orders.models import OrderOperation
from production.orders.states import OrderStatus

COMPARED = ("person", "kind", "started_at", "ended_at", "is_void")


def correct_entry(
    *,
    actor: User,
    entry_id: int,
    reason: str,
    at: datetime,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    kind: str | None = None,
    version: int | None = None,
) -> TimeEntry:
    """Change begin, end or kind of an entry; what is not given stays. An open entry that gets an end is ended.

    Raises ReasonNeeded, NothingChanged, BeforeBegin, NotYet, EntryOverlaps, StepOver (order closed), StaleVersion.
    """
    entry, why = _correctable(actor, entry_id, reason, version)
    wish: dict[str, Any] = {
        "started_at": started_at or entry.started_at,
        "ended_at": ended_at or entry.ended_at,
        "kind": LabourKind(kind) if kind else entry.kind,
    }
    changed = [name for name, value in wish.items() if getattr(entry, name) != value]
    if not changed:
        raise NothingChanged(_("Nothing is different. Change begin, end or kind."))
    _refuse_impossible(wish["started_at"], wish["ended_at"])
    change = "; ".join(f"{_readable(getattr(entry, name))} → {_readable(wish[name])}" for name in changed)
    for name in changed:
        setattr(entry, name, wish[name])
    if "ended_at" in changed and not entry.ended_by:
        entry.ended_by = EndedBy.FIXED
    entry.note = why
    with never_twice(entry.person, entry.operation):
        save(entry, *changed, "ended_by", "note")
    publish(events.ENTRY_CORRECTED, about=about(entry), at=at, actor=actor, change=change, reason=why, **told(entry))
    return entry


def void_entry(*, actor: User, entry_id: int, reason: str, at: datetime, version: int | None = None) -> TimeEntry:
    """Take an entry back: it stays in the story and counts nowhere. Raises ReasonNeeded, StaleVersion, StepOver."""
    entry, why = _correctable(actor, entry_id, reason, version)
    if entry.is_void:
        return entry
    entry.is_void, entry.note = True, why
    if entry.ended_at is None:
        entry.ended_at, entry.ended_by = max(at, entry.started_at), EndedBy.FIXED
    save(entry, "is_void", "note", "ended_at", "ended_by")
    publish(events.ENTRY_VOID, about=about(entry), at=at, actor=actor, reason=why, **told(entry))
    return entry


def add_entry(
    *,
    actor: User,
    person: User,
    operation_id: int,
    kind: str,
    started_at: datetime,
    ended_at: datetime,
    reason: str,
    at: datetime,
    machine: Machine | None = None,
) -> TimeEntry:
    """Write down work that nobody clocked. Raises what correcting raises, NobodyNamed, WrongPlace."""
    rows = OrderOperation.objects.select_related("order__line__area__site", "order__machine", "machine")
    operation = visible(actor, rows).filter(pk=operation_id).first()
    if operation is None:
        raise StepOver(_("There is no such operation that you may see."))
    require(actor, CORRECT, operation)
    refuse_nobody(person)
    require(person, RECORD, operation)
    why = reason_of(reason)
    _refuse_closed(operation)
    _refuse_impossible(started_at, ended_at)
    lock_person(person, operation)
    with never_twice(person, operation):
        entry = TimeEntry.objects.create(
            order=operation.order, operation=operation, machine=machine_for(operation, machine), person=person,
            kind=LabourKind(kind), started_at=started_at, ended_at=ended_at, ended_by=EndedBy.FIXED, note=why,
        )  # fmt: skip
    change = f"{_readable(started_at)} → {_readable(ended_at)}"
    publish(events.ENTRY_ADDED, about=about(entry), at=at, actor=actor, change=change, reason=why, **told(entry))
    return entry


def _correctable(actor: User, entry_id: int, reason: str, version: int | None) -> tuple[TimeEntry, str]:
    entry = locked_entry(actor, entry_id)
    require(actor, CORRECT, entry)
    refuse_stale(actor, entry, version, COMPARED)
    _refuse_closed(entry.operation)
    return entry, reason_of(reason)


def _refuse_closed(operation: OrderOperation) -> None:
    if operation.order.status in OVER:
        raise StepOver(
            _("Order %(order)s is %(status)s: its working time is settled and stays as it is.")
            % {
                "order": operation.order.number,
                "status": STATUS_WORDS[OrderStatus(operation.order.status)],
            }
        )


def _refuse_impossible(started_at: datetime, ended_at: datetime | None) -> None:
    refuse_future(ended_at or started_at)
    if ended_at is not None and ended_at < started_at:
        raise BeforeBegin(
            _("Work cannot end at %(end)s when it began at %(start)s.")
            % {"end": _readable(ended_at), "start": _readable(started_at)}
        )


def _readable(value: object) -> str:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value or "–")
