"""Holding all that a bad lot went into."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid
from factory_core.people.models import User
from inventory.lots.models import Lot
from inventory.lots.queries import lot_or_missing
from inventory.lots.services import judge_lot
from inventory.lots.states import USABLE, LotStatus
from inventory.trace.queries.genealogy import trace


class ReasonMissing(Invalid):
    """A recall needs a reason: everybody who meets the lots reads it."""

    code = "reason_needed"


def hold_all(*, actor: User, lot_id: int, reason: str, at: datetime) -> list[int]:
    """Hold a lot and every lot made from it, all or none; gives the lots that became held.

    Lots on hold or rejected stay what they are. Raises NoSuchLot, ReasonMissing.
    """
    lot = lot_or_missing(actor, lot_id)
    require(actor, "inventory.lot.judge", lot)
    why = reason.strip()[:200]
    if not why:
        raise ReasonMissing(_("Say why these lots are held: everybody who meets them reads the reason."))
    down = trace(lot, "down").down
    reached = [lot.pk] if down is None else [lot.pk, *down.others()]
    # Always in the same order: two people who hold overlapping recalls then wait for each other instead of clashing.
    usable = Lot.objects.filter(pk__in=reached, status__in=sorted(USABLE)).order_by("pk").values_list("pk", flat=True)
    held = list(usable)
    for key in held:
        judge_lot(actor=actor, lot_id=key, status=LotStatus.HOLD, reason=why, at=at)
    return held
