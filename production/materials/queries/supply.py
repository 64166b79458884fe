"""Where material is taken from and where goods go.

Whoever may run an order may take its material: the places are those of the order's own site, whatever else of the
site's stock the person may look at.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.stock.models import Location
from inventory.stock.queries.offers import Offered, offered
from inventory.stock.queries.places import below
from production.materials.rules import NOTHING, taken_from
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.products.models import WorkCentre, WorkCentreMachine


def site_of(order: ProductionOrder) -> Site:
    """The site an order is made at."""
    return order.line.area.site


def centre_of(operation: OrderOperation | None) -> WorkCentre | None:
    """The work centre of an operation: the one it names, else that of its machine."""
    if operation is None:
        return None
    if operation.work_centre_id is not None:
        return operation.work_centre
    place = WorkCentreMachine.objects.select_related("work_centre__supply", "work_centre__output")
    found = place.filter(machine=operation.machine_id).first() if operation.machine_id else None
    return found.work_centre if found else None


def supply_of(
    asker: User, material: OrderMaterial, quantity: Decimal, on: date, *, anywhere: bool = False
) -> list[Offered]:
    """Where to take material from, first to last, by the item's rule (first expired or first in).

    First what lies at the supply place of the work centre, then what lies elsewhere in the place around it; without a
    supply place, anywhere at the site. Blocked, expired and reserved stock is left out. `anywhere` adds the rest of
    the site, for people who choose. `asker` must be one who sees all stock of the site.
    """
    offers = offered(asker, material.item, quantity, site_of(material.order), on)
    centre = centre_of(step_of_material(material))
    supply = centre.supply if centre else None
    if supply is None or not offers:
        return offers
    near = set(below(supply))
    around = set(below(supply.parent)) if supply.parent else set()
    by_turn: tuple[list[Offered], list[Offered], list[Offered]] = ([], [], [])
    for offer in offers:
        turn = 0 if offer.location.pk in near else 1 if offer.location.pk in around else 2
        by_turn[turn].append(offer)
    allowed = [*by_turn[0], *by_turn[1], *(by_turn[2] if anywhere else [])]
    takes = dict(taken_from(quantity, [(place, offer.available) for place, offer in enumerate(allowed)]))
    return [replace(offer, take=takes.get(place, NOTHING)) for place, offer in enumerate(allowed)]


def goods_place(order: ProductionOrder) -> Location | None:
    """Where finished goods of an order go: the output place of its last operation's work centre."""
    steps = sorted(order.operations.all(), key=lambda step: step.number)
    centre = centre_of(steps[-1] if steps else None)
    return centre.output if centre else None


def step_of_material(material: OrderMaterial) -> OrderOperation | None:
    """The operation that uses a material: the one it names, else the order's first."""
    if material.operation_id is not None:
        return material.operation
    return material.order.operations.order_by("number").first()
