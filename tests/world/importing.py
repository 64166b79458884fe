"""Cells, fields and kinds for tests of the mapping, as short sentences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from factory_core.importing.files.cells import EMPTY, Cell, CellForm
from factory_core.importing.kinds import Context, Field, FieldType, Kind, Row
from factory_core.importing.matching import Decision, Shape, decide, read_value, shape_of


def text(shown: str, note: str = "") -> Cell:
    """A cell of text; "" is an empty one."""
    return Cell(CellForm.TEXT, shown, note) if shown else EMPTY


def number_cell(shown: str, note: str = "") -> Cell:
    """A cell that holds a number."""
    return Cell(CellForm.NUMBER, shown, note)


def date_cell(shown: str | date) -> Cell:
    """A cell that holds a date."""
    return Cell(CellForm.DATE, str(shown))


def texts(*shown: str) -> list[Cell]:
    """Cells of text."""
    return [text(each) for each in shown]


def shape(*shown: str) -> Shape:
    """The shape of a column of texts."""
    return shape_of(texts(*shown))


def a_field(form: FieldType = FieldType.TEXT, name: str = "thing", **facts: Any) -> Field:
    """A field of this form."""
    return Field(name, facts.pop("label", name.capitalize()), form, **facts)


def decided(form: FieldType, *shown: str, name: str = "thing", **wishes: Any) -> Decision:
    """What is decided for a column of these texts."""
    return decide(a_field(form, name), shape(*shown), **wishes)


def read(form: FieldType, cell: Cell | str, *, rules: Mapping[str, str] | None = None, **facts: Any) -> object:
    """The value of one cell that is alone in its column, or its problem's code."""
    field = a_field(form, **facts)
    cell = text(cell) if isinstance(cell, str) else cell
    value, problem = read_value(cell, field, decide(field, shape_of([cell])), rules or {})
    return problem.code if problem and not problem.is_warning else value


def _takes_nothing(rows: Sequence[Row], context: Context) -> None:
    raise AssertionError("a described kind takes no rows")


def a_kind(name: str, *fields: Field, synonyms: Mapping[str, Sequence[str]] | None = None, label: str = "") -> Kind:
    """A kind of these fields, which nobody brings in."""
    return Kind(
        name,
        label or name.replace("_", " ").capitalize(),
        "import",
        fields,
        (fields[0].name,),
        _takes_nothing,
        lambda actor, site: (),
        synonyms=synonyms or {},
    )
