"""What can be wrong with a cell, as sentences with a remedy. The codes are listed in docs/problems.md."""

from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.importing.kinds import Field, Problem
from factory_core.importing.matching.dates import Dated, Order
from factory_core.importing.matching.numbers import Style, Written
from factory_core.importing.matching.words import labels_of


def _problem(field: Field, code: str, sentence: str, expected: str = "", *, is_warning: bool = False) -> Problem:
    return Problem(field.name, code, sentence, expected, is_warning)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def value_missing(field: Field) -> Problem:
    """A required field without a value."""
    return _problem(
        field,
        "value_missing",
        _("“%(field)s” is empty.") % {"field": field.label},
        _("A value: in the cell, or one for all rows."),
    )


def error_cell(field: Field, text: str) -> Problem:
    """The cell holds a formula's error."""
    return _problem(
        field,
        "error_cell",
        _("The formula in this cell ended in %(found)s.") % {"found": _short(text)},
        _("A formula that gives a value, or the value itself."),
    )


def too_long(field: Field, text: str) -> Problem:
    """More characters than the field keeps."""
    return _problem(
        field,
        "too_long",
        _("“%(found)s” has %(count)s characters.") % {"found": _short(text), "count": len(text)},
        _("At most %(count)s characters.") % {"count": field.longest},
    )


def long_digits(field: Field, text: str) -> Problem:
    """A number of more digits than a table program keeps, where a text is wanted."""
    return _problem(
        field,
        "long_digits",
        _("“%(found)s” was kept as a number: digits after the fifteenth may be lost.") % {"found": _short(text)},
        _("The same cell formatted as text in the table program before it was typed."),
        is_warning=True,
    )


def control_characters(field: Field, bare: str) -> Problem:
    """Characters that only machines see stood in the text; they are left out."""
    return _problem(
        field,
        "control_characters",
        _("Characters that cannot be seen stood in “%(found)s”; they are left out.") % {"found": _short(bare)},
        _("The text as it is read here."),
        is_warning=True,
    )


def formula_text(field: Field, text: str) -> Problem:
    """A text that a table program would calculate."""
    return _problem(
        field,
        "formula_text",
        _("“%(found)s” looks like a formula; it is kept as text and never calculated.") % {"found": _short(text)},
        _("The name or note that is meant, if this is none."),
        is_warning=True,
    )


def long_ago(field: Field, text: str) -> Problem:
    """A day before table programs know days."""
    return _problem(
        field,
        "before_1900",
        _("“%(found)s” lies before the year 1900.") % {"found": _short(text)},
        _("A day of your factory's time, or an empty cell where it is not known."),
        is_warning=True,
    )


def not_a_number(field: Field, text: str) -> Problem:
    """No number in any style."""
    return _problem(
        field,
        "not_a_number",
        _("“%(found)s” is not a number.") % {"found": _short(text)},
        _("A number such as %(example)s.") % {"example": field.example or "12.5"},
    )


def unclear_number(field: Field, text: str, written: Written, decimal_comma: bool | None) -> Problem:
    """A number whose punctuation contradicts the column's, or can be read in two ways."""
    found = {"found": _short(text)}
    if decimal_comma is None and written.style in (Style.EITHER_COMMA, Style.EITHER_POINT):
        return _problem(
            field,
            "number_style_unclear",
            _("“%(found)s” can be read in two ways.") % found,
            _("Say whether this column writes decimals with a comma or with a point."),
        )
    if decimal_comma is None or written.exponent or written.style is Style.NOTHING:
        return _problem(
            field, "number_too_large", _("“%(found)s” is too large.") % found, _("At most 30 digits before the point.")
        )
    if decimal_comma:
        expected = _("A number with a decimal comma, like the rest of the column.")
    else:
        expected = _("A number with a decimal point, like the rest of the column.")
    return _problem(
        field, "other_number_style", _("“%(found)s” is written otherwise than its column.") % found, expected
    )


def exponent(field: Field, text: str, value: Decimal) -> Problem:
    """A number written with an exponent; it may have been a name once."""
    return _problem(
        field,
        "exponent",
        _("“%(found)s” is read as %(value)s.") % {"found": _short(text), "value": format(value, "f")},
        _("Check that it was not a part number."),
        is_warning=True,
    )


def not_whole(field: Field, text: str) -> Problem:
    """A fraction where whole numbers are counted."""
    return _problem(
        field, "not_whole", _("“%(found)s” is not a whole number.") % {"found": _short(text)}, _("A whole number.")
    )


def out_of_bounds(field: Field, text: str) -> Problem:
    """Below the smallest or above the largest value."""
    bounds = {"found": _short(text), "smallest": field.smallest, "largest": field.largest}
    if field.largest is None:
        expected = _("At least %(smallest)s.") % bounds
    elif field.smallest is None:
        expected = _("At most %(largest)s.") % bounds
    else:
        expected = _("Between %(smallest)s and %(largest)s.") % bounds
    return _problem(field, "out_of_bounds", _("%(found)s is out of bounds.") % bounds, expected)


def other_unit(field: Field, text: str, unit: str) -> Problem:
    """A unit beside the number that the rest of the column does not have."""
    expected = _("Numbers in %(unit)s.") % {"unit": unit} if unit else _("Numbers of one unit, or a rule for each.")
    return _problem(
        field, "other_unit", _("“%(found)s” has another unit than its column.") % {"found": _short(text)}, expected
    )


def other_currency(field: Field, text: str, currency: str) -> Problem:
    """A currency beside the number that the rest of the column does not have."""
    expected = _("Amounts in %(unit)s.") % {"unit": currency} if currency else _("Amounts of one currency.")
    return _problem(
        field,
        "other_currency",
        _("“%(found)s” has another currency than its column.") % {"found": _short(text)},
        expected,
    )


def not_a_date(field: Field, text: str) -> Problem:
    """No date in any order."""
    return _problem(
        field,
        "not_a_date",
        _("“%(found)s” is not a date.") % {"found": _short(text)},
        _("A date such as 2026-03-04 or 04.03.2026."),
    )


def destroyed_date(field: Field, text: str) -> Problem:
    """A time where a date stood: the table program showed it so when it wrote the file, and the day is lost."""
    return _problem(
        field,
        "destroyed_date",
        _("“%(found)s” is what is left of a date: its day is not in the file any more.") % {"found": _short(text)},
        _("The file exported again from its source, or this column left empty."),
    )


def unclear_day(field: Field, text: str, dated: Dated, day_first: bool | None) -> Problem:
    """A date of two readings in a column without an order, or a day that does not exist in the column's order."""
    found = {"found": _short(text)}
    if day_first is None and dated.first <= 12 and dated.second <= 12:
        return _problem(
            field,
            "day_order_unclear",
            _("“%(found)s” can be read in two ways.") % found,
            _("Say whether this column writes the day or the month first."),
        )
    if dated.order is Order.NOTHING or day_first is None:
        expected = _("A day that exists.")
    elif day_first:
        expected = _("A day that exists, written day, month, year like the rest of the column.")
    else:
        expected = _("A day that exists, written month, day, year like the rest of the column.")
    return _problem(field, "no_such_day", _("There is no day “%(found)s”.") % found, expected)


def no_such_time(field: Field, text: str, zone: str) -> Problem:
    """A local time that the clocks skipped in spring."""
    return _problem(
        field,
        "no_such_time",
        _("“%(found)s” did not exist in %(zone)s: the clocks were put forward.") % {"found": text, "zone": zone},
        _("A time before or after that hour."),
    )


def time_twice(field: Field, text: str, zone: str) -> Problem:
    """A local time that the clocks showed twice in autumn."""
    return _problem(
        field,
        "time_twice",
        _("“%(found)s” happened twice in %(zone)s; the first is taken.") % {"found": text, "zone": zone},
        _("A time with its distance from UTC where the second is meant."),
        is_warning=True,
    )


def not_yes_no(field: Field, text: str) -> Problem:
    """Neither yes nor no."""
    return _problem(
        field,
        "not_yes_no",
        _("“%(found)s” is neither yes nor no.") % {"found": _short(text)},
        _("Yes or no."),
    )


def unknown_choice(field: Field, text: str) -> Problem:
    """None of the choices, by any of their names."""
    return _problem(
        field,
        "unknown_choice",
        _("“%(found)s” is none of the choices.") % {"found": _short(text)},
        _("One of: %(choices)s.") % {"choices": ", ".join(labels_of(field.choices))},
    )
