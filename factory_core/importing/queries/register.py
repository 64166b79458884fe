"""The register of what came: the file of each run, how it was read, what was cleaned, what stayed outside, the totals
side by side, and who accepted it. One description for the page, the paper and the files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.access.policy import visible
from factory_core.importing.kinds import Kind, kind_named
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.reconciling import said_by
from factory_core.importing.queries.signing import signatures_of
from factory_core.importing.register_models import Acceptance
from factory_core.importing.states import Meaning, RowStatus, RunStatus
from factory_core.people.models import User

Shown = str | int | Decimal | datetime | None
MEANINGS: dict[str, str | Promise] = {
    Meaning.APPROVED: gettext_lazy("accepts what came"),
    Meaning.COMPARED: gettext_lazy("compared it with the old system"),
}
_OUTSIDE: dict[str, str | Promise] = {
    RowStatus.READY: gettext_lazy("not imported yet"),
    RowStatus.WARNING: gettext_lazy("not imported yet"),
    RowStatus.ERROR: gettext_lazy("has errors"),
    RowStatus.LEFT_OUT: gettext_lazy("left out by a person"),
}


@dataclass(slots=True)
class Section:
    """A table of the register; `more` says how many rows are not among `rows`."""

    code: str
    title: str
    headers: tuple[str, ...]
    rows: list[tuple[Shown, ...]] = field(default_factory=list)
    more: int = 0
    # What it means that there is no row.
    empty: str = ""
    # Rows that begin alike belong together: the first cell is said once for all of them.
    is_grouped: bool = False


def register_seen(actor: User, *, kind: str = "", status: str = "", q: str = "") -> QuerySet[ImportRun]:
    """The runs of the register that the person may see, the newest first."""
    runs = visible(actor, ImportRun.objects.select_related("site", "by", "accepted_by"), "import.view")
    if kind:
        runs = runs.filter(kind=kind)
    if status in set(RunStatus):
        runs = runs.filter(status=status)
    if q:
        runs = runs.filter(file_name__icontains=q)
    return runs.order_by("-id").defer("book", "table", "decisions", "cleaned", "undo", "mapping", "options")


def overview(runs: Iterable[ImportRun]) -> Section:
    """The register as one table, a line for each run."""
    section = Section(
        "register", _("Register of imports"),
        (
            _("Number"), _("File"), _("Sheet"), _("SHA-256"), _("Bytes"), _("What"), _("Site"), _("Brought by"),
            _("Brought at"), _("State"), _("Rows"), _("New"), _("Changed"), _("As they were"), _("Outside"),
            _("Accepted by"), _("Accepted at"),
        ),
    )  # fmt: skip
    for run in runs:
        kind = kind_named(run.kind)
        section.rows.append(
            (
                run.pk, run.file_name, run.sheet, run.sha256, run.size, str(kind.label) if kind else run.kind,
                run.site.name, run.by.name, run.started_at, run.status, run.rows, run.created, run.changed,
                run.unchanged, run.rows - run.done, run.accepted_by.name if run.accepted_by else "", run.accepted_at,
            )
        )  # fmt: skip
    return section


def sections_of(run: ImportRun, most: int) -> list[Section]:
    """Everything the register says of a run, with `most` rows a table."""
    kind = kind_named(run.kind)
    return [
        _file(run, kind),
        _columns(run, kind),
        _rules(run, kind),
        _by_hand(run, most),
        _outside(run, most),
        _findings(run, most),
        totals_of(run, kind),
        places_of(run, kind),
        signatures_shown(signatures_of(run)),
    ]


def totals_of(run: ImportRun, kind: Kind | None) -> Section:
    """Sums by field: the file's column, its own totals row, what came, what the books hold, and the difference."""
    section = Section(
        "totals", _("Totals"),
        (_("Figure"), _("Sum of the file"), _("The file's own total"), _("What came"), _("In the books"),
         _("Difference")),
        empty=_("Nothing of this kind is added up, or it was not compared yet."),
    )  # fmt: skip
    books, fed = run.totals.get("books") or {}, said_by(run)
    if books:
        rows = books["rows"]
        # Pieces that add up may lie together as one, and pieces of nothing as none: their figures tell.
        is_counted = rows["books"] is not None and not (kind and kind.adds_up and fed & set(books["fields"]))
        difference = rows["books"] - rows["taken"] if is_counted else None
        section.rows.append((_("Rows"), rows["file"], None, rows["taken"], rows["books"], difference))
    for name, one in books.get("fields", {}).items():
        if name not in fed:
            # What the file does not say cannot differ from it.
            continue
        own, there = (Decimal(one[where]) if one[where] is not None else None for where in ("own", "books"))
        taken = Decimal(one["taken"])
        difference = None if there is None else there - taken
        section.rows.append((_label(kind, name), Decimal(one["file"]), own, taken, there, difference))
    words = kind.field_named("status").choices if kind and books.get("standing") else {}
    for status, count in books.get("standing", {}).items():
        stand = _("Documents that stand as %(status)s") % {"status": words.get(status, status)}
        section.rows.append((stand, None, None, None, count, None))
    return section


def places_of(run: ImportRun, kind: Kind | None) -> Section:
    """Sums by location; of what no column says the books alone speak, and nothing differs."""
    section = Section(
        "places", _("Totals by location"),
        (_("Location"), _("Figure"), _("What came"), _("In the books"), _("Difference")),
        empty=_("Nothing of this kind lies at a location."),
    )  # fmt: skip
    fed = said_by(run)
    for place, figures in (run.totals.get("books") or {}).get("places", {}).items():
        for name, (taken, there) in figures.items():
            came, held = Decimal(taken) if name in fed else None, Decimal(there)
            section.rows.append((place, _label(kind, name), came, held, None if came is None else held - came))
    return section


def _file(run: ImportRun, kind: Kind | None) -> Section:
    section = Section("file", _("What came"), (_("Fact"), _("Value")))
    section.rows = [
        (_("File"), run.file_name),
        (_("Sheet"), run.sheet),
        (_("SHA-256"), run.sha256),
        (_("Bytes"), run.size),
        (_("What"), str(kind.label) if kind else run.kind),
        (_("Site"), run.site.name),
        (_("Brought by"), run.by.name),
        (_("Brought at"), run.started_at),
        (_("Imported at"), run.ended_at),
        (_("Rows"), run.rows),
        (_("New"), run.created),
        (_("Changed"), run.changed),
        (_("As they were"), run.unchanged),
        (_("Left out because they exist"), run.skipped),
        (_("Outside"), run.rows - run.done),
    ]
    if run.undone_at is not None:
        section.rows += [
            (_("Undone by"), run.undone_by.name if run.undone_by else ""),
            (_("Undone at"), run.undone_at),
            (_("Reversed"), int(run.undo.get("reversed", 0))),
            (_("Kept because of later work"), sum(run.undo.get("kept_by_why", {}).values())),
        ]
    return section


def _columns(run: ImportRun, kind: Kind | None) -> Section:
    section = Section("columns", _("Columns"), (_("Column of the file"), _("Became"), _("Read as")))
    for column in run.table.get("columns", ()):
        number = str(column["number"])
        name = run.mapping.get(number, "")
        became = _label(kind, name) if name else _("left out")
        section.rows.append((column["header"], became, _how(run.decisions.get(number) or {})))
    for name, text in (run.options.get("constants") or {}).items():
        section.rows.append((_("one value for all"), _label(kind, name), str(text)))
    return section


def _how(decided: dict[str, Any]) -> str:
    words = {
        "decimal_comma": {True: _("decimal comma"), False: _("decimal point")},
        "day_first": {True: _("the day before the month"), False: _("the month before the day")},
    }
    return ", ".join(said[decided[name]] for name, said in words.items() if decided.get(name) in (True, False))


def _rules(run: ImportRun, kind: Kind | None) -> Section:
    section = Section(
        "rules", _("Cleaned by rule"), (_("Field"), _("Found"), _("Read as"), _("Cells")),
        empty=_("No rule changed a cell."),
    )  # fmt: skip
    section.rows = [(_label(kind, name), found, instead, count) for name, found, instead, count in run.cleaned]
    return section


def _by_hand(run: ImportRun, most: int) -> Section:
    section = Section(
        "by_hand", _("Put right by hand"), (_("Row"), _("Column"), _("Before"), _("After")),
        empty=_("No cell was typed over."),
    )  # fmt: skip
    columns = {
        str(column["number"]): (place, column["header"]) for place, column in enumerate(run.table.get("columns", ()))
    }
    fixed = StagedRow.objects.filter(run=run).exclude(fixes={}).order_by("number")
    found = (
        (row.number, columns[number][1], _cell(row, columns[number][0]), str(text))
        for row in fixed.only("number", "cells", "fixes").iterator(chunk_size=500)
        for number, text in row.fixes.items()
        if number in columns
    )
    section.rows = list(islice(found, most))
    section.more = sum(1 for _one in found)
    return section


def _outside(run: ImportRun, most: int) -> Section:
    section = Section(
        "outside", _("What stayed outside"), (_("Row"), _("State"), _("Why"), _("The row")),
        empty=_("Every row came."),
    )  # fmt: skip
    rows = StagedRow.objects.filter(run=run).exclude(status=RowStatus.DONE).order_by("number")
    for row in rows[:most]:
        why = " ".join(f"{sentence} {expected}".strip() for _f, _c, sentence, expected, _w in row.problems)
        cells = " · ".join(text for place in range(len(row.cells)) if (text := _cell(row, place)))
        section.rows.append((row.number, str(_OUTSIDE[row.status]), why, cells[:400]))
    section.more = max(rows.count() - most, 0) if len(section.rows) == most else 0
    return section


def _findings(run: ImportRun, most: int) -> Section:
    section = Section(
        "findings", _("Found in the file"), (_("Sheet"), _("Row"), _("Column"), _("Found"), _("What it is")),
        empty=_("Nothing unusual was found."),
    )  # fmt: skip
    found = run.book.get("findings", ())
    section.rows = [
        (one.get("sheet", ""), one["row"] or None, str(one["column"] or ""), one["value"], one["sentence"])
        for one in found[:most]
    ]
    section.more = max(len(found) - most, 0)
    return section


def signatures_shown(signed: list[Acceptance]) -> Section:
    """Who signed, when, meaning what; and who took it back, when and why."""
    section = Section(
        "signatures", _("Acceptance"),
        (_("Signed by"), _("Signed at"), _("Meaning"), _("Note"), _("SHA-256"), _("Taken back by"), _("Taken back at"),
         _("Reason")),
        empty=_("Nobody accepted it yet."),
    )  # fmt: skip
    for one in signed:
        back = one.withdrawn_by.name if one.withdrawn_by else ""
        section.rows.append(
            (one.signed_by.name, one.signed_at, str(MEANINGS[one.meaning]), one.note, one.digest, back,
             one.withdrawn_at, one.reason)
        )  # fmt: skip
    return section


def _label(kind: Kind | None, name: str) -> str:
    return next((str(each.label) for each in kind.fields if each.name == name), name) if kind else name


def _cell(row: StagedRow, place: int) -> str:
    cell = row.cells[place] if place < len(row.cells) else 0
    return cell if isinstance(cell, str) else "" if isinstance(cell, int) else str(cell[1])
