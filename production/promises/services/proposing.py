"""A date for a customer who asks: what could be ready when, behind everything that is promised already."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from factory_core.plant.models import Site
from inventory.items.models import Item, SupplierItem
from production.orders.models import ProductionOrder
from production.promises.queries.supply import end_of
from production.promises.rules.covering import Cover
from production.promises.rules.explaining import Reason
from production.promises.rules.outlook import Demand
from production.promises.services.forecasting import looked_ahead

# Keys of what does not exist yet; no row of the database is ever so high.
NOT_YET = 2**62


@dataclass(frozen=True)
class Proposal:
    """When a quantity could be ready (None: nobody can tell), from what, and what makes it take so long.

    `made` is what would have to be made for it, `bought` what would have to be bought; base units.
    """

    ready_at: datetime | None
    covers: tuple[Cover, ...]
    made: Decimal
    bought: Decimal
    reasons: tuple[Reason, ...]

    def on(self, site: Site) -> date | None:
        """The local day on which it could be ready."""
        return (
            None if self.ready_at is None else (self.ready_at - timedelta(microseconds=1)).astimezone(site.zone).date()
        )


def when_could(item: Item, quantity: Decimal, site: Site, at: datetime) -> Proposal:
    """When `quantity` base units of an item could be ready at a site, without taking anything from anybody.

    What is free and what comes is taken first; what is missing is made behind all queues by the routing in force, or
    bought with the usual lead time of the preferred supplier.
    """
    asked = Demand(NOT_YET, item.pk, item.number, quantity)
    _picture, found = looked_ahead(site, at, asked=asked)
    line = found.lines[NOT_YET]
    missing = line.covered.missing
    nothing = Decimal(0)
    if not missing:
        return Proposal(line.ready_at, line.covered.covers, nothing, nothing, line.reasons)
    if item.is_made:
        wish = ProductionOrder(pk=NOT_YET, number="", item=item, quantity=missing)
        _picture, found = looked_ahead(site, at, asked=asked, wish=wish)
        line, order = found.lines[NOT_YET], found.orders[NOT_YET]
        reasons = tuple(one for one in (*line.reasons, *order.reasons) if one.id != NOT_YET)
        covers = tuple(one for one in line.covered.covers if one.id != NOT_YET)
        return Proposal(line.ready_at, covers, missing, nothing, tuple(dict.fromkeys(reasons)))
    days = _lead_time(item)
    bought = None if days is None else end_of(at.astimezone(site.zone).date() + timedelta(days=days), site)
    ready = None if bought is None or None in line.times else max([bought, *(one for one in line.times if one)])
    return Proposal(ready, line.covered.covers, nothing, missing, ())


def _lead_time(item: Item) -> int | None:
    rows = SupplierItem.objects.filter(item=item, is_active=True).order_by("-is_preferred", "lead_time_days")
    return rows.values_list("lead_time_days", flat=True).first()
