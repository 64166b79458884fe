"""The scan page of the store: one page for gloves and scanners, and the sheet of its command codes."""

from typing import Any

import segno
from barcode import Code128  # type: ignore[import-untyped]  # the library brings no types
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from factory_core.web.doors import door, signed_in
from inventory.stock.rules.scanning import Act, Command, code_of
from inventory.stock.views.common import VIEW
from inventory.stock.views.scan_panel import acts_of, panel
from inventory.stock.views.scan_state import Answer, act_title, state_of, take

LONGEST_CODE = 400
# Not all that Python takes for blank: a label may begin with its separator (ASCII 29).
BLANKS = " \t\r\n"


@never_cache
@ensure_csrf_cookie
@require_GET
@door(VIEW)
def scan(request: HttpRequest) -> HttpResponse:
    """The whole page, at whatever point of an errand the address says."""
    whole = {"undo_code": code_of(Command.UNDO), "confirm_code": code_of(Command.CONFIRM), "live_topics": ["floor"]}
    return render(request, "inventory/stock/scan.html", {**_context(request), **whole})


@never_cache
@require_GET
@door(VIEW)
def scan_panel(request: HttpRequest) -> HttpResponse:
    """The panel alone, after a scan or a tap."""
    return render(request, "inventory/stock/_panel.html", _context(request))


@require_GET
@door(VIEW)
def codes(request: HttpRequest) -> HttpResponse:
    """The command codes on paper, to be scanned instead of tapping: as bars and as squares."""
    may_act = acts_of(signed_in(request))
    words: list[tuple[str, Act | Command]] = [(act_title(act), act) for act in Act if act in may_act]
    sheet = [_printed(title, code_of(word)) for title, word in words]
    return render(request, "inventory/stock/codes.html", {"codes": sheet, "commands": _commands()})


def _context(request: HttpRequest) -> dict[str, Any]:
    user = signed_in(request)
    may_act = acts_of(user)
    given = {name: str(value).replace("\0", "") for name, value in request.GET.items()}
    state = state_of(user, given, may_act)
    if given.get("next") == "yes":
        state = state.next_errand()
    answer: Answer | None = None
    code = given.get("code", "").strip(BLANKS)[:LONGEST_CODE]
    if code:
        changed, answer = take(user, state, code, may_act)
        other = given.get("as_us", "").strip(BLANKS)[:LONGEST_CODE]
        if not answer.is_good and other and other != code:
            # The scanner may type as a keyboard of another country.
            meant, second = take(user, state, other, may_act)
            changed, answer = (meant, second) if second.is_good else (changed, answer)
        state = changed
    return panel(user, state, answer, may_act)


def _commands() -> list[dict[str, Any]]:
    titles = {Command.CONFIRM: _("Confirm"), Command.AGAIN: _("Start again"), Command.UNDO: _("Take back")}
    return [_printed(title, code_of(word)) for word, title in titles.items()]


def _printed(title: str, code: str) -> dict[str, Any]:
    """A command as bars (one number a dark stripe: where it begins and how wide it is) and as a square."""
    modules = Code128(code).build()[0]
    stripes, start = [], 0
    while (start := modules.find("1", start)) >= 0:
        end = modules.find("0", start)
        end = len(modules) if end < 0 else end
        stripes.append((start, end - start))
        start = end
    return {
        "title": title,
        "code": code,
        "stripes": stripes,
        # Ten light modules on either side are part of the code.
        "room": len(modules) + 20,
        "square": segno.make(code, micro=False).svg_inline(scale=4, border=2, svgclass="square", lineclass=None),
    }
