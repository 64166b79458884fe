"""Acts on revisions: drafted, released, obsolete. One revision of an item is released at a time."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import Item, ItemRevision
from inventory.items.services.common import NoSuchPart, check_version, checked, locked_item, refuse, saved, tell
from inventory.items.states import REVISION_MOVES, RevisionStatus
from inventory.items.words import REVISIONS


class RevisionStands(Refused):
    """The status of the revision does not allow the move."""

    code = "wrong_status"


def add_revision(*, actor: User, item_id: int, code: str, at: datetime, note: str = "") -> ItemRevision:
    """Draft a revision. Raises NoSuchItem, BadItem, Forbidden."""
    item = locked_item(actor, item_id)
    revision = ItemRevision(item=item, code=code.strip(), note=note.strip())
    checked(revision)
    if item.revisions.filter(code=revision.code).exists():
        raise refuse("code", _("%(item)s has a revision %(code)s already.") % {"item": item.number, "code": code})
    revision.save()
    tell(events.REVISION_ADDED, item, at=at, actor=actor, revision=revision.code)
    return revision


def release_revision(
    *,
    actor: User,
    item_id: int,
    revision_id: int,
    at: datetime,
    valid_from: date | None = None,
    version: int | None = None,
) -> ItemRevision:
    """Release a draft; what was released before becomes obsolete. Raises NoSuchPart, StaleVersion, RevisionStands."""
    item, revision = _held(actor, item_id, revision_id, version)
    _must_move(revision, RevisionStatus.RELEASED)
    for former in item.revisions.filter(status=RevisionStatus.RELEASED):
        _move(item, former, RevisionStatus.OBSOLETE, actor, at)
    revision.valid_from = valid_from or at.date()
    _move(item, revision, RevisionStatus.RELEASED, actor, at)
    return revision


def retire_revision(
    *, actor: User, item_id: int, revision_id: int, at: datetime, version: int | None = None
) -> ItemRevision:
    """Make a revision obsolete. Raises NoSuchPart, StaleVersion, RevisionStands."""
    item, revision = _held(actor, item_id, revision_id, version)
    _must_move(revision, RevisionStatus.OBSOLETE)
    _move(item, revision, RevisionStatus.OBSOLETE, actor, at)
    return revision


def _held(actor: User, item_id: int, revision_id: int, version: int | None) -> tuple[Item, ItemRevision]:
    item = locked_item(actor, item_id)
    revision = item.revisions.filter(pk=revision_id).first()
    if revision is None:
        raise NoSuchPart(_("%(item)s has no such revision.") % {"item": item.number})
    check_version(revision, version, {"status": revision.status})
    return item, revision


def _must_move(revision: ItemRevision, there: RevisionStatus) -> None:
    if there not in REVISION_MOVES[RevisionStatus(revision.status)]:
        raise RevisionStands(
            _("Revision %(code)s is %(here)s and cannot become %(there)s.")
            % {"code": revision.code, "here": REVISIONS[RevisionStatus(revision.status)], "there": REVISIONS[there]}
        )


def _move(item: Item, revision: ItemRevision, there: RevisionStatus, actor: User, at: datetime) -> None:
    revision.status = there
    saved(revision, ["status", "valid_from"])
    kind = events.REVISION_RELEASED if there == RevisionStatus.RELEASED else events.REVISION_RETIRED
    tell(kind, item, at=at, actor=actor, revision=revision.code)
