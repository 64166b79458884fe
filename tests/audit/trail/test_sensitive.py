"""A price is told to nobody who may not know it, not even by the trail."""

from datetime import date
from decimal import Decimal

from audit.trail.queries import history_of
from audit.trail.wording import told
from factory_core.access.identity import acting
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from tests.world.inventory import a_partner, an_item
from tests.world.people import Cast
from tests.world.plant import Plant


def test_the_history_of_a_line_leaves_the_price_out_for_those_without_the_right(plant: Plant, cast: Cast) -> None:
    item, supplier = an_item(), a_partner(supplier=True)
    with acting(cast.buyer, channel="test"):
        order = PurchaseOrder.objects.create(number="PUR-1", supplier=supplier, site=plant.site, currency="EUR")
        line = PurchaseLine.objects.create(
            order=order, position=1, item=item, quantity=5, unit=item.unit, price=Decimal("7.77"),
            wanted_on=date(2026, 12, 1),
        )  # fmt: skip
    seen = {person: _fields(person, line) for person in (cast.buyer, cast.storekeeper)}
    assert ("Price for one unit", "7.770000") in seen[cast.buyer]
    assert "Price for one unit" not in {label for label, _value in seen[cast.storekeeper]}
    assert "7.77" not in str(seen[cast.storekeeper])


def _fields(reader: object, line: PurchaseLine) -> set[tuple[str, str]]:
    entries = told(reader, history_of(reader, line))  # type: ignore[arg-type]
    return {(change.label, change.new) for entry in entries for change in entry.changes}
