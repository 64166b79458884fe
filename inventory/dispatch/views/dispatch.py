"""One dispatch: its page, its acts, its papers and its proof."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Missing, Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.stories import story_for
from inventory.dispatch import queries, services
from inventory.dispatch.models import Dispatch
from inventory.dispatch.panels import status_chip
from inventory.dispatch.views.common import PICK, SEND, VIEW, at_site, text_of, version_of
from inventory.items.queries.papers import folder
from inventory.items.rules.papers import place_of

PAPERS = {"note": "note.html", "packing-list": "packing_list.html", "pick-list": "pick_list.html"}


class NoProof(Missing):
    """The dispatch has no file as proof, or its content is missing on the disk."""

    code = "no_proof"


@never_cache
@require_GET
@door(VIEW)
def dispatch(request: HttpRequest, number: str) -> HttpResponse:
    """The dispatch's page."""
    return dispatch_page(request, queries.dispatch_or_missing(signed_in(request), number))


@never_cache
@require_POST
@door(PICK)
def handle(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Pack, open again, propose again, cancel."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    wish: dict[str, Any] = {"actor": user, "dispatch_id": found.pk, "at": now()}
    try:
        with acting(user, channel="web", reason=text_of(request, "reason")):
            if what == "propose":
                services.propose_again(**wish)
            elif what == "cancel":
                services.cancel_dispatch(**wish, reason=text_of(request, "reason"), version=version_of(request))
            else:
                (services.pack if what == "pack" else services.unpack)(**wish, version=version_of(request))
    except Refusal as no:
        found = queries.dispatch_or_missing(user, number)
        return dispatch_page(request, found, refusal=no.sentence, status=no.status)
    return redirect("dispatch-pick" if what in ("propose", "unpack") else "dispatch", number=number)


@never_cache
@require_POST
@door(SEND)
def leave(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Send, or note the delivery with its proof."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    try:
        with acting(user, channel="web"):
            if what == "send":
                services.send(
                    actor=user, dispatch_id=found.pk, at=now(), carrier=text_of(request, "carrier", 80),
                    tracking_number=text_of(request, "tracking_number", 80), version=version_of(request),
                )  # fmt: skip
            else:
                file = request.FILES.get("proof")
                services.deliver(
                    actor=user, dispatch_id=found.pk, at=now(), received_by=text_of(request, "received_by", 120),
                    delivered_at=_moment(request, found), note=text_of(request, "note", 400),
                    proof_name=str(file.name) if file else "", proof=file.read() if file else b"",
                    version=version_of(request),
                )  # fmt: skip
    except Refusal as no:
        found = queries.dispatch_or_missing(user, number)
        return dispatch_page(request, found, refusal=no.sentence, status=no.status)
    return redirect("dispatch", number=number)


@never_cache
@require_POST
@door("inventory.stock.receive")
def take_back(request: HttpRequest, number: str, pick: int) -> HttpResponse:
    """The customer sent something back."""
    user = signed_in(request)
    found = queries.dispatch_or_missing(user, number)
    picked = queries.pick_or_missing(found, pick)
    try:
        place = next(one for one in queries.quarantines_of(found) if str(one.pk) == request.POST.get("place"))
        with acting(user, channel="web"):
            services.take_back(
                actor=user, pick_id=picked.pk, quantity=Decimal(text_of(request, "quantity", 30).replace(",", ".")),
                reason=text_of(request, "reason"), to_location=place, at=now(), key=text_of(request, "key", 40),
            )  # fmt: skip
    except (StopIteration, InvalidOperation):
        return dispatch_page(request, found, refusal=_("Look at the quantity and the quarantine again."), status=422)
    except Refusal as no:
        return dispatch_page(request, found, refusal=no.sentence, status=no.status)
    return redirect("dispatch", number=number)


@never_cache
@require_GET
@door(VIEW)
def paper(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """A paper to print: the delivery note, the packing list, or the list to pick by."""
    found = queries.dispatch_or_missing(signed_in(request), number)
    context: dict[str, Any] = {"printed_at": now()}
    if what == "note":
        context["lines"] = queries.note_lines(found)
    elif what == "packing-list":
        context["packs"] = queries.packs_of(found)
    else:
        lines = queries.progress_of(found.lines.all())
        context |= {"stops": queries.way_through(lines), "lines": lines}
    return at_site(request, found, f"inventory/dispatch/{PAPERS[what]}", context)


@never_cache
@require_GET
@door(VIEW)
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The file that proves the delivery, always as a download."""
    found = queries.dispatch_or_missing(signed_in(request), number)
    path = folder() / place_of(found.proof_sha256) if found.proof_sha256 else None
    if path is None or not path.is_file():
        raise NoProof(_("%(dispatch)s has no file as proof of delivery.") % {"dispatch": found})
    named = content_disposition_header(as_attachment=True, filename=found.proof_name or "proof")
    # What somebody uploaded is never shown as a page of this host.
    return HttpResponse(
        path.read_bytes(),
        content_type="application/octet-stream",
        headers={"Content-Disposition": named or "attachment"},
    )


def dispatch_page(request: HttpRequest, found: Dispatch, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """The page with its forms; a refused act leads back here and says why."""
    user, at = signed_in(request), now()
    picks = queries.picks_of(found)
    gone = found.dispatched_at is not None
    context = {
        "chip": status_chip(found.status),
        "lines": queries.progress_of(found.lines.all()),
        "picks": picks,
        "gone": gone,
        "quarantines": queries.quarantines_of(found) if gone and may(user, "inventory.stock.receive", found) else [],
        "key": f"{at.timestamp():.6f}",
        "local_now": at.astimezone(found.site.zone).strftime("%Y-%m-%dT%H:%M"),
        "refusal": refusal,
        "history_url": f"/history/{found._meta.label_lower}/{found.pk}/" if may(user, "trail.view", found) else "",
        **story_for(user, found),
    }
    return at_site(request, found, "inventory/dispatch/dispatch.html", context, status)


def _moment(request: HttpRequest, found: Dispatch) -> datetime:
    """The local time typed; nothing typed means now."""
    at = now()
    try:
        said = parse_datetime(text_of(request, "delivered_at", 40))
    except ValueError:
        said = None
    if said is None:
        return at
    local = said if said.tzinfo else said.replace(tzinfo=found.site.zone)
    # The field knows minutes only: within the minute of leaving, or of now, the nearer border is meant.
    if found.dispatched_at is not None and 0 < (found.dispatched_at - local).total_seconds() < 60:
        return found.dispatched_at
    return min(local, at) if 0 < (local - at).total_seconds() < 60 else local
