"""One time account: its classes, its closings, and what people decide about it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Missing, Refusal
from factory_core.web import charts
from factory_core.web.display import duration
from factory_core.web.doors import door, signed_in
from factory_core.web.stories import story_for
from production.oee.models import ShiftAccount
from production.oee.panels import CLASSES, RULES, findings_of, shown
from production.oee.queries.accounts import accounts_seen, revisions_of, slices_of, targets_of
from production.oee.queries.sums import sums_of_accounts
from production.oee.rules.figures import Sums, figures_of
from production.oee.services import close_account, leave_late_data, reopen_account
from production.oee.states import AccountStatus, RuleSet
from production.oee.views.common import MANAGE, VIEW
from production.oee.views.figures import BIG

ACTS = {"close": close_account, "reopen": reopen_account, "leave": leave_late_data}


class NoSuchAccount(Missing):
    """There is no such account that the asker may see."""

    code = "no_such_account"


@never_cache
@ensure_csrf_cookie
@require_GET
@door(VIEW)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """The classes of an account adding up to its time, its figures, closings and story."""
    return _page(request, _account(request, pk))


@never_cache
@require_POST
@door(MANAGE)
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Close, reopen, or leave late data out."""
    user, found = signed_in(request), _account(request, pk)
    version, reason = request.POST.get("version", ""), request.POST.get("reason", "")[:200]
    try:
        with acting(user, channel="web", reason=reason):
            ACTS[what](
                actor=user, account_id=found.pk, at=now(), reason=reason,
                version=int(version) if version.isdecimal() and len(version) < 10 else None,
            )  # fmt: skip
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return _page(request, _account(request, pk), refusal.sentence, refusal.status)
    return redirect("oee-account", pk=pk)


def _account(request: HttpRequest, pk: int) -> ShiftAccount:
    found = accounts_seen(signed_in(request)).filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise NoSuchAccount(_("There is no such time account that you may see."))
    return found


def _page(request: HttpRequest, found: ShiftAccount, refusal: str = "", status: int = 200) -> HttpResponse:
    user, site = signed_in(request), found.machine.line.area.site
    rules = RuleSet(targets_of(site.pk).rule_set)
    whole = figures_of(sums_of_accounts([found.pk]).get(0, Sums()), rules)
    at = now()
    context: dict[str, Any] = {
        "account": found,
        "refusal": refusal,
        "rows": _rows(found),
        "together": duration(float(whole.sums.calendar_s)),
        "seconds": whole.sums.calendar_s,
        "big": [shown(whole[key]) for key in BIG],
        "rule_name": RULES[rules][0],
        "findings": findings_of(whole),
        "revisions": revisions_of(found),
        "may_manage": may(user, MANAGE, found),
        "can_close": found.status == AccountStatus.OPEN and found.ended_at <= at,
        "is_open": found.status == AccountStatus.OPEN,
        **story_for(user, found),
    }
    with timezone.override(site.zone):
        return render(request, "production/oee/account.html", context, status=status)


def _rows(found: ShiftAccount) -> list[dict[str, Any]]:
    slices = slices_of(found)
    bars = [
        charts.Bar(
            str(CLASSES[one.time_class][0]), float(one.seconds), duration(float(one.seconds)),
            CLASSES[one.time_class][1],
        )
        for one in slices
    ]  # fmt: skip
    return [
        {"slice": one, "bar": bar, "drawing": drawing}
        for one, (bar, drawing) in zip(slices, charts.pareto(bars), strict=True)
    ]
