"""What has to be put right in an import, grouped by the repair that puts it right: one rule for many cells."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from factory_core.importing.kinds import Field, FieldType, Kind
from factory_core.importing.models import ImportRun

# So many different values of one group are shown; the others come up when these are put right.
SHOWN = 8

# A staged cell is a text, nothing (0) or [form, text, note]; what people typed goes before it.
CELL_TEXT = """coalesce(s.fixes->>{column}, CASE jsonb_typeof(s.cells->{place})
    WHEN 'string' THEN s.cells->>{place} WHEN 'array' THEN s.cells->{place}->>1 ELSE '' END)"""
_GROUPS = f"""
WITH told AS (
    SELECT p->>0 AS field, p->>1 AS code, s.number, p->>2 AS sentence, p->>3 AS expected,
           coalesce((p->>4)::boolean, false) AS is_warning,
           coalesce({CELL_TEXT.format(column="f.number", place="f.place")}, '') AS found
      FROM factory_core_stagedrow s CROSS JOIN LATERAL jsonb_array_elements(s.problems) p
      LEFT JOIN unnest(%(fields)s::text[], %(numbers)s::text[], %(places)s::int[]) AS f(name, number, place)
        ON f.name = p->>0
     WHERE s.run_id = %(run)s AND s.status IN ('ERROR', 'WARNING')
), grouped AS (
    SELECT field, code, found, count(*) AS times, min(number) AS first, min(sentence) AS sentence,
           min(expected) AS expected, bool_and(is_warning) AS is_warning
      FROM told GROUP BY field, code, found
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY field, code ORDER BY times DESC, first) AS rank,
           sum(times) OVER (PARTITION BY field, code) AS all_times, count(*) OVER (PARTITION BY field, code) AS kinds,
           bool_and(is_warning) OVER (PARTITION BY field, code) AS all_warnings
      FROM grouped
)
SELECT field, code, found, times, first, sentence, expected, all_times::int, kinds::int, all_warnings
  FROM ranked WHERE rank <= %(shown)s ORDER BY all_warnings, all_times DESC, field, code, rank
"""  # noqa: S608 - only names of columns written here are put in


class Repair(StrEnum):
    """What puts a group right."""

    # One value is read as another, in every row.
    RULE = "rule"
    # The column's question is answered.
    ANSWER = "answer"
    # One value for every empty cell.
    CONSTANT = "constant"
    # Nothing can be saved: the cells are left empty, or the rows are left out.
    EMPTY = "empty"
    # Rows that say the same thing twice.
    TWICE = "twice"
    # To be looked at row by row.
    LOOK = "look"


_REPAIRS = {
    "value_missing": Repair.CONSTANT,
    "day_order_unclear": Repair.ANSWER,
    "number_style_unclear": Repair.ANSWER,
    "other_number_style": Repair.RULE,
    "twice_in_file": Repair.TWICE,
    "destroyed_date": Repair.EMPTY,
    "error_cell": Repair.EMPTY,
    "joined_row": Repair.LOOK,
    "broken_row": Repair.LOOK,
}
_TITLES: dict[str, str | Promise] = {
    "value_missing": _("Empty"),
    "day_order_unclear": _("Day or month first?"),
    "number_style_unclear": _("Comma or point?"),
    "other_number_style": _("Numbers written otherwise"),
    "twice_in_file": _("More than once in the file"),
    "destroyed_date": _("Dates that the table program destroyed"),
    "error_cell": _("Formulas that ended in an error"),
    "unknown_reference": _("Not known here"),
    "unknown_choice": _("None of the choices"),
    "not_yes_no": _("Neither yes nor no"),
    "not_a_number": _("Not a number"),
    "not_whole": _("Not a whole number"),
    "not_a_date": _("Not a date"),
    "no_such_day": _("Days that do not exist"),
    "no_such_time": _("Times that the clocks skipped"),
    "time_twice": _("Times that the clocks showed twice"),
    "out_of_bounds": _("Out of bounds"),
    "too_long": _("Too long"),
    "long_digits": _("Digits that may be lost"),
    "exponent": _("Written with an exponent"),
    "other_unit": _("Another unit"),
    "other_currency": _("Another currency"),
    "number_too_large": _("Too large"),
    "broken_row": _("Rows with too many or too few cells"),
    "joined_row": _("Rows that were put together again"),
    "exists": _("Exists already"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One value of a group: how often, where first, and what is wrong with it."""

    text: str
    times: int
    row: int
    sentence: str
    expected: str


@dataclass(slots=True)
class Group:
    """Cells of one field with the same trouble."""

    field: str
    code: str
    label: Any
    title: Any
    repair: Repair
    times: int
    # How many different values there are; `found` holds the most frequent ones.
    kinds: int
    is_warning: bool
    found: list[Found] = dataclasses.field(default_factory=list)
    # What may be picked instead: (value, words).
    choices: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    # Keys of the records that a reference may name, the first of them.
    known: list[str] = dataclasses.field(default_factory=list)
    # For a question: the column, its text and its two answers.
    column: str = ""
    question: str = ""
    is_reference: bool = False
    # Whether one rule is worth being remembered: words come again, numbers do not.
    comes_again: bool = False

    @property
    def more(self) -> int:
        """How many different values are not shown."""
        return self.kinds - len(self.found)


def groups_of(run: ImportRun, kind: Kind) -> list[Group]:
    """The open repairs of a run, errors first, the most frequent first."""
    fields = {each.name: each for each in kind.fields}
    places = {str(column["number"]): place for place, column in enumerate(run.table["columns"])}
    fed = {name: number for number, name in run.mapping.items() if name and number in places}
    groups: dict[tuple[str, str], Group] = {}
    for name, code, text, times, row, sentence, expected, all_times, kinds, is_warning in _asked(run, fed, places):
        group = groups.get((name, code))
        if group is None:
            described = fields.get(name)
            group = groups[name, code] = Group(
                name, code, described.label if described else "", _TITLES.get(code, sentence),
                _repair(code, described, name in fed, is_warning), all_times, kinds, is_warning,
                column=fed.get(name, ""),
            )  # fmt: skip
            if described is not None:
                group.is_reference = described.form is FieldType.REFERENCE
                group.comes_again = described.form in (FieldType.CHOICE, FieldType.REFERENCE, FieldType.YES_NO)
            group.question = str((run.decisions.get(group.column) or {}).get("question", ""))
        group.found.append(Found(text, times, row, sentence, expected))
    asked = {group.column for group in groups.values() if group.repair is Repair.ANSWER}
    return [*groups.values(), *_questions(run, fields, asked)]


def _questions(run: ImportRun, fields: dict[str, Field], asked: set[str]) -> list[Group]:
    """Columns about which something is asked though each of their cells can be read: dates that may be swapped."""
    return [
        Group(
            name, str(kept["asks"]), fields[name].label, _("A question about the column"), Repair.ANSWER, 0, 0,
            is_warning=True, column=number, question=kept["question"],
        )
        for number, kept in run.decisions.items()
        if kept.get("question") and number not in asked and (name := run.mapping.get(number, "")) in fields
    ]  # fmt: skip


def place_of(run: ImportRun, name: str) -> tuple[str, int] | None:
    """(column number, place in a staged row) of the column that feeds a field."""
    for place, column in enumerate(run.table["columns"]):
        if run.mapping.get(str(column["number"])) == name:
            return str(column["number"]), place
    return None


def _repair(code: str, described: Field | None, is_fed: bool, is_warning: bool) -> Repair:
    if described is None:
        return Repair.LOOK
    if code in _REPAIRS:
        return _REPAIRS[code]
    return Repair.LOOK if is_warning or not is_fed else Repair.RULE


def _asked(run: ImportRun, fed: dict[str, str], places: dict[str, int]) -> list[tuple[Any, ...]]:
    numbers = list(fed.values())
    with connection.cursor() as cursor:
        cursor.execute(
            _GROUPS,
            {
                "run": run.pk, "shown": SHOWN, "fields": list(fed), "numbers": numbers,
                "places": [places[number] for number in numbers],
            },
        )  # fmt: skip
        return list(cursor.fetchall())
