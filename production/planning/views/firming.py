"""Why something is proposed, and orders made of proposals: one, or several at once."""

from datetime import date
from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from inventory.purchasing.views.common import number_of
from production.planning.queries.listing import proposal_or_missing
from production.planning.queries.wants import wants_of
from production.planning.services import firm, firm_many
from production.planning.services.refusals import BadFirming
from production.planning.views.common import VIEW, at_site, may_firm
from production.planning.views.plan import show_plan

MOST_WANTS = 30


@never_cache
@require_GET
@door(VIEW)
def why(request: HttpRequest, planned_id: int) -> HttpResponse:
    """Who wants it: customers, open orders and proposals of what it is part of; and the fields to change it."""
    one = proposal_or_missing(signed_in(request), planned_id)
    wants = wants_of([one.item.pk], one.run)[one.item.pk]
    context = {
        "one": one, "wants": wants[:MOST_WANTS], "more": max(0, len(wants) - MOST_WANTS),
        "typed": f"{one.quantity.normalize():f}", **may_firm(request, one.site),
    }  # fmt: skip
    return at_site(request, one.site, "_why.html", context)


@require_POST
@door(VIEW)
def firm_one(request: HttpRequest, planned_id: int) -> HttpResponse:
    """Make an order of one proposal, perhaps of another quantity for another day."""
    user = signed_in(request)
    try:
        quantity, due_on = _typed(request)
        with acting(user, channel="web", reason=request.POST.get("reason", "")[:200]):
            done = firm(
                actor=user, planned_id=planned_id, at=now(), quantity=quantity, due_on=due_on,
                run_id=number_of(request.POST.get("run")),
            )  # fmt: skip
    except Refusal as refusal:
        return _refused(request, refusal)
    messages.success(
        request, _("%(item)s: %(order)s was made.") % {"item": done.item.number, "order": done.firmed_label}
    )
    return redirect("plan")


@require_POST
@door(VIEW)
def firm_chosen(request: HttpRequest) -> HttpResponse:
    """Make orders of the chosen proposals; what could not be is told one by one."""
    user = signed_in(request)
    ids = [key for one in request.POST.getlist("firm") if (key := number_of(one))]
    try:
        with acting(user, channel="web"):
            results = firm_many(actor=user, planned_ids=ids, at=now(), run_id=number_of(request.POST.get("run")))
    except Refusal as refusal:
        return _refused(request, refusal)
    made = [one for one in results if one.refusal is None]
    if made:
        text = ngettext("%(n)d proposal was firmed: %(orders)s", "%(n)d proposals were firmed: %(orders)s", len(made))
        orders = ", ".join(dict.fromkeys(one.label for one in made))
        messages.success(request, text % {"n": len(made), "orders": orders})
    if len(made) < len(results):
        return show_plan(request, told=[one for one in results if one.refusal is not None], status=409)
    return redirect("plan")


def _typed(request: HttpRequest) -> tuple[Decimal | None, date | None]:
    quantity, day = request.POST.get("quantity", "").strip(), request.POST.get("due_on", "").strip()
    try:
        return (
            Decimal(quantity.replace(",", ".")) if quantity else None,
            date.fromisoformat(day) if day else None,
        )
    except (InvalidOperation, ValueError) as wrong:
        raise BadFirming(_("Type a quantity like 12.5 and a day.")) from wrong


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if refusal.status == 403:
        raise refusal
    return show_plan(request, refusal=refusal, status=refusal.status)
