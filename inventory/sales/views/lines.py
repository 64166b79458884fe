"""Positions and call-offs of an order."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from inventory.sales import queries, services
from inventory.sales.forms import CallOffForm, LineForm, clash_of
from inventory.sales.views.common import MANAGE, at_site, reason_of, version_of
from inventory.sales.views.order import last_hand, order_page


@never_cache
@require_POST
@door(MANAGE)
def add(request: HttpRequest, number: str) -> HttpResponse:
    """One more position."""
    user = signed_in(request)
    order, form = queries.order_or_missing(user, number), LineForm(user, request.POST, prefix="line")
    if form.is_valid():
        try:
            with acting(user, channel="web"):
                services.add_line(actor=user, order_id=order.pk, wish=form.line(), at=now())
            return redirect("sales-order", number=number)
        except Refusal as refusal:
            form.take(refusal, {"not_sold": "item", "no_conversion": "unit"}.get(refusal.code))
    return order_page(request, order, line_form=form, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Change quantity, price and dates. Somebody else's change meanwhile is shown beside one's own."""
    user = signed_in(request)
    order = queries.order_or_missing(user, number)
    line = queries.line_or_missing(order, position)
    form, clash = LineForm(user, request.POST or None, line=line), None
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web", reason=reason_of(request)):
                services.change_line(
                    actor=user, line_id=line.pk, wish=form.cleaned_data, at=now(), version=version_of(request)
                )
            return redirect("sales-order", number=number)
        except StaleVersion:
            line = queries.line_or_missing(order, position)
            clash = clash_of(form, line, last_hand(request, order))
        except Refusal as refusal:
            form.take(refusal, {"bad_sales_quantity": "quantity", "bad_price": "price"}.get(refusal.code))
    status = 412 if clash else 422 if form.errors else 200
    context = {"form": form, "line": line, "clash": clash}
    return at_site(request, order, "inventory/sales/line.html", context, status)


@never_cache
@require_POST
@door(MANAGE)
def end(request: HttpRequest, number: str, position: int, what: str) -> HttpResponse:
    """Take a position out of a draft, or send nothing more of it."""
    user = signed_in(request)
    order = queries.order_or_missing(user, number)
    line = queries.line_or_missing(order, position)
    try:
        with acting(user, channel="web", reason=reason_of(request)):
            if what == "remove":
                services.remove_line(actor=user, line_id=line.pk, at=now(), version=version_of(request))
            else:
                services.close_line(
                    actor=user, line_id=line.pk, reason=reason_of(request), at=now(), version=version_of(request)
                )
    except Refusal as refusal:
        return order_page(request, order, refusal=refusal.sentence, status=refusal.status)
    return redirect("sales-order", number=number)


@never_cache
@require_POST
@door(MANAGE)
def call_off(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """The customer asks for a part of a frame order."""
    user = signed_in(request)
    order = queries.order_or_missing(user, number)
    line, form = queries.line_or_missing(order, position), CallOffForm(request.POST, prefix=f"call{position}")
    if form.is_valid():
        try:
            with acting(user, channel="web"):
                services.call_off(actor=user, line_id=line.pk, at=now(), **form.cleaned_data)
            return redirect("sales-order", number=number)
        except Refusal as refusal:
            form.take(refusal, "quantity")
    return order_page(request, order, call_form=form, call_position=position, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def call_off_edit(request: HttpRequest, number: str, position: int, call: int) -> HttpResponse:
    """Change a call-off, or send nothing more of it (`close`)."""
    user = signed_in(request)
    order = queries.order_or_missing(user, number)
    found = queries.call_off_or_missing(order, position, call)
    form, clash = CallOffForm(request.POST if "quantity" in request.POST else None, call_off=found), None
    refusal = ""
    try:
        if "close" in request.POST:
            with acting(user, channel="web", reason=reason_of(request)):
                services.close_call_off(
                    actor=user, call_off_id=found.pk, reason=reason_of(request), at=now(),
                    version=version_of(request),
                )  # fmt: skip
            return redirect("sales-order", number=number)
        if form.is_bound and form.is_valid():
            with acting(user, channel="web", reason=reason_of(request)):
                services.change_call_off(
                    actor=user, call_off_id=found.pk, wish=form.cleaned_data, at=now(), version=version_of(request)
                )
            return redirect("sales-order", number=number)
    except StaleVersion as stale:
        found = queries.call_off_or_missing(order, position, call)
        if form.is_bound:
            clash = clash_of(form, found, last_hand(request, order))
        refusal = stale.sentence
    except Refusal as no:
        refusal = no.sentence
    status = 412 if clash else 422 if refusal or form.errors else 200
    context = {"form": form, "line": found.line, "call": found, "clash": clash, "refusal": refusal}
    return at_site(request, order, "inventory/sales/call_off.html", context, status)
