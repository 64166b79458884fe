"""What an order is made of and how, copied from the products in force so that later versions change nothing on it."""

from datetime import date, datetime
from typing import Any

from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from inventory.items.models import Item, ItemRevision
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.orders.queries import has_begun, material_is_out
from production.orders.rules import quantities_in
from production.orders.services.common import save_changes
from production.orders.services.refusals import AlreadyBegun, MaterialTaken, NoRouting
from production.products.models import Routing, WorkCentreMachine
from production.products.queries import Step, bom_on, lines_of_order, routing_on, steps_of

BETWEEN_POSITIONS = 10


def day_of(order: ProductionOrder, at: datetime) -> date:
    """The day whose products count: when it is to be started, never one that has passed."""
    begins = max(order.start_at or at, at)
    return begins.astimezone(order.line.area.site.zone).date()


def freeze(order: ProductionOrder, on: date) -> list[OrderOperation]:
    """Copy steps, material and papers in force that day into a locked order that has none. Raises NoRouting."""
    item = order.item
    routing = routing_on(item, on) if item else None
    if item is None or routing is None:
        raise NoRouting(
            _("No released routing of %(item)s is in force on %(day)s. Release one, then release %(order)s.")
            % {"item": item or order.item_text, "day": on.isoformat(), "order": order.number}
        )
    steps = _freeze_steps(order, routing)
    _freeze_material(order, item, steps, on)
    papers = item.papers.filter(is_active=True).order_by("name", "pk")
    save_changes(
        order,
        {
            "bom": bom_on(item, on),
            "routing": routing,
            "revision": ItemRevision.objects.filter(item=item, status="RELEASED").order_by("-pk").first(),
            "ideal_cycle_s": max(step.run_s for step in steps),
            "papers": [{"name": one.name, "sha256": one.sha256, "media_type": one.media_type} for one in papers],
        },
    )
    return steps


def thaw(order: ProductionOrder) -> None:
    """Throw the frozen copy of a locked order away before anything was done with it. Raises AlreadyBegun."""
    must_be_untouched(order)
    # Moves name these rows as their source, also when all was given back: the copy they belong to stays then.
    if material_is_out(order, given_back=False):
        raise MaterialTaken(
            _("Material was booked on %(order)s already, so its list of material stays as it is.")
            % {"order": order.number}
        )
    try:
        order.materials.all().delete()
        order.operations.all().delete()
    except ProtectedError as held:
        raise AlreadyBegun(
            _("Somebody has clocked time, confirmed or checked something on %(order)s: its steps stay as they are.")
            % {"order": order.number}
        ) from held


def must_be_untouched(order: ProductionOrder) -> None:
    """Raises AlreadyBegun once a step was begun or pieces were reported."""
    if has_begun(order):
        raise AlreadyBegun(
            _("%(order)s was begun already. Finish it, or split off what was not begun.") % {"order": order.number}
        )


def must_hold_no_material(order: ProductionOrder) -> None:
    """Raises MaterialTaken while material that was taken for the order was not given back."""
    if material_is_out(order):
        raise MaterialTaken(
            _("Material was taken for %(order)s. Give it back first, or finish the order.") % {"order": order.number}
        )


def _freeze_steps(order: ProductionOrder, routing: Routing) -> list[OrderOperation]:
    steps = steps_of(routing)
    if not steps:
        raise NoRouting(_("The routing %(routing)s has no operation.") % {"routing": routing})
    going_in = quantities_in(order.quantity, [step.loss_percent for step in steps])
    places = WorkCentreMachine.objects.filter(machine=order.machine_id) if order.machine_id else ()
    own = {place.work_centre_id: order.machine_id for place in places}
    return [
        OrderOperation.objects.create(order=order, quantity=quantity, **_columns(step, own.get(step.work_centre_id)))
        for step, quantity in zip(steps, going_in, strict=True)
    ]


def _columns(step: Step, machine_id: int | None) -> dict[str, Any]:
    """What is copied of a step; the machine an order was planned on stands in where its work centre does the step."""
    kept = (
        "number", "name", "work_centre_id", "setup_s", "run_s", "setup_crew", "run_crew", "loss_percent", "wait_s",
        "count_by", "time_rule", "instructions", "checks",
    )  # fmt: skip
    return {**{name: getattr(step, name) for name in kept}, "machine_id": step.machine_id or machine_id}


def _freeze_material(order: ProductionOrder, item: Item, steps: list[OrderOperation], on: date) -> None:
    by_number = {step.number: step for step in steps}
    OrderMaterial.objects.bulk_create(
        OrderMaterial(
            order=order,
            operation=by_number.get(need.operation_number or steps[0].number, steps[0]),
            position=place * BETWEEN_POSITIONS,
            kind=need.kind,
            item=need.item,
            each=need.each,
            quantity=need.quantity,
            is_fixed=need.is_fixed,
            loss_percent=need.loss_percent,
            issue=need.issue,
            cost_share=need.cost_share,
            designators=need.designators,
        )
        for place, need in enumerate(lines_of_order(item, order.quantity, on), 1)
    )
