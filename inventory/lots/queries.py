"""Which lots there are."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.lots.models import Lot


class NoSuchLot(Missing):
    """The lot does not exist, or the asker may not see it."""

    code = "no_such_lot"


def lots_seen(actor: User | AnonymousUser) -> QuerySet[Lot]:
    """The lots somebody may see, newest first, with their items."""
    return visible(actor, Lot.objects.select_related("item__unit", "supplier", "revision")).order_by("-id")


def lot_or_missing(actor: User | AnonymousUser, lot_id: int) -> Lot:
    """A lot somebody may see. Raises NoSuchLot."""
    lot = lots_seen(actor).filter(pk=lot_id).first()
    if lot is None:
        raise NoSuchLot(_("There is no such lot that you may see."))
    return lot


def lot_named(item: Item, number: str) -> Lot | None:
    """The lot of an item by its number."""
    return Lot.objects.filter(item=item, number=number.strip()).first()


def lots_found(actor: User | AnonymousUser, q: str, item: Item | None = None) -> QuerySet[Lot]:
    """Lots whose number, or the supplier's number, begins with `q`, whatever the case; all of them for an empty `q`."""
    lots = lots_seen(actor)
    if item is not None:
        lots = lots.filter(item=item)
    start = q.strip().upper()
    if not start:
        return lots
    return lots.annotate(upper_number=Upper("number"), upper_supplier_lot=Upper("supplier_lot")).filter(
        Q(upper_number__startswith=start) | Q(upper_supplier_lot__startswith=start)
    )
