"""A store with its outside, and stock moved through the ledger, as short sentences."""

from datetime import datetime
from decimal import Decimal

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.sources import SourceRef
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.stock.models import Location, Reservation, StockMove
from inventory.stock.services.changing import correct
from inventory.stock.services.ledger import post
from inventory.stock.services.places import outside
from inventory.stock.services.reserving import reserve
from tests.world.clock import Clock
from tests.world.inventory import a_location
from tests.world.plant import Plant


class Books:
    """Two places of one site, and what lies outside of it. Quantities and costs are written as text."""

    def __init__(self, plant: Plant, clock: Clock, actor: User | None = None) -> None:
        self.site, self.clock = plant.site, clock
        self.actor = actor or service_user("plant")
        self.here, self.shelf = a_location(plant.site), a_location(plant.site)
        with acting(self.actor, channel="test"):
            self.supplier = outside(plant.site, "SUPPLIER")
            self.production = outside(plant.site, "PRODUCTION")

    def move(
        self,
        kind: str,
        item: Item,
        quantity: str,
        source: Location,
        target: Location,
        *,
        cost: str | None = None,
        at: datetime | None = None,
        lot: Lot | None = None,
        reservation: Reservation | None = None,
    ) -> StockMove:
        """Post one move."""
        with acting(self.actor, channel="test"):
            return post(
                actor=self.actor,
                kind=kind,
                item=item,
                quantity=Decimal(quantity),
                from_location=source,
                to_location=target,
                at=at or self.clock(),
                lot=lot,
                unit_cost=None if cost is None else Decimal(cost),
                reservation=reservation,
            )

    def receive(
        self, item: Item, quantity: str, cost: str | None = None, *, lot: Lot | None = None, at: datetime | None = None
    ) -> StockMove:
        """From the supplier to here."""
        return self.move("RECEIVE", item, quantity, self.supplier, self.here, cost=cost, lot=lot, at=at)

    def issue(self, item: Item, quantity: str, *, source: Location | None = None, lot: Lot | None = None) -> StockMove:
        """To production."""
        return self.move("ISSUE", item, quantity, source or self.here, self.production, lot=lot)

    def transfer(
        self, item: Item, quantity: str, source: Location, target: Location, *, lot: Lot | None = None
    ) -> StockMove:
        """From place to place."""
        return self.move("TRANSFER", item, quantity, source, target, lot=lot)

    def reserve(self, item: Item, quantity: str, place: Location, lot: Lot | None = None) -> Reservation:
        """Keep stock for some order."""
        source = SourceRef("test.order", 1, "ORDER-1")
        wish = {"item": item, "quantity": Decimal(quantity), "location": place, "lot": lot, "source": source}
        with acting(self.actor, channel="test"):
            return reserve(actor=self.actor, at=self.clock(), **wish)

    def correct(self, move: StockMove) -> StockMove:
        """Take a move back."""
        with acting(self.actor, channel="test"):
            return correct(actor=self.actor, move_id=move.pk, reason="wrong", at=self.clock())
