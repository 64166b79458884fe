"""Lots: finding one, everything about it, and judging it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.lots.models import Lot
from inventory.lots.panels import STATUS_FAMILIES, STATUS_ICONS, STATUS_WORDS, judgements, status_word
from inventory.lots.queries import lot_or_missing, lots_found
from inventory.lots.services import judge_lot
from inventory.lots.states import LotStatus
from inventory.stock.queries import listing
from inventory.stock.views.common import VIEW, today, typed
from inventory.stock.views.moves import row_of

JUDGE = "inventory.lot.judge"
MOVES_SHOWN = 20


@never_cache
@require_GET
@door(VIEW)
def lots(request: HttpRequest) -> HttpResponse:
    """Lots by number or supplier's lot."""
    user = signed_in(request)
    text, status = typed(request, "q"), typed(request, "status")
    status = status if status in STATUS_WORDS else ""
    found = lots_found(user, text)
    page = page_of(request, found.filter(status=status) if status else found, newest_first=True)
    totals = listing.totals_of(user, page.rows)
    context = {
        "rows": [{**_drawn(lot), "total": totals[lot.pk]} for lot in page.rows],
        "statuses": [(word, str(label)) for word, label in STATUS_WORDS.items()],
        "given": {"q": text, "status": status},
        "next_url": page.next_url,
        "previous_url": page.previous_url,
    }
    return render(request, "inventory/lots/lots.html", context)


@never_cache
@require_GET
@door(VIEW)
def lot(request: HttpRequest, number: int) -> HttpResponse:
    """One lot: facts, status, where it lies, moves, what happened."""
    return _page(request, number)


@require_POST
@door(JUDGE)
def judge(request: HttpRequest, number: int) -> HttpResponse:
    """Hold, release or reject a lot, with the reason."""
    user, found = signed_in(request), lot_or_missing(signed_in(request), number)
    status, reason = request.POST.get("status", ""), request.POST.get("reason", "").strip()[:200]
    version = request.POST.get("version", "")
    if status not in LotStatus.__members__.values():
        return _page(request, number, sentence=_("Choose what shall become of the lot."), answer=422)
    try:
        with acting(user, channel="web", reason=reason):
            judge_lot(
                actor=user,
                lot_id=found.pk,
                status=LotStatus(status),
                reason=reason,
                at=now(),
                version=int(version) if version.isdecimal() and len(version) < 10 else None,
            )
    except StaleVersion as clash:
        return _page(request, number, sentence=clash.sentence, answer=clash.status, wished=status)
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, number, sentence=refusal.sentence, answer=refusal.status)
    return redirect("lot", number=number)


def _drawn(lot: Lot) -> dict[str, Any]:
    return {
        "lot": lot,
        "status": status_word(lot.status),
        "family": STATUS_FAMILIES[lot.status],
        "icon": STATUS_ICONS[lot.status],
        "expired": lot.expires_on is not None and lot.expires_on < today(),
        "soon": lot.expires_on is not None and today() <= lot.expires_on <= today() + listing.SOON,
    }


def _page(
    request: HttpRequest, number: int, *, sentence: str = "", answer: int = 200, wished: str = ""
) -> HttpResponse:
    user = signed_in(request)
    found = lot_or_missing(user, number)
    lies = listing.lies_of(user, found)
    moves = listing.moves_of_lot(user, found, MOVES_SHOWN + 1)
    context = {
        **_drawn(found),
        "lies": lies,
        "total": sum((balance.quantity for balance in lies), listing.NOTHING),
        "reserved": sum((balance.reserved for balance in lies), listing.NOTHING),
        "moves": [row_of(move) for move in moves[:MOVES_SHOWN]],
        "more_moves": len(moves) > MOVES_SHOWN,
        **listing.uses_of(found),
        "judgements": judgements(found.status) if may(user, JUDGE) else [],
        "sentence": sentence,
        "clash": {"rows": [{"label": _("Status"), "theirs": status_word(found.status), "yours": status_word(wished)}]}
        if wished
        else None,
        "reason": request.POST.get("reason", ""),
        "may_print": may(user, "inventory.label.print"),
        **story_for(user, found),
    }
    return render(request, "inventory/lots/lot.html", context, status=answer)
