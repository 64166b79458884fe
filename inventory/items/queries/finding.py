"""Items by what people know of them."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.items.models import Item, ItemBarcode, SupplierItem
from inventory.items.rules import gs1

Actor = User | AnonymousUser


class NoSuchItem(Missing):
    """The item does not exist, or the asker may not see it."""

    code = "no_such_item"


def items_seen(actor: Actor) -> QuerySet[Item]:
    """The items the actor may see, with unit and category, by number."""
    return visible(actor, Item.objects.select_related("unit", "category")).order_by("number")


def item_of(actor: Actor, number: str) -> Item | None:
    """The item of a number as somebody wrote it, the exact spelling first; None if there is none to see."""
    typed = number.strip()
    # Two items may differ in the case of a letter only; then only the exact one is meant.
    found = list(items_seen(actor).filter(number__iexact=typed)[:2])
    exact = next((item for item in found if item.number == typed), None)
    return exact or (found[0] if len(found) == 1 else None)


def item_or_missing(actor: Actor, number: str) -> Item:
    """The item of a number. Raises NoSuchItem."""
    item = item_of(actor, number)
    if item is None:
        raise NoSuchItem(_("There is no item %(number)s that you may see.") % {"number": number.strip()[:60]})
    return item


def items_found(actor: Actor, q: str) -> QuerySet[Item]:
    """Items whose number, name, drawing, GTIN, barcode or supplier's number has what was typed."""
    typed = q.strip()
    if not typed:
        return items_seen(actor)
    named = Q(number__icontains=typed) | Q(name__icontains=typed) | Q(drawing_number__istartswith=typed)
    named |= Q(pk__in=ItemBarcode.objects.filter(code__istartswith=typed).values("item"))
    named |= Q(pk__in=SupplierItem.objects.filter(supplier_number__istartswith=typed).values("item"))
    if gs1.is_digits(typed):
        named |= Q(gtin__startswith=typed) | Q(gtin__in=gs1.gtin_forms(typed))
    return items_seen(actor).filter(named)
