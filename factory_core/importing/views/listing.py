"""The list of imports, the templates to fill in, and what people taught the importer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.policy import may
from factory_core.errors import Missing
from factory_core.importing.kinds import kind_named, kinds
from factory_core.importing.queries.pages import RUN, VIEW, rules_seen, runs_seen
from factory_core.importing.services import fixing
from factory_core.importing.services.moving import can_move
from factory_core.importing.services.undoing import DAYS
from factory_core.importing.states import RunStatus
from factory_core.importing.templates import template_workbook
from factory_core.importing.views.common import STATUS_WORDS, XLSX, act, home_of, kinds_for, listed
from factory_core.web.doors import door, signed_in
from factory_core.web.lists import page_of


class NoSuchTemplate(Missing):
    """Nothing of that kind is imported."""

    code = "no_such_template"


@never_cache
@require_GET
@door(VIEW)
def imports(request: HttpRequest) -> HttpResponse:
    """What was brought over, by whom and with what result, the newest first."""
    user = signed_in(request)
    given = {name: request.GET.get(name, "").strip()[:200] for name in ("q", "kind", "status")}
    page = page_of(request, runs_seen(user, **given), newest_first=True)
    rows = [{**listed(run), "url": home_of(run), "may_undo": can_move(run, RunStatus.UNDOING)} for run in page.rows]
    context = {
        "given": given, "rows": rows, "next_url": page.next_url, "previous_url": page.previous_url, "kinds": kinds(),
        "statuses": STATUS_WORDS.items(), "may_run": may(user, RUN), "days": DAYS,
    }  # fmt: skip
    return render(request, "importing/imports.html", context)


@never_cache
@require_GET
@door(VIEW)
def templates(request: HttpRequest) -> HttpResponse:
    """A workbook to fill in for each kind, in the order in which a factory brings things over."""
    user = signed_in(request)
    return render(request, "importing/templates.html", {"kinds": kinds_for(user), "may_run": may(user, RUN)})


@never_cache
@require_GET
@door(VIEW)
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """The workbook of one kind."""
    found = kind_named(kind)
    if found is None or found not in kinds_for(signed_in(request)):
        raise NoSuchTemplate(_("There is no import kind “%(name)s” for you.") % {"name": kind})
    answer = HttpResponse(template_workbook(found), content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{found.name}.xlsx"'
    return answer


@never_cache
@require_GET
@door(VIEW)
def rules(request: HttpRequest) -> HttpResponse:
    """What is read as what since somebody said so, each with its switch."""
    user = signed_in(request)
    page = page_of(request, rules_seen(user))
    rows = []
    for one in page.rows:
        kind = kind_named(one.kind)
        field = next((each for each in kind.fields if each.name == one.field), None) if kind else None
        rows.append(
            {"rule": one, "kind": kind.label if kind else one.kind, "field": field.label if field else one.field}
        )
    context = {"rows": rows, "next_url": page.next_url, "previous_url": page.previous_url, "may_run": may(user, RUN)}
    return render(request, "importing/rules.html", context)


@never_cache
@require_POST
@door(RUN)
def rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Use a rule no longer, or again."""
    act(signed_in(request), fixing.switch_rule, rule_id=rule_id, is_active=request.POST.get("on") == "yes")
    return redirect("import-rules")
