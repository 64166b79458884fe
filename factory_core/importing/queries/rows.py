"""Staged rows become rows of a kind: columns to fields, cells to values, what a document says once filled in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.kinds import Field, Kind, Row
from factory_core.importing.matching import Decision, Reader, value_missing
from factory_core.importing.models import CleaningRule, ImportRun, StagedRow
from factory_core.importing.states import RowStatus

BATCH = 2000
Packed = int | str | list[Any]
# number, document, status, cells, fixes
Staged = tuple[int, int, str, list[Packed], dict[str, str]]
# Calling the class to turn a number into its form takes longer than reading the cell.
_FORMS = tuple(CellForm)
_EMPTY = Cell(CellForm.EMPTY)
_cells = msgspec.json.Decoder(list[Any]).decode
_fixes = msgspec.json.Decoder(dict[str, str]).decode


def packed(cell: Cell) -> Packed:
    """A cell as it lies in a staged row: most are plain texts or nothing."""
    if cell.form == CellForm.EMPTY:
        return 0
    if cell.note:
        return [int(cell.form), cell.text, cell.note]
    return cell.text if cell.form == CellForm.TEXT else [int(cell.form), cell.text]


def unpacked(cell: Packed) -> Cell:
    """The cell of a staged row."""
    if isinstance(cell, str):
        return Cell(CellForm.TEXT, cell)
    if isinstance(cell, int):
        return _EMPTY
    return Cell(_FORMS[cell[0]], *cell[1:])


@dataclass(slots=True)
class Mapped:
    """One mapped column: where its cell stands in a staged row, and who reads it."""

    number: int
    place: int
    reader: Reader


@dataclass(slots=True)
class Reading:
    """All that is decided about a run, ready to read its rows; `of` opens it."""

    kind: Kind
    columns: list[Mapped]
    constants: dict[str, Any]
    rules: dict[str, dict[str, str]]
    _above: dict[str, Any] = field(default_factory=dict)
    # Asked of every row, so told once.
    _parents: list[str] = field(init=False)
    _required: list[Field] = field(init=False)

    def __post_init__(self) -> None:
        self._parents = [each.name for each in self.kind.fields if each.of_parent]
        self._required = [each for each in self.kind.fields if each.required]

    @classmethod
    def of(cls, run: ImportRun, kind: Kind) -> "Reading":
        """What people decided: columns, decimal signs, day orders, rules, one value for all."""
        places = {column["number"]: place for place, column in enumerate(run.table["columns"])}
        rules = rules_of(run)
        columns = [
            Mapped(int(number), places[int(number)], _reader(kind.field_named(name), run, number, rules))
            for number, name in run.mapping.items()
            if name
        ]
        constants = {}
        for name, text in (run.options.get("constants") or {}).items():
            described = kind.field_named(name)
            constants[name] = Reader(described, Decision(zone=run.site.time_zone)).read(Cell(CellForm.TEXT, text))[0]
        return cls(kind, columns, constants, rules)

    def row(self, number: int, cells: list[Packed], fixes: Mapping[str, str]) -> Row:
        """One staged row read; problems stand in it."""
        row = Row(number, dict(self.constants))
        values = row.values
        for column in self.columns:
            reader = column.reader
            name = reader.field.name
            fixed = fixes.get(str(column.number)) if fixes else None
            cell = Cell(CellForm.TEXT, fixed) if fixed is not None else unpacked(cells[column.place])
            value, problem = reader.read(cell)
            if problem is not None:
                row.problems.append(problem)
            if value is not None or name not in values:
                values[name] = value
        if self._parents:
            self._fill_from_above(row)
        for each in self._required:
            if values.get(each.name) is None and not _is_told(row, each):
                row.problems.append(value_missing(each))
        return row

    def _fill_from_above(self, row: Row) -> None:
        """A line under its document repeats what the document says, or leaves it blank."""
        parents = self._parents
        head = parents[0]
        said = row.values.get(head)
        if said is None or said == self._above.get(head):
            for name in parents:
                if row.values.get(name) is None:
                    row.values[name] = self._above.get(name)
        self._above = {name: row.values.get(name) for name in parents}

    @property
    def rules_used(self) -> list[list[Any]]:
        """[field, found, read as, how often] of every rule that replaced something."""
        return [
            [column.reader.field.name, found, self.rules[column.reader.field.name][found], count]
            for column in self.columns
            for found, count in column.reader.used.items()
        ]


def rules_of(run: ImportRun) -> dict[str, dict[str, str]]:
    """What people taught for this kind at this site: field → found → read as."""
    rules: dict[str, dict[str, str]] = {}
    for rule in CleaningRule.objects.filter(site=run.site_id, kind=run.kind, is_active=True).order_by("id"):
        rules.setdefault(rule.field, {})[rule.found] = rule.instead
    return rules


def staged(run: ImportRun, *statuses: str) -> Iterator[Staged]:
    """(number, document, status, cells, fixes) of the rows of a run, documents together, in the file's order."""
    rows = StagedRow.objects.filter(run=run)
    yield from in_order(rows.filter(status__in=statuses) if statuses else rows)


def in_order(rows: QuerySet[StagedRow]) -> Iterator[Staged]:
    """Staged rows, documents together, in the file's order; streamed."""
    # As texts: the JSON of every cell is decoded once, by the fastest there is.
    told = rows.order_by("document", "number").values_list(
        "number", "document", "status", Cast("cells", TextField()), Cast("fixes", TextField())
    )
    for number, document, status, cells, fixes in told.iterator(chunk_size=BATCH):
        yield number, document, status, _cells(cells), {} if fixes == "{}" else _fixes(fixes)


def ready_rows(run: ImportRun) -> QuerySet[StagedRow]:
    """Rows that can come in: a document of which a line is wrong waits as a whole."""
    wrong = StagedRow.objects.filter(run=run, status=RowStatus.ERROR).values("document")
    return StagedRow.objects.filter(run=run, status__in=[RowStatus.READY, RowStatus.WARNING]).exclude(
        document__in=wrong
    )  # fmt: skip


def in_parts(rows: Iterable[Staged], size: int) -> Iterator[list[Staged]]:
    """Rows in lists of about this length; the lines of one document are never parted."""
    part: list[Staged] = []
    for row in rows:
        if len(part) >= size and row[1] != part[-1][1]:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _reader(described: Field, run: ImportRun, number: str, rules: dict[str, dict[str, str]]) -> Reader:
    decided = {**run.decisions.get(number, {})}
    decided.pop("findings", None)
    decided["examples"] = ()
    return Reader(described, Decision(**decided), rules.get(described.name))


def _is_told(row: Row, described: Field) -> bool:
    return any(problem.field == described.name and not problem.is_warning for problem in row.problems)
