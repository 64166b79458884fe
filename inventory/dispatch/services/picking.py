"""Picking, putting back, declaring short, and putting on pallets."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.sources import SourceRef
from inventory.dispatch import events
from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries.lines import LineProgress, kept_for, kept_pick, progress_of
from inventory.dispatch.rules import has_expired, spread
from inventory.dispatch.services.common import (
    PICK,
    kept_as_pick,
    kept_by,
    locked_dispatch,
    must_be,
    must_say_why,
    refuse_unfit,
)
from inventory.dispatch.services.creating import reserve_for
from inventory.dispatch.services.refusals import (
    NoSuchPick,
    NotAPallet,
    NotOnDispatch,
    NotPickable,
    PickedTooMuch,
    WhyAnotherLot,
)
from inventory.dispatch.states import DispatchStatus
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.lots.rules import is_usable
from inventory.stock.models import Location, Reservation, StockMove
from inventory.stock.services.ledger import lock_items, post
from inventory.stock.services.reserving import free, reserve
from inventory.stock.services.telling import told, what
from inventory.stock.states import PICKABLE, LocationKind, MoveKind

NOTHING = Decimal(0)


def pick(
    *,
    actor: User,
    dispatch_id: int,
    location: Location,
    item: Item,
    quantity: Decimal,
    at: datetime,
    lot: Lot | None = None,
    note: str = "",
    key: str = "",
) -> list[Pick]:
    """Take so much (in base units) from a place to the staging place of a dispatch; one pick for each line it serves.

    The same `key` once more gives the picks made first. Raises NotOnDispatch, PickedTooMuch, LotUnfit, LotExpired,
    WhyAnotherLot, NotPickable, and what the ledger refuses.
    """
    dispatch = locked_dispatch(actor, dispatch_id, PICK)
    rows = [row for row in progress_of(dispatch.lines.all()) if row.line.item_id == item.pk]
    if key and (known := _made(rows, key)):
        return known
    must_be(dispatch, DispatchStatus.PICKING)
    if location.site_id != dispatch.site_id or location.kind not in PICKABLE:
        raise NotPickable(
            _("%(place)s is no place of %(site)s to pick from. Scan the shelf the goods lie in.")
            % {"place": location, "site": dispatch.site}
        )
    _refuse_too_much(dispatch, item, rows, quantity)
    lock_items([item])
    refuse_unfit(item, lot, dispatch, at)
    proposed = list(kept_for(row.line.pk for row in rows))
    note, instead = note.strip()[:200], _instead_of(item, lot, proposed)
    if instead and not note:
        raise WhyAnotherLot(
            _("Proposed was lot %(lots)s. Lot %(lot)s can be taken too: note why.") % {"lots": instead, "lot": lot}
        )
    here = [one for one in proposed if (one.location_id, one.lot_id) == (location.pk, lot.pk if lot else None)]
    # Nobody can come between: the item is locked until the end of this act.
    for one in here:
        free(actor=actor, reservation_id=one.pk, at=at)
    parts = _parts(rows, here, quantity)
    made = [
        _pick_for(actor, dispatch, row.line, location, lot, part, at, note, instead, _key(key, row.line))
        for row, part in zip(rows, parts, strict=True)
        if part > 0
    ]
    elsewhere = [one for one in proposed if one not in here]
    left = sum((one.quantity for one in here), NOTHING) - quantity
    for row, part in zip(rows, parts, strict=True):
        left = _keep_what_is_needed(actor, row, row.need - part, elsewhere, (location, lot, left), at)
    return made


def put_back(*, actor: User, pick_id: int, at: datetime, to_location: Location | None = None) -> Pick:
    """Carry a pick back to where it came from; what must not be sent any more goes to quarantine."""
    found, dispatch = _locked_pick(actor, pick_id)
    if found.taken_back:
        return found
    must_be(dispatch, DispatchStatus.PICKING)
    item, line = found.line.item, found.line
    lock_items([item])
    fit = found.lot is None or is_usable(found.lot.status, inspected=item.inspect_on_receipt)
    to = to_location or (found.move.from_location if fit else _quarantine(dispatch) or found.move.from_location)
    _carry(actor, found, to, at)
    found.taken_back = True
    found.location = to
    found.version += 1
    found.save(update_fields=["taken_back", "location", "version", "updated_at"])
    today = at.astimezone(dispatch.site.zone).date()
    lasts = found.lot is None or not has_expired(found.lot.expires_on, today)
    if fit and lasts and to.kind in PICKABLE and not line.short_reason:
        _reserve(actor, line, found.quantity, to, found.lot, at)
    publish(
        events.PUT_BACK, about=[dispatch, item, *_lots(found.lot)], at=at, actor=actor,
        what=what(item, found.lot, found.quantity), place=to.code,
    )  # fmt: skip
    return found


def note_short(*, actor: User, line_id: int, reason: str, at: datetime) -> DispatchLine:
    """Less is sent of a line than planned: what is missing stays due, what was kept for it becomes free."""
    line = DispatchLine.objects.filter(pk=line_id).values_list("dispatch_id", flat=True).first()
    dispatch = locked_dispatch(actor, line or 0, PICK)
    must_be(dispatch, DispatchStatus.PICKING)
    row = next(one for one in progress_of(dispatch.lines.filter(pk=line_id)))
    why = must_say_why(reason)
    if row.need <= 0:
        return row.line
    for kept in kept_for([line_id]):
        free(actor=actor, reservation_id=kept.pk, at=at)
    row.line.short_reason = why
    row.line.version += 1
    row.line.save(update_fields=["short_reason", "version", "updated_at"])
    publish(
        events.SHORT, about=[dispatch, row.line.item, row.line.sales_line.order], at=at, actor=actor, reason=why,
        missing=told(row.line.quantity - row.picked), unit=row.line.item.unit.code, item=row.line.item.number,
    )  # fmt: skip
    return row.line


def put_on_pallet(*, actor: User, pick_id: int, pallet: Location, at: datetime) -> Pick:
    """Put a pick on a pallet of the site. Raises NotAPallet."""
    found, dispatch = _locked_pick(actor, pick_id)
    must_be(dispatch, DispatchStatus.PICKING, DispatchStatus.PACKED)
    if pallet.kind != LocationKind.PALLET or pallet.site_id != dispatch.site_id or not pallet.is_active:
        raise NotAPallet(_("%(place)s is no pallet of %(site)s.") % {"place": pallet, "site": dispatch.site})
    if found.taken_back or found.location_id == pallet.pk:
        return found
    lock_items([found.line.item])
    _carry(actor, found, pallet, at)
    found.location = pallet
    found.version += 1
    found.save(update_fields=["location", "version", "updated_at"])
    _keep(actor, found, at)
    publish(
        events.ON_PALLET, about=[dispatch, found.line.item, pallet], at=at, actor=actor, pallet=pallet.code,
        what=what(found.line.item, found.lot, found.quantity),
    )  # fmt: skip
    return found


def _refuse_too_much(dispatch: Dispatch, item: Item, rows: list[LineProgress], quantity: Decimal) -> None:
    need = sum((row.need for row in rows), NOTHING)
    if need <= 0:
        raise NotOnDispatch(
            _("%(dispatch)s needs no (more) %(item)s. Put it back, and scan what the list says.")
            % {"dispatch": dispatch, "item": item}
        )
    if quantity > need:
        raise PickedTooMuch(
            _("%(dispatch)s needs %(need)s %(unit)s more of %(item)s; %(asked)s were picked. Put the rest back.")
            % {
                "dispatch": dispatch,
                "need": told(need),
                "unit": item.unit.code,
                "item": item.number,
                "asked": told(quantity),
            },
            need=told(need),
        )


def _parts(rows: list[LineProgress], here: list[Reservation], quantity: Decimal) -> list[Decimal]:
    """How much each line gets: first those for which it was kept here, then the others in their order."""
    kept = [sum((one.quantity for one in here if one.source_id == row.line.pk), NOTHING) for row in rows]
    first = spread(quantity, [min(row.need, own) for row, own in zip(rows, kept, strict=True)])
    rest = [row.need - part for row, part in zip(rows, first, strict=True)]
    return [one + two for one, two in zip(first, spread(quantity - sum(first, NOTHING), rest), strict=True)]


def _instead_of(item: Item, lot: Lot | None, proposed: list[Reservation]) -> str:
    """The lots that were proposed where another one is taken; a proposal that was blocked meanwhile is none."""
    inspected = item.inspect_on_receipt
    lots = {one.lot.number for one in proposed if one.lot and is_usable(one.lot.status, inspected=inspected)}
    return "" if lot is None or lot.number in lots else ", ".join(sorted(lots))


def _pick_for(
    actor: User,
    dispatch: Dispatch,
    line: DispatchLine,
    location: Location,
    lot: Lot | None,
    quantity: Decimal,
    at: datetime,
    note: str,
    instead: str,
    key: str,
) -> Pick:
    moved = post(
        actor=actor, kind=MoveKind.TRANSFER, item=line.item, quantity=quantity, lot=lot, from_location=location,
        to_location=dispatch.staging, at=at, source=SourceRef.of(dispatch), reason=note, key=key,
    )  # fmt: skip
    if line.short_reason:
        line.short_reason = ""
        line.version += 1
        line.save(update_fields=["short_reason", "version", "updated_at"])
    made = Pick.objects.create(
        line=line, lot=lot, quantity=quantity, location=dispatch.staging, move=moved, by=actor, note=note
    )
    _keep(actor, made, at)
    told_as: dict[str, Any] = {"what": what(line.item, lot, quantity), "place": location.code}
    about = [dispatch, line.item, *_lots(lot), line.sales_line.order]
    if instead:
        publish(events.OTHER_LOT, about=about, at=at, actor=actor, instead=instead, note=note, **told_as)
    else:
        publish(events.PICKED, about=about, at=at, actor=actor, **told_as)
    return made


def _keep_what_is_needed(
    actor: User,
    row: LineProgress,
    need: Decimal,
    elsewhere: list[Reservation],
    rest_here: tuple[Location, Lot | None, Decimal],
    at: datetime,
) -> Decimal:
    """Proposals of a line after a pick: what is not needed elsewhere becomes free, what was kept here and not taken is
    kept again, and what is then missing is proposed anew. Gives what is left here for the next line."""
    location, lot, left = rest_here
    for other in (one for one in elsewhere if one.source_id == row.line.pk):
        if other.quantity > need:
            free(actor=actor, reservation_id=other.pk, at=at)
            if need > 0:
                _reserve(actor, row.line, need, other.location, other.lot, at)
        need = max(need - other.quantity, NOTHING)
    again = max(min(need, left), NOTHING)
    if again > 0:
        _reserve(actor, row.line, again, location, lot, at)
    if need - again > 0:
        reserve_for(actor, row.line, need - again, at.astimezone(row.line.dispatch.site.zone).date(), at)
    return left - again


def _keep(actor: User, found: Pick, at: datetime) -> None:
    """What was picked is kept for the dispatch where it lies: nobody else can carry it away."""
    reserve(
        actor=actor, item=found.line.item, quantity=found.quantity, location=found.location, lot=found.lot,
        source=kept_as_pick(found), at=at,
    )  # fmt: skip


def _reserve(
    actor: User, line: DispatchLine, quantity: Decimal, location: Location, lot: Lot | None, at: datetime
) -> None:
    reserve(actor=actor, item=line.item, quantity=quantity, location=location, lot=lot, source=kept_by(line), at=at)


def _carry(actor: User, found: Pick, to: Location, at: datetime) -> StockMove:
    dispatch = found.line.dispatch
    return post(
        actor=actor, kind=MoveKind.TRANSFER, item=found.line.item, quantity=found.quantity, lot=found.lot,
        from_location=found.location, to_location=to, at=at, source=SourceRef.of(dispatch),
        reservation=kept_pick(found.pk),
    )  # fmt: skip


def _locked_pick(actor: User, pick_id: int) -> tuple[Pick, Dispatch]:
    dispatch_id = Pick.objects.filter(pk=pick_id, out=None).values_list("line__dispatch_id", flat=True).first()
    if dispatch_id is None:
        raise NoSuchPick(_("There is no such pick, or it has left already."))
    dispatch = locked_dispatch(actor, dispatch_id, PICK)
    found = (
        Pick.objects.select_for_update(of=("self",))
        .select_related("line__item__unit", "lot", "location__site", "move__from_location__site")
        .get(pk=pick_id)
    )
    found.line.dispatch = dispatch
    return found, dispatch


def _made(rows: list[LineProgress], key: str) -> list[Pick]:
    keys = [_key(key, row.line) for row in rows]
    return list(Pick.objects.filter(move__key__in=keys).order_by("pk"))


def _key(key: str, line: DispatchLine) -> str:
    return f"pick-{line.pk}-{key}"[:80] if key else ""


def _quarantine(dispatch: Dispatch) -> Location | None:
    places = Location.objects.select_related("site").filter(site=dispatch.site, kind=LocationKind.QUARANTINE)
    return places.filter(is_active=True).order_by("pk").first()


def _lots(lot: Lot | None) -> list[Lot]:
    return [lot] if lot is not None else []
