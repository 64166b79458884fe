"""What the demo plant buys, makes and sells, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item, Unit
from inventory.items.services.items import create_item
from inventory.items.services.prices import set_cost, set_purchase_price, set_sales_price
from inventory.items.services.suppliers import add_supplier
from inventory.items.services.units import add_barcode, set_unit
from inventory.items.states import ItemKind, PickRule, Tracking


@dataclass(frozen=True)
class Bought:
    """Something that is bought: from whom, how long it takes, least quantity, and the price of one base unit."""

    number: str
    name: str
    kind: str
    unit: str
    tracking: str
    supplier: str
    their_number: str
    days: int
    least: int
    price: str
    shelf_life: int | None = None
    inspect: bool = False


@dataclass(frozen=True)
class Made:
    """Something that is made: what one costs; what is sold brings a price, and so many of it are in a box."""

    number: str
    name: str
    cost: str
    price: str = ""
    box: int = 0
    gtin: str = ""


BOUGHT = (
    Bought("RM-1045", "Bar steel C45, 40 mm", "RAW", "kg", "LOT", "S-100", "C45-40", 7, 500, "1.18", inspect=True),
    Bought("RM-1060", "Bar steel 42CrMo4, 120 mm", "RAW", "kg", "LOT", "S-100", "42CRMO4-120", 14, 500, "1.92"),
    Bought("RM-2010", "Aluminium coil 1.5 mm", "RAW", "kg", "LOT", "S-110", "AL-15-1000", 21, 1000, "3.46"),
    Bought("CP-3310", "Hexagon screw M8x30", "COMPONENT", "pcs", "NONE", "S-120", "933-8-30", 3, 200, "0.07"),
    Bought("CP-3320", "Sealing ring 60x4", "COMPONENT", "pcs", "LOT", "S-120", "OR-60-4", 5, 100, "0.31", 730),
    Bought("CS-9001", "Cooling lubricant concentrate", "CONSUMABLE", "l", "LOT", "S-120", "KSS-20", 4, 20, "4.90", 365),
    Bought("PK-8001", "Carton 400x300x200", "PACKAGING", "pcs", "NONE", "S-130", "K-432", 6, 250, "0.84"),
)
MADE = (
    Made("SA-77000", "Housing shell 77", "5.20"),
    Made("FG-12008", "Flange 12-008", "6.40", "11.20", 20, "4006381000017"),
    Made("FG-40115", "Hub 40-115", "9.75", "17.50", 12, "4006381000024"),
    Made("FG-77003", "Housing 77-3", "14.10", "24.90", 8, "4006381000031"),
    Made("FG-77004", "Housing 77-4", "15.30", "26.40", 8, "4006381000048"),
)
NEVER_ASKED = Decimal(0)


def build_items(
    *, actor: User, units: Mapping[str, Unit], partners: Mapping[str, Partner], at: datetime
) -> dict[str, Item]:
    """Every item with its supplier, prices and packs, by number."""
    since = date(at.year, 1, 1)
    bought = {one.number: _bought(actor, units, partners, one, since, at) for one in BOUGHT}
    return bought | {one.number: _made(actor, units, one, since, at) for one in MADE}


def _bought(
    actor: User, units: Mapping[str, Unit], partners: Mapping[str, Partner], one: Bought, since: date, at: datetime
) -> Item:
    item = create_item(
        actor=actor, at=at, number=one.number, name=one.name, kind=ItemKind(one.kind), unit=units[one.unit],
        tracking=Tracking(one.tracking), shelf_life_days=one.shelf_life, is_bought=True,
        pick_rule=PickRule.FEFO if one.shelf_life else PickRule.FIFO, inspect_on_receipt=one.inspect,
    )  # fmt: skip
    supply = add_supplier(
        actor=actor, item_id=item.pk, supplier=partners[one.supplier], at=at, supplier_number=one.their_number,
        lead_time_days=one.days, least_quantity=Decimal(one.least), is_preferred=True,
    )  # fmt: skip
    price = Decimal(one.price)
    for least, part in ((NEVER_ASKED, Decimal(1)), (Decimal(one.least * 10), Decimal("0.93"))):
        set_purchase_price(
            actor=actor, supplier_item_id=supply.pk, price=price * part, from_quantity=least, valid_from=since, at=at
        )
    set_cost(actor=actor, item_id=item.pk, cost=price, valid_from=since, at=at)
    return item


def _made(actor: User, units: Mapping[str, Unit], one: Made, since: date, at: datetime) -> Item:
    item = create_item(
        actor=actor, at=at, number=one.number, name=one.name, unit=units["pcs"], tracking=Tracking.LOT, is_made=True,
        kind=ItemKind.PRODUCT if one.price else ItemKind.COMPONENT, is_sold=bool(one.price), gtin=one.gtin or None,
    )  # fmt: skip
    set_cost(actor=actor, item_id=item.pk, cost=Decimal(one.cost), valid_from=since, at=at)
    if not one.price:
        return item
    set_unit(actor=actor, item_id=item.pk, unit=units["box"], factor=Decimal(one.box), at=at)
    add_barcode(actor=actor, item_id=item.pk, code=f"{one.number}-BOX", unit=units["box"], at=at)
    set_sales_price(actor=actor, item_id=item.pk, unit=units["pcs"], price=Decimal(one.price), valid_from=since, at=at)
    return item
