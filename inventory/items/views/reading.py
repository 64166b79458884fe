"""The list of items, one item, and its papers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.items.forms import shown
from inventory.items.models import Item
from inventory.items.panels import item_address, panels_for
from inventory.items.queries import item_or_missing, pages
from inventory.items.queries.papers import paper_or_missing
from inventory.items.states import RevisionStatus
from inventory.items.views.common import COST_MANAGE, MANAGE, PRICE_MANAGE, VIEW, item_by_id, today
from inventory.items.words import KINDS, REVISIONS

LONGEST = 200


@never_cache
@require_GET
@door(VIEW)
def items(request: HttpRequest) -> HttpResponse:
    """Items by number, narrowed while typing."""
    user = signed_in(request)
    given = {name: request.GET.get(name, "").strip()[:LONGEST] for name in ("q", "kind", "category", "unused")}
    kind = given["kind"] if given["kind"] in KINDS else ""
    listed = pages.items_listed(user, given["q"], kind, given["category"], unused=given["unused"] == "yes")
    page = page_of(request, listed)
    context = {
        "given": given,
        "rows": [{"item": item, "kind": shown("kind", item.kind), "url": item_address(item)} for item in page.rows],
        "kinds": list(KINDS.items()),
        "categories": list(pages.categories_seen(user)),
        "next_url": page.next_url,
        "previous_url": page.previous_url,
        "may_manage": may(user, MANAGE),
    }
    return render(request, "inventory/items/items.html", context)


@never_cache
@require_GET
@door(VIEW)
def item(request: HttpRequest, number: str) -> HttpResponse:
    """One item with what belongs to it; costs and prices only for those with the right."""
    user = signed_in(request)
    return render(request, "inventory/items/item.html", _whole(request, item_or_missing(user, number)))


@require_GET
@door(VIEW)
def by_id(request: HttpRequest, item_id: int) -> HttpResponse:
    """Lead on to the item's page, whatever it is called now."""
    return redirect(item_address(item_by_id(signed_in(request), item_id)))


@require_GET
@door(VIEW)
def paper(request: HttpRequest, paper_id: int) -> HttpResponse:
    """The content of an attachment, always as a file: it never runs in the plant's own pages."""
    found, path = paper_or_missing(signed_in(request), paper_id)
    answer = HttpResponse(path.read_bytes(), content_type=found.media_type)
    answer["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _whole(request: HttpRequest, found: Item) -> dict[str, Any]:
    user = signed_in(request)
    costs = pages.costs_of(user, found)
    return {
        "item": found,
        "words": {name: shown(name, getattr(found, name)) for name in ("kind", "tracking", "pick_rule", "valuation")},
        "units": pages.units_of_item(user, found),
        "barcodes": pages.barcodes_of(user, found),
        "revisions": [
            (revision, REVISIONS[RevisionStatus(revision.status)]) for revision in pages.revisions_of(user, found)
        ],
        "suppliers": pages.suppliers_of(user, found),
        "papers": pages.papers_of(user, found),
        "costs": costs,
        "cost_in_force": pages.in_force(costs, today()),
        "sales_prices": pages.sales_prices_of(user, found),
        "panels": panels_for(user, found),
        "may_manage": may(user, MANAGE),
        "may_see_costs": may(user, pages.COST_VIEW),
        "may_see_prices": may(user, pages.PRICE_VIEW),
        "may_set_costs": may(user, COST_MANAGE),
        "may_set_prices": may(user, PRICE_MANAGE),
        "may_print": may(user, "inventory.label.print"),
        **story_for(user, found),
    }
