"""What the material page of an order shows."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet, Value, prefetch_related_objects

from factory_core.access.policy import visible
from factory_core.people.models import User
from inventory.lots.models import Lot
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.queries.offers import Offered
from inventory.stock.states import PICKABLE
from production.materials.queries.booked import MATERIAL, ORDER
from production.materials.queries.supply import site_of, supply_of
from production.materials.rules import NOTHING
from production.orders.models import OrderMaterial, OrderOperation, ProductionOrder
from production.orders.rules import Counts
from production.orders.states import OperationStatus

MOST_BOOKINGS = 30
MOST_OFFERS = 8


def with_steps(order: ProductionOrder) -> ProductionOrder:
    """The order with its steps and their places read once for all that asks for them."""
    steps = OrderOperation.objects.select_related("work_centre__output", "work_centre__supply__parent")
    prefetch_related_objects([order], Prefetch("operations", steps))
    return order


def good_of(order: ProductionOrder, counts: Mapping[int, Counts]) -> Decimal:
    """The good pieces that left the last step that was not left out."""
    steps = [step for step in order.operations.all() if step.status != OperationStatus.SKIPPED]
    last = max(steps, key=lambda step: step.number, default=None)
    return counts[last.pk].good if last else NOTHING


def rights_on(asker: User, order: ProductionOrder, capabilities: Iterable[str]) -> set[str]:
    """Which of some capabilities somebody holds on an order: one question for all."""
    asked = [
        visible(asker, ProductionOrder.objects.filter(pk=order.pk), capability)
        .order_by()
        .annotate(right=Value(capability))
        .values_list("right")
        for capability in capabilities
    ]
    return {right for (right,) in asked[0].union(*asked[1:], all=True)} if asked else set()


def bookings_of(order: ProductionOrder, materials: Iterable[int]) -> QuerySet[StockMove]:
    """The newest moves of an order and its materials (ids): taken, given back, put out, taken back."""
    mine = Q(source_kind=ORDER, source_id=order.pk) | Q(source_kind=MATERIAL, source_id__in=list(materials))
    rows = StockMove.objects.filter(mine).select_related(
        "item__unit", "lot", "from_location", "to_location", "by", "corrected_by"
    )
    return rows.order_by("-id")


def offers_for(asker: User, material: OrderMaterial, on: date) -> list[Offered]:
    """From where a person can take a material, best first; also what lies elsewhere at the site."""
    return supply_of(asker, material, material.quantity, on, anywhere=True)[:MOST_OFFERS]


def place_at(order: ProductionOrder, text: str) -> Location | None:
    """A place in use at the order's site by its code, or by the id a page carried as `#17`."""
    rows = Location.objects.select_related("site", "parent").filter(site=site_of(order), is_active=True)
    rows = rows.filter(kind__in=[*PICKABLE, "STAGING", "QUARANTINE"])
    said = text.strip()
    if said.startswith("#") and said[1:].isascii() and said[1:].isdecimal() and len(said) < 19:
        return rows.filter(pk=int(said[1:])).first()
    return rows.filter(code__iexact=said).first() if said else None


def lies_at(order: ProductionOrder, lot: Lot) -> Location | None:
    """Where most of a lot lies at the order's site."""
    rows = StockBalance.objects.select_related("location__site").filter(
        lot=lot, location__site=site_of(order), quantity__gt=0
    )
    found = rows.order_by("-quantity").first()
    return found.location if found else None
