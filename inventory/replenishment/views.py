"""What should be ordered and why; ordering several at once; the rules, each with what it would suggest now."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from factory_core.access.policy import may
from factory_core.errors import Refusal
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of
from factory_core.web.stories import story_for
from inventory.purchasing.views.common import acted, clash_of, number_of, today_at, typed
from inventory.replenishment import services
from inventory.replenishment.demand import planned
from inventory.replenishment.events import METHOD_WORDS
from inventory.replenishment.forms import RuleForm
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.panels import figures, lot_words, preview_of, row_of
from inventory.replenishment.queries import (
    look,
    rule_or_missing,
    rules_found,
    sites_to_refill,
    suggestion_or_missing,
    suggestions_found,
    trouble_of,
)
from inventory.replenishment.states import Method, SuggestionStatus

VIEW, MANAGE, REQUEST = (
    "inventory.purchasing.view",
    "inventory.purchasing.manage",
    "inventory.purchasing.request",
)
TABS = [
    (SuggestionStatus.OPEN.value, lazy("Open")),
    (SuggestionStatus.DISMISSED.value, lazy("Dismissed")),
    (SuggestionStatus.TAKEN.value, lazy("Ordered")),
    ("ALL", lazy("All")),
]
TROUBLES_TOLD = 5


@never_cache
@require_GET
@door(VIEW)
def suggestions(request: HttpRequest) -> HttpResponse:
    """What should be ordered, the most urgent first."""
    return _suggestions(request)


@never_cache
@require_GET
@door(VIEW)
def reason(request: HttpRequest, number: int) -> HttpResponse:
    """The figures behind one suggestion, and the field for not following it."""
    one = suggestion_or_missing(signed_in(request), number)
    context = {
        "one": one,
        "figures": list(figures(one.reason, one.item.unit.code)),
        "may_manage": may(request.user, MANAGE, one),
    }
    return render(request, "inventory/replenishment/_reason.html", context)


@require_POST
@door(MANAGE)
def take(request: HttpRequest) -> HttpResponse:
    """Order the chosen suggestions: one draft a supplier."""
    chosen = [one.partition(":") for one in request.POST.getlist("take")]
    versions = {
        key: read for one, _colon, version in chosen if (key := number_of(one)) and (read := number_of(version))
    }
    try:
        orders = acted(request, services.take, suggestion_ids=list(versions), versions=versions)
    except Refusal as refusal:
        return _refused(request, refusal)
    if len(orders) == 1:
        return redirect("purchase-order", number=orders[0].number)
    numbers = ", ".join(order.number for order in orders)
    messages.success(request, _("Drafted: %(orders)s. Look at them, then send them.") % {"orders": numbers})
    return redirect("replenishment")


@require_POST
@door(MANAGE)
def dismiss(request: HttpRequest, number: int) -> HttpResponse:
    """Say why a suggestion is not followed."""
    version = number_of(request.POST.get("version"))
    why = request.POST.get("reason", "")
    try:
        acted(request, services.dismiss, suggestion_id=number, reason=why, version=version)
    except Refusal as refusal:
        return _refused(request, refusal)
    return redirect("replenishment")


@require_POST
@door(REQUEST)
def run(request: HttpRequest) -> HttpResponse:
    """Let the rules look now, at every site where the person may ask for goods."""
    for site in sites_to_refill(signed_in(request), REQUEST):
        done = acted(request, services.suggest, site=site)
        told = _("%(site)s: %(rules)d rules looked; %(made)d new, %(changed)d changed, %(gone)d no longer needed.")
        messages.success(
            request,
            told
            % {
                "site": site.name, "rules": done.looked_at, "made": done.made, "changed": done.changed,
                "gone": done.gone,
            },
        )  # fmt: skip
        if done.planned:
            text = ngettext(
                "%(n)d item is ordered by the plan, so that nothing is suggested for it.",
                "%(n)d items are ordered by the plan, so that nothing is suggested for them.",
                done.planned,
            )
            messages.info(request, text % {"n": done.planned})
        for trouble in done.troubles[:TROUBLES_TOLD]:
            messages.warning(request, trouble)
        if more := len(done.troubles[TROUBLES_TOLD:]):
            message = ngettext("%(n)d more rule cannot be followed.", "%(n)d more rules cannot be followed.", more)
            messages.warning(request, message % {"n": more})
    return redirect("replenishment")


@never_cache
@require_GET
@door(VIEW)
def rules(request: HttpRequest) -> HttpResponse:
    """How items are kept in stock."""
    page = page_of(request, rules_found(signed_in(request), text=typed(request)))
    context = {
        "page": page,
        "rows": [
            {
                "rule": rule,
                "method": METHOD_WORDS[Method(rule.method)],
                "lot": lot_words(rule),
                "trouble": trouble_of(rule),
            }
            for rule in page.rows
        ],
        "may_manage": may(request.user, MANAGE),
    }
    return render(request, "inventory/replenishment/rules.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@door(MANAGE)
def new_rule(request: HttpRequest) -> HttpResponse:
    """Make a rule for an item at a site."""
    user = signed_in(request)
    form = RuleForm(user, request.POST or None, initial={"item": request.GET.get("item", "")[:60]})
    if request.method == "POST" and form.is_valid():
        item, site = form.cleaned_data["item"], form.cleaned_data["site"]
        known = rules_found(user).filter(item=item, site=site).first()
        if known is not None:
            form.add_error("item", _("This item has a rule at this site already. Change that one."))
        else:
            try:
                made = acted(request, services.set_rule, item=item, site=site, **form.figures())
                return redirect("replenishment-rule", number=made.pk)
            except Refusal as refusal:
                form.take(refusal)
    return _form(request, form, None)


@never_cache
@require_http_methods(["GET", "POST"])
@door(VIEW)
def rule(request: HttpRequest, number: int) -> HttpResponse:
    """One rule and what it suggests now; buyers change it here."""
    user = signed_in(request)
    found = rule_or_missing(user, number)
    if request.method == "GET":
        return _form(request, RuleForm(user, rule=found), found)
    form, clash = RuleForm(user, request.POST, rule=found), None
    if form.is_valid():
        version = number_of(request.POST.get("version"))
        try:
            acted(request, services.set_rule, item=found.item, site=found.site, version=version, **form.figures())
            return redirect("replenishment-rule", number=number)
        except Refusal as refusal:
            if refusal.status in {403, 404}:
                raise
            clash = clash_of(refusal, form)
            form.take(refusal)
    return _form(request, form, rule_or_missing(user, number), clash=clash)


@require_POST
@door(VIEW)
def preview(request: HttpRequest) -> HttpResponse:
    """What the rule as typed would suggest now; nothing is kept."""
    user = signed_in(request)
    number = number_of(request.POST.get("rule"))
    found = rule_or_missing(user, number) if number else None
    form = RuleForm(user, request.POST, rule=found)
    context: dict[str, Any] = {"preview": _preview(form.as_rule())} if form.is_valid() else {"form": form}
    return render(request, "inventory/replenishment/_preview.html", context)


def _preview(rule: ReplenishmentRule) -> dict[str, Any]:
    (looked,) = look([rule], rule.site_id, today_at(rule.site))
    return preview_of(looked, planned([rule.item_id], rule.site_id).get(rule.item_id))


def _form(
    request: HttpRequest, form: RuleForm, found: ReplenishmentRule | None, *, clash: dict[str, Any] | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "rule": found, "clash": clash, "may_manage": found is None}
    if found is not None:
        context |= {
            "preview": _preview(found),
            "may_manage": may(request.user, MANAGE, found),
            "given_version": found.version,
            **story_for(signed_in(request), found),
        }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "inventory/replenishment/rule.html", context, status=412 if clash else status)


def _suggestions(request: HttpRequest, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    known = {key for key, _word in TABS}
    show = shown if (shown := request.GET.get("status", "")) in known else SuggestionStatus.OPEN.value
    only = number_of(request.GET.get("only"))
    found = suggestions_found(user, text=typed(request), status="" if only or show == "ALL" else show)
    page = page_of(request, found.filter(pk=only) if only else found)
    today = today_at()
    context = {
        "page": page,
        "rows": [row_of(one, today) for one in page.rows],
        "show": show,
        "tabs": TABS,
        "keep": {"status": show},
        "may_manage": may(request.user, MANAGE),
        "may_run": may(request.user, REQUEST),
        "refusal": refusal,
    }
    return render(request, "inventory/replenishment/suggestions.html", context, status=status)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    if refusal.status in {403, 404}:
        raise refusal
    return _suggestions(request, refusal=refusal, status=refusal.status)
