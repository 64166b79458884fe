"""Builders of products: bills of materials, routings, work centres, written past the acts."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.crypto import get_random_string

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Line
from inventory.items.models import Item
from inventory.stock.models import Location
from production.products.models import Bom, BomLine, Routing, RoutingOperation, WorkCentre
from production.products.states import DesignStatus
from tests.world.inventory import an_item


def a_bom(
    item: Item,
    lines: Mapping[Item, str] | None = None,
    *,
    code: str = "1",
    status: str = DesignStatus.RELEASED,
    quantity: str = "1",
    **more: object,
) -> Bom:
    """A bill of materials, released unless said otherwise, with so much of each component in its base unit."""
    with acting(service_user("plant"), channel="test"):
        bom = Bom.objects.create(item=item, code=code, status=status, quantity=Decimal(quantity), **more)
    for component, per in (lines or {}).items():
        a_bom_line(bom, component, per)
    return bom


def a_bom_line(bom: Bom, item: Item, quantity: str = "1", **more: object) -> BomLine:
    """One more line at the end."""
    wish = {"unit": item.unit, "position": 10 * (bom.lines.count() + 1), **more}
    with acting(service_user("plant"), channel="test"):
        return BomLine.objects.create(bom=bom, item=item, quantity=Decimal(quantity), **wish)


def a_structure(parts: Mapping[str, Mapping[str, str]]) -> dict[str, Item]:
    """Items by number with released bills of materials: {"A": {"B": "2", "C": "3"}}."""
    numbers = {*parts, *(child for lines in parts.values() for child in lines)}
    items = {number: an_item(number) for number in sorted(numbers)}
    for number, lines in parts.items():
        a_bom(items[number], {items[child]: per for child, per in lines.items()})
    return items


def a_work_centre(line: Line, code: str = "", **more: object) -> WorkCentre:
    """A work centre of a line, without machines of its own."""
    code = code or get_random_string(8, "ABCDEFGHIJ")
    with acting(service_user("plant"), channel="test"):
        return WorkCentre.objects.create(code=code, name=str(more.pop("name", f"Centre {code}")), line=line, **more)


def a_routing(
    item: Item, centre: WorkCentre, runs: tuple[str, ...] = ("30",), *, code: str = "1",
    status: str = DesignStatus.RELEASED, **more: object,
) -> Routing:  # fmt: skip
    """A routing, released unless said otherwise; one operation (10, 20 …) for each run time in seconds a piece."""
    with acting(service_user("plant"), channel="test"):
        routing = Routing.objects.create(item=item, code=code, status=status, **more)
        for number, run_s in enumerate(runs, 1):
            RoutingOperation.objects.create(
                routing=routing, number=10 * number, name=f"Step {number}", work_centre=centre, run_s=Decimal(run_s)
            )
    return routing


def a_supply(site: object, code: str) -> Location:
    """A place material is taken from or goods are put to."""
    from tests.world.inventory import a_location

    return a_location(site, code)  # type: ignore[arg-type]  # the plant's own site


TODAY = date(2026, 11, 20)
