"""Working time: who is at work, the time of an order, and putting it right."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden, may
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from production.labour import services
from production.labour.events import KIND_WORDS
from production.labour.forms import EntryForm, NewEntryForm
from production.labour.models import TimeEntry
from production.labour.queries import entry_or_missing, forgotten_entries, hours_of, person_or_missing
from production.labour.queries.pages import MOST_ENTRIES, rows_at_work, rows_of_order
from production.labour.services.common import CORRECT, OVER
from production.orders.models import ProductionOrder
from production.orders.queries import order_or_missing

SEE = "production.labour.view"


@never_cache
@require_GET
@door(SEE)
def labour(request: HttpRequest) -> HttpResponse:
    """People at work now, the longest first, and clocks that nobody stopped."""
    at = now()
    rows = rows_at_work(signed_in(request), at)
    context = {"rows": rows, "forgotten": [row for row in rows if row.forgotten], "at": at, "kinds": KIND_WORDS}
    return render(request, "production/labour/labour.html", context)


@never_cache
@require_GET
@door("production.view")
def forgotten(request: HttpRequest) -> HttpResponse:
    """Clocks that nobody stopped, of the line `?line=` or of all: a slot of the shift's page, empty for whoever sees no
    working time."""
    at, line = now(), request.GET.get("line", "")
    rows = forgotten_entries(signed_in(request), at)
    if line:
        rows = rows.filter(order__line__code=line)
    found = [(entry, (at - entry.started_at).total_seconds()) for entry in rows[:MOST_ENTRIES]]
    return render(request, "production/labour/_forgotten.html", {"found": found})


@never_cache
@require_GET
@door("production.view")
def time(request: HttpRequest, number: str) -> HttpResponse:
    """The slot on the order's page, and the page: hours by kind, entries, corrections by those who may."""
    order = order_or_missing(signed_in(request), number)
    return _time(request, order)


@never_cache
@require_http_methods(["GET", "POST"])
@door(CORRECT)
def correct(request: HttpRequest, number: str, entry: int) -> HttpResponse:
    """Put an entry right; somebody else's change meanwhile is said."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    found = entry_or_missing(user, entry)
    if found.order_id != order.pk or not may(user, CORRECT, found):
        raise Forbidden(_("Only supervisors of the line put this entry right."), capability=CORRECT)
    zone = order.line.area.site.zone
    form = EntryForm(request.POST or None, initial={
        "kind": found.kind, "started_at": found.started_at.astimezone(zone).replace(tzinfo=None),
        "ended_at": found.ended_at.astimezone(zone).replace(tzinfo=None) if found.ended_at else None,
    })  # fmt: skip
    if request.method == "GET" or not form.is_valid():
        return _form(request, order, form, found, 422 if form.is_bound else 200)
    try:
        with acting(user, channel="web", reason=form.cleaned_data["reason"]):
            services.correct_entry(
                actor=user, entry_id=found.pk, reason=form.cleaned_data["reason"], at=now(),
                started_at=form.moment("started_at", zone, found.started_at),
                ended_at=form.moment("ended_at", zone, found.ended_at), kind=form.cleaned_data["kind"],
                version=_version(request),
            )  # fmt: skip
    except StaleVersion as stale:
        form.add_error(None, stale.sentence)
        return _form(request, order, form, entry_or_missing(user, entry), stale.status)
    except Refusal as refusal:
        form.add_error(None, refusal.sentence)
        return _form(request, order, form, found, refusal.status)
    messages.success(request, _("The entry is put right."))
    return redirect("order-time", number=number)


@never_cache
@require_POST
@door(CORRECT)
def void(request: HttpRequest, number: str, entry: int) -> HttpResponse:
    """Take an entry back."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    reason = request.POST.get("reason", "")[:200]
    try:
        with acting(user, channel="web", reason=reason):
            services.void_entry(actor=user, entry_id=entry, reason=reason, at=now(), version=_version(request))
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _time(request, order, refusal)
    messages.success(request, _("The entry is taken back."))
    return redirect("order-time", number=number)


@never_cache
@require_http_methods(["GET", "POST"])
@door(CORRECT)
def add(request: HttpRequest, number: str) -> HttpResponse:
    """Write down work that nobody clocked."""
    user = signed_in(request)
    order = order_or_missing(user, number)
    zone = order.line.area.site.zone
    form = NewEntryForm(order.operations.order_by("number"), request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _form(request, order, form, None, 422 if form.is_bound else 200)
    said = form.cleaned_data
    began, ended = form.moment("started_at", zone), form.moment("ended_at", zone)
    try:
        with acting(user, channel="web", reason=said["reason"]):
            services.add_entry(
                actor=user, person=person_or_missing(said["person"]), operation_id=said["operation"].pk,
                kind=said["kind"], started_at=began or now(), ended_at=ended or now(), reason=said["reason"], at=now(),
            )  # fmt: skip
    except Refusal as refusal:
        form.add_error("person" if refusal.code in {"no_such_person", "nobody_named"} else None, refusal.sentence)
        return _form(request, order, form, None, refusal.status)
    messages.success(request, _("The time is written down."))
    return redirect("order-time", number=number)


def _time(request: HttpRequest, order: ProductionOrder, refusal: Refusal | None = None) -> HttpResponse:
    user, at = signed_in(request), now()
    hours = hours_of(order, at) if may(user, SEE, order) else None
    context: dict[str, Any] = {
        "order": order,
        "at": at,
        "rows": rows_of_order(user, order, at),
        "hours": [(word, hours.of(kind)) for kind, word in KIND_WORDS.items()] if hours else [],
        "total": hours.total if hours else None,
        "kinds": KIND_WORDS,
        "may_correct": order.status not in OVER and may(user, CORRECT, order),
        "refusal": refusal.sentence if refusal else "",
    }
    slot = "HX-Request" in request.headers
    template = "production/labour/_time.html" if slot else "production/labour/time.html"
    return _answer(request, order, template, context, refusal.status if refusal else 200)


def _form(
    request: HttpRequest, order: ProductionOrder, form: EntryForm, entry: TimeEntry | None, status: int
) -> HttpResponse:
    return _answer(
        request, order, "production/labour/entry.html", {"order": order, "form": form, "entry": entry}, status
    )


def _answer(
    request: HttpRequest, order: ProductionOrder, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    with timezone.override(order.line.area.site.zone):
        return render(request, template, context, status=status)


def _version(request: HttpRequest) -> int | None:
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None
