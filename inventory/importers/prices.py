"""Standard costs and sales prices of the old system come over, with the days from which they held."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may, visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.amounts import Amounts, costs, sales_prices, today
from inventory.importers.common import column_of, found_by, refuse_without
from inventory.importers.converting import Factors
from inventory.importers.units import known_units
from inventory.items.models import Item, ItemCost, SalesPrice
from inventory.stock.rules.valuation import money

ZERO = Decimal(0)
FIELDS = (
    Field("item", _("item"), FieldType.REFERENCE, required=True, refers_to="items", example="HOUS-12",
          synonyms=words_for("item")),
    Field("valid_from", _("valid from"), FieldType.DATE, example="2026-01-01",
          note=_("Today where nothing is said. A price holds until the next one: no day of its end is needed."),
          synonyms=words_for("valid_from", en="valid from|start date")),
    Field("standard_cost", _("standard cost"), FieldType.NUMBER, smallest=ZERO, example="12.40",
          synonyms=words_for("standard_cost")),
    Field("list_price", _("sales price"), FieldType.NUMBER, smallest=ZERO, example="24.90",
          synonyms=words_for("list_price", en="sales price|list price")),
    Field("customer", _("customer"), FieldType.REFERENCE, refers_to="customers", example="C-1004",
          note=_("A sales price without one holds for everybody."), synonyms=words_for("customer")),
    Field("unit", _("unit"), FieldType.REFERENCE, refers_to="units", example="pcs",
          note=_("Of the sales price; the item's base unit where nothing is said. Costs are of one base unit."),
          synonyms=words_for("unit")),
    Field("from_quantity", _("from quantity"), FieldType.NUMBER, smallest=ZERO, example="100",
          synonyms=words_for("from_quantity")),
)  # fmt: skip


def _take(rows: Sequence[Row], context: Context) -> None:
    items = found_by(Item.objects.select_for_update(no_key=True).order_by("pk"), "number", column_of(rows, "item"))
    customers = found_by(Partner.objects.all(), "code", column_of(rows, "customer"))
    units = known_units(context.actor, column_of(rows, "unit"))
    factors = Factors(items.values())
    keys = [item.pk for item in items.values()]
    cost, price = costs(context), sales_prices(context)
    cost.load(keys)
    price.load(keys)
    told: dict[tuple[Any, ...], int] = {}
    for row in rows:
        value = row.values.get
        item = items.get(str(value("item")))
        unit = units.get(str(value("unit"))) if value("unit") is not None else None
        customer = customers.get(str(value("customer"))) if value("customer") is not None else None
        if item is None or (unit is None and value("unit") is not None):
            name = "item" if item is None else "unit"
            row.refuse(name, "unknown_reference", _now("There is no “%(value)s”.") % {"value": value(name)})
            continue
        if value("customer") is not None and (customer is None or not customer.is_customer):
            row.refuse("customer", "no_customer", _now("%(name)s is no customer.") % {"name": value("customer")})
            continue
        if unit is not None and factors.factor(item, unit) is None:
            factors.refuse(row, item, unit)
            continue
        if value("standard_cost") is None and value("list_price") is None:
            row.refuse("standard_cost", "value_missing",
                       _now("The row says neither a standard cost nor a sales price."),
                       _now("One of the two."))  # fmt: skip
            continue
        if refuse_without(row, context, "standard_cost", "inventory.cost.manage"):
            continue
        if refuse_without(row, context, "list_price", "inventory.price.manage"):
            continue
        day: Any = value("valid_from") or today(context)
        quantity = money(Decimal(str(value("from_quantity") or 0)))
        whose = (item.pk, customer.pk if customer else None, unit.pk if unit else item.unit_id, quantity)
        _hold(row, cost, (item.pk,), value("standard_cost"), day, told)
        _hold(row, price, whose, value("list_price"), day, told)
    cost.save()
    price.save()


def _hold(
    row: Row, amounts: Amounts, key: tuple[Any, ...], amount: Value, day: Any, told: dict[tuple[Any, ...], int]
) -> None:
    if not isinstance(amount, Decimal):
        return
    first = told.setdefault((amounts.column, *key, day), row.number)
    if first != row.number and amounts.there(key, day) != money(amount):
        row.refuse("valid_from", "twice_in_file",
                   _now("Row %(first)d says another amount for the same item and day.") % {"first": first},
                   _now("One amount a day."))  # fmt: skip
        return
    amounts.hold_from(row, key, amount, day)


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    empty: dict[str, Value] = {field.name: None for field in FIELDS}
    if may(actor, "inventory.cost.view"):
        costs_seen = visible(actor, ItemCost.objects.select_related("item")).order_by("item__number", "valid_from")
        for cost in costs_seen.iterator(chunk_size=1000):
            yield {**empty, "item": cost.item.number, "valid_from": cost.valid_from, "standard_cost": cost.cost}
    if may(actor, "inventory.price.view"):
        prices = visible(actor, SalesPrice.objects.select_related("item", "customer", "unit"))
        for price in prices.order_by("item__number", "valid_from", "pk").iterator(chunk_size=1000):
            yield {
                **empty, "item": price.item.number, "valid_from": price.valid_from, "list_price": price.price,
                "customer": price.customer.code if price.customer else None, "unit": price.unit.code,
                "from_quantity": price.from_quantity,
            }  # fmt: skip


def offer() -> None:
    """Items and customers come before."""
    words = {
        "en": ["prices", "price list", "price history", "cost history", "product cost history",
               "product list price history"],
        "de": ["Preise", "Preisliste"], "es": ["precios"], "fr": ["prix", "tarifs"], "pl": ["ceny", "cennik"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "prices", _("Costs and sales prices"), "inventory.item.manage", FIELDS,
            ("item", "valid_from", "customer", "unit", "from_quantity"), _take, _rows, synonyms=words,
        )
    )  # fmt: skip
