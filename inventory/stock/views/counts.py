"""Stock counts: the list, beginning one, and the page of the second person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.stock.events import COUNT_WORDS
from inventory.stock.models import StockCount
from inventory.stock.queries.counting import count_or_missing, counters_of, counts_seen, told_lines
from inventory.stock.queries.places import location_or_missing, path_of
from inventory.stock.services.counting import ACCEPT, COUNT, accept_count, cancel_count, count_again, start_count
from inventory.stock.states import CountStatus
from inventory.stock.views.common import VIEW


@never_cache
@require_GET
@door(VIEW)
def counts(request: HttpRequest) -> HttpResponse:
    """The counts, newest first, with their progress."""
    user = signed_in(request)
    status = request.GET.get("status", "")
    rows = counts_seen(user)
    if status in list(CountStatus):
        rows = rows.filter(status=status)
    page = page_of(request, rows, newest_first=True)
    context = {
        "rows": [{"count": count, "word": COUNT_WORDS[CountStatus(count.status)]} for count in page.rows],
        "next_url": page.next_url,
        "previous_url": page.previous_url,
        "statuses": [(word.value, label) for word, label in COUNT_WORDS.items()],
        "status": status,
        "may_count": may(user, COUNT),
    }
    return render(request, "inventory/counts/counts.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(COUNT)
def start(request: HttpRequest) -> HttpResponse:
    """Begin to count a place and what is inside it."""
    user, trouble, status = signed_in(request), "", 200
    code = (request.POST.get("place") or request.GET.get("place", "")).strip()[:60]
    if request.method == "POST":
        try:
            place = location_or_missing(user, code)
            with acting(user, channel="web"):
                count = start_count(actor=user, location=place, is_blind="shown" not in request.POST, at=now())
            return redirect("count", number=count.number)
        except Refusal as refusal:
            trouble, status = refusal.sentence, refusal.status
    context = {"code": code, "trouble": trouble, "shown": "shown" in request.POST}
    return render(request, "inventory/counts/start.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
@door(ACCEPT)
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """The differences of a count, for the second person: accept them, or have lines counted again."""
    user = signed_in(request)
    count = count_or_missing(user, number)
    if request.method == "GET":
        return _accept_page(request, count)
    reasons = {
        int(name.removeprefix("reason-")): value
        for name, value in request.POST.items()
        if name.startswith("reason-") and name.removeprefix("reason-").isdecimal() and isinstance(value, str)
    }
    version = request.POST.get("version", "")
    try:
        with acting(user, channel="web"):
            accept_count(
                actor=user,
                count_id=count.pk,
                version=int(version) if version.isdecimal() and len(version) < 10 else None,
                reasons=reasons,
                at=now(),
            )
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _accept_page(request, count_or_missing(user, number), refusal.sentence, refusal.status)
    return redirect("count", number=count.number)


@require_POST
@door(VIEW)
def again(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Have one line counted once more."""
    user = signed_in(request)
    count = count_or_missing(user, number)
    with acting(user, channel="web"):
        count_again(actor=user, line_id=line, count_id=count.pk, at=now())
    return redirect("count", number=count.number)


@require_POST
@door(VIEW)
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Give a count up."""
    user = signed_in(request)
    count = count_or_missing(user, number)
    with acting(user, channel="web"):
        cancel_count(actor=user, count_id=count.pk, at=now())
    return redirect("counts")


def result(request: HttpRequest, count: StockCount) -> HttpResponse:
    """A count that is over, or waits for acceptance, to look at."""
    user = signed_in(request)
    # While nobody accepted, whoever may count again does not learn what is expected.
    hidden = count.status == CountStatus.COUNTED and not may(user, ACCEPT, count.location.site)
    told = told_lines(count)
    context = {
        **_frame(request, count),
        "told": [one for one in told if one.difference] if count.status == CountStatus.POSTED else told,
        "all_lines": len(told),
        "hidden": hidden or count.status == CountStatus.CANCELLED,
        **story_for(user, count),
    }
    with timezone.override(count.location.site.zone):
        return render(request, "inventory/counts/result.html", context)


def _accept_page(request: HttpRequest, count: StockCount, trouble: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    if count.status != CountStatus.COUNTED:
        return redirect("count", number=count.number)
    told = told_lines(count)
    context = {
        **_frame(request, count),
        "differing": [one for one in told if one.difference],
        "fitting": sum(1 for one in told if not one.difference),
        "counted_here": user.pk in counters_of(count),
        "trouble": trouble,
    }
    with timezone.override(count.location.site.zone):
        return render(request, "inventory/counts/accept.html", context, status=status)


def _frame(request: HttpRequest, count: StockCount) -> dict[str, Any]:
    user, site = signed_in(request), count.location.site
    return {
        "count": count,
        "word": COUNT_WORDS[CountStatus(count.status)],
        "path": path_of(count.location),
        "may_count": may(user, COUNT, site),
        "may_accept": may(user, ACCEPT, site),
        "title": _("Count %(number)s") % {"number": count.number},
    }
