"""Picking on a tablet: scan the place, scan the goods, tap. What is known so far stands in the address."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from inventory.dispatch import queries, services
from inventory.dispatch.models import Dispatch
from inventory.dispatch.panels import status_chip
from inventory.dispatch.queries import LineProgress, Stop
from inventory.dispatch.views.common import PICK, at_site, text_of
from inventory.items.models import Item
from inventory.items.queries import to_base
from inventory.items.states import Tracking
from inventory.lots.models import Lot
from inventory.stock.models import Location
from inventory.stock.queries.scanning import item_of_id, lot_of_id, place_of_id, read

NOTHING = Decimal(0)


@never_cache
@require_http_methods(["GET", "POST"])
@door(PICK)
def pick(request: HttpRequest, number: str) -> HttpResponse:
    """The list in walking order and what is in hand; `?code=` is a scan, a POST takes the goods."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    if request.method == "POST":
        return _take(request, found)
    hand = _Hand(request, found)
    if code := request.GET.get("code", "").strip():
        return redirect(hand.after_scan(code[:400]))
    return hand.page(request.GET.get("said", "")[:300], request.GET.get("read", "")[:400])


@never_cache
@require_POST
@door(PICK)
def put_back(request: HttpRequest, number: str, pick: int) -> HttpResponse:
    """Carry a pick back."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    picked = queries.pick_or_missing(found, pick)
    try:
        with acting(user, channel="web"):
            services.put_back(actor=user, pick_id=picked.pk, at=now())
    except Refusal as no:
        return _Hand(request, found).page(refusal=no.sentence, status=no.status)
    return redirect("dispatch-pick", number=number)


@never_cache
@require_POST
@door(PICK)
def short(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Less is sent of a line than planned."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    missing = queries.line_or_missing(found, line)
    try:
        with acting(user, channel="web", reason=text_of(request, "reason")):
            services.note_short(actor=user, line_id=missing.pk, reason=text_of(request, "reason"), at=now())
    except Refusal as no:
        return _Hand(request, found).page(refusal=no.sentence, status=no.status)
    return redirect("dispatch-pick", number=number)


@never_cache
@require_POST
@door(PICK)
def on_pallet(request: HttpRequest, number: str, pick: int) -> HttpResponse:
    """Put a pick on a pallet."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    picked = queries.pick_or_missing(found, pick)
    pallet = next((one for one in queries.pallets_of(found) if str(one.pk) == request.POST.get("pallet")), None)
    try:
        with acting(user, channel="web"):
            services.put_on_pallet(actor=user, pick_id=picked.pk, pallet=pallet or picked.location, at=now())
    except Refusal as no:
        return _Hand(request, found).page(refusal=no.sentence, status=no.status)
    return redirect("dispatch-pick", number=number)


class _Hand:
    """What is known of the next pick: the place, the item, its lot and a quantity off the label."""

    def __init__(self, request: HttpRequest, dispatch: Dispatch) -> None:
        self.request, self.dispatch, self.user = request, dispatch, signed_in(request)
        given = request.POST if request.method == "POST" else request.GET
        self.place: Location | None = place_of_id(self.user, given.get("place", ""))
        self.item: Item | None = item_of_id(self.user, given.get("item", ""))
        self.lot: Lot | None = lot_of_id(self.user, given.get("lot", ""))
        self.quantity = given.get("quantity", "")[:30]
        if self.lot is not None and (self.item is None or self.lot.item_id != self.item.pk):
            self.lot = None

    def after_scan(self, code: str) -> str:
        """The address of what is known after a scan; what nobody knows changes nothing and says what was expected."""
        try:
            first = self.place is None or self.item is None
            reading = read(self.user, code, at=now(), item=self.item, place_first=first)
        except Refusal as no:
            return self.address(said=no.sentence, read=code)
        if reading.location is not None:
            self.place = reading.location
            return self.address(read=code)
        if reading.item is None:
            return self.address(said=_("Expected a place, an item or a lot."), read=code)
        self.item, self.lot, self.quantity = reading.item, reading.lot, ""
        if reading.quantity is not None:
            try:
                base = to_base(reading.item, reading.quantity, reading.unit or reading.item.unit)
                self.quantity = f"{base.normalize():f}"
            except Refusal as no:
                return self.address(said=no.sentence, read=code)
        return self.address(read=code)

    def address(self, said: str = "", read: str = "") -> str:
        """The page with what is known."""
        known = {"place": self.place, "item": self.item, "lot": self.lot}
        parts = {name: str(thing.pk) for name, thing in known.items() if thing is not None}
        parts |= {name: text for name, text in (("quantity", self.quantity), ("said", said), ("read", read)) if text}
        here = reverse("dispatch-pick", args=[self.dispatch.number])
        return f"{here}?{urlencode(parts)}" if parts else here

    def page(self, said: str = "", read: str = "", *, refusal: str = "", status: int = 200) -> HttpResponse:
        """The list, what is in hand, and what was picked."""
        lines = queries.progress_of(self.dispatch.lines.all())
        stops = queries.way_through(lines)
        proposed = {stop.line.pk: NOTHING for stop in stops}
        for stop in stops:
            proposed[stop.line.pk] += stop.kept.quantity
        context: dict[str, Any] = {
            "chip": status_chip(self.dispatch.status),
            "stops": [(stop, self._is_here(stop)) for stop in stops],
            "missing": [
                (row, row.need - proposed.get(row.line.pk, NOTHING))
                for row in lines
                if row.need > proposed.get(row.line.pk, NOTHING)
            ],
            "waiting": [row for row in lines if row.need],
            "lines": lines,
            "picks": queries.picks_of(self.dispatch),
            "pallets": queries.pallets_of(self.dispatch),
            "hand": self,
            "asks_lot": self.item is not None and self.item.tracking != Tracking.NONE and self.lot is None,
            "asks_note": self._asks_note(stops),
            "ready": self._is_ready(),
            "proposal": self._proposal(lines, stops),
            "said": said,
            "read": read,
            "refusal": refusal,
            "expected": self._expected(),
            "key": get_random_string(16),
        }
        return at_site(self.request, self.dispatch, "inventory/dispatch/pick.html", context, status)

    def _is_ready(self) -> bool:
        if self.item is None or self.place is None:
            return False
        return self.item.tracking == Tracking.NONE or self.lot is not None

    def _is_here(self, stop: Stop) -> bool:
        return self.place is not None and stop.kept.location_id == self.place.pk

    def _asks_note(self, stops: list[Stop]) -> bool:
        if self.lot is None:
            return False
        lots = {stop.kept.lot_id for stop in stops if stop.line.item_id == self.lot.item_id}
        return bool(lots) and self.lot.pk not in lots

    def _expected(self) -> str:
        if self.place is None:
            return _("the place")
        if self.item is None:
            return _("the item or its lot")
        return _("the lot") if not self._is_ready() else _("your confirmation")

    def _proposal(self, lines: list[LineProgress], stops: list[Stop]) -> str:
        """The quantity in the field: what the label said, else what is proposed here, never more than is needed."""
        if self.quantity or self.item is None or not self._is_ready():
            return self.quantity
        need = sum((row.need for row in lines if row.line.item_id == self.item.pk), NOTHING)
        here = sum(
            (
                stop.kept.quantity
                for stop in stops
                if self._is_here(stop)
                and stop.line.item_id == self.item.pk
                and stop.kept.lot_id == (self.lot.pk if self.lot else None)
            ),
            NOTHING,
        )
        if self.item.tracking == Tracking.SERIAL:
            return "1"
        return f"{min(need, here or need).normalize():f}" if need else ""


def _take(request: HttpRequest, found: Dispatch) -> HttpResponse:
    hand = _Hand(request, found)
    if hand.place is None or hand.item is None:
        return hand.page(refusal=_("Scan the place and the goods first."), status=422)
    try:
        quantity = Decimal(hand.quantity.replace(",", "."))
        with acting(hand.user, channel="web"):
            services.pick(
                actor=hand.user, dispatch_id=found.pk, location=hand.place, item=hand.item, lot=hand.lot,
                quantity=quantity, note=text_of(request, "note"), at=now(), key=text_of(request, "key", 40),
            )  # fmt: skip
    except InvalidOperation:
        return hand.page(refusal=_("This is not a quantity."), status=422)
    except Refusal as no:
        return hand.page(refusal=no.sentence, status=no.status)
    # One stays at the shelf: the next thing may lie there too.
    return redirect(f"{reverse('dispatch-pick', args=[found.number])}?{urlencode({'place': hand.place.pk})}")
