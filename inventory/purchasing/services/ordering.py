"""Turn requests into an order."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.items.queries import to_base
from inventory.purchasing.models import PurchaseOrder, PurchaseRequest
from inventory.purchasing.services.orders import order_from
from inventory.purchasing.services.refusals import BadPurchase
from inventory.purchasing.services.requests import open_requests, tie_to_line


def order_requests(*, actor: User, request_ids: Sequence[int], supplier: Partner, at: datetime) -> PurchaseOrder:
    """One draft for these requests: those for the same item share a line, wanted on the earliest of their days.

    Raises AlreadyOrdered, BadPurchase when they are for different sites.
    """
    requests = open_requests(actor, request_ids)
    if not requests:
        raise BadPurchase(_("Choose at least one request."))
    if len({request.site_id for request in requests}) > 1:
        raise BadPurchase(_("These requests are for different sites. Make an order for each site."))
    by_item: dict[Item, list[PurchaseRequest]] = defaultdict(list)
    for request in requests:
        by_item[request.item].append(request)
    wishes = [
        (
            item,
            sum((to_base(item, one.quantity, one.unit) for one in wanted), Decimal(0)),
            min((one.wanted_on for one in wanted if one.wanted_on), default=None),
        )
        for item, wanted in by_item.items()
    ]
    order = order_from(actor=actor, supplier=supplier, site=requests[0].site, wishes=wishes, at=at)
    for line in order.lines.select_related("order", "item"):
        tie_to_line(actor, by_item[line.item], line, at)
    return order
