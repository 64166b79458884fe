"""How the values of a report are written for a person; page and paper say the same words."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format

from factory_core.reporting.content import NUMBERS, Column, Figure, Kind, Value
from factory_core.web.display import money, quantity

NONE = "–"
# Further digits say nothing to a person; the files carry them.
DIGITS = Decimal("0.001")


def shown(value: Value, kind: Kind, unit: str, zone: ZoneInfo) -> str:
    """A value in the language that is active; units stand behind money only, the head of a column names the others."""
    if value is None or value == "":
        return NONE
    if kind == Kind.DURATION:
        return exact_time(_number(value))
    if kind == Kind.PERCENT:
        return f"{number_format(_rounded(_number(value), Decimal('0.1')), 1, use_l10n=True)} %"
    if kind == Kind.MONEY:
        return money(_rounded(_number(value), Decimal("0.01")), unit)
    if kind == Kind.QUANTITY:
        return quantity(_rounded(_number(value), DIGITS))
    if isinstance(value, datetime):
        return date_format(value.astimezone(zone), "SHORT_DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "SHORT_DATE_FORMAT")
    return str(value)


def shown_figure(figure: Figure, zone: ZoneInfo) -> str:
    """A figure with its unit."""
    text = shown(figure.value, figure.kind, figure.unit, zone)
    with_unit = figure.kind == Kind.QUANTITY and figure.unit and text != NONE
    return f"{text} {figure.unit}" if with_unit else text


def headed(column: Column) -> str:
    """The head of a column, the unit of its quantities named."""
    return f"{column.label} ({column.unit})" if column.unit and column.kind == Kind.QUANTITY else column.label


def shown_row(row: Sequence[Value], columns: Sequence[Column], zone: ZoneInfo) -> list[str]:
    """A row of a table; an empty text stays empty."""
    return [
        "" if column.kind == Kind.TEXT and not value else shown(value, column.kind, column.unit, zone)
        for value, column in zip(row, columns, strict=True)
    ]


def is_number(kind: Kind) -> bool:
    """Whether values of a kind stand right."""
    return kind in NUMBERS


def exact_time(seconds: Decimal) -> str:
    """A length of time to the second, hours never turned into days: sums can be checked by hand."""
    whole = int(_rounded(abs(seconds), Decimal(1)))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    sign = "−" if seconds < 0 and whole else ""
    return f"{sign}{hours}:{minutes:02}:{rest:02}"


def _number(value: Value) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _rounded(number: Decimal, step: Decimal) -> Decimal:
    return number.quantize(step, rounding=ROUND_HALF_UP)
