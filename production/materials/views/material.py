"""The material of an order: what it needs, has and lacks; taking, giving back, putting out goods, by touch and scan."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.web.doors import door, signed_in
from inventory.stock.queries.scanning import lot_of_id
from inventory.stock.words import MOVE_WORDS
from production.materials import services
from production.materials.queries import alternates_of, goods_place, issued_of, material_or_missing, put_out_of
from production.materials.queries.pages import (
    MOST_BOOKINGS,
    bookings_of,
    good_of,
    offers_for,
    place_at,
    rights_on,
    with_steps,
)
from production.materials.services.common import BOOKABLE, ISSUE, OUTPUT
from production.materials.views.hand import Hand, typed
from production.orders.models import OrderMaterial, ProductionOrder
from production.orders.queries import counts_of_operations, order_or_missing
from production.products.states import LineKind

VIEW = "production.view"


@never_cache
@require_GET
@door(VIEW)
def material(request: HttpRequest, number: str) -> HttpResponse:
    """The slot on the order's page, and the page for the tablet; `?code=` is a scan."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    if "HX-Request" in request.headers:
        return _answer(request, order, "production/materials/_material.html", _facts(user, order))
    facts = _facts(user, order)
    hand = Hand(user, order, [row for row in facts["rows"] if row.material.kind == LineKind.COMPONENT], request.GET)
    if hand.read and not hand.trouble:
        return redirect(hand.address())
    return _page(request, order, facts, hand)


@never_cache
@require_POST
@door(ISSUE)
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Take material into the order."""
    return _book(request, number, _issue)


@never_cache
@require_POST
@door(ISSUE)
def back(request: HttpRequest, number: str) -> HttpResponse:
    """Give material back."""
    return _book(request, number, _back)


@never_cache
@require_POST
@door(ISSUE)
def alternate(request: HttpRequest, number: str) -> HttpResponse:
    """Use something else for what is still open."""
    return _book(request, number, _alternate)


@never_cache
@require_POST
@door(OUTPUT)
def out(request: HttpRequest, number: str) -> HttpResponse:
    """Put goods into stock, and finish the order where that is said."""
    return _book(request, number, _out)


@never_cache
@require_POST
@door(OUTPUT)
def product(request: HttpRequest, number: str) -> HttpResponse:
    """Put a co- or by-product into stock."""
    return _book(request, number, _product)


@never_cache
@require_POST
@door(VIEW)
def undo(request: HttpRequest, number: str, move: int) -> HttpResponse:
    """Take a booking back."""

    def take_back(user: User, order: ProductionOrder, post: Any) -> str:
        services.undo_booking(actor=user, move_id=move, reason=post.get("reason", "")[:200], at=now())
        return _("Taken back.")

    return _book(request, number, take_back)


def _issue(user: User, order: ProductionOrder, post: Any) -> str:
    row, lot = _row_of(user, order, post), lot_of_id(user, post.get("lot", ""))
    quantity, place = _quantity(post), place_at(order, post.get("place", ""))
    if place is None:
        raise services.PlaceNeeded(_("Scan the place the material is taken from."))
    services.issue_material(
        actor=user, material_id=row.pk, quantity=quantity, from_location=place, lot=lot,
        at=now(), key=post.get("key", "")[:60], reason=post.get("reason", "")[:200],
    )  # fmt: skip
    return _("%(quantity)s %(unit)s of %(item)s taken.") % {
        "quantity": f"{quantity.normalize():f}", "unit": row.item.unit.code, "item": row.item.number,
    }  # fmt: skip


def _back(user: User, order: ProductionOrder, post: Any) -> str:
    row = _row_of(user, order, post)
    quantity, place = _quantity(post), place_at(order, post.get("place", ""))
    if place is None:
        raise services.PlaceNeeded(_("Say where the material goes: scan the place."))
    services.give_back(
        actor=user, material_id=row.pk, quantity=quantity, to_location=place, lot=lot_of_id(user, post.get("lot", "")),
        at=now(), key=post.get("key", "")[:60], reason=post.get("reason", "")[:200],
    )  # fmt: skip
    return _("%(quantity)s %(unit)s of %(item)s given back.") % {
        "quantity": f"{quantity.normalize():f}", "unit": row.item.unit.code, "item": row.item.number,
    }  # fmt: skip


def _alternate(user: User, order: ProductionOrder, post: Any) -> str:
    row = _row_of(user, order, post)
    chosen = next((one for one in alternates_of(row) if str(one.item_id) == post.get("item", "")), None)
    if chosen is None:
        raise services.NotAnAlternate(_("Choose one of the alternates."))
    services.use_alternate(
        actor=user, material_id=row.pk, item=chosen.item, at=now(), reason=post.get("reason", "")[:200]
    )
    return _("%(item)s is used from now on.") % {"item": chosen.item.number}


def _out(user: User, order: ProductionOrder, post: Any) -> str:
    quantity, place = _quantity(post), place_at(order, post.get("place", ""))
    wish: dict[str, Any] = {
        "actor": user, "order_id": order.pk, "quantity": quantity, "at": now(), "location": place,
        "lot_number": post.get("lot_number", "").strip()[:60], "key": post.get("key", "")[:60],
        "serials": post.get("serials", "").split(),
    }  # fmt: skip
    if post.get("end") == "yes":
        version = post.get("version", "")
        services.complete_order(**wish, version=int(version) if version.isdecimal() and len(version) < 10 else None)
        return _("Order %(order)s is complete.") % {"order": order.number}
    services.put_out(**wish)
    return _("%(quantity)s %(unit)s put into stock.") % {"quantity": f"{quantity.normalize():f}", "unit": order.unit}


def _product(user: User, order: ProductionOrder, post: Any) -> str:
    row, quantity = _row_of(user, order, post), _quantity(post)
    services.put_product(
        actor=user, material_id=row.pk, quantity=quantity, location=place_at(order, post.get("place", "")), at=now(),
        lot_number=post.get("lot_number", "").strip()[:60], key=post.get("key", "")[:60],
    )  # fmt: skip
    return _("%(quantity)s %(unit)s of %(item)s put into stock.") % {
        "quantity": f"{quantity.normalize():f}", "unit": row.item.unit.code, "item": row.item.number,
    }  # fmt: skip


def _book(request: HttpRequest, number: str, act: Callable[[User, ProductionOrder, Any], str]) -> HttpResponse:
    """Do it and say so; a refusal is read where it was typed, and what was typed is still there."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    try:
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            said = act(user, order, request.POST)
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        order = order_or_missing(user, number)
        facts = _facts(user, order)
        rows = [row for row in facts["rows"] if row.material.kind == LineKind.COMPONENT]
        hand = Hand(user, order, rows, request.POST)
        return _page(request, order, facts, hand, refusal)
    messages.success(request, said)
    return redirect("order-material", number=number)


def _row_of(user: User, order: ProductionOrder, post: Any) -> OrderMaterial:
    said = post.get("material", "")
    row = material_or_missing(user, int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else 0)
    if row.order_id != order.pk:
        raise services.NotComponent(_("This is material of another order. Open that order first."))
    return row


def _quantity(post: Any) -> Any:
    quantity = typed(post.get("quantity", ""))
    if quantity is None or quantity < 0:
        raise services.NoQuantity(_("Type how much: a number above zero."))
    return quantity


def _facts(user: User, order: ProductionOrder) -> dict[str, Any]:
    counts = counts_of_operations(list(with_steps(order).operations.all()), now())
    rows = issued_of(order, counts=counts)
    rights = rights_on(user, order, (ISSUE, OUTPUT)) if order.status in BOOKABLE else set()
    return {
        "order": order,
        "rows": rows,
        "missing": [row for row in rows if row.missing],
        "products": [row for row in rows if row.material.kind != LineKind.COMPONENT],
        "put_out": put_out_of(order) if order.item_id else None,
        "good": good_of(order, counts),
        "may_issue": ISSUE in rights,
        "may_put_out": OUTPUT in rights,
    }


def _page(
    request: HttpRequest, order: ProductionOrder, facts: dict[str, Any], hand: Hand, refusal: Refusal | None = None
) -> HttpResponse:
    at = now()
    offers, alternates = [], []
    if hand.row is not None and facts["may_issue"]:
        wanted = hand.row.material
        wanted.order = order
        offers = offers_for(service_user("materials"), wanted, timezone.localdate(at, order.line.area.site.zone))
        alternates = alternates_of(wanted)
    moves = list(bookings_of(order, [row.material.pk for row in facts["rows"]])[:MOST_BOOKINGS])
    left = max(facts["good"] - (facts["put_out"] or 0), 0)
    context = {
        **facts,
        "hand": hand,
        "offers": offers,
        "alternates": alternates,
        "bookings": [(move, MOVE_WORDS[move.kind]) for move in moves],
        "goods_place": goods_place(order),
        "left": left,
        "key": get_random_string(24),
        "refusal": refusal.sentence if refusal else hand.trouble,
        "asks_reason": refusal is not None and refusal.code in {"over_issue", "lot_expired"},
        "typed": request.POST,
    }
    return _answer(request, order, "production/materials/material.html", context, refusal.status if refusal else 200)


def _answer(
    request: HttpRequest, order: ProductionOrder, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    with timezone.override(order.line.area.site.zone):
        return render(request, template, context, status=status)
