"""What the pages of an import share: the run asked for, the steps at their head, and the work that begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.identity import acting
from factory_core.access.policy import may
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.importing.kinds import Kind, kind_named, kinds
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.footprint import Why
from factory_core.importing.queries.pages import RUN, run_seen
from factory_core.importing.services.carrying import NoKind
from factory_core.importing.services.moving import NoSuchImport, can_move
from factory_core.importing.states import RunStatus, Work
from factory_core.people.models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUS_WORDS: dict[str, str | Promise] = {
    RunStatus.READING: gettext_lazy("being read"),
    RunStatus.MAPPING: gettext_lazy("columns to be chosen"),
    RunStatus.CHECKING: gettext_lazy("being checked"),
    RunStatus.CHECKED: gettext_lazy("checked"),
    RunStatus.IMPORTING: gettext_lazy("being imported"),
    RunStatus.IMPORTED: gettext_lazy("imported"),
    RunStatus.ACCEPTED: gettext_lazy("accepted"),
    RunStatus.UNDOING: gettext_lazy("being undone"),
    RunStatus.UNDONE: gettext_lazy("undone"),
    RunStatus.CANCELLED: gettext_lazy("given up"),
    RunStatus.FAILED: gettext_lazy("failed"),
}
# What the worker is doing.
WORK_WORDS: dict[str, str | Promise] = {
    Work.CHECK: gettext_lazy("The rows are being checked"),
    Work.REHEARSE: gettext_lazy("The import is being rehearsed"),
    Work.CARRY: gettext_lazy("The rows are being imported"),
    Work.COMPARE: gettext_lazy("The totals are being compared"),
    Work.UNDO: gettext_lazy("The import is being undone"),
}
# Why something stays at an undo.
KEPT_WORDS: dict[str, str | Promise] = {
    Why.CHANGED_SINCE: gettext_lazy("changed since, by"),
    Why.USED_SINCE: gettext_lazy("used since, by"),
    Why.BELONGS: gettext_lazy("belongs to what stays:"),
    Why.GONE: gettext_lazy("deleted since, by"),
}
# What a proposal for a column rests on.
WHY: dict[str, str | Promise] = {
    "learned": gettext_lazy("learned"),
    "same_name": gettext_lazy("same name"),
    "synonym": gettext_lazy("another word for it"),
    "similar": gettext_lazy("similar name"),
    "shape": gettext_lazy("its cells look like it"),
}
# Where a run stands on its way: 1 file, 2 columns, 3 check, 4 dry run, 5 done.
_STEP_OF = {RunStatus.READING: 1, RunStatus.MAPPING: 2, RunStatus.CHECKING: 3, RunStatus.CHECKED: 3}


@dataclass(frozen=True)
class Step:
    """One of the five; `url` is empty where one cannot go now."""

    number: int
    title: str
    url: str
    is_here: bool
    is_done: bool


def asked(user: User, run_id: int) -> ImportRun:
    """The run of an address. Raises NoSuchImport."""
    run = run_seen(user, run_id)
    if run is None:
        raise NoSuchImport(_("There is no such import that you may see."))
    return run


def kind_or_refuse(run: ImportRun) -> Kind:
    """The kind of a run. Raises NoKind."""
    kind = kind_named(run.kind)
    if kind is None:
        raise NoKind(_("Say what the rows of %(file)s are before they are imported.") % {"file": run.file_name})
    return kind


def kinds_for(user: User) -> list[Kind]:
    """The kinds that a person may bring over somewhere, in the order in which a factory does."""
    return [kind for kind in kinds() if may(user, kind.capability)]


def listed(run: ImportRun) -> dict[str, Any]:
    """A run as a line of a list."""
    return {"run": run, "kind": kind_named(run.kind), "word": STATUS_WORDS[run.status], "left": run.rows - run.done}


def home_of(run: ImportRun) -> str:
    """The page where a run goes on."""
    name = {RunStatus.READING: "import-file", RunStatus.MAPPING: "import-file", RunStatus.CHECKED: "import-check"}
    return reverse(name.get(RunStatus(run.status), "import"), args=[run.pk])


def steps_of(run: ImportRun | None, here: int) -> list[Step]:
    """The five steps, with those one can go to."""
    reached = _STEP_OF.get(RunStatus(run.status), 5) if run else 1
    is_open = run is not None and run.status in (RunStatus.MAPPING, RunStatus.CHECKED) and not run.done
    names = ("import-file", "import-columns", "import-check", "import-dry-run", "import")
    titles = (_("File"), _("Columns"), _("Check"), _("Dry run"), _("Done"))
    steps = []
    for number, (name, title) in enumerate(zip(names, titles, strict=True), start=1):
        may_go = run is not None and (
            (number <= 2 and is_open)
            or (number in (3, 4) and run.status == RunStatus.CHECKED)
            or (number == 3 and run.status == RunStatus.IMPORTED and run.done < run.rows)
            or (number == 5 and reached == 5)
        )
        url = reverse(name, args=[run.pk]) if run is not None and may_go and number != here else ""
        steps.append(Step(number, title, url, number == here, number < max(here, reached)))
    return steps


def shown(
    request: HttpRequest, template: str, run: ImportRun, here: int, context: dict[str, Any],
    refused: Refusal | None = None,
) -> HttpResponse:  # fmt: skip
    """A page of a run with the steps at its head, and why nothing came of what was just wanted."""
    kind = kind_named(run.kind)
    whole = {
        "run": run,
        "kind": kind,
        "steps": steps_of(run, here),
        "may_run": may(request.user, RUN, run.site),
        "status_word": STATUS_WORDS[run.status],
        "refusal": refused.sentence if refused else "",
        "may_undo": can_move(run, RunStatus.UNDOING),
        "outside": run.rows - run.done,
        **context,
    }
    return render(request, f"importing/{template}", whole, status=refused.status if refused else 200)


def act(user: User, do: Callable[..., Any], **facts: Any) -> Any:
    """One act of a service, under the person's name, now."""
    with acting(user, channel="web"):
        return do(actor=user, at=now(), **facts)


def go(name: str, run: ImportRun) -> HttpResponse:
    """On to another page of the run."""
    return redirect(name, run_id=run.pk)
