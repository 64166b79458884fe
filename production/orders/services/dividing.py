"""Making two orders of one, and one of several."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from factory_core.events.services import publish
from factory_core.numbering.services import next_number
from factory_core.people.models import User
from production.orders import events
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.orders.queries import counts_of_operations
from production.orders.rules import share_of
from production.orders.services.common import MANAGE, locked_order, move, must_be, save_changes, steps_of
from production.orders.services.freezing import must_be_untouched, must_hold_no_material
from production.orders.services.refusals import BadQuantity, NotAlike
from production.orders.states import OPEN, OperationStatus, OrderStatus

_OF_STEP = (
    "number", "name", "work_centre_id", "machine_id", "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent",
    "wait_s", "count_by", "time_rule", "instructions", "checks",
)  # fmt: skip
_OF_MATERIAL = (
    "position", "kind", "item_id", "instead_of_id", "each", "is_fixed", "loss_percent", "issue", "cost_share",
    "designators",
)  # fmt: skip
_OF_ORDER = (
    "line_id", "machine_id", "item_id", "item_text", "revision_id", "unit", "ideal_cycle_s", "bom_id", "routing_id",
    "parent_id", "priority", "start_at", "due_at", "released_at", "papers", "note", "source_kind", "source_id",
    "source_label",
)  # fmt: skip
# What must be the same for two orders to become one.
_ALIKE = ("item_id", "item_text", "revision_id", "unit", "status", "line_id", "machine_id", "bom_id", "routing_id")


def split_order(
    *, actor: User, order_id: int, quantity: Decimal, at: datetime, version: int | None = None
) -> ProductionOrder:
    """Let part of an order, which nobody has begun, go on as an order of its own; gives the new one.

    Steps and material are shared by quantity to the last digit; what is fixed whatever the quantity is needed by both.
    Raises BadQuantity, WrongStatus, StaleVersion.
    """
    order = locked_order(actor, order_id, version, capability=MANAGE, compared=("quantity",))
    must_be(order, *OPEN)
    _must_be_left(order, quantity, at)
    whole = order.quantity
    status = OrderStatus.PLANNED if order.status == OrderStatus.PLANNED else OrderStatus.RELEASED
    part = ProductionOrder.objects.create(
        number=next_number("production_order", prefix="PO-"), split_from=order, quantity=quantity, status=status,
        **_values(order, _OF_ORDER),
    )  # fmt: skip
    steps = {step.pk: _split_step(step, part, quantity, whole) for step in steps_of(order)}
    for material in order.materials.select_for_update().order_by("position"):
        _split_material(material, part, steps.get(material.operation_id or 0), quantity, whole)
    save_changes(order, {"quantity": whole - quantity})
    told: dict[str, Any] = {"quantity": f"{quantity.normalize():f}", "unit": order.unit}
    about = [order, part, order.machine or order.line]
    publish(events.ORDER_SPLIT, about=about, at=at, actor=actor, **told)
    return part


def merge_orders(
    *, actor: User, order_id: int, others: Sequence[int], at: datetime, version: int | None = None
) -> ProductionOrder:
    """Take the quantities of other orders into one, before any of them was begun; gives the one that stays.

    Steps and material follow, its children now make for the one that stays, and the earliest day counts. Raises
    NotAlike, AlreadyBegun, MaterialTaken, WrongStatus, StaleVersion.
    """
    keys = sorted({order_id, *others})
    found = {key: locked_order(actor, key, version if key == order_id else None, capability=MANAGE) for key in keys}
    order = found.pop(order_id)
    if not found:
        raise NotAlike(_("Name another order that goes into %(order)s.") % {"order": order.number})
    for other in (order, *found.values()):
        must_be(other, OrderStatus.PLANNED, OrderStatus.RELEASED)
        must_be_untouched(other)
    for other in found.values():
        _must_be_alike(order, other)
        must_hold_no_material(other)
        _swallow(order, other, actor, at)
    return order


def _must_be_left(order: ProductionOrder, quantity: Decimal, at: datetime) -> None:
    made = counts_of_operations(list(order.operations.all()), at).values()
    left = order.quantity - max((one.produced for one in made), default=Decimal(0))
    done = order.operations.filter(status=OperationStatus.FINISHED).exists()
    if done or not 0 < quantity < order.quantity or quantity > left:
        raise BadQuantity(
            _("%(quantity)s cannot be split off %(order)s: %(left)s of it were not begun, and something must stay.")
            % {
                "quantity": quantity,
                "order": order.number,
                "left": 0 if done else f"{max(left, Decimal(0)).normalize():f}",
            }
        )


def _split_step(step: OrderOperation, part: ProductionOrder, quantity: Decimal, whole: Decimal) -> OrderOperation:
    share = share_of(step.quantity, quantity, whole)
    skipped = step.status == OperationStatus.SKIPPED
    made = OrderOperation.objects.create(
        order=part, quantity=share, **_values(step, _OF_STEP),
        status=OperationStatus.SKIPPED if skipped else OperationStatus.PENDING,
        status_reason=step.status_reason if skipped else "",
    )  # fmt: skip
    save_changes(step, {"quantity": step.quantity - share})
    return made


def _split_material(
    material: OrderMaterial, part: ProductionOrder, step: OrderOperation | None, quantity: Decimal, whole: Decimal
) -> None:
    share = material.quantity if material.is_fixed else share_of(material.quantity, quantity, whole)
    OrderMaterial.objects.create(order=part, operation=step, quantity=share, **_values(material, _OF_MATERIAL))
    if not material.is_fixed:
        save_changes(material, {"quantity": material.quantity - share})


def _must_be_alike(order: ProductionOrder, other: ProductionOrder) -> None:
    same = all(getattr(order, name) == getattr(other, name) for name in _ALIKE)
    if not same or _shape(order) != _shape(other):
        raise NotAlike(
            _(
                "%(other)s cannot go into %(order)s: item, revision, status, place, steps and material must be the "
                "same in both."
            )
            % {"other": other.number, "order": order.number}
        )


def _shape(order: ProductionOrder) -> tuple[list[Any], list[Any]]:
    steps = order.operations.order_by("number").values_list("number", "name", "run_s", "status")
    materials = order.materials.order_by("position").values_list("position", "item", "is_fixed", "issue", "each")
    return list(steps), list(materials)


def _swallow(order: ProductionOrder, other: ProductionOrder, actor: User, at: datetime) -> None:
    more = {step.number: step.quantity for step in other.operations.all()}
    for step in steps_of(order):
        save_changes(step, {"quantity": step.quantity + more[step.number]})
    wanted = {one.position: one.quantity for one in other.materials.all()}
    for material in order.materials.select_for_update().filter(is_fixed=False):
        save_changes(material, {"quantity": material.quantity + wanted[material.position]})
    for child in other.children.select_for_update():
        save_changes(child, {"parent": order})
    days = [day for day in (order.due_at, other.due_at) if day is not None]
    starts = [day for day in (order.start_at, other.start_at) if day is not None]
    save_changes(
        order,
        {
            "quantity": order.quantity + other.quantity,
            "due_at": min(days, default=None),
            "start_at": min(starts, default=None),
            "priority": max(order.priority, other.priority),
        },
    )
    move(other, OrderStatus.MERGED, merged_into=order)
    told: dict[str, Any] = {"quantity": f"{other.quantity.normalize():f}", "unit": other.unit}
    publish(events.ORDER_MERGED, about=[order, other, order.machine or order.line], at=at, actor=actor, **told)


def _values(row: Model, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
