"""Mistakes of booking are taken back by a counter-move that bears their date."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.sources import source_of
from inventory.stock.models import StockMove
from inventory.stock.services.allowing import refuse_no_reason
from inventory.stock.services.ledger import lock_items, post
from inventory.stock.states import MoveKind
from production.materials import events
from production.materials.queries.booked import lots_made
from production.materials.queries.finding import move_or_missing
from production.materials.services.attributing import forget_uses, settle_uses
from production.materials.services.backflushing import components, settle_end
from production.materials.services.common import ISSUE, OUTPUT, about, amount, locked_order
from production.orders.models import ProductionOrder
from production.products.states import IssuePolicy


class AlreadyTakenBack(Refused):
    """A booking can be taken back once."""

    code = "already_taken_back"


def undo_booking(*, actor: User, move_id: int, reason: str, at: datetime) -> StockMove:
    """Take an issue, a return or an output of an order back; lot uses and END material follow.

    Raises NoSuchBooking, AlreadyTakenBack, NotBookable, ReasonNeeded, and what the ledger refuses: goods that went on
    cannot come back.
    """
    move, order, _material = move_or_missing(actor, move_id)
    is_output = move.kind == MoveKind.OUTPUT
    refuse_no_reason(reason)
    order = locked_order(actor, order.pk, OUTPUT if is_output else ISSUE)
    flushed = components(order, IssuePolicy.END) if is_output else []
    lock_items([move.item, *(row.item for row in flushed)])
    if move.corrects_id is not None or StockMove.objects.filter(corrects=move).exists():
        raise AlreadyTakenBack(_("This booking was taken back already. Enter anew what is right."))
    if is_output:
        _forget(actor, order, move, at)
    counter = post(
        actor=actor, kind=move.kind, item=move.item, quantity=move.quantity, lot=move.lot, at=at, reason=reason,
        from_location=move.to_location, to_location=move.from_location, source=source_of(move), corrects=move,
        key=f"back-{move.key}",
    )  # fmt: skip
    if is_output:
        settle_end(actor=actor, order=order, at=at)
    else:
        settle_uses(actor, order, at)
    publish(
        events.OUTPUT_UNDONE if is_output else events.ISSUE_UNDONE, about=about(order, counter), at=at, actor=actor,
        what=amount(move.item, move.quantity), reason=reason.strip(),
    )  # fmt: skip
    return counter


def _forget(actor: User, order: ProductionOrder, move: StockMove, at: datetime) -> None:
    if move.lot is None:
        return
    whole = lots_made(order).get(move.lot) if move.item_id == order.item_id else None
    forget_uses(actor, order, move.lot, min(move.quantity / whole, Decimal(1)) if whole else Decimal(1), at)
