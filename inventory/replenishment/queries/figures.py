"""The figures of items at a site: on hand, reserved, on order, demanded, and how each is supplied."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from inventory.items.models import Item, ItemUnit, SupplierItem
from inventory.items.queries.units import measure_of
from inventory.items.rules import conversion
from inventory.lots.states import USABLE, LotStatus
from inventory.purchasing.models import PurchaseLine
from inventory.purchasing.rules import outstanding
from inventory.purchasing.states import PurchaseStatus
from inventory.replenishment.demand import covered, demands
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.rules import BadFigure, Figures, Standing, Supply
from inventory.replenishment.rules.deciding import Dated
from inventory.stock.models import Reservation, StockBalance
from inventory.stock.states import PICKABLE, LocationKind, ReservationStatus

ZERO = Decimal(0)
# Without a supplier nothing is known to take time.
NOW = Supply()
# What lies here will be used here, or is on its way to a customer whose order still counts as demand.
USED_HERE = sorted({*PICKABLE, LocationKind.STAGING, LocationKind.TRANSIT})


@dataclass
class Seen:
    """What there is of an item at a site. `inspected` is a part of `on_hand`; `reserved_all` tells the whole."""

    on_hand: Decimal = ZERO
    inspected: Decimal = ZERO
    reserved_all: Decimal = ZERO
    reserved: Decimal = ZERO
    on_order: list[Dated] = field(default_factory=list)
    demand: list[Dated] = field(default_factory=list)
    has_bad_demand: bool = False
    supplier_item: SupplierItem | None = None
    supply: Supply | None = NOW

    def standing(self) -> Standing:
        """As the rules take it. Raises BadFigure when somebody demands what is no quantity."""
        if self.has_bad_demand:
            raise BadFigure("demand", "negative")
        return Standing(self.on_hand, self.reserved, self.on_order, self.demand)


def figures_of(rule: ReplenishmentRule) -> Figures:
    """A rule's own figures."""
    return Figures(
        rule.method, rule.reorder_point, rule.safety_stock, rule.most, rule.lot_rule, rule.lot_quantity,
        rule.least_quantity, rule.multiple, rule.period_days, rule.yearly_demand, rule.order_cost, rule.holding_cost,
    )  # fmt: skip


def seen_at(site_id: int, items: Iterable[Item], today: date) -> dict[int, Seen]:
    """The figures of items at a site, by item; the same few questions however many items.

    On hand is what may be used, and what waits for inspection in quarantine: it was ordered for this need. Held,
    rejected, expired and scrapped stock does not count. On order are drafts and sent orders. Items need their unit.
    """
    by_id = {item.pk: item for item in items}
    found: defaultdict[int, Seen] = defaultdict(Seen)
    _add_stock(found, site_id, by_id, today)
    _add_reserved(found, site_id, by_id)
    _add_on_order(found, site_id, by_id)
    for demand in demands():
        for item, quantity, on in demand(by_id.keys(), site_id):
            if quantity is None or not quantity.is_finite() or quantity < 0:
                found[item].has_bad_demand = True
            else:
                found[item].demand.append(Dated(quantity, on))
    _add_supply(found, by_id)
    return found


def _add_stock(found: dict[int, Seen], site_id: int, items: dict[int, Item], today: date) -> None:
    lying = StockBalance.objects.filter(item__among=items, location__site_id=site_id, quantity__gt=0)
    fresh = Q(lot=None) | Q(lot__expires_on=None) | Q(lot__expires_on__gte=today)
    waits = Q(location__kind=LocationKind.QUARANTINE) & ~Q(lot__status=LotStatus.REJECTED)
    # A lot nobody judged yet of an inspected item waits as well, wherever it lies.
    usable = Q(location__kind__in=USED_HERE) & (Q(lot=None) | Q(lot__status__in=sorted(USABLE)))
    rows = lying.filter(fresh, waits | usable).values_list("item_id", "location__kind").annotate(total=Sum("quantity"))
    for item, kind, total in rows:
        found[item].on_hand += total
        if kind == LocationKind.QUARANTINE:
            found[item].inspected += total


def _add_reserved(found: dict[int, Seen], site_id: int, items: dict[int, Item]) -> None:
    rows = Reservation.objects.filter(
        item__among=items, location__site_id=site_id, status=ReservationStatus.ACTIVE
    ).values_list("item_id", "source_kind")
    spoken_for = covered()
    for item, kind, total in rows.annotate(total=Sum("quantity")):
        found[item].reserved_all += total
        if kind not in spoken_for:
            found[item].reserved += total


def _add_on_order(found: dict[int, Seen], site_id: int, items: dict[int, Item]) -> None:
    rows = PurchaseLine.objects.filter(
        item__among=items, is_closed=False, order__site_id=site_id,
        order__status__in=[PurchaseStatus.DRAFT, PurchaseStatus.RELEASED],
    ).values_list(
        "item_id", "quantity", "received", "returned", "factor", Coalesce("promised_on", "wanted_on")
    )  # fmt: skip
    for item, quantity, received, returned, factor, due in rows:
        left = outstanding(quantity, received, returned)
        if left > 0:
            found[item].on_order.append(Dated(conversion.rounded(left * factor), due))


def _add_supply(found: dict[int, Seen], items: dict[int, Item]) -> None:
    rows = (
        SupplierItem.objects.filter(item__among=items, is_active=True, supplier__is_active=True, item__is_bought=True)
        .select_related("supplier", "unit")
        .order_by("item_id", F("is_preferred").desc(), "lead_time_days", "id")
    )
    chosen: dict[int, SupplierItem] = {}
    for row in rows:
        chosen.setdefault(row.item_id, row)
    own = {
        (item, unit): factor
        for item, unit, factor in ItemUnit.objects.filter(item__among=chosen).values_list(
            "item_id", "unit_id", "factor"
        )
    }
    for item, row in chosen.items():
        seen, base = found[item], items[item].unit
        factor = own.get((item, row.unit_id), Decimal(1) if row.unit_id == base.pk else None)
        if factor is None:
            factor = conversion.between(measure_of(row.unit), measure_of(base))
        seen.supplier_item = row
        seen.supply = None
        if factor is not None:
            least, multiple = (conversion.rounded(number * factor) for number in (row.least_quantity, row.multiple))
            seen.supply = Supply(row.lead_time_days, least, multiple)
