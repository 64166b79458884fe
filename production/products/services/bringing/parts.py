"""The items and units that rows of structures name, asked for once a batch; missing ones are made where wished."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.importing.kinds import Context, Row
from inventory.items.models import Item, ItemBarcode, ItemUnit, Unit
from inventory.items.queries.units import measure_of
from inventory.items.rules import conversion
from inventory.items.rules.facts import number_fits
from inventory.items.states import Dimension

# What others call a piece; each of them is one piece of an item that is counted in pieces.
_PIECES = frozenset(
    ("PCS", "PC", "PCE", "EA", "EACH", "C62", "H87", "ST", "STK", "STCK", "STÜCK", "UN", "UD", "UND", "PZA", "SZT")
)
# What is said of an item in whatever it is counted in, by the same file as the item; it counts nothing by itself.
_OWN = ("inventory.items.", "inventory.replenishment.")
ITEM_MANAGE = "inventory.item.manage"


@dataclass(slots=True)
class Parts:
    """What rows name. `of` asks for it; items that are made or counted otherwise are stored by `keep`."""

    context: Context
    items: dict[str, Item]
    units: dict[str, Unit]
    own: dict[tuple[int, int], Decimal]
    missing: dict[str, Item] = field(default_factory=dict)
    counted: dict[int, Item] = field(default_factory=dict)
    barcodes: frozenset[str] = frozenset()
    _idle: dict[int, bool] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, context: Context, numbers: Iterable[object]) -> "Parts":
        """The items of these numbers that the person may see; the case of letters does not tell two apart."""
        said = {str(number) for number in numbers if number is not None}
        asked = {number.upper() for number in said}
        rows = visible(context.actor, Item.objects.all()).annotate(upper=Upper("number")).filter(upper__in=asked)
        # Nobody drafts a version of one of these meanwhile, or counts it otherwise.
        rows = rows.select_related("unit").select_for_update(of=("self",), no_key=True).order_by("pk")
        items: dict[str, Item] = {item.number.upper(): item for item in rows}
        own = ItemUnit.objects.filter(item__in=[item.pk for item in items.values()])
        return cls(
            context, items, {unit.code.upper(): unit for unit in Unit.objects.all()},
            {(item, unit): factor for item, unit, factor in own.values_list("item_id", "unit_id", "factor")},
            barcodes=frozenset(ItemBarcode.objects.filter(code__in=said).values_list("code", flat=True)),
        )  # fmt: skip

    def item(self, number: str) -> Item | None:
        """An item by its number, one about to be made included."""
        key = number.upper()
        return self.items.get(key) or self.missing.get(key)

    def unit(self, code: object) -> Unit | None:
        """A unit by its code; any word for a piece is found."""
        if code is None:
            return None
        key = str(code).strip().upper()
        return self.units.get(key) or (self.units.get(conversion.PIECES.upper()) if key in _PIECES else None)

    def named(self, row: Row, name: str, number: str, facts: dict[str, Any] | None = None) -> Item | None:
        """The item a row names; made from its number where that is wished, else the row is refused."""
        found = self.item(number)
        if found is not None:
            if number.upper() in self.missing and facts and facts.get("is_made"):
                found.is_made = True
            return found
        if not self.context.creates_missing:
            row.refuse(
                name, "unknown_reference", _("There is no item “%(number)s”.") % {"number": number[:60]},
                _("One that exists: import items first, pick another, or let it be created."),
            )  # fmt: skip
            return None
        if not may(self.context.actor, ITEM_MANAGE):
            row.refuse(name, "not_allowed", _("You may not create items, and “%s” is none yet.") % number[:60])
            return None
        made = self._made(row, name, number, facts or {})
        if made is not None:
            self.missing[number.upper()] = made
        return made

    def key(self, item: Item) -> int:
        """What tells an item from others, a stored one by its own key, one about to be made by a number below zero."""
        return item.pk or self._places.setdefault(id(item), -len(self._places) - 1)

    def factor(self, row: Row, item: Item, unit: Unit) -> tuple[Unit, Decimal] | None:
        """The unit in which a row's quantity is kept, and how many base units one is; None where the row is refused.

        An item on which nothing relies yet is counted from now on as its structure counts it, and the row says so.
        """
        base = item.unit
        if unit.pk == base.pk or (_is_piece(unit) and _is_piece(base)):
            return base, Decimal(1)
        found = self.own.get((item.pk, unit.pk)) or conversion.between(measure_of(unit), measure_of(base))
        if found is not None:
            return unit, found
        if self._is_idle(item) and may(self.context.actor, ITEM_MANAGE):
            item.unit = unit
            self.counted[item.pk] = item
            row.warn(
                "unit", "counted_otherwise",
                _("%(item)s was counted in %(base)s; its structure counts it in %(unit)s, and so do we from now on.")
                % {"item": item.number, "base": base.code, "unit": unit.code},
            )  # fmt: skip
            return unit, Decimal(1)
        row.refuse(
            "unit", "no_conversion",
            _("Nobody said how many %(base)s of %(item)s one %(unit)s is.")
            % {"base": base.code, "item": item.number, "unit": unit.code},
            _("%(base)s, the unit added to the item first, or no unit at all: then %(base)s is meant.")
            % {"base": base.code},
        )  # fmt: skip
        return None

    def ask_idle(self, pairs: Iterable[tuple[Item, Unit]]) -> None:
        """Find out of all items that may have to be counted otherwise at once whether anything relies on how."""
        asked = {item.pk for item, unit in pairs if item.pk and unit.pk != item.unit_id} - self._idle.keys()
        used: set[int] = set()
        for relation in Item._meta.related_objects if asked else ():
            model: Any = relation.related_model
            if not model.__module__.startswith(_OWN):
                rows = model._default_manager.filter(**{f"{relation.field.name}__in": asked - used})
                used.update(rows.values_list(relation.field.attname, flat=True).distinct())
        self._idle |= {key: key not in used for key in asked}

    def keep(self, needed: Collection[Item]) -> None:
        """Store what accepted rows rely on: items made for them, and those counted otherwise."""
        wanted = {id(item) for item in needed}
        Item.objects.bulk_create([item for item in self.missing.values() if id(item) in wanted], batch_size=1000)
        changed = [item for item in self.counted.values() if id(item) in wanted]
        for item in changed:
            item.version += 1
        if changed:
            Item.objects.bulk_update(changed, ["unit", "version"], batch_size=500)

    def _is_idle(self, item: Item) -> bool:
        self.ask_idle([(item, Unit(pk=0))])
        return bool(item.pk) and self._idle[item.pk] and item.pk not in self.counted

    def _made(self, row: Row, name: str, number: str, facts: dict[str, Any]) -> Item | None:
        unit = facts.pop("unit", None) or self.units.get(conversion.PIECES.upper())
        if unit is None:
            row.refuse("unit", "value_missing", _("There is no unit for “%s”: say one.") % number[:60])
            return None
        made = Item(number=number, unit=unit, **{"name": number, **{key: one for key, one in facts.items() if one}})
        try:
            made.clean_fields(exclude=["unit", "category"])
        except ValidationError as error:
            for field_name, sentences in error.message_dict.items():
                row.refuse(name, "invalid", f"{field_name}: {' '.join(sentences)}")
            return None
        if not number_fits(number) or number in self.barcodes:
            row.refuse(name, "invalid", _("'%(number)s' cannot be an item's number.") % {"number": number})
            return None
        return made


def _is_piece(unit: Unit) -> bool:
    return unit.dimension == Dimension.COUNT and unit.factor == 1 and unit.code.upper() in _PIECES
