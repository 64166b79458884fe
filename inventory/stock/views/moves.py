"""Moves of stock, newest first, and taking one back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import hidden_fields, may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from inventory.stock.models import Location, OldMove, StockMove
from inventory.stock.queries import listing
from inventory.stock.queries import old_moves as history
from inventory.stock.services import acts
from inventory.stock.services.allowing import RIGHTS
from inventory.stock.states import MoveKind, OldMoveKind
from inventory.stock.views.common import VIEW, move_or_missing, typed
from inventory.stock.words import MOVE_WORDS, OLD_MOVE_WORDS, move_word, place_word

FILTERS = ("item", "lot", "location", "kind", "person")


@never_cache
@require_GET
@door(VIEW)
def moves(request: HttpRequest) -> HttpResponse:
    """The moves by item, lot, place, kind and person."""
    user = signed_in(request)
    given = {name: typed(request, name) for name in FILTERS}
    page = page_of(request, listing.moves_listed(user, **given), newest_first=True)
    context = {
        "given": given,
        "filtered": any(given.values()),
        "kinds": [(kind, str(label)) for kind, label in MOVE_WORDS.items()],
        "rows": [row_of(move) for move in page.rows],
        "next_url": page.next_url,
        "previous_url": page.previous_url,
    }
    return render(request, "inventory/stock/moves.html", context)


@never_cache
@require_GET
@door(VIEW)
def move(request: HttpRequest, number: int) -> HttpResponse:
    """One move with what caused it, what took it back, and the way to take it back."""
    return _page(request, number)


@require_POST
@door(VIEW)
def correct(request: HttpRequest, number: int) -> HttpResponse:
    """Take a move back by its counter-move, with the reason; the service asks for the right."""
    user, found = signed_in(request), move_or_missing(signed_in(request), number)
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        with acting(user, channel="web", reason=reason):
            taken = acts.correct(actor=user, move_id=found.pk, reason=reason, at=now())
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, number, sentence=refusal.sentence, status=refusal.status)
    return redirect("stock-move", number=taken.pk)


@never_cache
@require_GET
@door(VIEW)
def old_moves(request: HttpRequest) -> HttpResponse:
    """Moves of the system that was used before, by item and kind; with their sums for one item."""
    user = signed_in(request)
    given = {name: typed(request, name) for name in ("item", "kind")}
    found = history.old_moves_found(user, **given)
    page = page_of(request, found, newest_first=True)
    sums = history.old_sums(user, found) if given["item"] else []
    context = {
        "given": given,
        "kinds": [(str(kind), str(label)) for kind, label in OLD_MOVE_WORDS.items()],
        "rows": [(one, str(OLD_MOVE_WORDS[OldMoveKind(one.kind)])) for one in page.rows],
        "sums": [(one, str(OLD_MOVE_WORDS[OldMoveKind(one.kind)])) for one in sums],
        "unit": page.rows[0].item.unit.code if page.rows else "",
        "sees_costs": "unit_cost" not in hidden_fields(user, OldMove),
        "next_url": page.next_url,
        "previous_url": page.previous_url,
    }
    return render(request, "inventory/stock/old_moves.html", context)


def row_of(move: StockMove) -> dict[str, Any]:
    """A move as the lists show it."""
    return {
        "move": move,
        "word": move_word(move.kind),
        "origin": _place(move.from_location),
        "target": _place(move.to_location),
        "taken_back_by": getattr(move, "corrected_by", None),
    }


def _place(place: Location) -> str:
    """The code of a place; what lies outside of the stock has a word and no code that anybody knows."""
    return place_word(place.kind) if place.is_outside else place.code


def _may_correct(user: User, move: StockMove) -> bool:
    return any(may(user, capability, move.site) for capability in RIGHTS[MoveKind(move.kind)])


def _page(request: HttpRequest, number: int, *, sentence: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    found = move_or_missing(user, number)
    row = row_of(found)
    context = {
        **row,
        "sentence": sentence,
        "reason": request.POST.get("reason", ""),
        "may_correct": row["taken_back_by"] is None and found.corrects is None and _may_correct(user, found),
    }
    with timezone.override(found.site.zone):
        return render(request, "inventory/stock/move.html", context, status=status)
