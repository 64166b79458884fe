"""What lies where."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.lots.panels import STATUS_FAMILIES, STATUS_ICONS, STATUS_WORDS, status_word
from inventory.stock.models import StockBalance
from inventory.stock.queries import listing
from inventory.stock.queries.listing import SOON, Wish
from inventory.stock.rules.scanning import CAPABILITY
from inventory.stock.views.common import VIEW, today, typed
from inventory.stock.words import place_word

FILTERS = ("q", "site", "location", "lot", "status", "item")


@never_cache
@require_GET
@door(VIEW)
def stock(request: HttpRequest) -> HttpResponse:
    """Stock by item; by place and lot as soon as an item, a place or a lot is named."""
    user = signed_in(request)
    given = {name: typed(request, name) for name in FILTERS}
    wish = Wish(
        text=given["q"],
        site=given["site"],
        location=given["location"],
        lot=given["lot"],
        status=given["status"] if given["status"] in STATUS_WORDS else "",
        item=given["item"],
    )
    context: dict[str, Any] = {
        "given": given,
        "sites": list(listing.sites_seen(user)),
        "statuses": [(word, str(label)) for word, label in STATUS_WORDS.items()],
        "may_scan": any(may(user, capability) for capability in set(CAPABILITY.values()) - {VIEW}),
        "by_place": bool(wish.item or wish.location or wish.lot),
        "may_value": may(user, "inventory.cost.view"),
        "soon_days": SOON.days,
    }
    if context["by_place"]:
        page = page_of(request, listing.places_of_stock(user, wish))
        context["rows"] = [_place_row(balance) for balance in page.rows]
        if wish.item:
            whole = replace(wish, location="", lot="", status="")
            items = [balance.item for balance in page.rows[:1]]
            context["sums"] = listing.stock_of(user, whole, items, today()) if items else []
    else:
        page = page_of(request, listing.stocked_items(user, wish))
        context["rows"] = listing.stock_of(user, wish, page.rows, today())
    context |= {"next_url": page.next_url, "previous_url": page.previous_url}
    return render(request, "inventory/stock/stock.html", context)


def _place_row(balance: StockBalance) -> dict[str, Any]:
    lot = balance.lot
    expires = lot.expires_on if lot else None
    return {
        "balance": balance,
        "free": balance.quantity - balance.reserved,
        "place_word": place_word(balance.location.kind),
        "status": status_word(lot.status) if lot else "",
        "family": STATUS_FAMILIES[lot.status] if lot else "",
        "icon": STATUS_ICONS[lot.status] if lot else "",
        "expired": expires is not None and expires < today(),
        "soon": expires is not None and today() <= expires <= today() + SOON,
    }
