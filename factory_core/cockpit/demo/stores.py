"""The demo plant's stores: places, what lies there, and papers on the way."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from factory_core.cockpit.demo.items import build_items
from factory_core.cockpit.demo.partners import build_partners
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item, Unit
from inventory.items.services.units import ensure_units
from inventory.lots.services import lot_for_receipt
from inventory.purchasing.services import orders as buying
from inventory.purchasing.services.receiving import receive_line
from inventory.purchasing.services.steps import release_order
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.states import LotRule, Method
from inventory.sales.services import lines as selling_lines
from inventory.sales.services import orders as selling
from inventory.stock.models import Location
from inventory.stock.services.acts import open_stock
from inventory.stock.states import LocationKind

PLACES = (
    ("STORE", "Main store", LocationKind.STORE, ""),
    ("A", "Aisle A · bar and coil", LocationKind.LOCATION, "STORE"),
    ("A-01", "A-01", LocationKind.BIN, "A"),
    ("A-02", "A-02", LocationKind.BIN, "A"),
    ("A-03", "A-03", LocationKind.BIN, "A"),
    ("B", "Aisle B · parts and packaging", LocationKind.LOCATION, "STORE"),
    ("B-01", "B-01", LocationKind.BIN, "B"),
    ("B-02", "B-02", LocationKind.BIN, "B"),
    ("B-03", "B-03", LocationKind.BIN, "B"),
    ("FG", "Finished goods", LocationKind.STORE, ""),
    ("FG-01", "FG-01", LocationKind.BIN, "FG"),
    ("FG-02", "FG-02", LocationKind.BIN, "FG"),
    ("DOCK", "Dispatch dock", LocationKind.STAGING, ""),
    ("HOLD", "Quarantine cage", LocationKind.QUARANTINE, ""),
    ("SCRAP", "Scrap bins", LocationKind.SCRAP, ""),
)
# Item, place, lot, supplier's lot, quantity, days it lies there already, days until it expires.
STOCK: tuple[tuple[str, str, str, str, int, int, int | None], ...] = (
    ("RM-1045", "A-01", "26-0911", "NS 77120", 3840, 24, None),
    ("RM-1045", "A-02", "26-1014", "NS 77391", 6400, 8, None),
    ("RM-1060", "A-02", "26-0870", "NS 76002", 9620, 41, None),
    ("RM-2010", "A-03", "26-0990", "UB-5511", 31500, 17, None),
    ("CP-3310", "B-01", "", "", 8600, 60, None),
    ("CP-3320", "B-01", "26-0700", "OR-2291", 340, 200, 12),
    ("CP-3320", "B-02", "26-1001", "OR-2402", 900, 12, 540),
    ("CS-9001", "B-03", "26-0955", "K-118", 46, 20, 190),
    ("PK-8001", "B-03", "", "", 1310, 9, None),
    ("SA-77000", "B-02", "P-1209", "", 1900, 2, None),
    ("FG-12008", "FG-01", "P-1201", "", 480, 3, None),
    ("FG-12008", "FG-02", "P-1207", "", 620, 1, None),
    ("FG-40115", "FG-01", "P-1198", "", 236, 4, None),
    ("FG-77003", "FG-02", "P-1210", "", 144, 2, None),
    ("FG-77004", "FG-02", "P-1211", "", 88, 1, None),
)
# Item, order when at or under, safety stock, least quantity.
RULES = (("RM-1045", 2000, 500, 1000), ("RM-1060", 800, 200, 500), ("PK-8001", 1400, 100, 250), ("CS-9001", 60, 20, 20))


def build_stores(*, actor: User, site: Site, at: datetime) -> dict[str, Item]:
    """Partners, items, places, stock, and orders on both sides, dated around `at`; the items by number."""
    partners = build_partners()
    units = {unit.code: unit for unit in ensure_units(actor=actor)}
    units.setdefault("box", Unit.objects.get_or_create(code="box", defaults={"name": "Box"})[0])
    items = build_items(actor=actor, units=units, partners=partners, at=at)
    places = _build_places(site)
    for number, place, lot, supplier_lot, quantity, days, expires in STOCK:
        _lay_down(actor, items[number], places[place], lot, supplier_lot, Decimal(quantity), at, days, expires)
    for number, point, safety, least in RULES:
        ReplenishmentRule.objects.create(
            item=items[number], site=site, method=Method.REORDER_POINT, lot_rule=LotRule.LOT_FOR_LOT,
            reorder_point=Decimal(point), safety_stock=Decimal(safety), least_quantity=Decimal(least),
        )  # fmt: skip
    _buy(actor, site, partners, items, places, at)
    _sell(actor, site, partners, items, at)
    return items


def _build_places(site: Site) -> dict[str, Location]:
    places: dict[str, Location] = {}
    for code, name, kind, parent in PLACES:
        places[code] = Location.objects.create(code=code, name=name, kind=kind, site=site, parent=places.get(parent))
    return places


def _lay_down(
    actor: User, item: Item, place: Location, number: str, supplier_lot: str, quantity: Decimal, at: datetime,
    days: int, expires: int | None,
) -> None:  # fmt: skip
    since = at - timedelta(days=days)
    lot = None
    if number:
        supply = item.suppliers.select_related("supplier").first()
        lot = lot_for_receipt(
            actor=actor, item=item, number=number, at=since, supplier=supply.supplier if supply else None,
            supplier_lot=supplier_lot, expires_on=at.date() + timedelta(days=expires) if expires else None,
        )  # fmt: skip
    open_stock(actor=actor, item=item, quantity=quantity, to_location=place, at=since, lot=lot)


def _buy(
    actor: User, site: Site, partners: Mapping[str, Partner], items: Mapping[str, Item],
    places: Mapping[str, Location], at: datetime,
) -> None:  # fmt: skip
    today = at.date()
    wishes = (
        ("S-100", (("RM-1060", 1500, 2),), -5),
        ("S-120", (("CP-3310", 5000, -1), ("CS-9001", 60, 3)), -6),
        ("S-130", (("PK-8001", 2500, 4),), -1),
    )
    for supplier, lines, ordered in wishes:
        order = buying.create_order(
            actor=actor, supplier=partners[supplier], site=site, at=at + timedelta(days=ordered),
            lines=[
                buying.LineWish(items[number], Decimal(quantity), wanted_on=today + timedelta(days=days),
                                promised_on=today + timedelta(days=days))
                for number, quantity, days in lines
            ],
        )  # fmt: skip
        release_order(actor=actor, order_id=order.pk, at=at + timedelta(days=ordered))
        if supplier == "S-120":
            receive_line(
                actor=actor, line_id=order.lines.get(position__in=(1, 10)).pk, quantity=Decimal(3000),
                to_location=places["B-01"], at=at - timedelta(days=1), delivery_note="LS 90117",
            )  # fmt: skip


def _sell(actor: User, site: Site, partners: Mapping[str, Partner], items: Mapping[str, Item], at: datetime) -> None:
    today = at.date()
    wishes = (
        ("C-500", (("FG-12008", 600, 1), ("FG-40115", 240, 1)), "4500-7712"),
        ("C-510", (("FG-77003", 400, 3),), "B 2026/311"),
        ("C-520", (("FG-12008", 200, -1), ("FG-77004", 60, 2)), "PO-88120"),
    )
    for customer, lines, reference in wishes:
        order = selling.create_order(
            actor=actor, customer=partners[customer], site=site, at=at - timedelta(days=4),
            customer_reference=reference,
            address=partners[customer].addresses.first(),
            lines=[
                selling_lines.LineWish(items[number], Decimal(quantity), wanted_on=today + timedelta(days=days),
                                       promised_on=today + timedelta(days=days))
                for number, quantity, days in lines
            ],
        )  # fmt: skip
        selling.confirm_order(actor=actor, order_id=order.pk, at=at - timedelta(days=4))
