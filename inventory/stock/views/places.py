"""Places of stock: the tree, one place with what lies there, setting up, pallets."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.stock.finding import place_link
from inventory.stock.models import Location
from inventory.stock.queries import places as queries
from inventory.stock.queries.counting import count_covering
from inventory.stock.services.counting import COUNT
from inventory.stock.services.places import (
    MANAGE,
    MOVE,
    change_location,
    create_location,
    create_pallet,
    move_pallet,
)
from inventory.stock.states import LocationKind
from inventory.stock.views.common import VIEW
from inventory.stock.views.moves import row_of
from inventory.stock.views.place_forms import PalletForm, PlaceForm
from inventory.stock.words import place_word

PRINT = "inventory.label.print"
MOST_INSIDE = 200


def place_url(code: str) -> str:
    """The page of a place."""
    return place_link(0, code)


@never_cache
@require_GET
@door(VIEW)
def locations(request: HttpRequest) -> HttpResponse:
    """The outermost places and what is in them; with `?q=` the places found."""
    user, text = signed_in(request), request.GET.get("q", "").strip()[:200]
    context: dict[str, Any] = {
        "text": text,
        "may_manage": may(user, MANAGE),
        "may_move": may(user, MOVE),
    }
    if text:
        page = page_of(request, queries.places_found(user, text))
        paths = queries.paths_of([place.pk for place in page.rows])
        context["found"] = [(place, place_word(place.kind), paths.get(place.pk, "")) for place in page.rows]
        context |= {"next_url": page.next_url, "previous_url": page.previous_url}
    else:
        context["tree"] = [
            (root, place_word(root.kind), [(child, place_word(child.kind)) for child in inside])
            for root, inside in queries.tree_of(user)
        ]
    return render(request, "inventory/places/places.html", context)


@never_cache
@require_GET
@door(VIEW)
def location(request: HttpRequest, code: str) -> HttpResponse:
    """One place: where it is, what stands in it, what lies there and below, its moves and its story."""
    place = queries.location_or_missing(signed_in(request), code)
    if place.code != code:
        return redirect(place_url(place.code))
    return _page(request, place)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def add_place(request: HttpRequest) -> HttpResponse:
    """Set up a place; `?inside=` names the place it stands in."""
    user = signed_in(request)
    form = PlaceForm(user, request.POST or None, inside=_inside(request))
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("code", "name", "kind", "site", "parent", "partner")}
        try:
            with acting(user, channel="web"):
                place = create_location(actor=user, at=now(), **said)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect(place_url(place.code))
    context = {"form": form, "title": _("New place")}
    return render(request, "inventory/places/edit.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MOVE)
def add_pallet(request: HttpRequest) -> HttpResponse:
    """Begin a pallet; its code and SSCC are drawn, its label is one tap away."""
    user = signed_in(request)
    form = PalletForm(user, request.POST or None, inside=_inside(request))
    if request.method == "POST" and form.is_valid():
        try:
            with acting(user, channel="web"):
                pallet = create_pallet(actor=user, at=now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return redirect(place_url(pallet.code))
    context = {"form": form, "title": _("New pallet")}
    return render(request, "inventory/places/edit.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a place, or take it out of use."""
    user = signed_in(request)
    place = queries.location_or_missing(user, code, MANAGE)
    form = PlaceForm(user, request.POST or None, place=place)
    context: dict[str, Any] = {"form": form, "place": place, "title": place.code, "version": place.version}
    status = 200
    if request.method == "POST" and form.is_valid():
        said, version = form.cleaned_data, request.POST.get("version", "")
        try:
            with acting(user, channel="web"):
                change_location(
                    actor=user,
                    location_id=place.pk,
                    version=int(version) if version.isdecimal() and len(version) < 10 else None,
                    at=now(),
                    **said,
                )
            return redirect(place_url(place.code))
        except StaleVersion as stale:
            there = stale.details["current"]
            context |= {"clash": {"rows": _both(form, there)}, "version": there["version"]}
            status = stale.status
        except Refusal as refusal:
            form.add_error(None, refusal.sentence)
    return render(request, "inventory/places/edit.html", context, status=422 if form.errors else status)


@never_cache
@require_POST
@door(MOVE)
def move(request: HttpRequest, code: str) -> HttpResponse:
    """A pallet went to the place that was scanned."""
    user = signed_in(request)
    pallet = queries.location_or_missing(user, code)
    try:
        to = queries.location_or_missing(user, request.POST.get("to", ""))
        with acting(user, channel="web"):
            move_pallet(actor=user, pallet_id=pallet.pk, to_location=to, at=now())
    except Refusal as refusal:
        return _page(request, pallet, trouble=refusal.sentence, status=refusal.status)
    messages.success(request, _("%(pallet)s stands in %(place)s now.") % {"pallet": pallet.code, "place": to.code})
    return redirect(place_url(pallet.code))


def _page(request: HttpRequest, place: Location, *, trouble: str = "", status: int = 200) -> HttpResponse:
    user = signed_in(request)
    trail, inside = queries.around(place)
    page = page_of(request, queries.lying_at(user, inside))
    is_pallet = place.kind == LocationKind.PALLET
    rights = queries.rights_at(user, place.site, (MANAGE, MOVE, COUNT, PRINT))
    context = {
        "place": place,
        "word": place_word(place.kind),
        "trail": trail[:-1],
        "children": [(child, place_word(child.kind)) for child in queries.children_of(user, place)[:MOST_INSIDE]],
        "lying": page.rows,
        "next_url": page.next_url,
        "previous_url": page.previous_url,
        "moves": [row_of(one) for one in queries.moves_at(user, place)],
        "count": count_covering(place, trail, inside),
        "is_pallet": is_pallet,
        "subject": "PALLET" if is_pallet else "LOCATION",
        "may_manage": MANAGE in rights,
        "may_move": MOVE in rights,
        "may_count": COUNT in rights,
        "may_print": PRINT in rights,
        "trouble": trouble,
        **story_for(user, place),
    }
    with timezone.override(place.site.zone):
        return render(request, "inventory/places/place.html", context, status=status)


def _inside(request: HttpRequest) -> Location | None:
    code = request.GET.get("inside", "")
    return queries.location_or_missing(signed_in(request), code) if code else None


def _both(form: Any, there: dict[str, Any]) -> list[dict[str, str]]:
    said = form.cleaned_data
    yours = {
        "name": said["name"],
        "parent": said["parent"].code if said["parent"] else "",
        "is_active": said["is_active"],
    }
    words = {True: _("yes"), False: _("no")}
    return [
        {
            "label": str(form.fields[name].label),
            "yours": str(words.get(value, value) if isinstance(value, bool) else value),
            "theirs": str(words[there[name]] if isinstance(there[name], bool) else there[name]),
        }
        for name, value in yours.items()
    ]
