"""Beginning a dispatch, proposing what to take, and cancelling."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from inventory.dispatch import events
from inventory.dispatch.models import Dispatch, DispatchLine
from inventory.dispatch.queries.lines import already_planned, kept_for, progress_of
from inventory.dispatch.services.common import PICK, kept_by, locked_dispatch, move, must_be, must_say_why
from inventory.dispatch.services.refusals import (
    MoreThanDue,
    NothingToSend,
    NotOneJourney,
    NotStaging,
    StillPicked,
)
from inventory.dispatch.states import DispatchStatus
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.rules import in_base, left_of
from inventory.sales.services.sending import lock_orders
from inventory.sales.states import SalesStatus
from inventory.stock.models import Location
from inventory.stock.queries.offers import offered
from inventory.stock.services.ledger import lock_items
from inventory.stock.services.reserving import free, reserve
from inventory.stock.services.telling import told
from inventory.stock.states import LocationKind


@dataclass(frozen=True)
class DispatchWish:
    """What shall go of a sales line (of a frame order: of one of its call-offs); quantity in the line's unit."""

    line_id: int
    quantity: Decimal
    call_off_id: int | None = None


def create_dispatch(
    *,
    actor: User,
    staging: Location,
    wishes: Sequence[DispatchWish],
    at: datetime,
    planned_on: date | None = None,
    carrier: str = "",
) -> Dispatch:
    """Begin a dispatch of lines of one customer's orders, and reserve what shall be picked, as far as it lies here.

    Raises NothingToSend, NotOneJourney, NotStaging, MoreThanDue, Forbidden.
    """
    require(actor, PICK, staging)
    if staging.kind != LocationKind.STAGING or not staging.is_active:
        raise NotStaging(_("%(place)s is no staging place. Choose where the goods are collected.") % {"place": staging})
    if not wishes:
        raise NothingToSend(_("Choose at least one position to send."))
    lines = _locked_lines(actor, wishes)
    order = _one_journey(lines, staging)
    dispatch = Dispatch.objects.create(
        number=next_number("dispatch", prefix="DSP-"), customer=order.customer, site=staging.site, staging=staging,
        address=_address(order), planned_on=planned_on, carrier=carrier[:80],
    )  # fmt: skip
    planned = already_planned(lines)
    for wish in wishes:
        line = lines[wish.line_id]
        base = _due(line, wish, planned)
        DispatchLine.objects.create(
            dispatch=dispatch, sales_line=line, call_off_id=wish.call_off_id, item=line.item, quantity=base
        )
    _propose(actor, dispatch, at)
    orders = {line.order_id: line.order for line in lines.values()}
    publish(
        events.CREATED, about=[dispatch, order.customer, *orders.values()], at=at, actor=actor,
        staging=staging.code, lines=len(wishes),
    )  # fmt: skip
    return dispatch


def propose_again(*, actor: User, dispatch_id: int, at: datetime) -> Dispatch:
    """Reserve what is still missing, now that more may lie here."""
    dispatch = locked_dispatch(actor, dispatch_id, PICK)
    must_be(dispatch, DispatchStatus.PICKING)
    _propose(actor, dispatch, at)
    return dispatch


def cancel_dispatch(
    *, actor: User, dispatch_id: int, reason: str, at: datetime, version: int | None = None
) -> Dispatch:
    """Give up a dispatch of which nothing lies at its staging place. Raises StillPicked, DispatchReasonNeeded."""
    dispatch = locked_dispatch(actor, dispatch_id, PICK, version)
    if dispatch.status == DispatchStatus.CANCELLED:
        return dispatch
    why = must_say_why(reason)
    rows = progress_of(dispatch.lines.all())
    if any(row.picked for row in rows):
        raise StillPicked(_("Put back what was picked for %(dispatch)s first.") % {"dispatch": dispatch})
    move(dispatch, DispatchStatus.CANCELLED)
    for kept in kept_for(row.line.pk for row in rows):
        free(actor=actor, reservation_id=kept.pk, at=at)
    publish(events.CANCELLED, about=[dispatch, dispatch.customer], at=at, actor=actor, reason=why)
    return dispatch


def _locked_lines(actor: User, wishes: Sequence[DispatchWish]) -> dict[int, SalesLine]:
    ids = {wish.line_id for wish in wishes}
    seen = visible(actor, SalesLine.objects.filter(pk__in=ids))
    lock_orders(set(seen.values_list("order_id", flat=True)))
    lines = seen.select_related("order__customer", "order__site", "order__address", "item__unit", "unit").in_bulk()
    if ids - set(lines):
        raise NothingToSend(_("One of the positions does not exist, or you may not see it."))
    pairs = [(wish.line_id, wish.call_off_id) for wish in wishes]
    if len(set(pairs)) < len(pairs):
        raise NothingToSend(_("A position was chosen twice. Choose each once, with the whole quantity."))
    return lines


def _one_journey(lines: dict[int, SalesLine], staging: Location) -> SalesOrder:
    orders = {line.order_id: line.order for line in lines.values()}
    first = next(iter(orders.values()))
    for order in orders.values():
        if order.status != SalesStatus.CONFIRMED:
            raise NotOneJourney(_("%(order)s is not confirmed, or closed.") % {"order": order})
        if order.customer_id != first.customer_id or order.address_id != first.address_id:
            raise NotOneJourney(
                _("%(one)s and %(other)s go to different customers or addresses. Make two dispatches.")
                % {"one": first, "other": order}
            )
        if order.site_id != staging.site_id:
            raise NotStaging(
                _("%(order)s is dispatched from %(site)s; %(place)s stands elsewhere.")
                % {"order": order, "site": order.site, "place": staging}
            )
    return first


def _due(line: SalesLine, wish: DispatchWish, planned: dict[tuple[int, int | None], Decimal]) -> Decimal:
    call_off = CallOff.objects.filter(pk=wish.call_off_id, line=line).first() if wish.call_off_id else None
    if line.order.is_frame != (call_off is not None):
        raise NotOneJourney(
            _("Position %(position)s of %(order)s: frame orders are sent by call-offs, others without.")
            % {"position": line.position, "order": line.order}
        )
    asked = call_off or line
    left = left_of(asked.quantity, asked.dispatched, is_closed=line.is_closed or asked.is_closed)
    due = in_base(left, line.factor) - planned[line.pk, wish.call_off_id]
    base = in_base(wish.quantity, line.factor) if wish.quantity.is_finite() else Decimal(0)
    if not 0 < base <= due:
        raise MoreThanDue(
            _(
                "Position %(position)s of %(order)s: %(due)s %(unit)s of %(item)s are due and on no other dispatch; "
                "%(asked)s were asked for."
            )
            % {
                "position": line.position,
                "order": line.order,
                "due": told(max(due, Decimal(0))),
                "unit": line.item.unit,
                "item": line.item.number,
                "asked": wish.quantity if base <= 0 else told(base),
            }
        )
    return base


def _propose(actor: User, dispatch: Dispatch, at: datetime) -> None:
    rows = progress_of(dispatch.lines.all())
    if not rows:
        return
    lock_items([row.line.item for row in rows])
    today = at.astimezone(dispatch.site.zone).date()
    kept = kept_for(row.line.pk for row in rows)
    waiting: dict[int, Decimal] = {}
    for one in kept:
        if one.source_id is not None:
            waiting[one.source_id] = waiting.get(one.source_id, Decimal(0)) + one.quantity
    for row in rows:
        missing = row.need - waiting.get(row.line.pk, Decimal(0))
        if missing > 0:
            reserve_for(actor, row.line, missing, today, at)


def reserve_for(actor: User, line: DispatchLine, missing: Decimal, today: date, at: datetime) -> Decimal:
    """Reserve stock for a line by the item's rule, as far as it goes; gives what is still missing."""
    for offer in offered(actor, line.item, missing, line.dispatch.site, today):
        if offer.take > 0:
            reserve(
                actor=actor, item=line.item, quantity=offer.take, location=offer.location, lot=offer.lot,
                source=kept_by(line), at=at,
            )  # fmt: skip
            missing -= offer.take
    return missing


def _address(order: SalesOrder) -> str:
    """The address written out, so that the paper stays what it was."""
    address = order.address or order.customer.addresses.filter(is_active=True).order_by("pk").first()
    if address is None:
        return order.customer.name
    place = " ".join(filter(None, [address.postal_code, address.city]))
    return "\n".join(filter(None, [address.name or order.customer.name, address.street, place, address.country]))
