"""Keep stock for a document, and give it back."""

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item
from inventory.lots.events import STATUS_WORDS
from inventory.lots.models import Lot
from inventory.lots.rules import is_usable
from inventory.lots.states import LotStatus
from inventory.stock import events
from inventory.stock.models import Location, Reservation, StockMove
from inventory.stock.rules.moving import is_quantity
from inventory.stock.services.allowing import require_any
from inventory.stock.services.balancing import keep, lock_items
from inventory.stock.services.refusals import (
    BadQuantity,
    LotBlocked,
    NoMove,
    NoSuchReservation,
    ReservationOver,
    ReservedOther,
)
from inventory.stock.services.telling import ref, told, what
from inventory.stock.states import ReservationStatus

MAY_RESERVE = ("inventory.stock.move", "inventory.dispatch.pick", "inventory.sales.manage", "production.order.manage")


def reserve(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    location: Location,
    lot: Lot | None,
    source: SourceRef | None,
    at: datetime,
) -> Reservation:
    """Keep stock of one place for a document, so that nobody else takes it. Raises NotEnough, LotBlocked."""
    require_any(actor, MAY_RESERVE, location.site)
    if not is_quantity(quantity):
        raise BadQuantity(
            _("%(quantity)s is not a quantity: enter a number above zero with at most six digits behind the point.")
            % {"quantity": quantity}
        )
    if location.is_outside:
        raise NoMove(_("In %(place)s lies no stock that could be reserved.") % {"place": location.code})
    if lot is not None:
        _refuse_unusable(item, lot)
    lock_items([item])
    keep(item, lot, location, quantity)
    reservation = Reservation.objects.create(
        item=item, lot=lot, location=location, quantity=quantity, **source_fields(source)
    )
    _tell(events.RESERVED, reservation, quantity, actor, at)
    return reservation


def free(*, actor: User, reservation_id: int, at: datetime) -> Reservation:
    """Give reserved stock back to everybody. A reservation that is over stays as it is."""
    known = (
        visible(actor, Reservation.objects.select_related("item__unit", "lot", "location__site"))
        .filter(pk=reservation_id)
        .first()
    )
    if known is None:
        raise NoSuchReservation(_("There is no such reservation that you may see."))
    require_any(actor, MAY_RESERVE, known.location.site)
    lock_items([known.item])
    reservation = _fresh(known)
    if reservation.status != ReservationStatus.ACTIVE:
        return reservation
    keep(reservation.item, reservation.lot, reservation.location, -reservation.quantity)
    reservation.status = ReservationStatus.FREED
    reservation.version += 1
    reservation.save(update_fields=["status", "version", "updated_at"])
    _tell(events.FREED, reservation, reservation.quantity, actor, at)
    return reservation


def use_reservation(reservation: Reservation, move: StockMove) -> Decimal:
    """How much of a move was reserved for it; the reservation shrinks by that and is used when nothing is left.

    For the ledger, which holds the item. Raises ReservationOver, ReservedOther.
    """
    fresh = _fresh(reservation)
    if fresh.status != ReservationStatus.ACTIVE:
        raise ReservationOver(
            _("The reservation for %(document)s is over already. Look what became of it, then take free stock.")
            % {"document": fresh.source_label or "–"}
        )
    kept = (fresh.item_id, fresh.lot_id, fresh.location_id)
    if kept != (move.item_id, move.lot_id, move.from_location_id):
        raise ReservedOther(
            _("Reserved for %(document)s is %(what)s in %(place)s, not what was scanned.")
            % {
                "document": fresh.source_label or "–",
                "what": what(fresh.item, fresh.lot, fresh.quantity),
                "place": fresh.location.code,
            }
        )
    used = min(fresh.quantity, move.quantity)
    if used == fresh.quantity:
        fresh.status = ReservationStatus.USED
    else:
        fresh.quantity -= used
    fresh.version += 1
    fresh.save(update_fields=["status", "quantity", "version", "updated_at"])
    reservation.status, reservation.quantity, reservation.version = fresh.status, fresh.quantity, fresh.version
    return used


def _fresh(reservation: Reservation) -> Reservation:
    locked = Reservation.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("item__unit", "lot", "location").get(pk=reservation.pk)


def _refuse_unusable(item: Item, lot: Lot) -> None:
    fresh = Lot.objects.select_for_update(no_key=True).only("status", "status_reason").get(pk=lot.pk)
    if not is_usable(fresh.status, inspected=item.inspect_on_receipt):
        raise LotBlocked(
            _("Lot %(lot)s of %(item)s is %(status)s and cannot be reserved. Ask quality, or take another lot.")
            % {"lot": lot.number, "item": item.number, "status": STATUS_WORDS[LotStatus(fresh.status)]},
            lot=lot.number,
            lot_status=fresh.status,
            why=fresh.status_reason,
        )


def _tell(kind: EventType, reservation: Reservation, quantity: Decimal, actor: User, at: datetime) -> None:
    about = [reservation, reservation.item, *([reservation.lot] if reservation.lot else []), reservation.location]
    publish(
        kind,
        about=about,
        at=at,
        actor=actor,
        what=what(reservation.item, reservation.lot, quantity),
        place=reservation.location.code,
        ref=ref(reservation.source_label),
        quantity=told(quantity),
    )
