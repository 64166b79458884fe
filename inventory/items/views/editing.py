"""Create an item, change its facts, and the tree of categories."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from factory_core.access.identity import acting
from factory_core.access.policy import may, require
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from inventory.items.forms import CategoryForm, ItemForm
from inventory.items.models import Item
from inventory.items.panels import item_address
from inventory.items.queries import pages
from inventory.items.services import add_category, change_item, create_item
from inventory.items.views.common import MANAGE, VIEW, clash_of, item_by_id, version_read


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Create an item."""
    user = signed_in(request)
    form = ItemForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web"):
                made = create_item(actor=user, at=now(), **form.cleaned_data)
            return redirect(item_address(made))
        except Refusal as refusal:
            form.take(refusal.details.get("errors", ()), refusal.sentence)
    return _page(request, form)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, item_id: int) -> HttpResponse:
    """Change the facts of an item; a page that grew stale shows both versions."""
    user = signed_in(request)
    found = item_by_id(user, item_id)
    form = ItemForm(user, request.POST or None, item=found)
    clash: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                changed = change_item(
                    actor=user, item_id=found.pk, at=now(), version=version_read(request), **form.cleaned_data
                )
            return redirect(item_address(changed))
        except StaleVersion as stale:
            clash = clash_of(user, found, form, stale.details["current"])
        except Refusal as refusal:
            form.take(refusal.details.get("errors", ()), refusal.sentence)
    return _page(request, form, item=found, clash=clash)


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def categories(request: HttpRequest) -> HttpResponse:
    """The groups of items, and a form for a new one."""
    user = signed_in(request)
    form = CategoryForm(user, request.POST or None)
    if request.method == "POST":
        require(user, MANAGE)
        if form.is_valid():
            try:
                with acting(user, channel="web"):
                    add_category(actor=user, at=now(), **form.cleaned_data)
                return redirect("item-categories")
            except Refusal as refusal:
                form.take(refusal.details.get("errors", ()), refusal.sentence)
    context = {"rows": pages.categories_seen(user), "form": form, "may_manage": may(user, MANAGE)}
    return render(request, "inventory/items/categories.html", context, status=422 if form.errors else 200)


def _page(
    request: HttpRequest, form: ItemForm, *, item: Item | None = None, clash: dict[str, Any] | None = None
) -> HttpResponse:
    version = clash["version"] if clash else (version_read(request) or (item.version if item else 0))
    context = {"form": form, "item": item, "clash": clash, "version": version}
    status = 412 if clash else 422 if form.errors else 200
    return render(request, "inventory/items/edit.html", context, status=status)
