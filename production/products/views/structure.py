"""What an item is made of, unfolded level by level; where it is used; how it is made."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from factory_core.access.policy import may
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from inventory.items.queries import item_or_missing, items_seen
from production.products.events import ISSUE_WORDS, KIND_WORDS
from production.products.panels import status_chip
from production.products.queries import bom_on, explode, routing_on, where_used
from production.products.queries.pages import branches_of, items_proposed, routing_versions_of, versions_of
from production.products.states import IssuePolicy, LineKind
from production.products.views.common import MANAGE, VIEW, day_of, quantity_of

# As deep as anybody unfolds by hand.
DEEPEST, MOST_ROWS, LONGEST = 30, 2000, 60


@never_cache
@require_GET
@door(VIEW)
def bom(request: HttpRequest, number: str) -> HttpResponse:
    """The tree of the bill of materials in force on a day, and all versions."""
    user = signed_in(request)
    item, on, quantity = item_or_missing(user, number), day_of(request), quantity_of(request)
    found = bom_on(item, on)
    context = {
        "item": item,
        "on": on,
        "quantity": quantity,
        "bom": found,
        "rows": branch_rows(branches_of(found, quantity, on), 1) if found else [],
        "versions": [(one, status_chip(one.status)) for one in versions_of(user, item)],
        "may_manage": may(user, MANAGE),
    }
    return render(request, "production/products/item_bom.html", context)


@never_cache
@require_GET
@door(VIEW)
def branch(request: HttpRequest, item_id: int) -> HttpResponse:
    """One level more of the tree, as rows below the line that was unfolded."""
    user = signed_in(request)
    item = items_seen(user).filter(pk=item_id).first()
    level = int(said) if (said := request.GET.get("level", "")).isdecimal() and len(said) < 3 else 1
    on = day_of(request)
    found = bom_on(item, on) if item is not None and level <= DEEPEST else None
    rows = branch_rows(branches_of(found, quantity_of(request), on), level) if found else []
    return render(request, "production/products/_branch.html", {"rows": rows, "on": on})


@never_cache
@require_GET
@door(VIEW)
def explosion(request: HttpRequest, number: str) -> HttpResponse:
    """Everything a quantity needs, summed level by level."""
    user = signed_in(request)
    item, on, quantity = item_or_missing(user, number), day_of(request), quantity_of(request)
    found, refusal = None, ""
    try:
        found = explode(item, quantity, on)
    except Refusal as no:
        refusal = no.sentence
    context = {
        "item": item,
        "on": on,
        "quantity": quantity,
        "found": found,
        "rows": found.rows[:MOST_ROWS] if found else [],
        "more": max(len(found.rows) - MOST_ROWS, 0) if found else 0,
        "refusal": refusal,
    }
    return render(request, "production/products/explosion.html", context, status=409 if refusal else 200)


@never_cache
@require_GET
@door(VIEW)
def uses(request: HttpRequest, number: str) -> HttpResponse:
    """The bills of materials that use an item, directly or through others."""
    user = signed_in(request)
    item, all_levels = item_or_missing(user, number), request.GET.get("all") == "yes"
    above = where_used(item, all_levels=all_levels, most=MOST_ROWS)
    context = {
        "item": item,
        "all_levels": all_levels,
        "rows": [(used, status_chip(used.status)) for used in above.rows],
        "more": above.found - len(above.rows),
    }
    return render(request, "production/products/uses.html", context)


@never_cache
@require_GET
@door(VIEW)
def routings(request: HttpRequest, number: str) -> HttpResponse:
    """The routings of an item."""
    user = signed_in(request)
    item, on = item_or_missing(user, number), day_of(request)
    context = {
        "item": item,
        "on": on,
        "routing": routing_on(item, on),
        "versions": [(one, status_chip(one.status)) for one in routing_versions_of(user, item)],
        "may_manage": may(user, MANAGE),
    }
    return render(request, "production/products/item_routing.html", context)


@never_cache
@require_GET
@door(VIEW)
def proposals(request: HttpRequest) -> HttpResponse:
    """Items for a field as one types."""
    text = request.GET.get("item", "").strip()[:LONGEST]
    found = items_proposed(signed_in(request), text) if text else []
    return render(request, "production/products/_proposals.html", {"found": found})


def branch_rows(branches: list[Any], level: int) -> list[dict[str, Any]]:
    """Lines as the tree shows them."""
    return [
        {
            "branch": one,
            "line": one.line,
            "level": level,
            "deeper": level + 1,
            "kind": KIND_WORDS[LineKind(one.line.kind)] if one.line.kind != LineKind.COMPONENT else "",
            "issue": ISSUE_WORDS[IssuePolicy(one.line.issue)],
            "alternates": list(one.line.alternates.all()),
        }
        for one in branches
    ]
