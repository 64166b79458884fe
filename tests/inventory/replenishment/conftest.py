"""A screw that is bought from two suppliers, and a rule for it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from inventory.items.models import Item, SupplierItem
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.services import Run, suggest
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_partner, a_supplier_item, an_item
from tests.world.plant import Plant


@dataclass
class Shop:
    """The books of a site, a screw, its preferred supplier (lead time 5 days, packs of 10) and its rule."""

    books: Books
    screw: Item
    supplier_item: SupplierItem
    rule: ReplenishmentRule

    def a_rule(self, item: Item, **more: Any) -> ReplenishmentRule:
        """Another rule: 50 at a time when 30 or less are left."""
        wish = {"reorder_point": Decimal(30), "lot_rule": "FIXED", "lot_quantity": Decimal(50), **more}
        with acting(self.books.actor, channel="test"):
            return ReplenishmentRule.objects.create(item=item, site=self.books.site, **wish)

    def change_rule(self, **figures: Any) -> None:
        """Write figures straight into the table, ugly ones, too."""
        with acting(self.books.actor, channel="test"):
            ReplenishmentRule.objects.filter(pk=self.rule.pk).update(**figures)

    def run(self) -> Run:
        """Let the rules look."""
        with acting(self.books.actor, channel="test"):
            return suggest(actor=self.books.actor, site=self.books.site, at=self.books.clock())

    def open(self) -> list[Suggestion]:
        """The open suggestions."""
        return list(
            Suggestion.objects.filter(status="OPEN").select_related("item", "supplier").order_by("item__number")
        )

    def an_order(self, item: Item, quantity: str, *, status: str = "RELEASED", **more: Any) -> PurchaseLine:
        """A purchase order of one line, in the base unit unless said otherwise."""
        with acting(self.books.actor, channel="test"):
            order = PurchaseOrder.objects.create(
                number=f"PUR-{PurchaseOrder.objects.count() + 900}", supplier=self.supplier_item.supplier,
                site=self.books.site, status=status, currency="EUR",
            )  # fmt: skip
            wish = {"unit": item.unit, "position": 1, **more}
            return PurchaseLine.objects.create(order=order, item=item, quantity=Decimal(quantity), **wish)


@pytest.fixture
def shop(plant: Plant, clock: Clock) -> Shop:
    books, screw = Books(plant, clock), an_item("SCREW")
    far = a_partner("FAR", supplier=True)
    a_supplier_item(screw, far, lead_time_days=60)
    near = a_supplier_item(
        screw, a_partner("NEAR", supplier=True), lead_time_days=5, multiple=Decimal(10), is_preferred=True
    )
    with acting(service_user("plant"), channel="test"):
        rule = ReplenishmentRule.objects.create(
            item=screw, site=plant.site, reorder_point=Decimal(30), lot_rule="FIXED", lot_quantity=Decimal(50)
        )
    return Shop(books, screw, near, rule)
