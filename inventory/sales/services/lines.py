"""Acts on the lines of a sales order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.policy import hidden_fields, require
from factory_core.access.versions import readable
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.items import queries as items
from inventory.items.models import Item, Unit
from inventory.sales import events
from inventory.sales.models import SalesLine, SalesOrder
from inventory.sales.queries import called_in
from inventory.sales.services.common import (
    locked_line,
    locked_order,
    must_be,
    must_not_be_picked,
    must_say_why,
    save_changes,
)
from inventory.sales.services.refusals import BadPrice, BadSalesQuantity, NotSold, SomethingLeft
from inventory.sales.states import SalesStatus

LARGEST = Decimal(10) ** 9
CHANGEABLE = frozenset({"quantity", "price", "wanted_on", "promised_on", "expected_on"})


@dataclass(frozen=True)
class LineWish:
    """What a line shall be. Without a price the sales price of the day is taken: the customer's own first."""

    item: Item
    quantity: Decimal
    unit: Unit | None = None
    price: Decimal | None = None
    wanted_on: date | None = None
    promised_on: date | None = None
    expected_on: date | None = None


def add_line(*, actor: User, order_id: int, wish: LineWish, at: datetime) -> SalesLine:
    """One more line of a draft or confirmed order. Raises NotSold, BadSalesQuantity, BadPrice."""
    order = locked_order(actor, order_id)
    must_be(order, SalesStatus.DRAFT, SalesStatus.CONFIRMED)
    line = make_lines(actor, order, [wish])[0]
    publish(
        events.LINE_ADDED, about=[order, line.item], at=at, actor=actor, position=line.position,
        quantity=readable(line.quantity), unit=line.unit.code, item=line.item.number,
    )  # fmt: skip
    return line


def make_lines(actor: User, order: SalesOrder, wishes: Sequence[LineWish]) -> list[SalesLine]:
    """Write lines under an order that is locked already; one event for all is the caller's."""
    position = order.lines.aggregate(last=Max("position"))["last"] or 0
    made = []
    for number, wish in enumerate(wishes, 1):
        unit = wish.unit or wish.item.unit
        if not (wish.item.is_sold and wish.item.is_active):
            raise NotSold(_("%(item)s is not sold. Set it as sold at the item first.") % {"item": wish.item})
        _check_quantity(wish.quantity)
        _check_price(actor, wish.price)
        made.append(
            SalesLine.objects.create(
                order=order, position=position + 10 * number, item=wish.item, quantity=wish.quantity, unit=unit,
                factor=items.factor_of(wish.item, unit), wanted_on=wish.wanted_on, promised_on=wish.promised_on,
                expected_on=wish.expected_on,
                price=wish.price if wish.price is not None else proposed_price(order, wish.item, unit, wish.quantity),
            )
        )  # fmt: skip
    return made


def proposed_price(order: SalesOrder, item: Item, unit: Unit, quantity: Decimal) -> Decimal | None:
    """The price of one unit on the order's day, in the order's currency; None where no price is agreed."""
    found = items.sales_price(item, order.customer, unit, quantity, order.ordered_on)
    return found.price if found is not None and found.currency == order.currency else None


def change_line(
    *, actor: User, line_id: int, wish: dict[str, Any], at: datetime, version: int | None = None
) -> SalesLine:
    """Change quantity, price or dates (CHANGEABLE). Raises StaleVersion, BadSalesQuantity, BadPrice, Forbidden."""
    line = locked_line(actor, line_id, version)
    must_be(line.order, SalesStatus.DRAFT, SalesStatus.CONFIRMED)
    if unknown := set(wish) - CHANGEABLE:
        raise TypeError(f"a line has no changeable {sorted(unknown)}")
    if "quantity" in wish:
        _check_quantity(wish["quantity"])
        least = max(line.dispatched, called_in(line.call_offs.all()))
        if wish["quantity"] < least:
            raise BadSalesQuantity(
                _("Position %(position)s: %(least)s %(unit)s were sent or called off already, so it cannot be less.")
                % {"position": line.position, "least": readable(least), "unit": line.unit}
            )
    if "price" in wish:
        _check_price(actor, wish["price"], set_here=wish["price"] != line.price)
    changed = save_changes(line, wish)
    if changed:
        # Who may read the story may not be allowed to read the price: it tells that it changed, not to what.
        told = [str(SalesLine._meta.get_field(name).verbose_name) for name in changed]  # type: ignore[union-attr]  # columns have names
        publish(
            events.LINE_CHANGED, about=[line.order, line.item], at=at, actor=actor, position=line.position,
            what=", ".join(told), fields=changed,
        )  # fmt: skip
    return line


def remove_line(*, actor: User, line_id: int, at: datetime, version: int | None = None) -> SalesOrder:
    """Take a line out of a draft; once confirmed a line is closed instead. Raises SalesStatusForbids."""
    line = locked_line(actor, line_id, version)
    order, position, item = line.order, line.position, line.item
    must_be(order, SalesStatus.DRAFT)
    line.delete()
    publish(events.LINE_REMOVED, about=[order, item], at=at, actor=actor, position=position, item=item.number)
    return order


def close_line(*, actor: User, line_id: int, reason: str, at: datetime, version: int | None = None) -> SalesLine:
    """Nothing more is sent of a line. Raises ReasonNeeded, BeingPicked, SomethingLeft when it was sent whole."""
    line = locked_line(actor, line_id, version)
    must_be(line.order, SalesStatus.CONFIRMED)
    if line.is_closed:
        return line
    if line.dispatched >= line.quantity:
        raise SomethingLeft(_("Position %(position)s was sent whole already.") % {"position": line.position})
    why = must_say_why(reason)
    must_not_be_picked(line.order, SalesLine.objects.filter(pk=line.pk))
    save_changes(line, {"is_closed": True})
    publish(events.LINE_CLOSED, about=[line.order, line.item], at=at, actor=actor, position=line.position, reason=why)
    return line


def _check_quantity(quantity: Decimal) -> None:
    if not (quantity.is_finite() and 0 < quantity <= LARGEST):
        raise BadSalesQuantity(
            _("%(quantity)s is not a quantity: enter a number above zero and up to %(most)s.")
            % {"quantity": quantity, "most": LARGEST}
        )


def _check_price(actor: User, price: Decimal | None, *, set_here: bool = True) -> None:
    if price is None and not set_here:
        return
    if price is not None and not (price.is_finite() and 0 <= price <= LARGEST):
        raise BadPrice(_("%(price)s is not a price: enter zero or more.") % {"price": price})
    if price is not None and set_here and "price" in hidden_fields(actor, SalesLine):
        require(actor, "inventory.price.view")
