"""Step 3, the check: what has to be put right, grouped by the repair; the rows, those with errors first."""

import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from factory_core.access.policy import may
from factory_core.errors import Refusal
from factory_core.importing.comments import can_be_marked, commented_file
from factory_core.importing.forms import cells_of, numbers_of
from factory_core.importing.kinds import Kind
from factory_core.importing.models import ImportRun
from factory_core.importing.queries import pages, repairs
from factory_core.importing.queries.pages import RUN, VIEW
from factory_core.importing.services import fixing, flow
from factory_core.importing.services.checking import counts_of
from factory_core.importing.states import RowStatus, RunStatus
from factory_core.importing.views.begin import check_again, is_little
from factory_core.importing.views.common import XLSX, act, asked, go, kind_or_refuse, shown
from factory_core.people.models import User
from factory_core.web.doors import door, signed_in

# Rows on a page: each may have as many fields as the kind has columns.
ROWS = 25
# Which rows a tab shows; the first that has any is shown at first.
TABS: dict[str, tuple[str, ...]] = {
    "errors": (RowStatus.ERROR,),
    "warnings": (RowStatus.WARNING,),
    "ready": (RowStatus.READY,),
    "left-out": (RowStatus.LEFT_OUT,),
    "done": (RowStatus.DONE,),
}


@never_cache
@require_GET
@door(VIEW)
def check(request: HttpRequest, run_id: int) -> HttpResponse:
    """The counts, the repairs, and a page of the rows."""
    user = signed_in(request)
    run = asked(user, run_id)
    if run.status not in (RunStatus.CHECKED, RunStatus.IMPORTED) or pages.is_under_way(run):
        return go("import", run)
    return _page(request, user, run)


@never_cache
@require_POST
@door(RUN)
def cells(request: HttpRequest, run_id: int) -> HttpResponse:
    """Cells that were typed over, or rows that are left out or taken back in; then the check again."""
    user = signed_in(request)
    run = asked(user, run_id)
    ticked = numbers_of(request.POST, "row")
    fixes, leaves = cells_of(request.POST), ticked and ("leave-out" in request.POST or "take-in" in request.POST)
    try:
        if fixes and not leaves and not is_little(run):
            if act(user, fixing.fix_and_look, run_id=run.pk, fixes=fixes):
                return _again(request, user, run)
        elif fixes:
            act(user, fixing.fix_cells, run_id=run.pk, fixes=fixes)
        if ticked and "leave-out" in request.POST:
            act(user, flow.leave_out, run_id=run.pk, numbers=ticked)
        if ticked and "take-in" in request.POST:
            act(user, fixing.take_back_in, run_id=run.pk, numbers=ticked)
        check_again(run, user)
    except Refusal as no:
        return _page(request, user, asked(user, run_id), no)
    return _again(request, user, run)


@never_cache
@require_POST
@door(RUN)
def repair(request: HttpRequest, run_id: int) -> HttpResponse:
    """One repair for many cells; then the check again."""
    user = signed_in(request)
    run = asked(user, run_id)
    given = request.POST
    field, code = given.get("field", "")[:60], given.get("code", "")[:60]
    try:
        match given.get("act"):
            case "rule":
                _rules(user, run, field, given)
            case "empty":
                act(user, fixing.empty_all, run_id=run.pk, field=field, code=code)
            case "leave-out":
                act(user, fixing.leave_out_all, run_id=run.pk, field=field, code=code)
            case "all":
                act(user, fixing.say_for_all, run_id=run.pk, field=field, text=given.get("all", "").strip()[:2000])
            case "answer":
                says = given.get("says") == "1"
                act(user, fixing.answer, run_id=run.pk, column=given.get("column", "")[:6], says=says)
            case "create":
                act(user, fixing.create_missing, run_id=run.pk, says=True)
            case _:
                raise fixing.BadFix(_("There is no such repair."))
        check_again(run, user)
    except Refusal as no:
        return _page(request, user, asked(user, run_id), no)
    return _again(request, user, run)


@never_cache
@require_GET
@door(VIEW)
def comments(request: HttpRequest, run_id: int) -> HttpResponse:
    """The file with its bad cells marked, the reasons in comments, and what to do in a last column.

    Its other sheets see those alone who may bring files over: they could look into each of them anyway.
    """
    user = signed_in(request)
    run = asked(user, run_id)
    target = io.BytesIO()
    commented_file(run, kind_or_refuse(run), target, may_have_file=may(user, RUN, run.site))
    name = run.file_name.rpartition(".")[0] or run.file_name
    answer = HttpResponse(target.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = content_disposition_header(True, _("%(file)s, commented.xlsx") % {"file": name})
    return answer


def _rules(user: User, run: ImportRun, field: str, given: Any) -> None:
    """Every line of the group that says something: `found-N` is read as `instead-N`."""
    remember = given.get("remember") == "yes"
    nothing = given.get("nothing", "")
    for number in range(repairs.SHOWN):
        found, instead = given.get(f"found-{number}"), given.get(f"instead-{number}", "").strip()
        if found is None or (not instead and nothing != str(number)):
            continue
        act(
            user, fixing.treat_as, run_id=run.pk, field=field, found=found[:200], instead=instead[:200],
            remember=remember,
        )  # fmt: skip


def _again(request: HttpRequest, user: User, run: ImportRun) -> HttpResponse:
    """A script swaps the page in place; without one the browser goes back to it."""
    if "HX-Request" in request.headers:
        run = asked(user, run.pk)
        if pages.is_under_way(run):
            return HttpResponse(headers={"HX-Redirect": reverse("import", args=[run.pk])})
        return _page(request, user, run)
    answer = go("import-check", run)
    if tab := request.POST.get("tab", ""):
        answer["Location"] += f"?rows={tab}" if tab in TABS else ""
    return answer


def _page(request: HttpRequest, user: User, run: ImportRun, refused: Refusal | None = None) -> HttpResponse:
    kind = kind_or_refuse(run)
    counts = counts_of(run)
    tab = request.GET.get("rows") or request.POST.get("tab") or ""
    if tab not in TABS or (not counts.get(TABS[tab][0]) and request.method == "POST"):
        tab = next((name for name, kinds in TABS.items() if counts.get(kinds[0])), "errors")
    said = request.GET.get("after") or request.POST.get("after") or "0"
    after = int(said) if said.isdecimal() and len(said) < 9 else 0
    rows, more = pages.rows_after(run, TABS[tab], after, ROWS)
    columns = pages.columns_for(run, kind, rows)
    context = {
        "counts": counts, "total": sum(counts.values()), "tab": tab, "tabs": _tabs(counts),
        "errors": counts.get(RowStatus.ERROR, 0),
        "ready": counts.get(RowStatus.READY, 0) + counts.get(RowStatus.WARNING, 0),
        "groups": _groups(user, run, kind), "is_file": may(user, RUN, run.site) and can_be_marked(run, kind),
        "columns": columns, "rows": pages.rows_shown(run, columns, rows),
        "after": after, "more": more,
        "cleaned": [(kind.field_named(name).label, *rest) for name, *rest in run.cleaned],
    }  # fmt: skip
    return shown(request, "check.html", run, 3, context, refused)


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    words = {
        "errors": _("To be put right"), "warnings": _("To be looked at"), "ready": _("Ready"),
        "left-out": _("Left out"), "done": _("Imported"),
    }  # fmt: skip
    return [(name, words[name], counts.get(kinds[0], 0)) for name, kinds in TABS.items()]


def _groups(user: User, run: ImportRun, kind: Kind) -> list[repairs.Group]:
    """The repairs with what may be picked in each; questions first, since an answer settles a whole column."""
    groups = repairs.groups_of(run, kind)
    fields = {each.name: each for each in kind.fields}
    for group in groups:
        described = fields.get(group.field)
        if described is None:
            continue
        group.choices = pages.offered_values(described)
        if group.is_reference and group.repair is repairs.Repair.RULE:
            group.known = pages.known_keys(described, user, run.site)
        if group.repair is repairs.Repair.ANSWER:
            kept = run.decisions.get(group.column) or {}
            group.choices = pages.answers_to(pages.SETTLES.get(kept.get("asks", ""), ""))
    return sorted(groups, key=lambda group: group.repair is not repairs.Repair.ANSWER)
