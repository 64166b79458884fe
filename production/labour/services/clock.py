"""The time clock of operations: begin, pause, end, hand over.

The clock never runs by itself and never for nobody: it begins when a named person says so, from the moment they said
it, and ends the same way. Entries are rows, so no restart of anything loses or stretches one.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import may, require, visible
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.labour import events
from production.labour.models import PauseReason, TimeEntry
from production.labour.queries.finding import pause_reason_or_missing
from production.labour.services.common import (
    CORRECT,
    RECORD,
    about,
    lock_person,
    locked_entry,
    machine_for,
    never_twice,
    refuse_future,
    refuse_nobody,
    refuse_over,
    refuse_stranger,
    save,
    told,
)
from production.labour.services.refusals import AlreadyEnded, BeforeBegin, KeyOfOther, NotYourTime, PausedWork, StepOver
from production.labour.states import EndedBy, LabourKind
from production.orders.models import OrderOperation


def begin_work(
    *,
    actor: User,
    person: User,
    operation_id: int,
    kind: str,
    at: datetime,
    machine: Machine | None = None,
    key: str = "",
) -> TimeEntry:
    """The clock of a named person begins on an operation; while it runs for that kind, this changes nothing.

    With another kind the person goes over from one to the other at that moment. The same key gives the entry made
    first. Raises NobodyNamed, NotYourTime, StepOver, WrongPlace, EntryOverlaps, NotYet, KeyOfOther.
    """
    operation = _operation(actor, operation_id)
    refuse_nobody(person)
    refuse_stranger(actor, person, operation)
    if person.pk != actor.pk:
        require(person, RECORD, operation)
    refuse_future(at)
    place, word = machine_for(operation, machine), LabourKind(kind)
    lock_person(person, operation)
    if key and (known := TimeEntry.objects.filter(key=key).first()) is not None:
        if (known.person_id, known.operation_id, known.kind) != (person.pk, operation.pk, word):
            raise KeyOfOther(_("This key belongs to another entry. Take a new key for a new entry."))
        return known
    running = TimeEntry.objects.filter(person=person, operation=operation, ended_at=None, is_void=False).first()
    if running is not None and running.kind == word:
        return running
    refuse_over(operation)
    if running is not None:
        _refuse_backwards(running, at)
        _end(running, EndedBy.DONE, at)
    with never_twice(person, operation):
        entry = TimeEntry.objects.create(
            order=operation.order, operation=operation, machine=place, person=person, kind=word, started_at=at,
            key=key or None,
        )  # fmt: skip
    publish(events.WORK_BEGUN, about=about(entry), at=at, actor=actor, kind=word.value, **told(entry))
    return entry


def pause_work(*, actor: User, entry_id: int, reason: PauseReason | str, at: datetime) -> TimeEntry:
    """The person stops for a while and says why; going on begins a new entry. Pausing again changes nothing.

    `reason`: a PauseReason or its code. Raises NoSuchReason, AlreadyEnded, BeforeBegin.
    """
    why = pause_reason_or_missing(reason) if isinstance(reason, str) else reason
    entry = _open_entry(actor, entry_id, at, repeats=EndedBy.PAUSE)
    if entry.ended_at is not None:
        return entry
    entry.pause_reason = why
    _end(entry, EndedBy.PAUSE, at, "pause_reason")
    publish(events.WORK_PAUSED, about=about(entry), at=at, actor=actor, reason=why.name, **told(entry))
    return entry


def end_work(*, actor: User, entry_id: int, at: datetime, note: str = "", paused_is_done: bool = False) -> TimeEntry:
    """The person's part is done. Ending again changes nothing.

    Work that was paused is not done by the way: `paused_is_done` says so by name, and adds no time. Raises PausedWork,
    AlreadyEnded, BeforeBegin.
    """
    entry = _open_entry(actor, entry_id, at, repeats=EndedBy.DONE, paused=True)
    if entry.ended_by == EndedBy.PAUSE:
        return _paused_is_done(actor, entry, at, paused_is_done)
    if entry.ended_at is not None:
        return entry
    entry.note = note.strip()[:200] or entry.note
    _end(entry, EndedBy.DONE, at, "note")
    publish(events.WORK_ENDED, about=about(entry), at=at, actor=actor, **told(entry))
    return entry


def hand_over(*, actor: User, entry_id: int, to: User, at: datetime, key: str = "") -> TimeEntry:
    """Somebody takes running work over: the first clock ends and the second begins at one moment. Gives the new entry.

    The one who takes over, the one who hands over, or a supervisor says so. Raises NobodyNamed, NotYourTime,
    AlreadyEnded, StepOver, EntryOverlaps.
    """
    refuse_nobody(to)
    entry = _open_entry(actor, entry_id, at, taking=to)
    if to.pk == entry.person_id:
        return entry
    require(to, RECORD, entry.operation)
    lock_person(to, entry.operation)
    refuse_over(entry.operation)
    own = TimeEntry.objects.filter(person=to, operation=entry.operation, ended_at=None, is_void=False).first()
    _end(entry, EndedBy.HANDOVER, at)
    if own is None:
        with never_twice(to, entry.operation):
            own = TimeEntry.objects.create(
                order=entry.order, operation=entry.operation, machine=entry.machine, person=to, kind=entry.kind,
                started_at=at, key=key or None,
            )  # fmt: skip
    publish(events.WORK_HANDED_OVER, about=about(entry), at=at, actor=actor, to=to.name, **told(entry))
    return own


def _operation(actor: User, operation_id: int) -> OrderOperation:
    rows = OrderOperation.objects.select_related("order__line__area__site", "order__machine", "machine")
    found = visible(actor, rows).filter(pk=operation_id).first()
    if found is None:
        raise StepOver(_("There is no such operation that you may see."))
    return found


def _open_entry(
    actor: User, entry_id: int, at: datetime, *, repeats: EndedBy | None = None, paused: bool = False,
    taking: User | None = None,
) -> TimeEntry:  # fmt: skip
    """The entry, open, for those who may end it; ended by `repeats` it comes as it is."""
    to_me = taking is not None and actor.pk == taking.pk
    entry = locked_entry(actor, entry_id, taking=to_me)
    mine = actor.pk == entry.person_id or to_me
    if not (mine and may(actor, RECORD, entry)) and not may(actor, CORRECT, entry):
        raise NotYourTime(
            _("This is the time of %(person)s. Let them scan their badge, or ask the supervisor.")
            % {"person": entry.person.name}
        )
    refuse_future(at)
    if entry.is_void or entry.ended_by not in ("", repeats, EndedBy.PAUSE if paused else repeats):
        raise AlreadyEnded(
            _("This entry of %(person)s on %(step)s was ended before. Begin anew, or let the supervisor put it right.")
            % {"person": entry.person.name, "step": entry.operation}
        )
    if entry.ended_at is None:
        _refuse_backwards(entry, at)
    return entry


def _paused_is_done(actor: User, entry: TimeEntry, at: datetime, said: bool) -> TimeEntry:
    later = TimeEntry.objects.filter(
        person=entry.person, operation=entry.operation, is_void=False, started_at__gte=entry.ended_at
    ).exclude(pk=entry.pk)
    if later.exists():
        raise AlreadyEnded(
            _("%(person)s went on with %(step)s after this pause. End the entry that runs now.")
            % {"person": entry.person.name, "step": entry.operation}
        )
    if not said:
        raise PausedWork(
            _("%(person)s paused work on %(step)s. Go on first, or say that the paused work is done.")
            % {"person": entry.person.name, "step": entry.operation}
        )
    entry.ended_by = EndedBy.DONE
    save(entry, "ended_by")
    publish(events.PAUSE_ENDED, about=about(entry), at=at, actor=actor, **told(entry))
    return entry


def _refuse_backwards(entry: TimeEntry, at: datetime) -> None:
    if at < entry.started_at:
        raise BeforeBegin(
            _("Work on %(step)s began at %(start)s; it cannot end at %(at)s.")
            % {
                "step": entry.operation,
                "start": entry.started_at.isoformat(timespec="seconds"),
                "at": at.isoformat(timespec="seconds"),
            }
        )


def _end(entry: TimeEntry, how: EndedBy, at: datetime, *more: str) -> None:
    entry.ended_at, entry.ended_by = at, how
    save(entry, "ended_at", "ended_by", *more)
