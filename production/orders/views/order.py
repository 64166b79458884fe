"""One order: its page, its job card, and what is done with it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal, StaleVersion
from factory_core.plant.models import Machine
from factory_core.web.doors import door, signed_in
from factory_core.web.stories import story_for
from production.orders import queries, services
from production.orders.forms import ChangeForm, SplitForm
from production.orders.models import ProductionOrder
from production.orders.panels import order_chip, slots_of, step_chip
from production.orders.states import OPEN, OperationStatus, OrderStatus
from production.orders.views.cards import code_of
from production.orders.views.common import (
    MANAGE,
    RUN,
    SETTLE,
    VIEW,
    at_site,
    last_hand,
    reason_of,
    version_of,
)

RUNS: dict[str, Callable[..., Any]] = {
    "start": services.start_operation,
    "pause": services.pause_operation,
    "finish": services.finish_operation,
    "skip": services.skip_operation,
    "unskip": services.unskip_operation,
}
TRAIL, REPORT = "trail.view", "production.report.view"
FIELDS = {"bad_quantity": "quantity", "start_after_due": "start_at", "bad_priority": "priority"}


@never_cache
@require_GET
@door(VIEW)
def order(request: HttpRequest, number: str) -> HttpResponse:
    """The order's page."""
    return order_page(request, number)


@never_cache
@require_GET
@door(VIEW)
def card(request: HttpRequest, number: str) -> HttpResponse:
    """The job card on paper: what to do in which order, with codes to scan."""
    found, at = queries.order_or_missing(signed_in(request), number), now()
    context = {
        "code": code_of(found.number),
        "rows": [(row, code_of(f"{found.number}/{row.step.number}")) for row in queries.step_rows(found, at)],
        "materials": found.materials.select_related("item__unit", "operation").order_by("position"),
        "chip": order_chip(found.status),
        "printed_at": at,
    }
    return at_site(request, found, "production/orders/card.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change quantity, dates, priority. Somebody else's change meanwhile is shown beside one's own."""
    user = signed_in(request)
    found = queries.order_or_missing(user, number)
    with timezone.override(found.line.area.site.zone):
        form, clash = ChangeForm(found, request.POST or None), None
        if request.method == "POST" and form.is_valid():
            wish: dict[str, Any] = {"order_id": found.pk, "wish": form.cleaned_data, "version": version_of(request)}
            try:
                with acting(user, channel="web", reason=reason_of(request)):
                    services.change_order(actor=user, at=now(), **wish)
                return redirect("production-order", number=number)
            except StaleVersion:
                found = queries.order_or_missing(user, number)
                clash = form.clash_with(found, last_hand(request, found))
            except Refusal as refusal:
                form.take(refusal, FIELDS.get(refusal.code))
    status = 412 if clash else 422 if form.errors else 200
    return at_site(request, found, "production/orders/edit.html", {"form": form, "clash": clash}, status)


@never_cache
@require_POST
@door(MANAGE)
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Release, take back, take the newest version, split, merge, cancel or open again."""
    user = signed_in(request)
    found = queries.order_or_missing(user, number)
    wish: dict[str, Any] = {"actor": user, "order_id": found.pk, "at": now(), "version": version_of(request)}
    form = SplitForm(request.POST or None)
    try:
        with acting(user, channel="web", reason=reason_of(request)):
            if what == "split":
                if not form.is_valid():
                    return order_page(request, number, split_form=form, status=422)
                found = services.split_order(**wish, quantity=form.cleaned_data["quantity"])
            elif what == "merge":
                services.merge_orders(**wish, others=[int(one) for one in _numbers(request, "other")])
            elif what == "cancel":
                below = {"yes": True, "no": False}.get(request.POST.get("children", ""))
                services.cancel_order(**wish, reason=reason_of(request), children=below)
            elif what in ("reopen", "withdraw"):
                {"reopen": services.reopen_order, "withdraw": services.withdraw_order}[what](
                    **wish, reason=reason_of(request)
                )
            elif what == "release":
                services.release_order(**wish, with_children=bool(request.POST.get("with_children")))
            else:
                services.renew_order(**wish)
    except Refusal as refusal:
        return order_page(request, number, refusal=refusal.sentence, status=refusal.status)
    return redirect("production-order", number=found.number)


@never_cache
@require_POST
@door(RUN)
def run_step(request: HttpRequest, number: str, step: str, what: str) -> HttpResponse:
    """Start, pause, finish, leave out or take up a step."""
    user = signed_in(request)
    found = queries.operation_or_missing(user, number, int(step))
    wish: dict[str, Any] = {"actor": user, "operation_id": found.pk, "at": now(), "version": version_of(request)}
    if what == "start":
        wish |= {"machine": _machine(request), "anyway": bool(request.POST.get("anyway"))}
    elif what in ("pause", "skip"):
        wish["reason"] = reason_of(request)
    try:
        with acting(user, channel="web", reason=reason_of(request)):
            RUNS[what](**wish)
    except Refusal as refusal:
        anyway = found.number if refusal.code == "nothing_to_work_on" else 0
        return order_page(request, number, refusal=refusal.sentence, status=refusal.status, anyway=anyway)
    return redirect("production-order", number=number)


@never_cache
@require_POST
@door(SETTLE)
def close(request: HttpRequest, number: str) -> HttpResponse:
    """Its cost is settled: nothing is booked on it any more."""
    user = signed_in(request)
    found = queries.order_or_missing(user, number)
    try:
        with acting(user, channel="web", reason=reason_of(request)):
            services.close_order(actor=user, order_id=found.pk, at=now(), version=version_of(request))
    except Refusal as refusal:
        return order_page(request, number, refusal=refusal.sentence, status=refusal.status)
    return redirect("production-order", number=number)


def order_page(
    request: HttpRequest,
    number: str,
    *,
    split_form: SplitForm | None = None,
    refusal: str = "",
    anyway: int = 0,
    status: int = 200,
) -> HttpResponse:
    """The page with its forms; a refused act leads back here and says why."""
    user, at = signed_in(request), now()
    found, rights = queries.order_with_rights(user, number, (MANAGE, RUN, SETTLE, TRAIL, REPORT))
    may_manage, may_run = MANAGE in rights, RUN in rights
    rows, family = queries.step_rows(found, at), queries.family_of(user, found, merging=may_manage)
    counts = (
        queries.counts_of_order(found, at) if found.past_good is not None
        else queries.sum_of_steps([row.step for row in rows], {row.step.pk: row.counts for row in rows})
    )  # fmt: skip
    is_open = found.status in OPEN
    is_released, today = found.status == OrderStatus.RELEASED, at.astimezone(found.line.area.site.zone).date()
    context = {
        "chip": order_chip(found.status),
        "steps": [(row, step_chip(row.step.status)) for row in rows],
        "family": family,
        "relatives": [(one, order_chip(one.status)) for one in _near(found, family)],
        "counts": counts if rows or found.past_good is not None else None,
        "past_scrap": queries.past_scrap_rows(found) if found.past_good is not None else [],
        "papers": [
            {"name": one["name"], "url": reverse("station-paper", args=[rows[0].step.pk, one["sha256"]])}
            for one in found.papers
            if rows
        ],
        "is_open": is_open,
        "is_late": is_open and found.due_at is not None and found.due_at < at,
        "may_manage": may_manage,
        "may_run": may_run,
        "may_report": REPORT in rights,
        "primary": _primary(found, rows, may_manage, may_run) or (
            "close" if found.status == OrderStatus.FINISHED and SETTLE in rights else ""
        ),
        "next": queries.next_step(rows),
        "running": next((row for row in rows if row.step.status == OperationStatus.RUNNING), None),
        "newer": is_released and may_manage and queries.newer_version(found, today),
        "like_ones": family.like_ones,
        "open_children": [one.number for one in family.children if one.status in OPEN],
        "split_form": (split_form or SplitForm()) if may_manage and is_open else None,
        "refusal": refusal,
        "anyway": anyway,
        "slots": slots_of(found),
        "history_url": f"/history/{found._meta.label_lower}/{found.pk}/" if TRAIL in rights else "",
        **story_for(user, found),
    }  # fmt: skip
    return at_site(request, found, "production/orders/order.html", context, status)


def _primary(found: ProductionOrder, rows: list[queries.StepRow], may_manage: bool, may_run: bool) -> str:
    """The one thing that would be done next by this person; empty if it is not theirs."""
    if found.status == OrderStatus.PLANNED and may_manage:
        return "release"
    if may_run and found.status in OPEN and rows:
        if any(row.step.status == OperationStatus.RUNNING for row in rows):
            return "finish"
        return "start" if queries.next_step(rows) else ""
    return ""


def _near(found: ProductionOrder, family: queries.Family) -> list[ProductionOrder]:
    above = [one for one in (found.parent, found.split_from, found.merged_into) if one is not None]
    return [*above, *family.children, *family.parts, *family.swallowed]


def _numbers(request: HttpRequest, name: str) -> list[str]:
    return [one for one in request.POST.getlist(name) if one.isdecimal() and len(one) < 19]


def _machine(request: HttpRequest) -> Machine | None:
    said = next(iter(_numbers(request, "machine")), "")
    return queries.machine_seen(signed_in(request), int(said)) if said else None
