"""The page on which stock is counted: scan a place, scan or tap a line, type what is there."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.web.display import quantity as shown
from factory_core.web.doors import door, signed_in
from inventory.items.models import Item
from inventory.items.queries import UnknownScan, to_base, units_of
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.stock.models import CountLine, Location, StockCount
from inventory.stock.queries import scanning
from inventory.stock.queries.counting import count_or_missing, lines_at, places_of, told_lines
from inventory.stock.queries.places import below, path_of
from inventory.stock.services.counting import ACCEPT, COUNT, Again, finish_count, note_counted
from inventory.stock.states import CountStatus
from inventory.stock.views.common import VIEW
from inventory.stock.views.counts import result
from inventory.stock.words import place_word


class Hand:
    """What the counter has in hand: a place of the count, and an item there; carried in the address."""

    def __init__(self, user: User, count: StockCount, given: Any) -> None:
        self.user, self.count = user, count
        self.places = set(below(count.location))
        self.place = self._place(scanning.place_of_id(user, given.get("place", "")))
        if self.place is None and len(self.places) == 1:
            self.place = count.location
        self.item: Item | None = scanning.item_of_id(user, given.get("item", ""))
        lot = scanning.lot_of_id(user, given.get("lot", ""))
        self.lot: Lot | None = lot if lot and self.item and lot.item_id == self.item.pk else None
        self.read, self.trouble = given.get("code", "").strip()[:400], ""
        if self.read:
            self._take(self.read, given.get("as_us", "").strip()[:400])

    def address(self, **more: Any) -> str:
        """The page with this in hand."""
        things = {"place": self.place, "item": self.item, "lot": self.lot}
        query = {name: thing.pk for name, thing in things.items() if thing is not None} | more
        return f"{reverse('count', args=[self.count.number])}?{urlencode(query)}"

    def line(self) -> CountLine | None:
        """The line of what is in hand, if it was expected or counted before."""
        if self.place is None or self.item is None:
            return None
        lot_id = self.lot.pk if self.lot else None
        return next(
            (one for one in lines_at(self.count, self.place) if (one.item_id, one.lot_id) == (self.item.pk, lot_id)),
            None,
        )

    def _place(self, place: Location | None) -> Location | None:
        return place if place is not None and place.pk in self.places else None

    def _take(self, code: str, as_us: str) -> None:
        try:
            reading = scanning.read(self.user, code, at=now(), item=self.item, place_first=True)
        except UnknownScan as unknown:
            if as_us and as_us != code:
                # The scanner may type as a keyboard of another country.
                return self._take(as_us, "")
            self.trouble = unknown.sentence
            return None
        if reading.location is not None:
            self._take_place(reading.location)
        elif reading.item is not None:
            self.item, self.lot = reading.item, reading.lot
            if reading.lot_number and reading.lot is None:
                self.trouble = _("%(item)s has no lot %(lot)s. Goods with an unknown lot are received first.") % {
                    "item": reading.item.number,
                    "lot": reading.lot_number,
                }
                self.item = None
        return None

    def _take_place(self, place: Location) -> None:
        self.item = self.lot = None
        if place.pk in self.places:
            self.place = place
        else:
            self.trouble = _("%(place)s is no part of this count. Expected a place inside %(whole)s.") % {
                "place": place.code,
                "whole": self.count.location.code,
            }


@never_cache
@require_GET
@door(VIEW)
def count_page(request: HttpRequest, number: str) -> HttpResponse:
    """Counting, or what came out of it; `?code=` is what was scanned."""
    user = signed_in(request)
    count = count_or_missing(user, number)
    if count.status != CountStatus.OPEN:
        return result(request, count)
    hand = Hand(user, count, request.GET)
    return _page(request, hand, hand.trouble, 200)


@never_cache
@require_POST
@door(COUNT)
def note(request: HttpRequest, number: str) -> HttpResponse:
    """What was found."""
    user = signed_in(request)
    hand = Hand(user, count_or_missing(user, number), request.POST)
    quantity = _typed(request.POST.get("quantity", ""))
    if hand.place is None or hand.item is None:
        return _page(request, hand, _("Scan the place, then the goods."), 422)
    if quantity is None:
        return _page(request, hand, _("Type how much is there: a number, zero if there is nothing."), 422)
    again = request.POST.get("again", Again.REFUSE)
    try:
        with acting(user, channel="web"):
            line = note_counted(
                actor=user,
                count_id=hand.count.pk,
                location=hand.place,
                item=hand.item,
                lot=hand.lot,
                quantity=_in_base(hand.item, quantity, request.POST.get("unit", "")),
                again=again if again in list(Again) else Again.REFUSE,
                at=now(),
            )
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, hand, refusal.sentence, refusal.status)
    said = _("%(place)s: %(quantity)s %(unit)s of %(item)s counted.") % {
        "place": hand.place.code,
        "quantity": shown(line.counted),
        "unit": hand.item.unit.code,
        "item": f"{hand.item.number}{f' · {hand.lot.number}' if hand.lot else ''}",
    }
    messages.success(request, said)
    hand.item = hand.lot = None
    return redirect(hand.address())


@never_cache
@require_POST
@door(COUNT)
def finish(request: HttpRequest, number: str) -> HttpResponse:
    """The counting is over."""
    user = signed_in(request)
    count = count_or_missing(user, number)
    try:
        with acting(user, channel="web"):
            finish_count(actor=user, count_id=count.pk, rest_is_nothing="rest" in request.POST, at=now())
    except Refusal as refusal:
        if refusal.status in {403, 404}:
            raise
        if count.status != CountStatus.OPEN:
            return redirect("count", number=count.number)
        return _page(request, Hand(user, count, {}), refusal.sentence, refusal.status)
    return redirect("count", number=count.number)


def _page(request: HttpRequest, hand: Hand, trouble: str, status: int) -> HttpResponse:
    count, user = hand.count, hand.user
    line = hand.line()
    expected = {} if count.is_blind else {one.line.pk: one for one in told_lines(count, hand.place)}
    missing_lot = hand.item is not None and hand.lot is None and hand.item.tracking != Tracking.NONE
    lines = lines_at(count, hand.place) if hand.place else []
    if missing_lot and hand.item is not None:
        lines = [one for one in lines if one.item_id == hand.item.pk]
    context = {
        "count": count,
        "hand": hand,
        "trouble": trouble,
        "line": line,
        "told": expected.get(line.pk) if line else None,
        "missing_lot": missing_lot,
        "lines": [{"line": one, "told": expected.get(one.pk), "url": _tap(hand, one)} for one in lines],
        "places": [
            {"row": row, "word": place_word(row.place.kind), "rest": row.lines - row.counted}
            for row in places_of(count)
        ],
        "path": path_of(hand.place) if hand.place else "",
        "units": _units(hand.item) if hand.item else [],
        "rest": count.all_lines - count.counted_lines,  # type: ignore[attr-defined]  # annotated by counts_seen
        "may_count": may(user, COUNT, count.location.site),
        "may_accept": may(user, ACCEPT, count.location.site),
    }
    with timezone.override(count.location.site.zone):
        return render(request, "inventory/counts/count.html", context, status=status)


def _tap(hand: Hand, line: CountLine) -> str:
    query = {"place": line.location_id, "item": line.item_id} | ({"lot": line.lot_id} if line.lot_id else {})
    return f"?{urlencode(query)}"


def _units(item: Item) -> list[str]:
    return [item.unit.code, *(unit.code for unit in units_of(item) if unit.pk != item.unit_id)]


def _in_base(item: Item, quantity: Decimal, code: str) -> Decimal:
    unit = next((one for one in units_of(item) if one.code == code), None)
    return to_base(item, quantity, unit) if unit is not None and unit.pk != item.unit_id else quantity


def _typed(text: str) -> Decimal | None:
    whole, _point, part = text.strip().replace(",", ".").partition(".")
    fits = whole.isascii() and whole.isdecimal() and len(whole) <= 12 and (part == "" or part.isdecimal())
    return Decimal(f"{whole}.{part or 0}") if fits and len(part) <= 6 and part.isascii() else None
