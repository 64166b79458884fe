"""One version of a bill of materials: its lines, and the acts on it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.stories import story_for
from inventory.items.panels import item_address
from inventory.items.queries import item_or_missing
from production.products import services
from production.products.forms import AlternateForm, BomForm, LineForm, ReleaseForm
from production.products.models import Bom, BomLine
from production.products.panels import status_chip
from production.products.queries import NoSuchDesign, bom_or_missing, compare
from production.products.queries.pages import branches_of, line_or_missing, versions_of
from production.products.rules.designators import counted
from production.products.states import DesignStatus
from production.products.views.common import MANAGE, RELEASE, VIEW, labelled, sheet, today, version_of
from production.products.views.structure import branch_rows


@never_cache
@require_GET
@door(VIEW)
def bom(request: HttpRequest, bom_id: int) -> HttpResponse:
    """A version with its lines."""
    return bom_page(request, bom_or_missing(signed_in(request), bom_id))


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Draft a bill of materials for an item."""
    item = item_or_missing(signed_in(request), number)

    def act(user: Any, facts: dict[str, Any], _version: int | None) -> None:
        services.draft_bom(actor=user, item=item, at=now(), **facts)

    back = reverse("item-bom", args=[item.number])
    title = _("New bill of materials of %(item)s") % {"item": item.number}
    return sheet(request, BomForm(request.POST or None), act, back, title=title)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, bom_id: int) -> HttpResponse:
    """Change the head of a draft."""
    user = signed_in(request)
    found = bom_or_missing(user, bom_id)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        facts["code"] = facts["code"] or found.code
        services.change_bom(actor=user, bom_id=bom_id, wish=facts, at=now(), version=version)

    form = BomForm(request.POST or None, record=found)
    return sheet(
        request, form, act, reverse("bom", args=[bom_id]), title=str(found), record=found,
        afresh=lambda: bom_or_missing(user, bom_id),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def add_line(request: HttpRequest, bom_id: int) -> HttpResponse:
    """Add a line; one comes back to add the next."""
    user = signed_in(request)
    found = bom_or_missing(user, bom_id)

    def act(user: Any, facts: dict[str, Any], _version: int | None) -> None:
        services.add_line(actor=user, bom_id=bom_id, at=now(), **facts)

    back = reverse("bom", args=[bom_id])
    title = _("Add to %(bom)s") % {"bom": found}
    return sheet(request, LineForm(user, request.POST or None), act, back, title=title)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit_line(request: HttpRequest, bom_id: int, line_id: int) -> HttpResponse:
    """Change a line."""
    user = signed_in(request)
    line = line_or_missing(user, bom_id, line_id)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        services.change_line(actor=user, line_id=line_id, wish=facts, at=now(), version=version)

    form = LineForm(user, request.POST or None, record=line)
    title = f"{line.bom} · {line.item.number}"
    return sheet(
        request, form, act, reverse("bom", args=[bom_id]), title=title, record=line,
        afresh=lambda: line_or_missing(user, bom_id, line_id),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def alternate(request: HttpRequest, bom_id: int, line_id: int) -> HttpResponse:
    """Say what may be used instead of a component."""
    user = signed_in(request)
    line = line_or_missing(user, bom_id, line_id)

    def act(user: Any, facts: dict[str, Any], _version: int | None) -> None:
        services.set_alternate(actor=user, line_id=line_id, at=now(), **facts)

    title = _("Instead of %(item)s") % {"item": line.item.number}
    back = reverse("bom", args=[bom_id])
    return sheet(request, AlternateForm(user, request.POST or None), act, back, title=title)


@never_cache
@require_http_methods(["GET", "POST"])
@door(RELEASE)
def release(request: HttpRequest, bom_id: int) -> HttpResponse:
    """Choose the day and release."""
    found = bom_or_missing(signed_in(request), bom_id)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        services.release_bom(actor=user, bom_id=bom_id, at=now(), version=version, **facts)

    form = ReleaseForm(request.POST or None, initial={"valid_from": found.valid_from, "ends_former": True})
    back = reverse("bom", args=[bom_id])
    return sheet(request, form, act, back, title=_("Release %(bom)s") % {"bom": found}, record=found)


@require_POST
@door(VIEW)
def act(request: HttpRequest, bom_id: int, name: str, key: int = 0) -> HttpResponse:
    """Acts that need a button, or a reason, only."""
    user = signed_in(request)
    found = bom_or_missing(user, bom_id)
    known: dict[str, Callable[[], Any]] = {
        "copy": lambda: services.copy_bom(actor=user, bom_id=bom_id, at=now()),
        "retire": lambda: services.retire_bom(
            actor=user, bom_id=bom_id, reason=request.POST.get("reason", ""), at=now(), version=version_of(request)
        ),
        "remove": lambda: services.remove_bom(actor=user, bom_id=bom_id, at=now(), version=version_of(request)),
        "up": lambda: services.move_line(actor=user, line_id=key, up=True, at=now()),
        "down": lambda: services.move_line(actor=user, line_id=key, up=False, at=now()),
        "remove-line": lambda: services.remove_line(actor=user, line_id=key, at=now()),
        "remove-alternate": lambda: services.remove_alternate(actor=user, alternate_id=key, at=now()),
    }
    if name not in known:
        raise NoSuchDesign(_("There is no such act."))
    try:
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            changed = known[name]()
    except Refusal as refusal:
        return bom_page(request, found, refusal=refusal.sentence, status=refusal.status)
    if name == "remove":
        return redirect("item-bom", number=found.item.number)
    return redirect("bom", bom_id=changed.pk if isinstance(changed, Bom) else bom_id)


@never_cache
@require_GET
@door(VIEW)
def compared(request: HttpRequest, bom_id: int, other_id: int) -> HttpResponse:
    """Two versions side by side: what the second adds, lacks and has otherwise."""
    user = signed_in(request)
    before, after = bom_or_missing(user, other_id), bom_or_missing(user, bom_id)
    found = compare(before, after)
    context = {"found": found, "back": reverse("bom", args=[bom_id]), "item": after.item, **labelled(found, BomLine)}
    return render(request, "production/products/compared.html", context)


def bom_page(request: HttpRequest, found: Bom, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """The page of a version, with why an act said no."""
    user = signed_in(request)
    is_draft = found.status == DesignStatus.DRAFT
    rows = branch_rows(branches_of(found, found.quantity, found.valid_from or today()), 1)
    for row in rows:
        row["designated"] = counted(row["line"].designators)
    context = {
        "bom": found,
        "item": found.item,
        "item_url": item_address(found.item),
        "chip": status_chip(found.status),
        "rows": rows,
        "others": [one for one in versions_of(user, found.item) if one.pk != found.pk],
        "can_change": is_draft and may(user, MANAGE),
        "can_release": is_draft and may(user, RELEASE),
        "can_retire": found.status == DesignStatus.RELEASED and may(user, RELEASE),
        "may_manage": may(user, MANAGE),
        "refusal": refusal,
        **story_for(user, found),
    }
    return render(request, "production/products/bom.html", context, status=status)
