"""What belongs to an item: a small form for each kind of part, and acts that need no form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Missing, Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from inventory.items import forms, services
from inventory.items.models import Item, SupplierItem
from inventory.items.panels import item_address
from inventory.items.queries import pages
from inventory.items.views.common import (
    COST_MANAGE,
    MANAGE,
    PRICE_MANAGE,
    VIEW,
    clash_of,
    item_by_id,
    today,
    version_read,
)


class NoSuchForm(Missing):
    """Items have no part of this name."""

    code = "nothing_to_show"


@dataclass(frozen=True)
class Part:
    """One kind of part: what its page is called, who may add it, its form and its act."""

    title: Any
    capability: str
    form: Callable[..., forms.PlainForm]
    act: Callable[..., Any]
    partners: str = ""


PARTS = {
    "unit": Part(lazy("Another unit"), MANAGE, forms.ItemUnitForm, services.set_unit),
    "barcode": Part(lazy("Barcode"), MANAGE, forms.BarcodeForm, services.add_barcode),
    "revision": Part(lazy("New revision"), MANAGE, forms.RevisionForm, services.add_revision),
    "supplier": Part(lazy("Supplier"), MANAGE, forms.SupplierForm, services.add_supplier, "suppliers"),
    "purchase-price": Part(lazy("Purchase price"), COST_MANAGE, forms.PurchasePriceForm, services.set_purchase_price),
    "sales-price": Part(lazy("Sales price"), PRICE_MANAGE, forms.SalesPriceForm, services.set_sales_price, "customers"),
    "cost": Part(lazy("Standard cost"), COST_MANAGE, forms.CostForm, services.set_cost),
    "paper": Part(lazy("Attach a file"), MANAGE, forms.PaperForm, services.add_paper),
}
# Acts with a button only, and what the row's id is called in them.
ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "remove-unit": (services.remove_unit, "item_unit_id"),
    "remove-barcode": (services.remove_barcode, "barcode_id"),
    "release-revision": (services.release_revision, "revision_id"),
    "retire-revision": (services.retire_revision, "revision_id"),
    "retire-paper": (services.retire_paper, "paper_id"),
}


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def part(request: HttpRequest, item_id: int, name: str, key: int = 0) -> HttpResponse:
    """Add a part, or change a supplier's terms (`key` names the supplier of the item)."""
    user = signed_in(request)
    item = item_by_id(user, item_id)
    kind = PARTS.get(name)
    supply = pages.supply_of(user, item, key) if key else None
    # A purchase price is a supplier's, and only suppliers are changed here.
    if kind is None or (key and supply is None) or (supply is None and name == "purchase-price"):
        raise NoSuchForm(_("There is no such form for items."))
    require(user, kind.capability)
    form = kind.form(user, item, request.POST or None, supply=supply, files=request.FILES or None, today=today())
    if request.method == "POST" and not form.is_bound:
        form = kind.form(user, item, {}, supply=supply, files={}, today=today())
    clash: dict[str, Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
                _do(kind, name, item, supply, form.cleaned_data, user, version_read(request))
            return redirect(item_address(item))
        except StaleVersion as stale:
            clash = clash_of(user, item, form, stale.details["current"])
        except Refusal as refusal:
            form.take(refusal.details.get("errors", ()), refusal.sentence)
    context = {
        "item": item,
        "title": kind.title,
        "form": form,
        "supply": supply,
        "clash": clash,
        "version": clash["version"] if clash else version_read(request) or (supply.version if supply else 0),
        "is_file": name == "paper",
        "partners": pages.partners_offered(user, customers=kind.partners == "customers") if kind.partners else (),
    }
    status = 412 if clash else 422 if form.errors else 200
    return render(request, "inventory/items/part.html", context, status=status)


@require_POST
@door(MANAGE)
def act(request: HttpRequest, item_id: int, name: str, key: int) -> HttpResponse:
    """Remove, release or retire a part."""
    user = signed_in(request)
    item = item_by_id(user, item_id)
    if name not in ACTS:
        raise NoSuchForm(_("There is no such act on items."))
    service, row = ACTS[name]
    with acting(user, channel="web"):
        service(actor=user, item_id=item.pk, at=now(), **{row: key})
    return redirect(item_address(item))


def _do(
    kind: Part,
    name: str,
    item: Item,
    supply: SupplierItem | None,
    wish: dict[str, Any],
    user: Any,
    version: int | None,
) -> None:
    if name == "paper":
        file = wish["file"]
        kind.act(actor=user, item_id=item.pk, name=file.name, content=file.chunks(), at=now())
    elif supply is not None and name == "supplier":
        services.change_supplier(
            actor=user, item_id=item.pk, supplier_item_id=supply.pk, at=now(), version=version, **wish
        )
    elif supply is not None:
        kind.act(actor=user, supplier_item_id=supply.pk, at=now(), **wish)
    else:
        kind.act(actor=user, item_id=item.pk, at=now(), **wish)
