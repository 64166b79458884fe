"""Giving a stop its reason, taking it back, adding a note."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from factory_core.access.policy import may, require
from factory_core.errors import Invalid, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from production.downtime import events
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.queries import pickable
from production.downtime.services.locks import (
    REASON_FIELDS,
    check_version,
    clear_reason,
    described,
    live,
    locked_downtime,
    store,
)
from production.downtime.states import ReasonSource

EXPLAINABLE_FOR = timedelta(hours=24)
LONGEST_NOTE = 400


class NotAReason(Invalid):
    """The code names no reason one may give."""

    code = "not_a_reason"


class NoteNeeded(Invalid):
    """A reason given after 24 hours says how one knows."""

    code = "note_needed"


class NoteTooLong(Invalid):
    """A note has at most 400 characters."""

    code = "note_too_long"


class AlreadyExplained(Refused):
    """Somebody gave another reason after this tap was made."""

    code = "already_explained"


class NothingToTakeBack(Refused):
    """The stop has no reason from a person."""

    code = "nothing_to_take_back"


def explain_downtime(
    *, actor: User, downtime_id: int, reason: str, at: datetime, note: str = "", version: int | None = None
) -> Downtime:
    """Give a stop its reason, named by its code.

    The operator may for 24 hours after the stop, later a supervisor with a note. A tap older than the reason that
    stands (it waited offline) does not push it away. Giving the reason that stands changes nothing.
    """
    downtime = locked_downtime(actor, downtime_id)
    chosen = _reason(reason)
    # The second of two equal taps has had its effect already, whatever version it read.
    if downtime.reason_id == chosen.pk and downtime.reason_source != ReasonSource.MACHINE and not note:
        require(actor, "production.downtime.explain", downtime)
        return downtime
    check_version(downtime, version)
    _require_in_time(actor, downtime, at, note)
    if downtime.explained_at is not None and at < downtime.explained_at and downtime.reason_id != chosen.pk:
        raise AlreadyExplained(
            _("This stop already has a later reason: %(now)s. You chose %(yours)s at %(at)s.")
            % {"now": described(downtime), "yours": chosen.name, "at": at.isoformat()},
            current={"reason": downtime.reason.code if downtime.reason else None, "version": downtime.version},
            yours={"reason": chosen.code},
        )
    before = downtime.reason
    downtime.reason = chosen
    late_right = may(actor, "production.downtime.edit", downtime)
    downtime.reason_source = ReasonSource.SUPERVISOR if late_right else ReasonSource.OPERATOR
    downtime.explained_by, downtime.explained_at = actor, at
    if note:
        downtime.note = _checked(note)
    store(downtime, *REASON_FIELDS, "note")
    told = events.DOWNTIME_EXPLAINED if before is None else events.REASON_CHANGED
    publish(
        told,
        about=[downtime, downtime.machine],
        at=at,
        actor=actor,
        live=live(downtime.machine),
        reason=chosen.name,
        before=before.name if before else "",
        downtime_id=downtime.pk,
    )
    return downtime


def take_back_reason(*, actor: User, downtime_id: int, at: datetime, version: int | None = None) -> Downtime:
    """Undo a reason; what the machine itself named counts again. Raises NothingToTakeBack."""
    downtime = locked_downtime(actor, downtime_id, version)
    _require_in_time(actor, downtime, at, note=downtime.note)
    if downtime.reason is None or downtime.reason_source == ReasonSource.MACHINE:
        raise NothingToTakeBack(_("This stop has no reason that a person gave."))
    before = downtime.reason.name
    clear_reason(downtime)
    store(downtime, *REASON_FIELDS)
    publish(
        events.REASON_TAKEN_BACK,
        about=[downtime, downtime.machine],
        at=at,
        actor=actor,
        live=live(downtime.machine),
        before=before,
        downtime_id=downtime.pk,
    )
    return downtime


def add_note(*, actor: User, downtime_id: int, note: str, at: datetime, version: int | None = None) -> Downtime:
    """Say more about a stop; the former note stays in the trail."""
    downtime = locked_downtime(actor, downtime_id, version)
    _require_in_time(actor, downtime, at, note)
    note = _checked(note)
    if note == downtime.note:
        return downtime
    downtime.note = note
    store(downtime, "note")
    publish(events.DOWNTIME_NOTED, about=[downtime, downtime.machine], at=at, actor=actor, note=note)
    return downtime


def _require_in_time(actor: User, downtime: Downtime, at: datetime, note: str) -> None:
    if downtime.ended_at is None or at - downtime.ended_at <= EXPLAINABLE_FOR:
        require(actor, "production.downtime.explain", downtime)
        return
    require(actor, "production.downtime.explain_late", downtime)
    if not note.strip():
        raise NoteNeeded(_("This stop ended more than 24 hours ago. Add a note that says how you know the reason."))


def _reason(code: str) -> DowntimeReason:
    chosen = next((reason for reason in pickable() if reason.code == code), None)
    if chosen is None:
        raise NotAReason(
            _("'%(code)s' is not a reason one can give. Choose one from the list; a category is not a reason.")
            % {"code": code}
        )
    return chosen


def _checked(note: str) -> str:
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(
            _("The note has %(n)d characters; at most %(most)d fit.") % {"n": len(note), "most": LONGEST_NOTE}
        )
    return note
