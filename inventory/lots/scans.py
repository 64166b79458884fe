"""A scanned lot or serial number: what `inventory.items.queries.read_scan` asks of this room."""

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.items.queries import Scanned, UnknownScan
from inventory.items.states import Tracking
from inventory.lots.models import Lot

MOST_NAMED = 3


def read_lot(actor: User | AnonymousUser, text: str, item: Item | None, site: Site | None) -> Scanned | None:
    """The lot of this number, of one item if it is known. Raises UnknownScan where several items have such a lot."""
    lots = visible(actor, Lot.objects.select_related("item__unit", "item__category")).filter(number=text)
    lots = lots.order_by("item__number") if item is None else lots.filter(item=item)
    found = list(lots[: MOST_NAMED + 1])
    if len(found) > 1:
        numbers = ", ".join(lot.item.number for lot in found[:MOST_NAMED])
        raise UnknownScan(
            _("Read the lot %(lot)s, which several items have: %(items)s. Scan the item first.")
            % {"lot": text, "items": numbers},
            read=text,
        )
    if not found:
        return None
    lot = found[0]
    serial = lot.number if lot.item.tracking == Tracking.SERIAL else ""
    return Scanned(
        text,
        lot.item,
        lot_number="" if serial else lot.number,
        serial=serial,
        expires_on=lot.expires_on,
        made_on=lot.made_on,
    )
