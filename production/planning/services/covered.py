"""Which items the plan of a site orders: replenishment suggests nothing for them besides."""

from collections.abc import Collection
from decimal import Decimal

import numpy as np

from factory_core.plant.models import Site
from inventory.purchasing.models import PurchaseRequest
from inventory.purchasing.states import RequestStatus
from inventory.replenishment.demand import Planned
from production.planning.models import Firming
from production.planning.queries.listing import latest_run
from production.planning.queries.proposals import Wish, batches, day_of
from production.planning.services.locking import beside_others

ASKED = "inventory.purchaserequest"


def items_planned(items: Collection[int], site_id: int, hold: bool) -> Planned:
    """By item: the first open proposal of the latest plan, else the open request that came of one."""
    site = Site.objects.get(pk=site_id)
    if hold:
        beside_others(site)
    found: Planned = {}
    if (run := latest_run(site)) is not None:
        for batch in batches(run, Wish(items=items, firmed=False)):
            known, first = np.unique(batch.items, return_index=True)
            for item, row in zip(known.tolist(), batch.rows[first], strict=True):
                found.setdefault(item, (Decimal(int(row["quantity"])).scaleb(-6), day_of(run, int(row["due"]))))
    waiting = PurchaseRequest.objects.filter(site=site, status=RequestStatus.OPEN)
    wanted = set(items)
    for one in Firming.objects.filter(site=site, made_kind=ASKED, made_id__in=waiting.values("pk")):
        if one.item_id in wanted:
            found.setdefault(one.item_id, (one.quantity, one.due_on))
    return found
