"""Who supplies which item, and how, comes over."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from factory_core.access.policy import may, visible
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Outcome, Row, Value, offer_kind
from factory_core.importing.matching import words_for
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.importers.amounts import purchase_prices
from inventory.importers.common import Upsert, column_of, found_by, refuse_without, said
from inventory.importers.converting import Factors
from inventory.importers.units import known_units
from inventory.items.models import Item, ItemUnit, PriceBreak, SupplierItem, Unit
from inventory.items.services.common import checked
from inventory.stock.rules.valuation import money

ZERO, COST = Decimal(0), "inventory.cost.manage"
FIELDS = (
    Field("item", _("item"), FieldType.REFERENCE, required=True, refers_to="items", example="HOUS-12",
          synonyms=words_for("item")),
    Field("supplier", _("supplier"), FieldType.REFERENCE, required=True, refers_to="suppliers", example="S-1001",
          synonyms=words_for("supplier", en="supplier|vendor|business entity id")),
    Field("supplier_number", _("supplier's number"), longest=80, example="4711-0815",
          synonyms=words_for("supplier_part_number")),
    Field("unit", _("unit"), FieldType.REFERENCE, refers_to="units", example="box",
          note=_("The item's base unit where nothing is said."), synonyms=words_for("unit")),
    Field("unit_factor", _("base units in one unit"), FieldType.NUMBER, smallest=Decimal("0.000000000001"),
          example="12", note=_("For units that do not say it themselves, such as a box; kept with the item."),
          synonyms={"en": ["base units in one unit", "pieces per unit", "conversion factor", "units per pack"],
                    "de": ["Stück je Einheit", "Umrechnungsfaktor"], "es": ["unidades por paquete"],
                    "fr": ["unités par emballage"], "pl": ["sztuk w jednostce"]}),
    Field("lead_time", _("lead time in days"), FieldType.WHOLE, smallest=ZERO, example="14",
          synonyms=words_for("lead_time")),
    Field("price", _("price for one unit"), FieldType.NUMBER, smallest=ZERO, example="3.20",
          note=_("From the day beside it on, else from today on."),
          synonyms=words_for("price", en="price|standard price|purchase price|unit price")),
    Field("from_quantity", _("price from quantity"), FieldType.NUMBER, smallest=ZERO, example="100",
          synonyms=words_for("from_quantity")),
    Field("valid_from", _("price valid from"), FieldType.DATE, example="2026-01-01", synonyms=words_for("valid_from")),
    Field("least_quantity", _("least quantity"), FieldType.NUMBER, smallest=ZERO, example="10",
          synonyms=words_for("minimum_order_quantity")),
    Field("multiple", _("multiple of"), FieldType.NUMBER, smallest=ZERO, example="10",
          synonyms=words_for("order_multiple")),
    Field("is_preferred", _("preferred"), FieldType.YES_NO, example="yes",
          synonyms={"en": ["preferred", "preferred supplier", "main supplier"], "de": ["Hauptlieferant", "bevorzugt"],
                    "es": ["proveedor preferente"], "fr": ["fournisseur principal"], "pl": ["główny dostawca"]}),
    Field("is_active", _("in use"), FieldType.YES_NO, example="yes",
          synonyms={"en": ["active", "in use"], "de": ["aktiv"], "es": ["activo"], "fr": ["actif"],
                    "pl": ["aktywny"]}),
)  # fmt: skip


def _take(rows: Sequence[Row], context: Context) -> None:
    _Supplies(rows, context).take()


class _Supplies:
    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.rows, self.context = rows, context
        self.items = found_by(
            Item.objects.select_for_update(no_key=True).order_by("pk"), "number", column_of(rows, "item")
        )
        self.partners = found_by(Partner.objects.all(), "code", column_of(rows, "supplier"))
        self.units = known_units(context.actor, column_of(rows, "unit"))
        self.factors = Factors(self.items.values())
        self.own = Upsert(ItemUnit, context, dict(self.factors.own.items()))
        there = SupplierItem.objects.filter(item__in=[item.pk for item in self.items.values()])
        self.supplies = Upsert(SupplierItem, context, {(row.item_id, row.supplier_id): row for row in there}, _check,
                               {"unit_id": {key: unit.code for key, unit in self.factors.units.items()}})  # fmt: skip
        self.preferred = {row.item_id: row for row in self.supplies.known.values() if row.is_preferred}
        self.priced = set(PriceBreak.objects.filter(supplier_item__in=there).values_list("supplier_item_id", flat=True))
        # Several rows may say several prices of one supplier for one item.
        self.told: dict[tuple[int, int], Any] = {}

    def take(self) -> None:
        meant = [(row, supply) for row in self.rows if (supply := self._put(row)) is not None]
        self.own.save()
        self.supplies.save()
        prices = purchase_prices(self.context)
        prices.load([supply.pk for _row, supply in meant])
        for row, supply in meant:
            amount = row.values.get("price")
            if not isinstance(amount, Decimal) or row.outcome is Outcome.REFUSED:
                continue
            key = (supply.pk, money(Decimal(str(row.values.get("from_quantity") or 0))))
            day: Any = row.values.get("valid_from")
            if day is None:
                prices.hold_now(row, key, amount)
            else:
                prices.hold_from(row, key, amount, day)
        prices.save()

    def _put(self, row: Row) -> SupplierItem | None:
        value = row.values.get
        item, partner = self.items.get(str(value("item"))), self.partners.get(str(value("supplier")))
        if item is None or partner is None:
            _unknown(row, "item" if item is None else "supplier")
            return None
        if refuse_without(row, self.context, "price", COST):
            return None
        unit = self._unit(row, item)
        if unit is None or (value("is_preferred") and not self._prefer(row, item, partner)):
            return None
        key = (item.pk, partner.pk)
        if key in self.told:
            # Said above: this row adds a price, what else it says must be the same.
            return self._again(row, key)
        known = self.supplies.known.get(key)
        if known is not None and "unit" in row.values and known.unit_id != unit.pk and known.pk in self.priced:
            row.refuse("unit", "unit_stays", _now("Prices of this supplier are per %(unit)s: the unit stays.")
                       % {"unit": self.factors.units[known.unit_id].code})  # fmt: skip
            return None
        if known is None and not partner.is_supplier:
            row.refuse("supplier", "no_supplier", _now("%(name)s is no supplier.") % {"name": partner.name})
            return None
        wish = said(row, supplier_number=value("supplier_number"), least_quantity=_six(value("least_quantity")),
                    multiple=_six(value("multiple")), is_preferred=value("is_preferred"),
                    is_active=value("is_active"))  # fmt: skip
        if value("unit") is not None:
            wish["unit_id"] = unit.pk
        if "lead_time" in row.values:
            wish["lead_time_days"] = value("lead_time")
        new = {"item_id": item.pk, "supplier_id": partner.pk, "unit_id": item.unit_id, "is_active": partner.is_active}
        found: SupplierItem | None = self.supplies.put(row, key, wish, new, name="supplier")
        if found is not None:
            self.told[key] = row
        return found

    def _again(self, row: Row, key: tuple[int, int]) -> SupplierItem | None:
        if row.values.get("price") is None:
            row.refuse("supplier", "twice_in_file", _now("This supplier stands at this item in row %(first)d already.")
                       % {"first": self.told[key].number})  # fmt: skip
            return None
        row.outcome = Outcome.UNCHANGED
        found: SupplierItem = self.supplies.known[key]
        return found

    def _unit(self, row: Row, item: Item) -> Unit | None:
        code, factor = row.values.get("unit"), row.values.get("unit_factor")
        if code is None:
            return self.factors.units[item.unit_id]
        unit = self.units.get(str(code))
        if unit is None:
            _unknown(row, "unit")
            return None
        known = self.factors.factor(item, unit)
        if known is None and isinstance(factor, Decimal):
            self.own.put(row, (item.pk, unit.pk), {"factor": factor}, {"item_id": item.pk, "unit_id": unit.pk})
            self.factors.own[(item.pk, unit.pk)] = self.own.known[(item.pk, unit.pk)]
            row.outcome = None
        elif known is None:
            self.factors.refuse(row, item, unit)
            return None
        return unit

    def _prefer(self, row: Row, item: Item, partner: Partner) -> bool:
        """One supplier is preferred: who was it so far is it no longer, unless this file says so of two."""
        former = self.preferred.get(item.pk)
        if former is not None and former.supplier_id != partner.pk:
            if (item.pk, former.supplier_id) in self.told:
                row.refuse("is_preferred", "twice_in_file", _now("Two suppliers of %(item)s are said to be preferred.")
                           % {"item": item.number}, _now("One."))  # fmt: skip
                return False
            former.is_preferred = False
            former.version += 1
            former.save(update_fields=["is_preferred", "version", "updated_at"])
        self.preferred[item.pk] = SupplierItem(item_id=item.pk, supplier_id=partner.pk)
        return True


def _check(supply: SupplierItem) -> None:
    checked(supply, ("item", "supplier", "unit"))


def _six(value: Value) -> Decimal | None:
    return money(value) if isinstance(value, Decimal) else None


def _unknown(row: Row, name: str) -> None:
    row.refuse(name, "unknown_reference", _now("There is no “%(value)s”.") % {"value": row.values.get(name)})


def _rows(actor: User, site: Site | None) -> Iterator[Mapping[str, Value]]:
    supplies = visible(actor, SupplierItem.objects.select_related("item", "supplier", "unit")).prefetch_related(
        "prices"
    )
    shows_prices = may(actor, "inventory.cost.view")
    for supply in supplies.order_by("item__number", "supplier__code").iterator(chunk_size=1000):
        row = {
            "item": supply.item.number, "supplier": supply.supplier.code,
            "supplier_number": supply.supplier_number or None,
            "unit": supply.unit.code, "unit_factor": None, "lead_time": supply.lead_time_days,
            "least_quantity": supply.least_quantity, "multiple": supply.multiple, "is_preferred": supply.is_preferred,
            "is_active": supply.is_active, "price": None, "from_quantity": None, "valid_from": None,
        }  # fmt: skip
        prices = list(supply.prices.all()) if shows_prices else []
        for price in prices:
            yield {**row, "price": price.price, "from_quantity": price.from_quantity, "valid_from": price.valid_from}
        if not prices:
            yield row


def offer() -> None:
    """Items and suppliers come before."""
    words = {
        "en": ["supplier items", "suppliers of items", "product vendor", "vendor parts", "purchasing info records"],
        "de": ["Lieferantenartikel", "Einkaufsinfosätze"], "es": ["artículos de proveedor"],
        "fr": ["articles fournisseurs"], "pl": ["towary dostawców"],
    }  # fmt: skip
    offer_kind(
        Kind(
            "supplier_items", _("Suppliers of items"), "inventory.item.manage", FIELDS,
            ("item", "supplier", "from_quantity", "valid_from"), _take, _rows, synonyms=words,
        )
    )  # fmt: skip
