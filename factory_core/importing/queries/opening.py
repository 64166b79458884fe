"""What belongs to an opening, by what it is for, and what is missing until it can be signed with a good conscience."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import visible
from factory_core.importing.kinds import kind_named, kinds
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.reconciling import said_by
from factory_core.importing.register_models import Opening, OpeningRun
from factory_core.importing.states import RunStatus
from factory_core.people.models import User

VIEW = "import.view"
# Nothing came of these, so nothing of them belongs to an opening.
GONE = (RunStatus.CANCELLED, RunStatus.UNDONE)
CAME = (RunStatus.IMPORTED, RunStatus.ACCEPTED)


def has_come(run: ImportRun) -> bool:
    """Whether rows of a run are in the books; others of it may still be put right."""
    return run.status in CAME or (run.status not in GONE and run.done > 0)


class Part(StrEnum):
    """What runs are for on the first day."""

    MASTER = "master"
    STOCK = "stock"
    ORDERS = "orders"
    HISTORY = "history"


PART_NAMES: dict[Part, str | Promise] = {
    Part.MASTER: gettext_lazy("Master data"),
    Part.STOCK: gettext_lazy("Stock on that day"),
    Part.ORDERS: gettext_lazy("Orders: open ones live on, ended ones are history"),
    Part.HISTORY: gettext_lazy("History"),
}
_PARTS = {
    "opening_stock": Part.STOCK,
    "purchase_orders": Part.ORDERS,
    "sales_orders": Part.ORDERS,
    "production_orders": Part.ORDERS,
    "stock_history": Part.HISTORY,
    "scrap_history": Part.HISTORY,
    "readings": Part.HISTORY,
}


@dataclass(frozen=True)
class Missing:
    """One line of the checklist: a code for programs, a sentence for people, the run it is about if any."""

    code: str
    sentence: str
    run: ImportRun | None = None

    @property
    def is_to_decide(self) -> bool:
        """Whether somebody has to do something about it, or to take it as it is."""
        return self.code not in ("findings_open", "kind_not_brought")


def part_of(kind: str) -> Part:
    """What a kind is for on the first day."""
    return _PARTS.get(kind, Part.MASTER)


def openings_seen(actor: User) -> QuerySet[Opening]:
    """Openings that the person may see, the newest first, with how many runs belong to each."""
    rows = visible(actor, Opening.objects.select_related("site"), VIEW)
    return rows.annotate(run_count=Count("members")).order_by("-id")


def opening_seen(actor: User, opening_id: int) -> Opening | None:
    """One opening; None where there is none that the person may see."""
    return visible(actor, Opening.objects.select_related("site"), VIEW).filter(pk=opening_id).first()


def opening_of(run: ImportRun) -> Opening | None:
    """The opening a run belongs to."""
    member = OpeningRun.objects.filter(run=run).select_related("opening").first()
    return member.opening if member else None


def members_of(opening: Opening) -> list[ImportRun]:
    """The runs of an opening in the order in which they came."""
    ids = OpeningRun.objects.filter(opening=opening).values("run_id")
    return list(ImportRun.objects.filter(pk__in=ids).select_related("site", "by", "accepted_by").order_by("pk"))


def candidates_for(actor: User, opening: Opening) -> list[ImportRun]:
    """Runs of the site that came in and belong to no opening."""
    came = ImportRun.objects.filter(Q(status__in=CAME) | Q(done__gt=0), site=opening.site_id)
    runs = visible(actor, came.exclude(status__in=GONE), VIEW)
    return list(runs.filter(membership=None).select_related("by").order_by("pk"))


def missing_of(opening: Opening, runs: Sequence[ImportRun]) -> list[Missing]:
    """The checklist: what somebody has to decide (runs that have not come in, rows outside, figures that differ), then
    what is to be known: findings, once for each file, and in one line, because many a plant has nothing of them, the
    kinds nobody brought."""
    there = [run for run in runs if run.status not in GONE]
    brought = {run.kind for run in there}
    missing = [*(one for run in there for one in _missing_in(run)), *_findings(there)]
    if absent := [str(kind.label) for kind in kinds() if kind.name not in brought]:
        missing.append(Missing("kind_not_brought", _("No file brought %(kind)s.") % {"kind": " · ".join(absent)}))
    return missing


def _missing_in(run: ImportRun) -> list[Missing]:
    # A plain table has one sheet, which is called as the file.
    is_one = run.sheet in ("", PurePath(run.file_name).stem)
    name = run.file_name if is_one else f"{run.file_name} · {run.sheet}"
    if not has_come(run):
        return [Missing("not_in_yet", _("%(file)s has not come in.") % {"file": name}, run)]
    found = []
    if outside := run.rows - run.done:
        found.append(
            Missing(
                "rows_outside",
                _("%(count)d of %(rows)d rows of %(file)s stayed outside.")
                % {"count": outside, "rows": run.rows, "file": name},
                run,
            )
        )
    if (kind := kind_named(run.kind)) is not None and any(each.is_total for each in kind.fields):
        books = run.totals.get("books")
        if books is None:
            found.append(Missing("not_compared", _("The totals of %(file)s were not compared.") % {"file": name}, run))
        elif any(differs(one) for name, one in books["fields"].items() if name in said_by(run)):
            found.append(Missing("totals_differ", _("The totals of %(file)s differ.") % {"file": name}, run))
    return found


def _findings(runs: Sequence[ImportRun]) -> list[Missing]:
    """What was found in files and nobody accepted: a workbook's findings once, however many of its sheets came."""
    first: dict[str, ImportRun] = {}
    found: dict[str, set[tuple[Any, ...]]] = {}
    for run in runs:
        if has_come(run) and run.status != RunStatus.ACCEPTED:
            first.setdefault(run.sha256, run)
            found.setdefault(run.sha256, set()).update(
                (one["code"], one["sheet"], one["row"], one["column"], one["value"])
                for one in run.book.get("findings", ())
            )
    return [
        Missing(
            "findings_open",
            _("%(count)d findings about %(file)s are not accepted.")
            % {"count": len(found[digest]), "file": run.file_name},
            run,
        )
        for digest, run in first.items()
        if found[digest]
    ]


def differs(one: dict[str, Any]) -> bool:
    """Whether the file's totals row, the file, what came and the books, as far as they say anything, disagree."""
    return len({one[where] for where in ("file", "own", "taken", "books")} - {None}) > 1
