"""What a plan could not do, in sentences."""

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from inventory.items.models import Item
from production.planning.queries.reading import Read
from production.planning.rules import Netted

Ints = NDArray[np.int64]
MOST_TOLD = 50


def findings_of(read: Read, plan: Netted) -> list[str]:
    """Loops, items that are needed and come from nowhere, and those nobody can firm as they stand."""
    figures = read.figures
    wanted = np.zeros(len(figures.ids), dtype=bool)
    wanted[plan.planned.item] = True
    needed = np.flatnonzero(wanted)
    nowhere = needed[~(figures.makes[needed] | figures.buys[needed])]
    unrouted = needed[figures.makes[needed] & ~figures.passes[needed] & ~figures.has_routing[needed]]
    unsupplied = needed[figures.buys[needed] & ~figures.has_supplier[needed]]
    told = []
    if plan.loop:
        keys = figures.ids[plan.loop].tolist()
        names = _numbers(keys)
        way = " › ".join(names.get(key, "?") for key in keys)
        told.append(
            _("%(loop)s contains itself; it is not planned through. Make one of the bills obsolete.") % {"loop": way}
        )
    kinds = (
        (
            np.searchsorted(figures.ids, figures.lotless),
            _("%(item)s has no economic lot: its yearly demand or costs are missing. It is planned lot for lot."),
        ),
        (nowhere, _("%(item)s is needed, but is neither made nor bought.")),
        (unrouted, _("%(item)s is to be made, but no routing of it is released.")),
        (unsupplied, _("%(item)s is to be bought, but nobody is known to deliver it.")),
    )
    for places, text in kinds:
        shown = figures.ids[places[:MOST_TOLD]].tolist()
        names = _numbers(shown)
        told += [text % {"item": names[key]} for key in shown]
        if more := len(places) - len(shown):
            message = ngettext("The same is true of %(n)d more item.", "The same is true of %(n)d more items.", more)
            told.append(message % {"n": more})
    return told


def item_number(place: int) -> str:
    """The number of the item at a place of the arrays (items by id); empty for none."""
    if place < 0:
        return ""
    found: str | None = Item.objects.order_by("id").values_list("number", flat=True)[place : place + 1].first()
    return found or ""


def _numbers(keys: list[int]) -> dict[int, str]:
    return dict(Item.objects.filter(pk__in=keys).values_list("pk", "number")) if keys else {}
