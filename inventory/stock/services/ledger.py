"""The ledger: the one way by which stock changes."""

import hashlib
import uuid
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.events.services import publish
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item
from inventory.items.states import Tracking
from inventory.lots.events import STATUS_WORDS
from inventory.lots.models import Lot
from inventory.lots.states import LotStatus
from inventory.stock import events
from inventory.stock.models import Location, Reservation, StockBalance, StockMove
from inventory.stock.rules.moving import is_quantity, is_to_come, lot_may_go
from inventory.stock.services.balancing import gives_way, lock_items, put, take
from inventory.stock.services.refusals import (
    BadQuantity,
    InactivePlace,
    KeyReused,
    LotBlocked,
    LotNeeded,
    LotOfOther,
    NoMove,
    NotEnough,
    NotYet,
    SerialInStock,
    SerialIsOne,
)
from inventory.stock.services.reserving import use_reservation
from inventory.stock.services.telling import ref, told, what
from inventory.stock.services.valuing import value_move
from inventory.stock.states import MoveKind

__all__ = [
    "BadQuantity",
    "InactivePlace",
    "KeyReused",
    "LotBlocked",
    "LotNeeded",
    "LotOfOther",
    "NoMove",
    "NotEnough",
    "NotYet",
    "SerialInStock",
    "SerialIsOne",
    "lock_items",
    "post",
    "refuse_nonsense",
    "refuse_tracking",
]

KEY_LENGTH = 80
_KEY_CONSTRAINT = "inventory_stockmove_key"
_SHARED_LOT = "SELECT id, number, status, status_reason FROM inventory_lot WHERE id = %s FOR SHARE"


def post(
    *,
    actor: User,
    kind: str,
    item: Item,
    quantity: Decimal,
    from_location: Location,
    to_location: Location,
    at: datetime,
    lot: Lot | None = None,
    source: SourceRef | None = None,
    partner: Partner | None = None,
    reason: str = "",
    key: str = "",
    unit_cost: Decimal | None = None,
    reservation: Reservation | None = None,
    corrects: StockMove | None = None,
) -> StockMove:
    """Move stock: the move, both balances, its value and its event, or nothing of it. Asks for no right; acts do.

    `quantity` is in the item's base unit. `at` may lie in the past: the balance changes now, the move keeps its date.
    `unit_cost` is what one base unit costs that comes in. The same `key` with the same wish gives the move made
    first. `reservation` is used up by as much as the move takes. An act that posts several moves calls `lock_items`
    before the first.

    Raises NotEnough, LotBlocked, LotNeeded, LotOfOther, SerialIsOne, SerialInStock, InactivePlace, NoMove,
    BadQuantity, NotYet, KeyReused, StockBusy.
    """
    move = StockMove(
        kind=MoveKind(kind).value,
        site_id=(to_location if from_location.is_outside else from_location).site_id,
        item=item,
        lot=lot,
        quantity=quantity,
        from_location=from_location,
        to_location=to_location,
        partner=partner,
        # A mistake vanishes from the day on which it was made.
        at=corrects.at if corrects else at,
        recorded_at=now(),
        by=actor,
        reason=reason.strip()[:200],
        corrects=corrects,
        key=short_key(key),
        **source_fields(source),
    )
    refuse_nonsense(move)
    try:
        # A savepoint: a refusal leaves nothing behind, even if whoever called goes on after it.
        with gives_way(), transaction.atomic():
            judged = _locked_lot(item, lot) if lot is not None else None
            lock_items([item])
            # Asked under the lock, so that the same key sent twice at once ends as one move and not as a shortage.
            if key and (known := _known(move)) is not None:
                return known
            if judged is not None:
                _refuse_lot(actor, move, judged)
            _change_balances(move, reservation)
            move.save(force_insert=True)
            value_move(move=move, unit_cost=unit_cost)
            _tell(move, actor, at)
    except IntegrityError as clash:
        # The key came with another item at the same moment.
        if _constraint(clash).startswith(_KEY_CONSTRAINT) and (known := _known(move)) is not None:
            return known
        raise
    return move


def short_key(key: str, length: int = KEY_LENGTH) -> str:
    """A key as it is kept: a new one for none, the digest of one that is too long."""
    if not key:
        return uuid.uuid4().hex
    return key if len(key) <= length else hashlib.sha256(key.encode()).hexdigest()


def refuse_nonsense(move: StockMove) -> None:
    """Refuse a move that cannot be one, whatever lies where; asks nothing of the database. Raises as `post`."""
    origin, to, item = move.from_location, move.to_location, move.item
    if not is_quantity(move.quantity):
        raise BadQuantity(
            _("%(quantity)s is not a quantity: enter a number above zero with at most six digits behind the point.")
            % {"quantity": move.quantity}
        )
    if is_to_come(move.at, move.recorded_at):
        raise NotYet(
            _("The move is dated %(at)s, which is still to come. Enter it when it has happened.")
            % {"at": move.at.isoformat(timespec="minutes")}
        )
    if origin.pk == to.pk or (origin.is_outside and to.is_outside):
        raise NoMove(
            _("From %(origin)s to %(to)s moves no stock. Name another place.") % {"origin": origin.code, "to": to.code}
        )
    if origin.site_id != to.site_id and (origin.is_outside or to.is_outside):
        raise NoMove(
            _("%(origin)s and %(to)s belong to different sites. Move between two places of stock, or inside one site.")
            % {"origin": origin.code, "to": to.code}
        )
    if not to.is_active:
        raise InactivePlace(
            _("%(place)s is not in use any more. Put the stock elsewhere, or take the place back into use.")
            % {"place": to.code}
        )
    refuse_tracking(item, move.lot, move.quantity)


def refuse_tracking(item: Item, lot: Lot | None, quantity: Decimal) -> None:
    """Refuse stock without the lot its item needs, with one it has not, and more than one piece of a serial number."""
    if lot is None:
        if item.tracking != Tracking.NONE:
            raise LotNeeded(
                _("%(item)s is told apart by %(kind)s: scan or choose it.")
                % {
                    "item": item.number,
                    "kind": _("serial number") if item.tracking == Tracking.SERIAL else _("lot"),
                }
            )
        return
    if item.tracking == Tracking.NONE or lot.item_id != item.pk:
        raise LotOfOther(
            _("%(lot)s is no lot of %(item)s. Scan the label of the goods again.")
            % {"lot": lot.number, "item": item.number}
        )
    if item.tracking == Tracking.SERIAL and quantity != 1:
        raise SerialIsOne(
            _("%(lot)s is one single piece of %(item)s; %(quantity)s cannot move. Scan each serial number.")
            % {"lot": lot.number, "item": item.number, "quantity": told(quantity)}
        )


def _locked_lot(item: Item, lot: Lot) -> Lot:
    """The lot as it is judged now: what the caller read may be old, and whoever judges it meanwhile waits for us."""
    lots = Lot.objects.filter(pk=lot.pk).only("number", "status", "status_reason")
    if item.tracking == Tracking.SERIAL:
        # A serial number that comes in twice at once must be seen twice, so there only one may pass.
        return lots.select_for_update(no_key=True).get()
    return Lot.objects.raw(_SHARED_LOT, [lot.pk])[0]


def _refuse_lot(actor: User, move: StockMove, lot: Lot) -> None:
    origin, to = move.from_location, move.to_location
    if not lot_may_go(
        lot.status,
        kind=move.kind,
        inspected=move.item.inspect_on_receipt,
        from_kind=origin.kind,
        to_kind=to.kind,
        judge=may(actor, "inventory.lot.judge"),
    ):
        status = STATUS_WORDS[LotStatus(lot.status)]
        why = f" ({lot.status_reason})" if lot.status_reason else ""
        if lot.status == LotStatus.OPEN:
            sentence = _(
                "Lot %(lot)s of %(item)s is not inspected yet. Ask quality to release it, or take another lot."
            )
        else:
            sentence = _("Lot %(lot)s of %(item)s is %(status)s%(why)s. Ask quality, or take another lot.")
        raise LotBlocked(
            sentence % {"lot": lot.number, "item": move.item.number, "status": status, "why": why},
            lot=lot.number,
            lot_status=lot.status,
            why=lot.status_reason,
        )
    if move.item.tracking == Tracking.SERIAL and origin.is_outside:
        there = StockBalance.objects.filter(lot_id=lot.pk, quantity__gt=0).select_related("location").first()
        if there is not None:
            raise SerialInStock(
                _("%(item)s %(lot)s lies in %(place)s already. Scan the serial number again.")
                % {"item": move.item.number, "lot": lot.number, "place": there.location.code},
                location=there.location.code,
            )


def _change_balances(move: StockMove, reservation: Reservation | None) -> None:
    reserved = use_reservation(reservation, move) if reservation is not None else Decimal(0)
    if not move.from_location.is_outside:
        take(move.item, move.lot, move.from_location, move.quantity, reserved=reserved)
    if not move.to_location.is_outside:
        put(move.item, move.lot, move.to_location, move.quantity, move.at)


def _known(wish: StockMove) -> StockMove | None:
    """The move that was made under the key. Raises KeyReused where it was another wish."""
    known = StockMove.objects.select_related("item__unit", "lot", "from_location", "to_location").filter(key=wish.key)
    move = known.first()
    if move is not None and _meant(move) != _meant(wish):
        raise KeyReused(
            _("The key %(key)s belongs to another move (%(move)s). Take a new key for a new move.")
            % {"key": wish.key, "move": what(move.item, move.lot, move.quantity)}
        )
    return move


def _meant(move: StockMove) -> tuple[object, ...]:
    return move.kind, move.item_id, move.lot_id, move.quantity, move.from_location_id, move.to_location_id


def _constraint(clash: IntegrityError) -> str:
    return str(getattr(getattr(clash.__cause__, "diag", None), "constraint_name", "") or "")


def _tell(move: StockMove, actor: User, at: datetime) -> None:
    about = [move.item, *([move.lot] if move.lot else []), move]
    publish(
        events.CORRECTED if move.corrects_id else events.MOVED[MoveKind(move.kind)],
        about=about,
        at=at,
        actor=actor,
        what=what(move.item, move.lot, move.quantity),
        origin=move.from_location.code,
        to=move.to_location.code,
        partner=move.partner.name if move.partner else "–",
        reason=move.reason or "–",
        ref=ref(move.source_label),
        move=move.pk,
        kind=move.kind,
        item=move.item_id,
        lot=move.lot_id,
        quantity=told(move.quantity),
    )
