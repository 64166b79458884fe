"""Receiving at the tablet: which order, which line, how much, where; and what goes back."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.plant.models import Site
from factory_core.web.doors import door, signed_in
from inventory.items.queries import Scanned, UnknownScan, read_scan
from inventory.purchasing import services
from inventory.purchasing.forms import ReceiveForm, ReturnForm
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.purchasing.queries import orders as order_queries
from inventory.purchasing.queries import receiving as queries
from inventory.purchasing.services import Received
from inventory.purchasing.services.refusals import OverDelivery
from inventory.purchasing.views.common import MANAGE, RECEIVE, acted, at_site, number_of, today_at, typed
from inventory.stock.models import StockBalance


@never_cache
@require_GET
@door(RECEIVE)
def start(request: HttpRequest) -> HttpResponse:
    """Which order did the driver bring? Scan its number, or any item of it; or choose it."""
    user, scan = signed_in(request), request.GET.get("scan", "").strip()[:400]
    found, sentence = None, ""
    if scan:
        order = queries.receivable_order(user, scan)
        if order is not None:
            return redirect("receive-order", number=order.number)
        found, sentence = _orders_of_scan(request, scan)
        if len(found) == 1:
            return redirect(f"/purchasing/receive/{found[0].number}/?{urlencode({'scan': scan})}")
    text = typed(request)
    rows = found if found else list(_narrowed(request, text)[:60])
    today = today_at()
    summaries = sorted(
        order_queries.summaries(user, rows, today), key=lambda row: (row.due_on is None, row.due_on or today)
    )
    site = rows[0].site if rows else visible(user, Site.objects.order_by("code"), RECEIVE).first()
    context = {"rows": summaries, "scan": scan, "sentence": sentence, "narrowed": bool(found)}
    return at_site(request, site, "receive.html", context, status=422 if sentence and not found else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@door(RECEIVE)
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Receive for one order: `?scan=` or `?line=` says which line; posting takes it in, once a key."""
    user = signed_in(request)
    order = order_queries.order_or_missing(user, number, RECEIVE)
    lines = queries.lines_to_receive(order)
    scan, sentence = request.GET.get("scan", "").strip()[:400], ""
    read: dict[str, Any] = {}
    line = next((one for one in lines if str(one.position) == request.GET.get("line")), None)
    if scan and line is None:
        line, read, sentence = _line_of_scan(request, order, lines, scan)
    form = None
    if line is not None:
        line.order = order
        form = ReceiveForm(user, line, request.POST or None, read=read)
        if request.method == "POST" and form.is_valid():
            try:
                got = acted(request, services.receive_line, line_id=line.pk, **_wish(form))
                return redirect(f"/purchasing/receive/{number}/?{urlencode({'done': _done(line, got)})}")
            except OverDelivery as refusal:
                form.ask_over()
                form.take(refusal, "quantity")
            except Refusal as refusal:
                form.take(refusal, _field_of(refusal))
    context = {
        "order": order,
        "rows": [(one, queries.waits_for(one)) for one in lines],
        "line": line,
        "form": form,
        "scan": scan,
        "sentence": sentence,
        "done": request.GET.get("done", "")[:300],
        "quarantine": queries.quarantine_of(order.site) if line is not None and line.inspect else None,
    }
    status = 422 if sentence or (form and form.errors) else 200
    return at_site(request, order.site, "receive_order.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def give_back(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Send goods of a line back to their supplier, from where they lie."""
    user = signed_in(request)
    order = order_queries.order_or_missing(user, number, MANAGE)
    line = order_queries.line_or_missing(order, position)
    lying = queries.lying_of(user, line)
    form = ReturnForm(user, request.POST or None, initial={"key": uuid.uuid4().hex})
    chosen = _chosen(lying, request.POST.get("lying"))
    if request.method == "POST" and form.is_valid():
        if chosen is None:
            form.add_error(None, _("Choose from where the goods go back."))
        else:
            try:
                acted(
                    request, services.return_line, line_id=line.pk, from_location=chosen.location, lot=chosen.lot,
                    **form.cleaned_data,
                )  # fmt: skip
                return redirect("purchase-order", number=number)
            except Refusal as refusal:
                form.take(refusal, "quantity" if refusal.code in ("not_returnable", "not_enough") else None)
    context = {
        "order": order,
        "line": line,
        "form": form,
        "lying": [(one, one.quantity / line.factor) for one in lying],
        "chosen": chosen,
    }
    return at_site(request, order.site, "return.html", context, status=422 if form.errors else 200)


def _chosen(lying: list[StockBalance], said: str | None) -> StockBalance | None:
    key = number_of(said)
    if key is None:
        return lying[0] if len(lying) == 1 else None
    return next((one for one in lying if one.pk == key), None)


def _narrowed(request: HttpRequest, text: str) -> Any:
    rows = queries.expected_orders(signed_in(request))
    if not text:
        return rows
    seen = order_queries.orders_seen(signed_in(request), text=text, show="open")
    return rows.filter(pk__in=seen.order_by().values("pk"))


def _orders_of_scan(request: HttpRequest, scan: str) -> tuple[list[PurchaseOrder], str]:
    """The orders that wait for what was scanned, or what was read and expected."""
    user = signed_in(request)
    try:
        scanned = read_scan(user, scan, at=now())
    except UnknownScan as unknown:
        said = _("Expected here: the number of a sent order, or an item that is on its way.")
        return [], f"{unknown.sentence} {said}"
    if scanned.item is None:
        return [], _("Read %(read)s, which names no item. Expected: an order's number, or the label of an item.") % {
            "read": scan[:80]
        }
    found = list(queries.orders_expecting(user, scanned.item)[:20])
    sentence = _("Read %(item)s: no sent order waits for it.") % {"item": scanned.item}
    return found, "" if found else sentence


def _line_of_scan(
    request: HttpRequest, order: PurchaseOrder, lines: list[PurchaseLine], scan: str
) -> tuple[PurchaseLine | None, dict[str, Any], str]:
    """The line a scan means, what the label says besides, or what was read and expected."""
    try:
        scanned = read_scan(signed_in(request), scan, order.site, at=now())
    except UnknownScan as unknown:
        return None, {}, unknown.sentence
    if scanned.item is None:
        return (
            None,
            {},
            _("Read %(read)s, which names no item. Expected: the label of an item of this order.")
            % {"read": scan[:80]},
        )
    meant = queries.lines_of_item(lines, scanned.item)
    if not meant:
        on_order = ", ".join(sorted({line.item.number for line in lines}))
        return (
            None,
            {},
            _("Read %(item)s, which is not on %(order)s. Expected one of: %(numbers)s.")
            % {
                "item": scanned.item,
                "order": order.number,
                "numbers": on_order,
            },
        )
    return meant[0], _read(meant[0], scanned), ""


def _read(line: PurchaseLine, scanned: Scanned) -> dict[str, Any]:
    """What the label says, as the form begins with it: the lot on it is the supplier's."""
    return {
        "lot_number": scanned.serial or scanned.lot_number,
        "supplier_lot": scanned.lot_number,
        "expires_on": scanned.expires_on,
        "made_on": scanned.made_on,
        "quantity": queries.scanned_quantity(line, scanned),
    }


def _wish(form: ReceiveForm) -> dict[str, Any]:
    return {name: value for name, value in form.wish().items() if value != ""}


def _field_of(refusal: Refusal) -> str | None:
    known = {"lot_differs": "lot_number", "lot_needed": "lot_number", "serial_is_one": "quantity",
             "serial_in_stock": "lot_number", "bad_lot_dates": "expires_on"}  # fmt: skip
    return known.get(refusal.code)


def _done(line: PurchaseLine, got: Received) -> str:
    """What was just done, for the next person at the tablet."""
    told = []
    if got.receipt is not None and got.receipt.move is not None:
        move = got.receipt.move
        lot = _(", lot %(lot)s") % {"lot": move.lot.number} if move.lot else ""
        told.append(
            _("%(quantity)s %(unit)s of %(item)s put to %(place)s%(lot)s.")
            % {
                "quantity": f"{got.receipt.quantity.normalize():f}", "unit": line.unit.code, "item": line.item.number,
                "place": move.to_location.code, "lot": lot,
            }
        )  # fmt: skip
    if got.refused is not None:
        count = f"{got.refused.quantity.normalize():f}"
        told.append(
            ngettext("%(count)s %(unit)s refused.", "%(count)s %(unit)s refused.", 2)
            % {"count": count, "unit": line.unit.code}
        )
    return " ".join(told)
