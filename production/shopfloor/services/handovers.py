"""Handing a shift over: a draft collects, a signature freezes, the next shift reads."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.access.versions import refuse_stale
from factory_core.errors import Invalid, Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.people.services import prove
from factory_core.plant.models import Line
from production.downtime.queries import shift_at
from production.shopfloor import events
from production.shopfloor.models import Handover
from production.shopfloor.queries.handover import NoSuchHandover, figures_of, signed_content
from production.shopfloor.rules.handover import digest_of
from production.shopfloor.states import HandoverStatus

SIGN = "production.handover.sign"
LONGEST_NOTE = 4000


class SignedAlready(Refused):
    """A signed handover never changes."""

    code = "handover_signed"


class NotSigned(Refused):
    """Only a signed handover can be taken."""

    code = "handover_not_signed"


class OwnHandover(Refused):
    """Whoever signed a handover cannot take it."""

    code = "own_handover"


class NoteTooLong(Invalid):
    """The note is longer than a handover holds."""

    code = "handover_note_too_long"


def open_handover(*, actor: User, line: Line, at: datetime) -> Handover:
    """The draft of the shift that runs on a line at a moment; the one that is there already, whatever its status."""
    require(actor, SIGN, line)
    shift = shift_at(line, at)
    handover, _first = Handover.objects.get_or_create(
        line=line,
        started_at=shift.started_at,
        defaults={"on": shift.on, "shift_key": shift.key, "shift_name": shift.name, "ended_at": shift.ended_at},
    )
    return handover


def note_handover(*, actor: User, handover_id: int, note: str, version: int | None = None) -> Handover:
    """Write the note of a draft. Raises SignedAlready, NoteTooLong, StaleVersion."""
    handover = _locked(actor, handover_id)
    refuse_stale(actor, handover, version, ("note", "status"))
    _must_be_draft(handover)
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(_("The note may have %(n)d characters.") % {"n": LONGEST_NOTE})
    handover.note = note.strip()
    _save(handover, "note")
    return handover


def sign_handover(
    *, actor: User, handover_id: int, secret: str, at: datetime, note: str | None = None, version: int | None = None
) -> Handover:
    """Freeze figures and note under one's name. `secret`: the signer's own password or PIN, typed again.

    Raises SignedAlready, WrongSecret, TooManyTries, NoteTooLong, StaleVersion.
    """
    handover = _locked(actor, handover_id)
    refuse_stale(actor, handover, version, ("note", "status"))
    _must_be_draft(handover)
    prove(actor, secret)
    if note is not None:
        if len(note) > LONGEST_NOTE:
            raise NoteTooLong(_("The note may have %(n)d characters.") % {"n": LONGEST_NOTE})
        handover.note = note.strip()
    handover.figures = figures_of(handover.line, handover.started_at, handover.ended_at, at)
    handover.signed_by, handover.signed_at = actor, at
    handover.status = HandoverStatus.SIGNED
    handover.digest = digest_of(signed_content(handover))
    _save(handover, "note", "figures", "signed_by", "signed_at", "status", "digest")
    publish(events.HANDOVER_SIGNED, about=[handover, handover.line, handover.line.area.site], at=at, actor=actor)
    return handover


def take_handover(*, actor: User, handover_id: int, at: datetime) -> Handover:
    """Say that one has read it, for the next shift. Taking again changes nothing. Raises NotSigned, OwnHandover."""
    handover = _locked(actor, handover_id)
    if handover.status == HandoverStatus.TAKEN:
        return handover
    if handover.status == HandoverStatus.DRAFT:
        raise NotSigned(_("This handover is a draft. The shift that made it signs it first."))
    if handover.signed_by_id == actor.pk:
        raise OwnHandover(_("You signed this handover yourself. Somebody of the next shift takes it."))
    handover.taken_by, handover.taken_at = actor, at
    handover.status = HandoverStatus.TAKEN
    _save(handover, "taken_by", "taken_at", "status")
    publish(events.HANDOVER_TAKEN, about=[handover, handover.line, handover.line.area.site], at=at, actor=actor)
    return handover


def _locked(actor: User, handover_id: int) -> Handover:
    rows = visible(actor, Handover.objects.select_related("line__area__site")).filter(pk=handover_id)
    found = rows.select_for_update(of=("self",)).first()
    if found is None:
        raise NoSuchHandover(_("There is no such handover that you may see."))
    require(actor, SIGN, found)
    return found


def _must_be_draft(handover: Handover) -> None:
    if handover.status != HandoverStatus.DRAFT:
        raise SignedAlready(_("This handover is signed. What was signed never changes."))


def _save(handover: Handover, *fields: str) -> None:
    handover.version += 1
    handover.save(update_fields=[*fields, "version", "updated_at"])
