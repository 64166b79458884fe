"""What would be right instead: for what the reader found in a file, and for refusals that do not say it themselves."""

from dataclasses import replace

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Field, FieldType, Kind, Problem, kind_named
from factory_core.importing.matching.words import labels_of


def of_finding(code: str) -> str:
    """What a person does about a finding, or why nothing needs to be done."""
    return {
        "encoding_guessed": _("Special letters as they were; else choose another encoding."),
        "counts_from_1904": _("The days as they were; compare one with the old system."),
        "hidden_sheet": _("A visible sheet, or choose this one on purpose."),
        "hidden_rows": _("Every row of the sheet, the hidden ones included; leave out those you do not mean."),
        "formulas": _("Values as they were calculated last; save the file once more if they may be old."),
        "formula_without_value": _("A stored result: open the file in a spreadsheet program and save it."),
        "error_cells": _("A value where an error stands, or the rows left out."),
        "broken_row": _("As many cells as the header has: quote the text that holds the delimiter."),
        "torn_line": _("A line that begins with its time."),
        "joined_row": _("The text as it is read here; else put the row right."),
        "no_header": _("A row that names the columns."),
        "title_above": _("Nothing: titles are not read. Choose another header row if this is none."),
        "two_line_header": _("Nothing, if the joined names are right; else choose one header row."),
        "sections": _("Nothing: section titles are not lines."),
        "totals_left_out": _("Nothing: totals are compared, not imported."),
        "another_table": _("Its own import, if it is meant as well."),
        "same_header_twice": _("Names that tell the columns apart; map the one that is meant."),
        "header_blanks": _("Nothing: the names are read without them."),
        "unnamed_column": _("A name above the column, or map it by its examples."),
        "destroyed_dates": _("The file exported again from its source, or this column left out."),
        "typed_as_date": _("The numbers, if they are numbers; else map the column to a date."),
        "long_digits": _("The same cells formatted as text before they were typed."),
        "exponent": _("The number written out, or the part number typed as text."),
        "padded": _("The text with its zeros, as it is shown."),
        "outer_blanks": _("Nothing: the texts are read without them."),
        "words_for_nothing": _("An empty cell, or a rule that keeps the word."),
        "numbers_as_text": _("Nothing: they are read as numbers where numbers are wanted."),
        "codes_like_numbers": _("Codes with all their signs; compare one with the old system."),
        "identical_rows": _("A row for each piece; leave out those that were said twice."),
        "table_ends": _("Its own import, if what follows is meant as well."),
        "left_out_section": _("Nothing: section titles are not lines."),
        "left_out_total": _("Nothing: totals are compared, not imported."),
        "left_out_header": _("Nothing: the header is read once."),
    }.get(code, _("A look at this place in the file."))


def with_remedy(kind: Kind, problem: Problem) -> Problem:
    """The same problem with what its field expects, where whoever refused it did not say."""
    if problem.expected:
        return problem
    described = next((each for each in kind.fields if each.name == problem.field), None)
    return replace(problem, expected=_of_code(problem.code) or _of_field(described))


def _of_code(code: str) -> str:
    return {
        "exists": _("A key that is not there yet, or choose that existing records are changed or skipped."),
        "document_refused": _("The row put right that is named: a document comes as a whole."),
        "not_allowed": _("Leave this column out, or let somebody with the right bring the file over."),
    }.get(code, "")


def _of_field(described: Field | None) -> str:
    if described is None:
        return _("The row put right, or left out.")
    if described.choices:
        return _("One of: %(choices)s.") % {"choices": ", ".join(labels_of(described.choices))}
    if described.form is FieldType.REFERENCE and (target := kind_named(described.refers_to)) is not None:
        return _("One that fits among %(kind)s, or the row left out.") % {"kind": target.label}
    if described.example:
        return _("“%(field)s” such as %(example)s that does not contradict the rest, or the row left out.") % {
            "field": described.label, "example": described.example,
        }  # fmt: skip
    return _("Another “%(field)s”, or the row left out.") % {"field": described.label}
