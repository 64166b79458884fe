"""Acts on the call-offs of frame orders."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.sales import events
from inventory.sales.models import CallOff, SalesLine
from inventory.sales.queries import called_in
from inventory.sales.services.common import (
    NOT_LEFT,
    locked_call_off,
    locked_line,
    must_be,
    must_say_why,
    save_changes,
)
from inventory.sales.services.refusals import BadSalesQuantity, BeingPicked, CalledTooMuch, NotAFrame
from inventory.sales.states import SalesStatus

CHANGEABLE = frozenset({"quantity", "wanted_on", "promised_on", "reference"})


def call_off(
    *,
    actor: User,
    line_id: int,
    quantity: Decimal,
    wanted_on: date,
    at: datetime,
    promised_on: date | None = None,
    reference: str = "",
) -> CallOff:
    """The customer asks for a part of a frame order. Raises NotAFrame, CalledTooMuch."""
    line = locked_line(actor, line_id)
    must_be(line.order, SalesStatus.CONFIRMED)
    if not line.order.is_frame:
        raise NotAFrame(_("%(order)s is no frame order: it is sent without call-offs.") % {"order": line.order})
    if line.is_closed:
        raise NotAFrame(_("Nothing more is sent of position %(position)s.") % {"position": line.position})
    _check(line, quantity)
    number = (line.call_offs.aggregate(last=Max("number"))["last"] or 0) + 1
    made = CallOff.objects.create(
        line=line, number=number, quantity=quantity, wanted_on=wanted_on, promised_on=promised_on,
        reference=reference[:80],
    )  # fmt: skip
    publish(
        events.CALLED_OFF, about=[line.order, line.item, line.order.customer], at=at, actor=actor, number=number,
        quantity=readable(quantity), unit=line.unit.code, item=line.item.number, wanted_on=wanted_on.isoformat(),
    )  # fmt: skip
    return made


def change_call_off(
    *, actor: User, call_off_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> CallOff:
    """Change quantity, dates or reference (CHANGEABLE). Raises StaleVersion, CalledTooMuch, BadSalesQuantity."""
    found = locked_call_off(actor, call_off_id, version)
    line = found.line
    must_be(line.order, SalesStatus.CONFIRMED)
    if unknown := set(wish) - CHANGEABLE:
        raise TypeError(f"a call-off has no changeable {sorted(unknown)}")
    if "quantity" in wish:
        if wish["quantity"] < found.dispatched:
            raise BadSalesQuantity(
                _("%(sent)s %(unit)s of this call-off were sent already, so it cannot be less.")
                % {"sent": readable(found.dispatched), "unit": line.unit}
            )
        _check(line, wish["quantity"], besides=found)
    if save_changes(found, wish):
        publish(
            events.CALL_OFF_CHANGED, about=[line.order, line.item], at=at, actor=actor, number=found.number,
            position=line.position,
        )  # fmt: skip
    return found


def close_call_off(*, actor: User, call_off_id: int, reason: str, at: datetime, version: int | None = None) -> CallOff:
    """Nothing more is sent of a call-off; the rest can be called off anew. Raises BeingPicked, ReasonNeeded."""
    found = locked_call_off(actor, call_off_id, version)
    line = found.line
    must_be(line.order, SalesStatus.CONFIRMED)
    if found.is_closed:
        return found
    why = must_say_why(reason)
    dispatch = found.dispatch_lines.filter(dispatch__status__in=NOT_LEFT).select_related("dispatch").first()
    if dispatch is not None:
        raise BeingPicked(
            _("The call-off is on dispatch %(dispatch)s, which has not left yet. Send or cancel that dispatch first.")
            % {"dispatch": dispatch.dispatch}
        )
    save_changes(found, {"is_closed": True})
    publish(
        events.CALL_OFF_CLOSED, about=[line.order, line.item], at=at, actor=actor, number=found.number,
        position=line.position, reason=why,
    )  # fmt: skip
    return found


def _check(line: SalesLine, quantity: Decimal, besides: CallOff | None = None) -> None:
    if not (quantity.is_finite() and quantity > 0):
        raise BadSalesQuantity(_("%(quantity)s is not a quantity above zero.") % {"quantity": quantity})
    others = line.call_offs.exclude(pk=besides.pk) if besides else line.call_offs.all()
    left = line.quantity - called_in(others)
    if quantity > left:
        raise CalledTooMuch(
            _("Position %(position)s has %(left)s %(unit)s left to call off, %(asked)s were asked for.")
            % {
                "position": line.position,
                "left": readable(left),
                "unit": line.unit,
                "asked": readable(quantity),
            }
        )
