"""Builders of inventory: units, items, places of stock, partners."""

from datetime import date
from decimal import Decimal

from django.utils.crypto import get_random_string

from factory_core.access.identity import acting
from factory_core.partners.models import Partner
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from inventory.items.models import Item, ItemUnit, PriceBreak, SupplierItem, Unit
from inventory.lots.models import Lot
from inventory.stock.models import Location
from inventory.stock.states import LocationKind


def a_unit(code: str = "pcs", **more: object) -> Unit:
    """A unit by its code, made the first time somebody asks."""
    with acting(service_user("plant"), channel="test"):
        return Unit.objects.get_or_create(code=code, defaults={"name": code, **more})[0]


def an_item(number: str = "", *, unit: str = "pcs", tracking: str = "NONE", **more: object) -> Item:
    """An item that is bought, made and sold."""
    number = number or get_random_string(8, "ABCDEFGHIJ")
    wish = {"is_bought": True, "is_made": True, "is_sold": True, "name": f"Item {number}", **more}
    with acting(service_user("plant"), channel="test"):
        return Item.objects.create(number=number, unit=a_unit(unit), tracking=tracking, **wish)


def an_item_unit(item: Item, unit: str, factor: str) -> ItemUnit:
    """Another unit of an item."""
    with acting(service_user("plant"), channel="test"):
        return ItemUnit.objects.create(item=item, unit=a_unit(unit), factor=Decimal(factor))


def a_location(
    site: Site, code: str = "", kind: str = LocationKind.LOCATION, parent: Location | None = None, **more: object
) -> Location:
    """A place of stock."""
    code = code or get_random_string(8, "ABCDEFGHIJ")
    with acting(service_user("plant"), channel="test"):
        return Location.objects.create(site=site, code=code, name=code, kind=kind, parent=parent, **more)


def a_partner(code: str = "", *, customer: bool = False, supplier: bool = False, **more: object) -> Partner:
    """A company; say which side it stands on."""
    code = code or get_random_string(8, "ABCDEFGHIJ")
    with acting(service_user("plant"), channel="test"):
        return Partner.objects.create(
            code=code, name=str(more.pop("name", f"Company {code}")), is_customer=customer, is_supplier=supplier, **more
        )


def a_supplier_item(item: Item, supplier: Partner, **more: object) -> SupplierItem:
    """That a supplier delivers an item."""
    with acting(service_user("plant"), channel="test"):
        return SupplierItem.objects.create(item=item, supplier=supplier, unit=more.pop("unit", item.unit), **more)


def a_lot(item: Item, number: str = "", **more: object) -> Lot:
    """A lot of an item."""
    number = number or get_random_string(8, "ABCDEFGHIJ")
    with acting(service_user("plant"), channel="test"):
        return Lot.objects.create(item=item, number=number, **more)


def a_price_break(known: SupplierItem, from_quantity: str, price: str, **more: object) -> PriceBreak:
    """What a supplier asks for one of its units, from a quantity on."""
    wish = {"currency": "EUR", "valid_from": date(2026, 1, 1), **more}
    with acting(service_user("plant"), channel="test"):
        return PriceBreak.objects.create(
            supplier_item=known, from_quantity=Decimal(from_quantity), price=Decimal(price), **wish
        )
