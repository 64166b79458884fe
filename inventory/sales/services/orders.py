"""Acts on whole sales orders."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.partners.models import Partner, PartnerAddress
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.sales import events
from inventory.sales.models import SalesOrder
from inventory.sales.services.common import (
    MANAGE,
    locked_order,
    move,
    must_be,
    must_not_be_picked,
    must_say_why,
    save_changes,
)
from inventory.sales.services.lines import LineWish, make_lines
from inventory.sales.services.refusals import NotACustomer, NothingOrdered, SomethingLeft
from inventory.sales.states import SalesStatus

CHANGEABLE = frozenset({"customer_reference", "note", "address", "ordered_on"})


def create_order(
    *,
    actor: User,
    customer: Partner,
    site: Site,
    at: datetime,
    lines: Sequence[LineWish] = (),
    is_frame: bool = False,
    ordered_on: date | None = None,
    address: PartnerAddress | None = None,
    currency: str = "",
    customer_reference: str = "",
    note: str = "",
    external_id: str | None = None,
) -> SalesOrder:
    """Enter an order as a draft. Raises NotACustomer, and what `add_line` raises."""
    require(actor, MANAGE, site)
    order = _new_order(
        customer=customer, site=site, is_frame=is_frame, address=_own(customer, address),
        ordered_on=ordered_on or at.astimezone(site.zone).date(), currency=currency or settings.CURRENCY,
        customer_reference=customer_reference[:80], note=note[:400], external_id=external_id or None,
    )  # fmt: skip
    make_lines(actor, order, lines)
    publish(events.ORDER_CREATED, about=[order, customer], at=at, actor=actor, lines=len(lines))
    return order


def copy_order(*, actor: User, order_id: int, at: datetime) -> SalesOrder:
    """A new draft with the same lines, at today's prices and without dates."""
    old = locked_order(actor, order_id)
    order = _new_order(
        customer=old.customer, site=old.site, is_frame=old.is_frame, address=old.address, currency=old.currency,
        ordered_on=at.astimezone(old.site.zone).date(), note=old.note,
    )  # fmt: skip
    lines = old.lines.select_related("item__unit", "unit").order_by("position")
    make_lines(actor, order, [LineWish(line.item, line.quantity, line.unit) for line in lines])
    publish(events.ORDER_COPIED, about=[order, old.customer, old], at=at, actor=actor, copied=old.number)
    return order


def change_order(
    *, actor: User, order_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> SalesOrder:
    """Change what stands in the head (CHANGEABLE). Raises StaleVersion with both readable, SalesStatusForbids."""
    order = locked_order(actor, order_id, version)
    must_be(order, SalesStatus.DRAFT, SalesStatus.CONFIRMED)
    if unknown := set(wish) - CHANGEABLE:
        raise TypeError(f"an order has no changeable {sorted(unknown)}")
    if "address" in wish:
        wish = {**wish, "address": _own(order.customer, wish["address"])}
    changed = save_changes(order, wish)
    if changed:
        publish(events.ORDER_CHANGED, about=[order, order.customer], at=at, actor=actor, fields=changed)
    return order


def confirm_order(*, actor: User, order_id: int, at: datetime, version: int | None = None) -> SalesOrder:
    """Give our word: from now on the lines are demand. Raises NothingOrdered, StaleVersion."""
    order = locked_order(actor, order_id, version)
    if order.status == SalesStatus.CONFIRMED:
        return order
    must_be(order, SalesStatus.DRAFT)
    if not order.lines.exists():
        raise NothingOrdered(_("%(order)s has no positions. Add what was ordered first.") % {"order": order})
    move(order, SalesStatus.CONFIRMED)
    publish(events.ORDER_CONFIRMED, about=[order, order.customer], at=at, actor=actor)
    return order


def cancel_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> SalesOrder:
    """End an order of which nothing left. Raises SomethingLeft, BeingPicked, ReasonNeeded."""
    order = locked_order(actor, order_id, version)
    if order.status == SalesStatus.CANCELLED:
        return order
    if order.lines.filter(dispatched__gt=0).exists():
        raise SomethingLeft(
            _("Something of %(order)s was sent already. Close it instead: then nothing more is sent.")
            % {"order": order}
        )
    why = must_say_why(reason)
    must_not_be_picked(order, order.lines)
    move(order, SalesStatus.CANCELLED)
    publish(events.ORDER_CANCELLED, about=[order, order.customer], at=at, actor=actor, reason=why)
    return order


def close_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> SalesOrder:
    """Send nothing more, however much is left. Raises BeingPicked, ReasonNeeded."""
    order = locked_order(actor, order_id, version)
    if order.status == SalesStatus.CLOSED:
        return order
    why = must_say_why(reason)
    must_not_be_picked(order, order.lines)
    move(order, SalesStatus.CLOSED)
    publish(events.ORDER_CLOSED, about=[order, order.customer], at=at, actor=actor, reason=why)
    return order


def reopen_order(*, actor: User, order_id: int, reason: str, at: datetime, version: int | None = None) -> SalesOrder:
    """Send more of a closed order after all. Raises ReasonNeeded, SalesStatusForbids."""
    order = locked_order(actor, order_id, version)
    must_be(order, SalesStatus.CLOSED)
    why = must_say_why(reason)
    move(order, SalesStatus.CONFIRMED)
    publish(events.ORDER_REOPENED, about=[order, order.customer], at=at, actor=actor, reason=why)
    return order


def _new_order(**columns: Any) -> SalesOrder:
    customer = columns["customer"]
    if not (customer.is_customer and customer.is_active):
        raise NotACustomer(_("%(partner)s is not a customer in use.") % {"partner": customer})
    return SalesOrder.objects.create(number=next_number("sales_order", prefix="SO-"), **columns)


def _own(customer: Partner, address: PartnerAddress | None) -> PartnerAddress | None:
    if address is not None and address.partner_id != customer.pk:
        raise NotACustomer(_("This address belongs to somebody else than %(partner)s.") % {"partner": customer})
    return address
