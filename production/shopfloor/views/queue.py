"""The queue of a machine: steps are put into it, taken to another machine or out of it, and made more urgent."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Invalid, Refusal
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.doors import door, signed_in
from production.orders.services import HIGHEST_PRIORITY, change_order, place_operation
from production.shopfloor.queries.loading import NotToStart, read_code
from production.shopfloor.queries.placing import queued_at, standing_in_for
from production.shopfloor.views.common import at_site, machine_or_missing

MANAGE = "production.order.manage"


class NotInQueue(Invalid):
    """What was sent names no step or machine of this queue."""

    code = "not_in_queue"


@never_cache
@require_GET
@door("production.view")
def queue(request: HttpRequest, code: str) -> HttpResponse:
    """What waits for a machine, with forms for those who plan."""
    return _page(request, machine_or_missing(request, code))


@never_cache
@require_POST
@door(MANAGE)
def queue_act(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """Put a step here (`add`), let it wait elsewhere (`place`), or say how urgent its order is (`rank`)."""
    user, machine = signed_in(request), machine_or_missing(request, code)
    try:
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            messages.success(request, {"add": _add, "place": _place, "rank": _rank}[what](request, user, machine))
    except Refusal as refusal:
        return _page(request, machine, refusal)
    return redirect("machine-queue", code=machine.code)


def _add(request: HttpRequest, user: User, machine: Machine) -> str:
    loaded = read_code(user, machine, request.POST.get("code", ""))
    if loaded.runs_here:
        raise NotToStart(_("%(step)s is running here already.") % {"step": loaded.operation})
    step = place_operation(actor=user, operation_id=loaded.operation.pk, machine=machine, at=now())
    return _("%(step)s waits at %(machine)s.") % {"step": step, "machine": machine.name}


def _place(request: HttpRequest, user: User, machine: Machine) -> str:
    wanted = request.POST.get("machine", "")
    chosen = next((one for one in standing_in_for(user, machine, MANAGE) if str(one.pk) == wanted), None)
    if wanted and chosen is None:
        raise NotInQueue(_("Choose a machine of the same work centre, or any of them."))
    step = place_operation(
        actor=user, operation_id=_number(request, "operation"), machine=chosen, at=now(),
        version=_number(request, "version"),
    )  # fmt: skip
    return _("%(step)s waits at %(machine)s.") % {"step": step, "machine": chosen.name if chosen else step.work_centre}


def _rank(request: HttpRequest, user: User, machine: Machine) -> str:
    order = change_order(
        actor=user, order_id=_number(request, "order"), wish={"priority": _number(request, "priority")}, at=now(),
        version=_number(request, "version"),
    )  # fmt: skip
    return _("%(order)s has priority %(priority)s now.") % {"order": order.number, "priority": order.priority}


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        raise NotInQueue(_("Reload the page and choose again: '%(name)s' is missing.") % {"name": name})
    return int(said)


def _page(request: HttpRequest, machine: Machine, refusal: Refusal | None = None) -> HttpResponse:
    user = signed_in(request)
    may_manage = may(user, MANAGE, machine)
    context = {
        "machine": machine,
        "rows": queued_at(user, machine),
        "machines": standing_in_for(user, machine, MANAGE) if may_manage else [],
        "priorities": range(HIGHEST_PRIORITY + 1),
        "may_manage": may_manage,
        "refusal": refusal.sentence if refusal else "",
    }
    return at_site(request, machine, "production/shopfloor/queue.html", context, refusal.status if refusal else 200)
