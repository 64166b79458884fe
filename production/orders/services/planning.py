"""Planning orders: of one machine for what is no item, and of items with the orders that make their material."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.calendar.queries import shifts_of_line
from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.sources import SourceRef, source_fields
from inventory.items.models import Item
from production.orders import events
from production.orders.models import OrderOperation, ProductionOrder
from production.orders.queries import made_components
from production.orders.rules import days_before
from production.orders.services.common import MANAGE
from production.orders.services.refusals import (
    BadMoment,
    BadPriority,
    BadQuantity,
    EndlessChildren,
    ItemNotInUse,
    WrongMachine,
)
from production.products.models import Routing
from production.products.queries import routing_on

HIGHEST_PRIORITY = 9
LARGEST_ORDER = Decimal(100_000_000)
# Until the release says how it is made nothing runs, so no figure is made from this.
CYCLE_UNKNOWN = Decimal(1)
# Deeper structures do not exist; a product that contains itself would.
MOST_LEVELS = 50


def plan_order(
    *,
    actor: User,
    machine: Machine,
    item_text: str,
    quantity: Decimal,
    ideal_cycle_s: Decimal,
    at: datetime,
    unit: str = "pcs",
    due_at: datetime | None = None,
) -> ProductionOrder:
    """Plan so many pieces on one machine, for what is no item of the books. Raises BadQuantity."""
    require(actor, MANAGE, machine)
    if quantity <= 0 or ideal_cycle_s <= 0:
        raise BadQuantity(_("Quantity and ideal cycle must be greater than zero."))
    order = ProductionOrder.objects.create(
        number=next_number("production_order", prefix="PO-"),
        line=machine.line,
        machine=machine,
        item_text=item_text,
        quantity=quantity,
        unit=unit,
        ideal_cycle_s=ideal_cycle_s,
        due_at=due_at,
    )
    OrderOperation.objects.create(
        order=order, number=10, name=item_text[:120], machine=machine, quantity=quantity, run_s=ideal_cycle_s
    )
    _tell_planned(order, actor, at)
    return order


def plan_item(
    *,
    actor: User,
    item: Item,
    quantity: Decimal,
    line: Line,
    due_at: datetime | None,
    at: datetime,
    start_at: datetime | None = None,
    machine: Machine | None = None,
    priority: int = 0,
    parent: ProductionOrder | None = None,
    source: SourceRef | None = None,
    with_children: bool = False,
    number: str = "",
) -> ProductionOrder:
    """Plan so many base units of an item on a line; `number` where another system gave it one.

    Without `start_at` it starts the routing's lead time of working days before it is due. `with_children`: one order
    more for each component that has a routing, over all levels, due when its parent starts. Raises BadQuantity,
    ItemNotInUse, BadPriority, BadMoment, WrongMachine, EndlessChildren.
    """
    require(actor, MANAGE, machine or line)
    _check(item, quantity, line, machine, priority)
    on = max(start_at or at, at).astimezone(line.area.site.zone).date()
    routing = routing_on(item, on)
    if start_at is None and due_at is not None and routing is not None:
        start_at = start_before(line, due_at, routing.lead_time_days)
    if start_at is not None and due_at is not None and start_at > due_at:
        raise BadMoment(_("The order cannot start after it is due. Check both moments."))
    order = ProductionOrder.objects.create(
        number=number or next_number("production_order", prefix="PO-"),
        line=line,
        machine=machine,
        item=item,
        item_text=item.name,
        quantity=quantity,
        unit=item.unit.code,
        ideal_cycle_s=_slowest(routing),
        parent=parent,
        priority=priority,
        start_at=start_at,
        due_at=due_at,
        **source_fields(source),
    )
    _tell_planned(order, actor, at)
    if with_children:
        _plan_children(order, item, actor, at, on)
    return order


def check_priority(priority: int) -> int:
    """The priority if it is one. Raises BadPriority."""
    if not 0 <= priority <= HIGHEST_PRIORITY:
        raise BadPriority(_("A priority is a number from 0 (ordinary) to 9 (most urgent)."))
    return priority


def check_quantity(quantity: Decimal) -> Decimal:
    """The quantity if an order can have it. Raises BadQuantity."""
    if not 0 < quantity <= LARGEST_ORDER:
        raise BadQuantity(
            _("%(quantity)s cannot be ordered: enter a number above zero and up to %(most)s.")
            % {"quantity": quantity, "most": LARGEST_ORDER}
        )
    return quantity


def start_before(line: Line, due_at: datetime, days: int) -> datetime:
    """The start of work so many working days before a moment, by the shifts of a line; without shifts by its days."""
    zone = line.area.site.zone
    due_on = due_at.astimezone(zone).date()
    earliest = datetime.combine(due_on - timedelta(days=3 * days + 21), time(), zone)
    shifts = shifts_of_line(line, earliest, due_at)
    begins: dict[date, datetime] = {}
    for shift in shifts:
        begins[shift.on] = min(begins.get(shift.on, shift.started_at), shift.started_at)
    day = days_before(due_on, days, sorted(begins))
    return min(begins.get(day) or datetime.combine(day, time(), zone), due_at)


def _check(item: Item, quantity: Decimal, line: Line, machine: Machine | None, priority: int) -> None:
    check_quantity(quantity)
    check_priority(priority)
    if not item.is_active:
        raise ItemNotInUse(_("%(item)s is out of use, so nothing of it is made.") % {"item": item.number})
    if machine is not None and machine.line_id != line.pk:
        raise WrongMachine(_("%(machine)s does not stand on %(line)s.") % {"machine": machine.name, "line": line.name})


def _slowest(routing: Routing | None) -> Decimal:
    runs = [] if routing is None else list(routing.operations.values_list("run_s", flat=True))
    return max(runs, default=CYCLE_UNKNOWN)


def _plan_children(order: ProductionOrder, item: Item, actor: User, at: datetime, on: date) -> None:
    above, levels = order, 0
    while above.parent is not None:
        above, levels = above.parent, levels + 1
    if levels >= MOST_LEVELS:
        raise EndlessChildren(
            _("%(item)s contains itself over its components. Put its bills of materials right first.")
            % {"item": above.item_text}
        )
    for component in made_components(item, order.quantity, on):
        plan_item(
            actor=actor, item=component.item, quantity=component.quantity, line=component.line or order.line,
            due_at=order.start_at or order.due_at, at=at, priority=order.priority, parent=order, with_children=True,
        )  # fmt: skip


def _tell_planned(order: ProductionOrder, actor: User, at: datetime) -> None:
    publish(
        events.ORDER_PLANNED,
        about=[one for one in (order, order.machine or order.line, order.parent) if one is not None],
        at=at,
        actor=actor,
        quantity=f"{order.quantity.normalize():f}",
        unit=order.unit,
        item=order.item_text,
    )
