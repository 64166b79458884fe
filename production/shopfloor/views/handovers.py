"""Pages of the shift handover: list, one handover, its paper, and its acts."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from production.downtime.queries import shift_at
from production.shopfloor.models import Handover
from production.shopfloor.queries.calls import KIND_NAMES
from production.shopfloor.queries.handover import (
    figures_of,
    handover_or_missing,
    handovers_seen,
    is_as_signed,
    lines_to_hand_over,
)
from production.shopfloor.services.handovers import (
    SIGN,
    note_handover,
    open_handover,
    sign_handover,
    take_handover,
)
from production.shopfloor.states import HandoverStatus
from production.shopfloor.views.common import NoSuchMachine

STATUS_WORDS = {
    HandoverStatus.DRAFT.value: gettext_lazy("draft"),
    HandoverStatus.SIGNED.value: gettext_lazy("signed"),
    HandoverStatus.TAKEN.value: gettext_lazy("read by the next shift"),
}


@never_cache
@require_GET
@door("production.view")
def handovers(request: HttpRequest) -> HttpResponse:
    """The shifts that can be handed over now, and what was handed over lately."""
    user, at = signed_in(request), now()
    lines = [(line, shift_at(line, at)) for line in lines_to_hand_over(user)]
    page = page_of(request, handovers_seen(user), newest_first=True)
    return render(
        request,
        "production/shopfloor/handovers.html",
        {"lines": lines, "rows": page.rows, "next_url": page.next_url, "previous_url": page.previous_url,
         "words": STATUS_WORDS},
    )  # fmt: skip


@require_POST
@door(SIGN)
def handover_open(request: HttpRequest) -> HttpResponse:
    """Open the draft of the present shift of a line, or of the one before."""
    user, at = signed_in(request), now()
    found = lines_to_hand_over(user, request.POST.get("line", ""))
    if len(found) != 1:
        raise NoSuchMachine(_("There is no such line whose shift you may hand over."))
    if request.POST.get("before"):
        at = shift_at(found[0], at).started_at - timedelta(seconds=1)
    with acting(user, channel="web"):
        handover = open_handover(actor=user, line=found[0], at=at)
    return redirect("handover", handover_id=handover.pk)


@never_cache
@require_GET
@door("production.view")
def handover(request: HttpRequest, handover_id: int) -> HttpResponse:
    """One handover: a draft shows what is collected so far, a signed one what was signed."""
    return _shown(request, handover_or_missing(signed_in(request), handover_id), "handover.html")


@never_cache
@require_GET
@door("production.view")
def handover_paper(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The handover on paper."""
    return _shown(request, handover_or_missing(signed_in(request), handover_id), "handover_paper.html")


@require_POST
@door(SIGN)
def handover_act(request: HttpRequest, handover_id: int, act: str) -> HttpResponse:
    """Note, sign or take; a refusal comes back to the page with its sentence."""
    user, at = signed_in(request), now()
    version = request.POST.get("version", "")
    read = int(version) if version.isdecimal() and len(version) < 9 else None
    try:
        with acting(user, channel="web"):
            if act == "sign":
                sign_handover(
                    actor=user, handover_id=handover_id, secret=request.POST.get("secret", ""), at=at,
                    note=request.POST.get("note"), version=read,
                )  # fmt: skip
            elif act == "take":
                take_handover(actor=user, handover_id=handover_id, at=at)
            else:
                note_handover(actor=user, handover_id=handover_id, note=request.POST.get("note", ""), version=read)
    except Refusal as refused:
        if refused.status == 404:
            raise
        found = handover_or_missing(user, handover_id)
        return _shown(request, found, "handover.html", trouble=refused.sentence, status=refused.status)
    messages.success(request, _("Kept.") if act == "note" else _("Done."))
    return redirect("handover", handover_id=handover_id)


def _shown(
    request: HttpRequest, found: Handover, template: str, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    at, is_draft = now(), found.status == HandoverStatus.DRAFT
    figures = figures_of(found.line, found.started_at, found.ended_at, at) if is_draft else found.figures
    zone = found.line.area.site.zone
    context = {
        "handover": found,
        "figures": _readable(figures),
        "is_draft": is_draft,
        "as_signed": is_as_signed(found),
        "word": STATUS_WORDS[found.status],
        "trouble": trouble,
        "note": request.POST.get("note", found.note) if trouble else found.note,
        "may_sign": is_draft and may(request.user, SIGN, found),
        "may_take": found.status == HandoverStatus.SIGNED
        and found.signed_by_id != request.user.pk
        and may(request.user, SIGN, found),
        "printed_at": at,
    }
    with timezone.override(zone):
        return render(request, f"production/shopfloor/{template}", context, status=status)


def _readable(figures: dict[str, Any]) -> dict[str, Any]:
    """Moments as moments, words of kinds; what an older signature does not have is empty."""
    rows = {name: list(figures.get(name, ())) for name in ("machines", "stored", "sent", "pallets", "checks")}
    for name, field in (("stops", "started_at"), ("calls", "at"), ("notes", "at")):
        rows[name] = [{**row, "at": parse_datetime(str(row.get(field, "")))} for row in figures.get(name, ())]
    for row in rows["calls"]:
        row["word"] = KIND_NAMES.get(row.get("kind", ""), row.get("kind", ""))
    return {**rows, "until": parse_datetime(str(figures.get("until", "")))}
