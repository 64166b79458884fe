"""A workbook to fill in: one column a field, choices to pick from, an example row, and a sheet that explains."""

import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from factory_core.importing.exporting import AS_TEXT, sheet_title, shown, write_text
from factory_core.importing.files.cells import Cell, CellForm
from factory_core.importing.kinds import Field, FieldType, Kind, Value
from factory_core.importing.matching import Decision, Reader, words
from factory_core.importing.matching.literal import marked

# Longer lists of choices do not fit into a cell's rule.
_RULE_LENGTH = 250
_LAST_ROW = 1_048_576
_UTC = ZoneInfo("UTC")
_WIDEST = 40


def template_workbook(kind: Kind) -> bytes:
    """An empty workbook of the kind in the language of the one who asks: required columns bear a star.

    The first sheet takes the rows; its second row is an example that `is_example` recognises. The notes sheet says of
    each column what it means, whether it must be filled, an example and the choices.
    """
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = sheet_title(kind)
    sheet.freeze_panes = "A2"
    for number, field in enumerate(kind.fields, start=1):
        _head(sheet.cell(1, number), header(field))
        _describe(book, sheet, number, field)
        _example(sheet.cell(2, number), field)
    _notes(book, kind)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def header(field: Field) -> str:
    """What stands above the field's column."""
    return marked(f"{field.label} *" if field.required else str(field.label), is_plain=False)


def is_example(kind: Kind, values: Mapping[str, Value]) -> bool:
    """True for the example row of the template that somebody left in: every field says what its example says."""
    examples = {field.name: _read_example(field) for field in kind.fields if field.example}
    return bool(examples) and {name: value for name, value in values.items() if value is not None} == examples


def _read_example(field: Field) -> Value:
    return Reader(field, Decision(decimal_comma=False, day_first=True)).read(Cell(CellForm.TEXT, field.example))[0]


def _head(cell: Any, text: str) -> None:
    from openpyxl.styles import Font

    write_text(cell, text)
    cell.font = Font(bold=True)


def _describe(book: Any, sheet: Any, number: int, field: Field) -> None:
    """Width, form and choices of a column, for rows that are not there yet."""
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(number)
    column = sheet.column_dimensions[letter]
    column.width = min(_WIDEST, max(10, len(header(field)) + 2, len(field.example) + 2))
    column.number_format = _form(field)
    if choices := _choices(field):
        _offer(book, sheet, letter, choices)


def _form(field: Field) -> str:
    if field.form is FieldType.DATE:
        return "yyyy-mm-dd"
    return "General" if field.form in (FieldType.NUMBER, FieldType.WHOLE) else AS_TEXT


def _choices(field: Field) -> list[str]:
    if field.form is FieldType.YES_NO:
        return [_("Yes"), _("No")]
    return words.labels_of(field.choices)


def _offer(book: Any, sheet: Any, letter: str, choices: list[str]) -> None:
    """A drop-down for the column; choices that do not fit into its rule stand on a hidden sheet."""
    from openpyxl.worksheet.datavalidation import DataValidation

    joined = ",".join(choices)
    if len(joined) <= _RULE_LENGTH and not any("," in choice or '"' in choice for choice in choices):
        rule = f'"{joined}"'
    else:
        lists = book["lists"] if "lists" in book.sheetnames else book.create_sheet("lists")
        lists.sheet_state = "hidden"
        for row, choice in enumerate(choices, start=1):
            write_text(lists[f"{letter}{row}"], choice)
        rule = f"lists!${letter}$1:${letter}${len(choices)}"
    # Other words for a choice are understood too, so nothing is forbidden here.
    validation = DataValidation(type="list", formula1=rule, allow_blank=True, showErrorMessage=False)
    validation.add(f"{letter}2:{letter}{_LAST_ROW}")
    sheet.add_data_validation(validation)


def _example(cell: Any, field: Field) -> None:
    """The field's example in the form in which its column keeps values."""
    from openpyxl.styles import Font

    cell.number_format = _form(field)
    cell.font = Font(italic=True, color="808080")
    value = _read_example(field) if field.example else None
    if value is None:
        return
    if field.form in (FieldType.NUMBER, FieldType.WHOLE, FieldType.DATE):
        cell.value = value
    else:
        text = shown(field, value, _UTC)
        write_text(cell, marked(text, is_plain=False) if isinstance(value, str) else text)


def _notes(book: Any, kind: Kind) -> None:
    sheet = book.create_sheet(_("Notes"))
    if kind.note:
        write_text(sheet.cell(1, 1), str(kind.note))
    titles = (_("Column"), _("What it means"), _("Required"), _("Example"), _("Choices"))
    for number, title in enumerate(titles, start=1):
        _head(sheet.cell(2, number), title)
    for row, field in enumerate(kind.fields, start=3):
        facts = (
            str(field.label),
            str(field.note or ""),
            _("Yes") if field.required else _("No"),
            field.example,
            ", ".join(_choices(field)),
        )
        for number, fact in enumerate(facts, start=1):
            write_text(sheet.cell(row, number), fact)
    last = len(kind.fields) + 4
    write_text(sheet.cell(last, 1), _("Columns with a star must be filled. The grey row is an example: write over it."))
    for letter, width in (("A", 28), ("B", 60), ("C", 10), ("D", 24), ("E", 60)):
        sheet.column_dimensions[letter].width = width
