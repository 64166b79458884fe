"""Packing, sending, proof of delivery, and what comes back."""

import hashlib
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.processes.data_dir import write_whole
from factory_core.sources import SourceRef
from inventory.dispatch import events
from inventory.dispatch.models import Dispatch, Pick
from inventory.dispatch.queries.lines import PICK_KIND, kept_for, kept_pick, progress_of
from inventory.dispatch.services.common import (
    PICK,
    SEND,
    locked_dispatch,
    move,
    must_be,
    must_say_why,
    refuse_unfit,
)
from inventory.dispatch.services.refusals import (
    BadDelivery,
    CameBackTooMuch,
    NoSuchPick,
    NotAllPicked,
    NothingToSend,
)
from inventory.dispatch.states import DispatchStatus
from inventory.items.queries.papers import folder
from inventory.items.rules.papers import place_of, plain_name
from inventory.lots.services import judge_lot
from inventory.lots.states import USABLE, LotStatus
from inventory.sales.services.sending import lock_orders, note_returned, note_sent
from inventory.stock.models import Location, StockMove
from inventory.stock.services.acts import dispatch_out, take_back_from_customer
from inventory.stock.services.ledger import lock_items
from inventory.stock.services.reserving import free
from inventory.stock.services.telling import told, what
from inventory.stock.states import LocationKind, MoveKind

LARGEST_PROOF = 20 * 1024 * 1024


def pack(*, actor: User, dispatch_id: int, at: datetime, version: int | None = None) -> Dispatch:
    """Everything is picked, or said to be short. Raises NotAllPicked, NothingToSend, StaleVersion."""
    dispatch = locked_dispatch(actor, dispatch_id, PICK, version)
    if dispatch.status == DispatchStatus.PACKED:
        return dispatch
    must_be(dispatch, DispatchStatus.PICKING)
    rows = progress_of(dispatch.lines.all())
    waiting = [row for row in rows if row.need > 0]
    if waiting:
        named = ", ".join(f"{told(row.need)} {row.line.item.unit} {row.line.item.number}" for row in waiting[:5])
        raise NotAllPicked(
            _("Still to be picked: %(what)s. Pick it, or note why less is sent.") % {"what": named},
        )
    if not any(row.picked for row in rows):
        raise NothingToSend(_("Nothing was picked for %(dispatch)s. Cancel it instead.") % {"dispatch": dispatch})
    move(dispatch, DispatchStatus.PACKED)
    publish(events.PACKED, about=[dispatch, dispatch.customer], at=at, actor=actor)
    return dispatch


def unpack(*, actor: User, dispatch_id: int, at: datetime, version: int | None = None) -> Dispatch:
    """Open a packed dispatch again, to change what it carries."""
    dispatch = locked_dispatch(actor, dispatch_id, PICK, version)
    must_be(dispatch, DispatchStatus.PACKED)
    move(dispatch, DispatchStatus.PICKING)
    publish(events.UNPACKED, about=[dispatch, dispatch.customer], at=at, actor=actor)
    return dispatch


def send(
    *,
    actor: User,
    dispatch_id: int,
    at: datetime,
    carrier: str = "",
    tracking_number: str = "",
    version: int | None = None,
) -> Dispatch:
    """The goods leave: stock goes out, and the orders know what was sent. Once sent, sending again changes nothing.

    Raises LotUnfit where a picked lot was put on hold meanwhile, LotExpired, DispatchStatusForbids.
    """
    dispatch = locked_dispatch(actor, dispatch_id, SEND)
    if dispatch.status in (DispatchStatus.DISPATCHED, DispatchStatus.DELIVERED):
        return dispatch
    dispatch = locked_dispatch(actor, dispatch_id, SEND, version)
    must_be(dispatch, DispatchStatus.PACKED)
    picks = list(
        Pick.objects.filter(line__dispatch=dispatch, taken_back=False, out=None)
        .select_related("line__item__unit", "line__sales_line__order", "lot", "location__site")
        .order_by("line__item_id", "location_id", "lot_id", "pk")
    )
    orders = lock_orders({one.line.sales_line.order_id for one in picks})
    lock_items([one.line.item for one in picks])
    for lot, item in {one.lot: one.line.item for one in picks if one.lot is not None}.items():
        refuse_unfit(item, lot, dispatch, at)
    sent: dict[int, dict[tuple[int, int | None], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in picks:
        one.out = dispatch_out(
            actor=actor, item=one.line.item, quantity=one.quantity, lot=one.lot, from_location=one.location,
            partner=dispatch.customer, at=at, source=SourceRef.of(dispatch), reservation=kept_pick(one.pk),
            key=f"dispatch-{one.pk}",
        )  # fmt: skip
        one.version += 1
        one.save(update_fields=["out", "version", "updated_at"])
        line = one.line.sales_line
        sent[line.order_id][line.pk, one.line.call_off_id] += one.quantity
    for order_id in sorted(sent):
        note_sent(orders[order_id], sent[order_id], actor=actor, at=at)
    for kept in kept_for(dispatch.lines.values_list("pk", flat=True)):
        free(actor=actor, reservation_id=kept.pk, at=at)
    by = carrier.strip()[:80] or dispatch.carrier
    move(
        dispatch, DispatchStatus.DISPATCHED, carrier=by, tracking_number=tracking_number.strip()[:80],
        dispatched_at=at,
    )  # fmt: skip
    publish(
        events.SENT, about=[dispatch, dispatch.customer, *orders.values()], at=at, actor=actor, carrier=by or "–",
        tracking_number=dispatch.tracking_number,
    )  # fmt: skip
    return dispatch


def deliver(
    *,
    actor: User,
    dispatch_id: int,
    received_by: str,
    delivered_at: datetime,
    at: datetime,
    note: str = "",
    proof_name: str = "",
    proof: bytes = b"",
    version: int | None = None,
) -> Dispatch:
    """Note who received the goods and when, with a file as proof if there is one. Raises BadDelivery."""
    dispatch = locked_dispatch(actor, dispatch_id, SEND, version)
    if dispatch.status == DispatchStatus.DELIVERED:
        return dispatch
    must_be(dispatch, DispatchStatus.DISPATCHED)
    if not received_by.strip():
        raise BadDelivery(_("Say who received the goods."))
    if dispatch.dispatched_at is None or not dispatch.dispatched_at <= delivered_at <= at:
        raise BadDelivery(_("The goods cannot be delivered before they left, or later than now."))
    if len(proof) > LARGEST_PROOF:
        raise BadDelivery(_("The file is larger than 20 MiB. Take a smaller picture."))
    move(
        dispatch, DispatchStatus.DELIVERED, delivered_at=delivered_at, received_by=received_by.strip()[:120],
        proof_note=note.strip()[:400], proof_name=plain_name(proof_name) if proof else "",
        proof_sha256=_kept(proof) if proof else "",
    )  # fmt: skip
    publish(
        events.DELIVERED, about=[dispatch, dispatch.customer], at=at, actor=actor, received_by=dispatch.received_by,
        delivered_at=delivered_at,
    )  # fmt: skip
    return dispatch


def take_back(
    *,
    actor: User,
    pick_id: int,
    quantity: Decimal,
    reason: str,
    at: datetime,
    to_location: Location,
    key: str = "",
) -> StockMove:
    """The customer sent so much (base units) of a pick back: into quarantine, and its lot waits for quality.

    The lot is held by the house itself: whoever unloads need not be allowed to judge lots. Raises CameBackTooMuch,
    DispatchReasonNeeded, Forbidden.
    """
    found = Pick.objects.filter(pk=pick_id, out__isnull=False).select_related("line", "lot").first()
    if found is None:
        raise NoSuchPick(_("There is no such pick, or it has not left."))
    dispatch = locked_dispatch(actor, found.line.dispatch_id, "inventory.stock.receive")
    why = must_say_why(reason)
    if to_location.kind != LocationKind.QUARANTINE or to_location.site_id != dispatch.site_id:
        raise BadDelivery(_("%(place)s is no quarantine of %(site)s.") % {"place": to_location, "site": dispatch.site})
    item, lot = found.line.item, found.lot
    move_key = f"back-{found.pk}-{key}"[:80] if key else ""
    if move_key and (known := StockMove.objects.filter(key=move_key).first()):
        return known
    lock_items([item])
    came = StockMove.objects.filter(
        source_kind=PICK_KIND, source_id=found.pk, kind=MoveKind.RETURN_FROM_CUSTOMER
    ).aggregate(all=Sum("quantity"))["all"] or Decimal(0)
    if not 0 < quantity <= found.quantity - came:
        raise CameBackTooMuch(
            _("%(dispatch)s carried %(sent)s %(unit)s of it and %(came)s came back already; %(asked)s cannot be right.")
            % {
                "dispatch": dispatch,
                "sent": told(found.quantity),
                "unit": item.unit,
                "came": told(came),
                "asked": quantity,
            }
        )
    back = take_back_from_customer(
        actor=actor, item=item, quantity=quantity, lot=lot, to_location=to_location, partner=dispatch.customer,
        at=at, reason=why, source=SourceRef(PICK_KIND, found.pk, dispatch.number), key=move_key,
    )  # fmt: skip
    if lot is not None and LotStatus(lot.status) in USABLE:
        judge_lot(
            actor=service_user("returns"), lot_id=lot.pk, status=LotStatus.HOLD, at=at,
            reason=f"{dispatch.number}: {why}"[:200],
        )  # fmt: skip
    line = note_returned(found.line.sales_line_id, quantity)
    publish(
        events.CAME_BACK, about=[dispatch, dispatch.customer, item, *([lot] if lot else []), line.order], at=at,
        actor=actor, what=what(item, lot, quantity), place=to_location.code, reason=why,
    )  # fmt: skip
    return back


def _kept(content: bytes) -> str:
    """Write a file under its SHA-256; the same content lies there once."""
    digest = hashlib.sha256(content).hexdigest()
    path = folder() / place_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return digest
