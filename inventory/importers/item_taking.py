"""A batch of rows becomes items, and what belongs to them: costs, prices, reorder points."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Context, Outcome, Row
from inventory.importers.amounts import costs, sales_prices
from inventory.importers.common import Upsert, column_of, found_by, refuse_without, said
from inventory.importers.groups import known_groups, new_group
from inventory.importers.item_rules import Rules
from inventory.importers.units import known_units
from inventory.items.models import Item, ItemBarcode, ItemCategory, Unit
from inventory.items.rules import gs1
from inventory.items.rules.conversion import PIECES
from inventory.items.services.items import FIXED_IN_USE, check_facts, refuse_in_use, refuse_taken
from inventory.items.states import Dimension, ItemKind
from inventory.stock.rules.valuation import money

_COST, _PRICE = "inventory.cost.manage", "inventory.price.manage"
_NAMED = (
    "number", "name", "description", "kind", "tracking", "pick_rule", "valuation", "shelf_life_days", "gtin",
    "is_sold", "inspect_on_receipt", "drawing_number", "size", "color", "is_active",
)  # fmt: skip
_FIXED = tuple("unit_id" if name == "unit" else name for name in sorted(FIXED_IN_USE))


class Items:
    """The items that some rows mean; `take` brings all of it in."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.rows, self.context = rows, context
        self.units = known_units(context.actor, {*column_of(rows, "unit", "weight_unit"), PIECES})
        self.groups = known_groups(column_of(rows, "group"))
        locked = Item.objects.select_for_update(no_key=True).order_by("pk")
        there = found_by(locked, "number", column_of(rows, "number"))
        self.stored = {item.pk: {name: getattr(item, name) for name in _FIXED} for item in there.values()}
        self.codes = self._codes_taken()
        self.upsert = Upsert(
            Item, context, {number.upper(): item for number, item in there.items()}, self._check,
            {"unit_id": {unit.pk: unit.code for unit in Unit.objects.all()},
             "category_id": {group.pk: group.code for group in ItemCategory.objects.all()}},
        )  # fmt: skip

    def take(self) -> None:
        """The items, then what belongs to them."""
        self._make_groups()
        meant = [(row, item) for row in self.rows if (item := self._put(row)) is not None]
        self.upsert.save()
        self._take_money([(row, item) for row, item in meant if row.outcome is not Outcome.REFUSED])
        Rules(self.context).take([(row, item) for row, item in meant if row.outcome is not Outcome.REFUSED])

    def _make_groups(self) -> None:
        """Groups that are only named are made where people allow it; the importer has refused the others."""
        if not self.context.creates_missing:
            return
        missing = {name.upper(): name for name in sorted(column_of(self.rows, "group") - self.groups.keys())}
        made = ItemCategory.objects.bulk_create([ItemCategory(**new_group(name[:120])) for name in missing.values()])
        by_name = dict(zip(missing, made, strict=True))
        for text in column_of(self.rows, "group") - self.groups.keys():
            self.groups[text] = by_name[text.upper()]

    def _put(self, row: Row) -> Item | None:
        value = row.values.get
        number = str(value("number"))
        refused = [refuse_without(row, self.context, name, right)
                   for name, right in (("standard_cost", _COST), ("list_price", _PRICE))]  # fmt: skip
        wish = said(row, **{name: value(name) for name in _NAMED if name != "number"}, unit_id=self._unit(row, "unit"))
        if "group" in row.values:
            group = self.groups.get(str(value("group")))
            wish["category_id"] = group.pk if group else None
        if value("supply") is not None:
            wish["is_made"], wish["is_bought"] = value("supply") != "BUY", value("supply") != "MAKE"
        if "weight" in row.values:
            wish["weight_kg"] = self._weight(row)
        kind = ItemKind.PRODUCT if value("is_sold") else ItemKind.COMPONENT
        new = {"number": number, "name": number, "kind": kind.value, "unit_id": self._pieces(row)}
        if any(refused) or row.outcome is not None:
            return None
        return self.upsert.put(row, number.upper(), wish, new, name="number")

    def _unit(self, row: Row, name: str) -> int | None:
        code = row.values.get(name)
        if code is None:
            return None
        unit = self.units.get(str(code))
        if unit is None:
            row.refuse(name, "unknown_reference", _("There is no unit “%(code)s”.") % {"code": code},
                       _("One that exists: import units first, or pick another."))  # fmt: skip
        return unit.pk if unit else None

    def _pieces(self, row: Row) -> int | None:
        if row.values.get("unit") is not None or str(row.values["number"]).upper() in self.upsert.known:
            return None
        unit = self.units.get(PIECES)
        if unit is None:
            row.refuse("unit", "value_missing", _("The plant has no unit %(pieces)s: say in what %(item)s is counted.")
                       % {"pieces": PIECES, "item": row.values["number"]})  # fmt: skip
        return unit.pk if unit else None

    def _weight(self, row: Row) -> Decimal | None:
        weight, code = row.values.get("weight"), row.values.get("weight_unit")
        if not isinstance(weight, Decimal):
            return None
        unit = self.units.get(str(code)) if code is not None else None
        if code is not None and (unit is None or unit.dimension != Dimension.MASS):
            row.refuse("weight_unit", "no_mass", _("“%(code)s” is no unit of weight.") % {"code": code},
                       _("A unit that measures mass, such as kg, g or lb."))  # fmt: skip
            return None
        return money(weight * (unit.factor if unit else 1))

    def _take_money(self, meant: list[tuple[Row, Item]]) -> None:
        cost, price = costs(self.context), sales_prices(self.context)
        keys = [item.pk for _row, item in meant]
        cost.load(keys)
        price.load(keys)
        for row, item in meant:
            if isinstance(amount := row.values.get("standard_cost"), Decimal):
                cost.hold_now(row, (item.pk,), amount)
            if isinstance(amount := row.values.get("list_price"), Decimal):
                price.hold_now(row, (item.pk, None, item.unit_id, Decimal(0)), amount)
        cost.save()
        price.save()

    def _check(self, item: Item) -> None:
        check_facts(item, exclude=("unit", "category"))
        before = self.stored.get(item.pk, {})
        changed = [name.removesuffix("_id") for name in before if getattr(item, name) != before[name]]
        if changed:
            refuse_in_use(item, changed)
        codes = [item.number.upper(), *(gs1.gtin_forms(item.gtin) if item.gtin else ())]
        for place, code in enumerate(codes):
            owner = self.codes.setdefault(code, item)
            if owner is not item and (owner.pk is None or owner.pk != item.pk):
                raise refuse_taken("gtin" if place else "number", str(item.gtin if place else item.number), owner)

    def _codes_taken(self) -> dict[str, Any]:
        """Whose the numbers, GTINs and barcodes are that these rows say: no code means two items."""
        forms = {form for gtin in column_of(self.rows, "gtin") for form in gs1.gtin_forms(gtin)}
        asked = {*column_of(self.rows, "number"), *forms}
        barcodes = ItemBarcode.objects.filter(code__in=asked).select_related("item")
        gtins = Item.objects.filter(gtin__in=forms)
        taken = {form: item for item in gtins for form in gs1.gtin_forms(str(item.gtin))}
        return {**{row.code.upper(): row.item for row in barcodes}, **taken}
