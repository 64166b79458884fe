"""A person who did not bring it accepts what came, under a signature; taken back, it says by whom and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid, NotAllowed, Refused
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.signing import about, content_of, digest_of
from factory_core.importing.register_models import Acceptance, Opening
from factory_core.importing.services.moving import WrongMoment, locked, move
from factory_core.importing.states import Meaning, RunStatus
from factory_core.people.models import User
from factory_core.people.services import prove

ACCEPT = "import.accept"
LONGEST = 400


class OwnImport(NotAllowed):
    """Whoever brought a file over does not accept it; somebody else looks at it."""

    code = "own_import"


class AcceptedAsWhole(Refused):
    """The run was accepted with its opening, and only with it the acceptance is taken back."""

    code = "accepted_with_opening"


class BadMeaning(Invalid):
    """A signature says one of a few things."""

    code = "bad_meaning"


class NoReason(Invalid):
    """An acceptance is taken back with a reason."""

    code = "no_reason"


def accept_run(
    *, actor: User, run_id: int, secret: str, at: datetime, meaning: str = Meaning.APPROVED, note: str = ""
) -> Acceptance:
    """Sign that what a run brought is right. `secret`: the signer's own password or PIN, typed again.

    From now on it is not undone. Raises NoSuchImport, NotAllowed, OwnImport, WrongMoment, BadMeaning, WrongSecret.
    """
    run = locked(actor, run_id)
    require(actor, ACCEPT, run.site)
    if run.status != RunStatus.IMPORTED:
        raise WrongMoment(_("%(file)s is not waiting to be accepted.") % {"file": run.file_name})
    refuse_own(actor, [run])
    prove(actor, secret)
    signed = signature(actor, at, meaning, note, [run], run=run)
    settle(run, actor, at)
    publish(events.IMPORT_ACCEPTED, about=[run], at=at, actor=actor)
    return signed


def take_acceptance_back(*, actor: User, run_id: int, secret: str, reason: str, at: datetime) -> Acceptance:
    """Take the acceptance of a run back, under a signature as well; then the run may be undone or accepted again.

    Raises NoSuchImport, NotAllowed, WrongMoment, AcceptedAsWhole, NoReason, WrongSecret.
    """
    run = locked(actor, run_id)
    require(actor, ACCEPT, run.site)
    if run.status != RunStatus.ACCEPTED:
        raise WrongMoment(_("%(file)s is not accepted.") % {"file": run.file_name})
    signed = Acceptance.objects.select_for_update().filter(run=run, withdrawn_at=None).first()
    if signed is None:
        raise AcceptedAsWhole(
            _("%(file)s was accepted with its opening. Take the acceptance of the opening back.")
            % {"file": run.file_name}
        )
    withdraw(signed, actor, secret, reason, at)
    unsettle(run)
    publish(events.ACCEPTANCE_TAKEN_BACK, about=[run], at=at, actor=actor, reason=signed.reason)
    return signed


def signature(
    actor: User, at: datetime, meaning: str, note: str, runs: Sequence[ImportRun], *, run: ImportRun | None = None,
    opening: Opening | None = None, **more: Any,
) -> Acceptance:  # fmt: skip
    """Keep who signed what, when and meaning what, with the digest of all of it. Raises BadMeaning."""
    if meaning not in set(Meaning):
        known = ", ".join(Meaning)
        raise BadMeaning(_("A signature means one of %(known)s.") % {"known": known})
    site = runs[0].site
    signed = Acceptance(
        site=site, run=run, opening=opening, meaning=meaning, note=note.strip()[:LONGEST], signed_by=actor,
        signed_at=at,
    )  # fmt: skip
    signed.content = {
        "about": about(signed), "signed_by": actor.username, "signed_at": at.isoformat(), "meaning": signed.meaning,
        "note": signed.note, "runs": [content_of(each) for each in runs],
        "totals": {str(each.pk): each.totals.get("books", {}) for each in runs}, **more,
    }  # fmt: skip
    signed.digest = digest_of(signed.content)
    signed.save()
    return signed


def withdraw(signed: Acceptance, actor: User, secret: str, reason: str, at: datetime) -> None:
    """Mark a signature as taken back. Raises NoReason, WrongSecret, TooManyTries."""
    if not reason.strip():
        raise NoReason(_("Say why the acceptance is taken back: whoever looks later has only that."))
    prove(actor, secret)
    signed.withdrawn_by, signed.withdrawn_at, signed.reason = actor, at, reason.strip()[:LONGEST]
    signed.version += 1
    signed.save(update_fields=["withdrawn_by", "withdrawn_at", "reason", "version", "updated_at"])


def settle(run: ImportRun, actor: User, at: datetime) -> None:
    """A run stands as accepted."""
    run.accepted_by, run.accepted_at = actor, at
    move(run, RunStatus.ACCEPTED, "accepted_by", "accepted_at")


def unsettle(run: ImportRun) -> None:
    """A run is not accepted any more."""
    run.accepted_by = run.accepted_at = None
    move(run, RunStatus.IMPORTED, "accepted_by", "accepted_at")


def refuse_own(actor: User, runs: Sequence[ImportRun]) -> None:
    """Raises OwnImport when one of the runs was brought by the one who would sign."""
    for run in runs:
        if run.by_id == actor.pk:
            raise OwnImport(
                _("You brought %(file)s over yourself. Somebody else who may accept imports signs for it.")
                % {"file": run.file_name}
            )
