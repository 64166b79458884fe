"""What the pages of an import show: the list, the columns with their examples, the rows of a page."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.importing.files import Cell, CellForm
from factory_core.importing.folder_models import WatchedFolder
from factory_core.importing.kinds import Field, FieldType, Kind, kind_named
from factory_core.importing.matching import Asks, Decision, decide, shape_of, words
from factory_core.importing.models import CleaningRule, ImportProgress, ImportRun, StagedRow
from factory_core.importing.queries.rows import unpacked
from factory_core.importing.register_models import ImportWork
from factory_core.importing.states import UNDER_WAY, RowStatus, RunStatus, Work, WorkStatus
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.web.display import quantity

VIEW, RUN = "import.view", "import.run"
EXAMPLES = 3
# Which fact of a decision answers which question.
SETTLES = {Asks.DAY_ORDER: "day_first", Asks.DECIMAL_SIGN: "decimal_comma", Asks.SWAPPED_DATES: "swapped_dates"}
PREVIEW = 12
# So many known records are offered for picking; more are found by typing.
_OFFERED = 200


def runs_seen(actor: User, *, kind: str = "", status: str = "", q: str = "") -> QuerySet[ImportRun]:
    """Imports that the person may see, the newest first."""
    found = visible(actor, ImportRun.objects.select_related("by", "site", "work"), VIEW).order_by("-id")
    if kind:
        found = found.filter(kind=kind)
    if status in set(RunStatus):
        found = found.filter(status=status)
    if q:
        found = found.filter(file_name__icontains=q)
    return found.defer("book", "table", "mapping", "decisions", "totals", "cleaned", "undo")


def run_seen(actor: User, run_id: int) -> ImportRun | None:
    """An import with its site, people and progress; None where there is none that the person may see."""
    runs = visible(actor, ImportRun.objects.select_related("by", "site", "undone_by", "accepted_by", "work"), VIEW)
    return runs.filter(pk=run_id).first()


def folders_seen(actor: User) -> list[WatchedFolder]:
    """Watched folders of the sites to which the person may bring files."""
    return list(visible(actor, WatchedFolder.objects.select_related("site", "by"), RUN))


def sites_for(actor: User) -> list[Site]:
    """Where the person may bring files to."""
    return list(visible(actor, Site.objects.all(), RUN).order_by("name"))


def work_of(run: ImportRun) -> ImportWork | None:
    """The last thing that was asked for the run, with how far it is or how it went."""
    return getattr(run, "work", None)


def is_under_way(run: ImportRun) -> bool:
    """Whether the worker is at it, or is about to be."""
    work = work_of(run)
    return work is not None and work.status in UNDER_WAY


def told_of(run: ImportRun) -> tuple[int, int]:
    """(rows done, rows in all) of the work under way, as it was told last."""
    return ImportProgress.objects.filter(run=run).values_list("done", "total").first() or (0, run.rows)


def rehearsal_of(run: ImportRun) -> dict[str, Any] | None:
    """What the last rehearsal told; None where something was changed since, or none was made."""
    work = work_of(run)
    if work is None or work.act != Work.REHEARSE or work.status != WorkStatus.DONE:
        return None
    return work.answer or None


def rules_seen(actor: User) -> QuerySet[CleaningRule]:
    """What people taught the importer, by kind and field."""
    rules = visible(actor, CleaningRule.objects.select_related("site"), VIEW)
    return rules.order_by("kind", "field", "found", "pk")


def siblings_of(actor: User, run: ImportRun) -> dict[str, ImportRun]:
    """The newest import of each sheet of the same file at the same site, by sheet."""
    runs = visible(actor, ImportRun.objects.filter(sha256=run.sha256, site=run.site_id), VIEW)
    dead = (RunStatus.CANCELLED, RunStatus.UNDONE)
    return {one.sheet: one for one in runs.exclude(status__in=dead).only("sheet", "status").order_by("id")}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row at the head of a sheet: its number, its cells as they stand, and what it is taken for."""

    number: int
    cells: list[str]
    is_header: bool
    is_data: bool


def sheet_named(run: ImportRun, name: str) -> dict[str, Any]:
    """A sheet of the file as the run keeps it; the chosen one where the name is none of them."""
    sheets = run.book.get("sheets") or [{"name": "", "tables": [], "preview": []}]
    by_name: dict[str, dict[str, Any]] = {sheet["name"]: sheet for sheet in sheets}
    return by_name.get(name) or by_name.get(run.sheet) or next(iter(by_name.values()))


def preview_of(run: ImportRun, sheet: dict[str, Any]) -> list[PreviewRow]:
    """The first rows of a sheet, with the header row that is chosen or guessed."""
    tables = sheet["tables"]
    table = run.table if sheet["name"] == run.sheet else (tables[0] if tables else {})
    headers, first = set(table.get("header_rows", ())), table.get("first_row", 0)
    rows = sheet["preview"][:PREVIEW]
    width = max((len(row) for row in rows), default=0)
    return [
        PreviewRow(
            number,
            [unpacked_text(cell) for cell in row] + [""] * (width - len(row)),
            number in headers,
            bool(first) and number >= first,
        )
        for number, row in enumerate(rows, start=1)
    ]


def unpacked_text(cell: Sequence[Any]) -> str:
    """The text of a cell of the preview: [form, text, note]."""
    return str(cell[1]) if len(cell) > 1 else ""


@dataclass(slots=True)
class ColumnShown:
    """One column of the file on the mapping page."""

    number: str
    header: str
    examples: list[str]
    field: str
    best: str
    confidence: int
    why: str
    decision: Decision | None = None
    # (as it stands, as it is read) of cells that are read otherwise than they stand.
    read_as: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    # Of the question about it, open or answered: the fact it settles, the two answers, the one that was given.
    fact: str = ""
    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    answer: str = ""


def columns_shown(run: ImportRun, kind: Kind, mapping: dict[str, str]) -> list[ColumnShown]:
    """Every column with three examples, where it leads and why, and how its cells would be read."""
    sheet = sheet_named(run, run.sheet)
    rows = sheet["preview"][run.table["first_row"] - 1 :]
    fields = {each.name: each for each in kind.fields}
    answers = run.options.get("answers") or {}
    shown = []
    for column in run.table["columns"]:
        number, place = str(column["number"]), column["number"] - 1
        cells = [Cell(CellForm(row[place][0]), *row[place][1:]) for row in rows if place < len(row) and row[place]]
        best, confidence, why = (run.book.get("suggestions") or {}).get(number, ["", 0.0, "none"])
        one = ColumnShown(
            number, column["header"], _examples(cells), mapping.get(number, ""), best, round(100 * confidence), why
        )
        described = fields.get(one.field)
        if described is not None:
            one.decision = _decided(run, described, number, cells)
            one.read_as = [(found, _shown(described, read)) for found, read in one.decision.examples if found != read]
            given = answers.get(number) or {}
            one.fact = next(iter(given), SETTLES.get(one.decision.asks, ""))
            one.choices = answers_to(one.fact)
            one.answer = next((str(int(said)) for said in given.values()), "")
        shown.append(one)
    return shown


def answers_to(fact: str) -> list[tuple[str, str]]:
    """The two answers to a column's question, as the value of a form and in words."""
    return {
        "day_first": [("1", _("The day comes first")), ("0", _("The month comes first"))],
        "decimal_comma": [("1", _("The comma is the decimal sign")), ("0", _("The point is the decimal sign"))],
        "swapped_dates": [("1", _("Yes, turn them round")), ("0", _("No, they are right"))],
    }.get(fact, [])


def _decided(run: ImportRun, described: Field, number: str, cells: list[Cell]) -> Decision:
    """As all cells were read where the rows were checked before, else as the first ones would be."""
    kept = run.decisions.get(number)
    if kept and run.mapping.get(number) == described.name:
        return decision_kept(kept)
    return decide(
        described, shape_of(cells), locale=str(run.options.get("locale") or ""),
        is_1904=bool(run.book.get("is_1904")), zone=run.site.time_zone,
    )  # fmt: skip


def decision_kept(kept: dict[str, Any]) -> Decision:
    """A decision as a run keeps it, without its findings."""
    facts = {**kept, "findings": (), "asks": Asks(kept.get("asks", ""))}
    facts["examples"] = tuple((one[0], one[1]) for one in kept.get("examples", ()))
    return Decision(**facts)


def _shown(described: Field, read: str) -> str:
    """A value that was read, as the person who looks writes such values."""
    if not read:
        return ""
    if described.form in (FieldType.NUMBER, FieldType.WHOLE):
        return quantity(Decimal(read))
    if described.form is FieldType.YES_NO:
        return _("Yes") if read == "True" else _("No")
    if described.form is FieldType.DATE:
        return date_format(date.fromisoformat(read), "SHORT_DATE_FORMAT")
    return str(described.choices.get(read, read))


def _examples(cells: Iterable[Cell]) -> list[str]:
    texts = (cell.text.strip() for cell in cells if cell.form is not CellForm.EMPTY)
    return list(dict.fromkeys(text for text in texts if text))[:EXAMPLES]


def offered_values(described: Field) -> list[tuple[str, str]]:
    """What a person may pick for a field: its choices, or yes and no."""
    if described.form is FieldType.YES_NO:
        return [("yes", _("Yes")), ("no", _("No"))]
    return [(label, label) for label in words.labels_of(described.choices)]


def known_keys(described: Field, actor: User, site: Site | None) -> list[str]:
    """Keys of records that a reference can name, for a list to type into."""
    target = kind_named(described.refers_to)
    if described.form is not FieldType.REFERENCE or target is None:
        return []
    keys = []
    for row in target.rows(actor, site):
        keys.append(" · ".join(str(row.get(name) or "") for name in target.key))
        if len(keys) >= _OFFERED:
            break
    return keys


@dataclass(slots=True)
class CellShown:
    """A mapped cell of a staged row: what stands there now, what stood in the file, what is wrong with it."""

    column: str
    text: str
    found: str
    errors: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    warnings: list[tuple[str, str]] = dataclasses.field(default_factory=list)


@dataclass(slots=True)
class RowShown:
    """A staged row on the page of the check."""

    number: int
    status: str
    section: str
    cells: list[CellShown]
    # What is wrong with the row as a whole, or with a field that no column feeds: (sentence, remedy).
    others: list[tuple[str, str]]

    @property
    def is_open(self) -> bool:
        """Whether its cells can be typed over here."""
        return self.status in (RowStatus.ERROR, RowStatus.WARNING)


# (column number, place in a staged row, header, label of the field)
Mapped = tuple[str, int, str, Any]


def columns_for(run: ImportRun, kind: Kind, rows: Iterable[StagedRow]) -> list[Mapped]:
    """The columns that are brought over: the key first, then those in which these rows have trouble, then the rest."""
    fields = {each.name: each.label for each in kind.fields}
    troubled = {problem[0] for row in rows for problem in row.problems}
    found = [
        (name not in kind.key, name not in troubled, (number, place, column["header"], fields[name]))
        for place, column in enumerate(run.table["columns"])
        if (name := run.mapping.get(number := str(column["number"]), "")) in fields
    ]
    return [column for _is_no_key, _is_well, column in sorted(found, key=lambda one: one[:2])]


def rows_shown(run: ImportRun, columns: Sequence[Mapped], rows: Iterable[StagedRow]) -> list[RowShown]:
    """Staged rows with the cells of these columns, each with its sentences."""
    by_field = {name: number for number, name in run.mapping.items() if name}
    shown = []
    for row in rows:
        cells = {}
        for number, place, _header, _label in columns:
            found = unpacked(row.cells[place]).text if place < len(row.cells) else ""
            cells[number] = CellShown(number, str(row.fixes.get(number, found)), found)
        others = []
        for name, _code, sentence, expected, is_warning in row.problems:
            cell = cells.get(by_field.get(name, ""))
            if cell is None:
                others.append((sentence or _code, expected))
            else:
                (cell.warnings if is_warning else cell.errors).append((sentence, expected))
        shown.append(RowShown(row.number, row.status, row.section, list(cells.values()), others))
    return shown


def rows_of(run: ImportRun, *statuses: str) -> QuerySet[StagedRow]:
    """Staged rows in the file's order; nothing of a run is staged before its check."""
    rows = StagedRow.objects.filter(run=run).order_by("number")
    return rows.filter(status__in=statuses) if statuses else rows


def rows_after(run: ImportRun, statuses: Sequence[str], after: int, size: int) -> tuple[list[StagedRow], int]:
    """Rows behind a number, and the number behind which there are more; 0 where there are none.

    By number and never by offset: the last page of 100 000 rows is as near as the first.
    """
    rows = list(rows_of(run, *statuses).filter(number__gt=after)[: size + 1])
    return rows[:size], rows[size - 1].number if len(rows) > size else 0
