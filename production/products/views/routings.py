"""One version of a routing: its operations with instructions and checks, and the acts on it."""

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
from production.products.events import CHECK_KIND_WORDS, CHECK_WHEN_WORDS, COUNT_WORDS, TIME_WORDS
from production.products.forms import CheckForm, InstructionForm, OperationForm, ReleaseForm, RoutingForm
from production.products.models import Routing, RoutingOperation
from production.products.panels import status_chip
from production.products.queries import NoSuchDesign, compare_routings, operations_of, routing_or_missing
from production.products.queries.pages import operation_or_missing, part_or_missing, routing_versions_of
from production.products.states import CheckKind, CheckWhen, CountBy, DesignStatus, TimeRule
from production.products.views.common import MANAGE, RELEASE, VIEW, labelled, sheet, version_of


@never_cache
@require_GET
@door(VIEW)
def routing(request: HttpRequest, routing_id: int) -> HttpResponse:
    """A version with its operations."""
    return routing_page(request, routing_or_missing(signed_in(request), routing_id))


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new(request: HttpRequest, number: str) -> HttpResponse:
    """Draft a routing for an item."""
    item = item_or_missing(signed_in(request), number)

    def act(user: Any, facts: dict[str, Any], _version: int | None) -> None:
        services.draft_routing(actor=user, item=item, at=now(), **facts)

    back = reverse("item-routing", args=[item.number])
    title = _("New routing of %(item)s") % {"item": item.number}
    return sheet(request, RoutingForm(request.POST or None), act, back, title=title)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def edit(request: HttpRequest, routing_id: int) -> HttpResponse:
    """Change the head of a draft."""
    user = signed_in(request)
    found = routing_or_missing(user, routing_id)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        facts["code"] = facts["code"] or found.code
        services.change_routing(actor=user, routing_id=routing_id, wish=facts, at=now(), version=version)

    form = RoutingForm(request.POST or None, record=found)
    return sheet(
        request, form, act, reverse("routing", args=[routing_id]), title=str(found), record=found,
        afresh=lambda: routing_or_missing(user, routing_id),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def operation(request: HttpRequest, routing_id: int, operation_id: int = 0) -> HttpResponse:
    """Add an operation, or change one."""
    user = signed_in(request)
    found = routing_or_missing(user, routing_id)
    record = operation_or_missing(user, routing_id, operation_id) if operation_id else None

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        if record is None:
            services.add_operation(actor=user, routing_id=routing_id, at=now(), **facts)
            return
        facts["number"] = facts["number"] or record.number
        services.change_operation(actor=user, operation_id=operation_id, wish=facts, at=now(), version=version)

    form = OperationForm(user, request.POST or None, record=record)
    title = f"{found} · {record}" if record else _("Add an operation to %(routing)s") % {"routing": found}
    return sheet(
        request, form, act, reverse("routing", args=[routing_id]), title=title, record=record,
        afresh=lambda: operation_or_missing(user, routing_id, operation_id),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def part(request: HttpRequest, routing_id: int, operation_id: int, what: str, key: int = 0) -> HttpResponse:
    """Add or change an instruction or a check of an operation."""
    user = signed_in(request)
    owner = operation_or_missing(user, routing_id, operation_id)
    if what not in ("instruction", "check"):
        raise NoSuchDesign(_("Operations have no such part."))
    record = part_or_missing(user, owner, what, key) if key else None

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        if record is not None:
            facts["position"] = facts["position"] or record.position
        told = {"actor": user, "operation_id": operation_id, "at": now(), "version": version if record else None}
        if what == "instruction":
            services.set_instruction(**told, instruction_id=key or None, **facts)
        else:
            services.set_check(**told, check_id=key or None, **facts)

    form: Any
    if what == "instruction":
        form, title = InstructionForm(user, owner.routing.item, request.POST or None, record=record), _("Instruction")
    else:
        form, title = CheckForm(request.POST or None, record=record), _("Check")
    return sheet(
        request, form, act, reverse("routing", args=[routing_id]), title=f"{owner} · {title}", record=record,
        afresh=lambda: part_or_missing(user, owner, what, key),
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "POST"])
@door(RELEASE)
def release(request: HttpRequest, routing_id: int) -> HttpResponse:
    """Choose the day and release."""
    found = routing_or_missing(signed_in(request), routing_id)

    def act(user: Any, facts: dict[str, Any], version: int | None) -> None:
        services.release_routing(actor=user, routing_id=routing_id, at=now(), version=version, **facts)

    form = ReleaseForm(request.POST or None, initial={"valid_from": found.valid_from, "ends_former": True})
    back = reverse("routing", args=[routing_id])
    return sheet(request, form, act, back, title=_("Release %(bom)s") % {"bom": found}, record=found)


@require_POST
@door(VIEW)
def act(request: HttpRequest, routing_id: int, name: str, key: int = 0) -> HttpResponse:
    """Acts that need a button, or a reason, only."""
    user = signed_in(request)
    found = routing_or_missing(user, routing_id)
    version = version_of(request)
    known: dict[str, Callable[[], Any]] = {
        "copy": lambda: services.copy_routing(actor=user, routing_id=routing_id, at=now()),
        "retire": lambda: services.retire_routing(
            actor=user, routing_id=routing_id, reason=request.POST.get("reason", ""), at=now(), version=version
        ),
        "remove": lambda: services.remove_routing(actor=user, routing_id=routing_id, at=now(), version=version),
        "remove-operation": lambda: services.remove_operation(actor=user, operation_id=key, at=now()),
        "remove-instruction": lambda: services.remove_instruction(actor=user, instruction_id=key, at=now()),
        "remove-check": lambda: services.remove_check(actor=user, check_id=key, at=now()),
    }
    if name not in known:
        raise NoSuchDesign(_("There is no such act."))
    try:
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            changed = known[name]()
    except Refusal as refusal:
        return routing_page(request, found, refusal=refusal.sentence, status=refusal.status)
    if name == "remove":
        return redirect("item-routing", number=found.item.number)
    return redirect("routing", routing_id=changed.pk if isinstance(changed, Routing) else routing_id)


@never_cache
@require_GET
@door(VIEW)
def compared(request: HttpRequest, routing_id: int, other_id: int) -> HttpResponse:
    """Two versions side by side."""
    user = signed_in(request)
    before, after = routing_or_missing(user, other_id), routing_or_missing(user, routing_id)
    found = compare_routings(before, after)
    context = {"found": found, "back": reverse("routing", args=[routing_id]), "item": after.item, "is_routing": True}
    context |= labelled(found, RoutingOperation)
    return render(request, "production/products/compared.html", context)


def routing_page(request: HttpRequest, found: Routing, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """The page of a version, with why an act said no."""
    user = signed_in(request)
    is_draft = found.status == DesignStatus.DRAFT
    rows = [
        {
            "operation": one,
            "count_by": COUNT_WORDS[CountBy(one.count_by)],
            "time_rule": TIME_WORDS[TimeRule(one.time_rule)],
            "checks": [
                (check, CHECK_KIND_WORDS[CheckKind(check.kind)], CHECK_WHEN_WORDS[CheckWhen(check.when)])
                for check in one.checks.all()
            ],
        }
        for one in operations_of(found)
    ]
    context = {
        "routing": found,
        "item": found.item,
        "item_url": item_address(found.item),
        "chip": status_chip(found.status),
        "rows": rows,
        "others": [one for one in routing_versions_of(user, found.item) if one.pk != found.pk],
        "can_change": is_draft and may(user, MANAGE),
        "can_release": is_draft and may(user, RELEASE),
        "can_retire": found.status == DesignStatus.RELEASED and may(user, RELEASE),
        "may_manage": may(user, MANAGE),
        "refusal": refusal,
        **story_for(user, found),
    }
    return render(request, "production/products/routing.html", context, status=status)
