"""What the acts of dispatching share."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import StaleVersion
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.dispatch.events import STATUS_WORDS
from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries.lines import LINE_KIND, PICK_KIND
from inventory.dispatch.rules import can_move, has_expired
from inventory.dispatch.services.refusals import (
    DispatchReasonNeeded,
    DispatchStatusForbids,
    LotExpired,
    LotUnfit,
    NoSuchDispatch,
)
from inventory.dispatch.states import DispatchStatus
from inventory.items.models import Item
from inventory.lots.events import STATUS_WORDS as LOT_WORDS
from inventory.lots.models import Lot
from inventory.lots.rules import is_usable
from inventory.lots.states import LotStatus

PICK, SEND = "inventory.dispatch.pick", "inventory.dispatch.send"


def locked_dispatch(actor: User, dispatch_id: int, capability: str, version: int | None = None) -> Dispatch:
    """The dispatch under a row lock. Raises NoSuchDispatch, Forbidden, StaleVersion."""
    if not visible(actor, Dispatch.objects.filter(pk=dispatch_id)).exists():
        raise NoSuchDispatch(_("There is no such dispatch that you may see."))
    dispatch = (
        Dispatch.objects.select_for_update(of=("self",))
        .select_related("customer", "site", "staging__site")
        .get(pk=dispatch_id)
    )
    require(actor, capability, dispatch)
    if version is not None and version != dispatch.version:
        raise StaleVersion(
            _("%(dispatch)s was changed in the meantime: it is %(status)s now. Look again, then decide.")
            % {"dispatch": dispatch, "status": word(dispatch.status)},
            current={"version": dispatch.version, "status": dispatch.status},
        )
    return dispatch


def move(dispatch: Dispatch, there: DispatchStatus, **columns: object) -> None:
    """Set the status and what comes with it. Raises DispatchStatusForbids."""
    if not can_move(dispatch.status, there):
        raise DispatchStatusForbids(
            _("%(dispatch)s is %(here)s and cannot become %(there)s.")
            % {"dispatch": dispatch, "here": word(dispatch.status), "there": word(there)}
        )
    dispatch.status = there
    for name, value in columns.items():
        setattr(dispatch, name, value)
    dispatch.version += 1
    dispatch.save(update_fields=["status", "version", "updated_at", *columns])


def must_be(dispatch: Dispatch, *statuses: DispatchStatus) -> None:
    """Raises DispatchStatusForbids unless the dispatch stands in one of these."""
    if dispatch.status not in statuses:
        raise DispatchStatusForbids(
            _("%(dispatch)s is %(here)s. This can be done only while it is %(wanted)s.")
            % {
                "dispatch": dispatch,
                "here": word(dispatch.status),
                "wanted": " / ".join(word(one) for one in statuses),
            }
        )


def refuse_unfit(item: Item, lot: Lot | None, dispatch: Dispatch, at: datetime) -> None:
    """Raises LotUnfit for a lot on hold, rejected or not inspected, LotExpired after its last day."""
    if lot is None:
        return
    # Whoever judges the lot now waits for us, or we see what they decided.
    fresh = Lot.objects.select_for_update(no_key=True).get(pk=lot.pk)
    if not is_usable(fresh.status, inspected=item.inspect_on_receipt):
        why = f" ({fresh.status_reason})" if fresh.status_reason else ""
        status = _("not inspected yet") if fresh.status == LotStatus.OPEN else LOT_WORDS[LotStatus(fresh.status)]
        raise LotUnfit(
            _("Lot %(lot)s of %(item)s is %(status)s%(why)s: it must not be sent. Take another lot, or ask quality.")
            % {"lot": fresh.number, "item": item.number, "status": status, "why": why},
            lot=fresh.number,
            lot_status=fresh.status,
        )
    if has_expired(fresh.expires_on, at.astimezone(dispatch.site.zone).date()):
        raise LotExpired(
            _("Lot %(lot)s of %(item)s expired on %(day)s: it must not be sent. Take another lot.")
            % {"lot": fresh.number, "item": item.number, "day": fresh.expires_on},
            lot=fresh.number,
        )


def kept_by(line: DispatchLine) -> SourceRef:
    """How stock reserved for a line names it: people read the dispatch's number, programs find the line."""
    return SourceRef(LINE_KIND, line.pk, line.dispatch.number)


def kept_as_pick(found: Pick) -> SourceRef:
    """The same for stock that was picked already."""
    return SourceRef(PICK_KIND, found.pk, found.line.dispatch.number)


def must_say_why(reason: str) -> str:
    """The reason without blanks. Raises DispatchReasonNeeded."""
    if not reason.strip():
        raise DispatchReasonNeeded(_("Say why: the reason stands in the story of the dispatch."))
    return reason.strip()[:200]


def word(status: str) -> str:
    """A status in the reader's language."""
    return str(STATUS_WORDS[DispatchStatus(status)])
