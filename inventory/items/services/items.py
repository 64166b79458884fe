"""Acts on items themselves, and on their categories."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.people.models import User
from inventory.items import events
from inventory.items.models import Item, ItemBarcode, ItemCategory, Unit
from inventory.items.rules import facts as rules
from inventory.items.rules import gs1
from inventory.items.services.common import (
    MANAGE,
    CodeInUse,
    ItemInUse,
    check_version,
    checked,
    locked_item,
    readable,
    refuse,
    saved,
    tell,
)  # fmt: skip


class ItemFacts(TypedDict, total=False):
    """What may be said of an item; what is left out stays as it is."""

    number: str
    name: str
    description: str
    kind: str
    category: ItemCategory | None
    unit: Unit
    tracking: str
    pick_rule: str
    valuation: str
    shelf_life_days: int | None
    gtin: str | None
    is_bought: bool
    is_made: bool
    is_sold: bool
    inspect_on_receipt: bool
    drawing_number: str
    size: str
    color: str
    weight_kg: Decimal | None
    is_active: bool


FACTS: tuple[str, ...] = tuple(ItemFacts.__annotations__)
# Stock and documents were reckoned by these; with another answer they would mean something else.
FIXED_IN_USE = frozenset({"unit", "tracking", "valuation"})
# Their rows belong to the item itself and rely on nothing.
_OWN = "inventory.items."


def create_item(*, actor: User, at: datetime, **facts: Unpack[ItemFacts]) -> Item:
    """Create an item; number, name and unit must be said. Raises BadItem, CodeInUse, Forbidden."""
    require(actor, MANAGE)
    item = Item()
    _take(item, facts)
    item.save()
    tell(events.ITEM_CREATED, item, at=at, actor=actor)
    return item


def change_item(
    *, actor: User, item_id: int, at: datetime, version: int | None = None, **facts: Unpack[ItemFacts]
) -> Item:
    """Change facts of an item. Base unit, tracking and valuation stay once there is stock or a document.

    Raises NoSuchItem, StaleVersion with the present facts, BadItem, CodeInUse, ItemInUse, Forbidden.
    """
    item = locked_item(actor, item_id)
    check_version(item, version, shown_facts(item))
    before = {name: getattr(item, name) for name in facts}
    _take(item, facts)
    changed = [name for name in facts if getattr(item, name) != before[name]]
    refuse_in_use(item, changed)
    if changed:
        saved(item, changed)
        tell(events.ITEM_CHANGED, item, at=at, actor=actor, fields=", ".join(_label(name) for name in changed))
    return item


def add_category(
    *, actor: User, code: str, name: str, at: datetime, parent: ItemCategory | None = None
) -> ItemCategory:
    """Add a group of items, maybe as part of another one. Raises BadItem, Forbidden."""
    require(actor, MANAGE)
    category = ItemCategory(code=code.strip(), name=name.strip(), parent=parent)
    _check_category(category)
    category.save()
    tell(events.CATEGORY_ADDED, category, at=at, actor=actor)
    return category


def change_category(
    *,
    actor: User,
    category_id: int,
    name: str,
    parent: ItemCategory | None,
    at: datetime,
    version: int | None = None,
) -> ItemCategory:
    """Rename a group of items or hang it elsewhere in the tree. Raises StaleVersion, BadItem, Forbidden."""
    require(actor, MANAGE)
    # One lock for the whole tree: two branches hung into each other at once would make a ring.
    tree = {row.pk: row for row in ItemCategory.objects.select_for_update().order_by("pk")}
    if category_id not in tree:
        raise refuse("category", _("There is no such category."))
    category = tree[category_id]
    check_version(category, version, {"name": category.name})
    category.name, category.parent = name.strip(), parent
    _check_category(category)
    above = parent
    while above is not None:
        if above.pk == category.pk:
            raise refuse("parent", _("%(name)s cannot be part of itself.") % {"name": category.name})
        above = tree.get(above.parent_id) if above.parent_id else None
    saved(category, ["name", "parent"])
    tell(events.CATEGORY_CHANGED, category, at=at, actor=actor)
    return category


def refuse_in_use(item: Item, changed: Sequence[str]) -> None:
    """Refuse other ways of counting where something relies on them. Raises ItemInUse beside the first such field."""
    fixed = sorted(FIXED_IN_USE & set(changed))
    if fixed and (user := user_of(item)):
        sentence = _("%(item)s is in use (%(where)s): its %(field)s stays. Make a new item instead.") % {
            "item": item.number, "where": user, "field": _label(fixed[0]),
        }  # fmt: skip
        errors = [{"pointer": f"/{fixed[0]}", "code": ItemInUse.code, "message": sentence}]
        raise ItemInUse(sentence, errors=errors)


def user_of(item: Item) -> str:
    """What relies on how an item is counted, in a word: lots, stock moves, order lines; empty where nothing does."""
    for relation in Item._meta.related_objects:
        model: Any = relation.related_model
        if model.__module__.startswith(_OWN):
            continue
        if model._default_manager.filter(**{relation.field.name: item}).exists():
            return str(model._meta.verbose_name_plural)
    return ""


def shown_facts(item: Item) -> dict[str, Any]:
    """The facts as they stand, for comparing two versions: words and codes, amounts without trailing zeros."""
    return {name: readable(getattr(item, name)) for name in FACTS}


def _take(item: Item, facts: ItemFacts) -> None:
    said: dict[str, Any] = {**facts}
    for name, value in said.items():
        setattr(item, name, value.strip() if isinstance(value, str) else value)
    check_facts(item)
    _check_codes(item)


def check_facts(item: Item, exclude: Sequence[str] = ()) -> None:
    """The facts of an item taken by themselves, columns in `exclude` apart; whether its codes are free is not asked.

    Raises BadItem.
    """
    item.gtin = item.gtin or None
    checked(item, exclude)
    if not rules.number_fits(item.number):
        raise refuse("number", _("'%(number)s' cannot be an item's number. Choose another.") % {"number": item.number})
    if rules.needs_lots(item.tracking, item.pick_rule, item.shelf_life_days):
        raise refuse(
            "tracking", _("Only lots and serials have a day on which they expire. Tell the item apart by lot.")
        )
    if item.gtin is None:
        return
    if digit := rules.expected_digit(item.gtin):
        raise refuse("gtin", _("The last digit of %(gtin)s should be %(digit)s.") % {"gtin": item.gtin, "digit": digit})
    if not gs1.is_gtin(item.gtin):
        raise refuse("gtin", _("A GTIN has 8, 12, 13 or 14 digits; %(gtin)s has not.") % {"gtin": item.gtin})


def _check_codes(item: Item) -> None:
    others = Item.objects.exclude(pk=item.pk)
    if others.filter(number__iexact=item.number).exists():
        raise _in_use("number", _("There is an item %(number)s already.") % {"number": item.number})
    barcodes = ItemBarcode.objects.exclude(item_id=item.pk)
    if (taken := barcodes.filter(code=item.number).select_related("item").first()) is not None:
        raise refuse_taken("number", item.number, taken.item)
    if item.gtin is None:
        return
    forms = gs1.gtin_forms(item.gtin)
    other = others.filter(gtin__in=forms).first()
    if other is None and (code := barcodes.filter(code__in=forms).select_related("item").first()) is not None:
        other = code.item
    if other is not None:
        raise refuse_taken("gtin", item.gtin, other)


def refuse_taken(field: str, code: str, owner: Item) -> CodeInUse:
    """The refusal of a code that means another item."""
    return _in_use(field, _("%(code)s means item %(item)s already.") % {"code": code, "item": owner})


def _in_use(field: str, sentence: str) -> CodeInUse:
    return CodeInUse(sentence, errors=[{"pointer": f"/{field}", "code": CodeInUse.code, "message": sentence}])


def _check_category(category: ItemCategory) -> None:
    checked(category)
    if ItemCategory.objects.filter(code=category.code).exclude(pk=category.pk).exists():
        raise refuse("code", _("There is a category %(code)s already.") % {"code": category.code}, "code_in_use")


def _label(name: str) -> str:
    return str(Item._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # only own columns are asked for
