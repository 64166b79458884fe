"""A small store to try the ledger on."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from factory_core.access.identity import acting
from factory_core.sources import SourceRef
from inventory.stock.models import StockBalance, StockMove
from inventory.stock.services import acts
from inventory.stock.services.reserving import reserve
from tests.world.inventory import a_location, a_partner, an_item

# When the stopped clock stands.
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class SmallStore:
    """Store A, bin B, item B-100, a supplier, a customer, and hands that do what is asked."""

    def __init__(self, people, plant) -> None:
        self.people, self.site = people, plant.site
        self.store, self.bin = a_location(plant.site, "A", "STORE"), a_location(plant.site, "B", "BIN")
        self.item = an_item("B-100")
        self.supplier, self.customer = a_partner(supplier=True), a_partner(customer=True)

    def do(self, act, *, actor=None, quantity: str | None = None, **more: Any):
        """Let somebody (the storekeeper) act."""
        actor = actor or self.people.storekeeper
        wish = {"item": self.item, "at": AT, **more}
        if quantity is not None:
            wish["quantity"] = Decimal(quantity)
        with acting(actor, channel="test"):
            return act(actor=actor, **wish)

    def receive(self, quantity: str, **more: Any) -> StockMove:
        return self.do(acts.receive, quantity=quantity, **{"to_location": self.store, **more})

    def transfer(self, quantity: str, **more: Any) -> StockMove:
        return self.do(
            acts.transfer, quantity=quantity, **{"from_location": self.store, "to_location": self.bin, **more}
        )

    def reserve(self, quantity: str, label: str = "SO-000001", **more: Any):
        wish = {"location": self.store, "lot": None, "source": SourceRef("inventory.salesorder", 1, label), **more}
        return self.do(reserve, quantity=quantity, **wish)

    def correct(self, move: StockMove, actor=None, reason: str = "wrong"):
        actor = actor or self.people.storekeeper
        with acting(actor, channel="test"):
            return acts.correct(actor=actor, move_id=move.pk, reason=reason, at=AT)

    def save(self, row) -> None:
        with acting(self.people.storekeeper, channel="test"):
            row.save()

    def lies(self) -> dict[str, Decimal]:
        """Place → quantity."""
        return dict(StockBalance.objects.order_by("id").values_list("location__code", "quantity"))

    def moves(self) -> list[StockMove]:
        return list(StockMove.objects.select_related("from_location", "to_location").order_by("id"))
