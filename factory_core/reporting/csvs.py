"""A report as a table of text: UTF-8 with a mark, so that spreadsheets read its letters right.

The decimal mark is that of the report's language, and where it is a comma the columns are parted by semicolons: so a
spreadsheet of that country opens the file without being asked. Lengths of time are plain seconds, moments ISO 8601 in
the site's zone. Thousands are never grouped.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import formats, translation
from django.utils.translation import gettext as _

from factory_core.reporting.content import Bars, Column, Content, Figures, Kind, Note, Table, Value, plain
from factory_core.reporting.shown import headed
from factory_core.reporting.texts import harmless

MEDIA_TYPE = "text/csv; charset=utf-8"
MARK = "\ufeff"


def as_csv(content: Content) -> bytes:
    """The whole report, its tables below each other, each under its title."""
    with translation.override(content.language):
        mark = str(formats.get_format("DECIMAL_SEPARATOR"))
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=";" if mark == "," else ",", lineterminator="\r\n")
        writer.writerows(_lines(content, mark))
    return (MARK + out.getvalue()).encode()


def _lines(content: Content, mark: str) -> Iterator[list[str]]:
    zone = content.place_zone()
    yield [harmless(content.title)]
    yield [harmless(content.subtitle)]
    for part in content.parts:
        if isinstance(part, Note):
            yield [harmless(part.text)]
            continue
        yield []
        yield [harmless(part.title)]
        if isinstance(part, Figures):
            for item in part.items:
                said = _cell(item.value, zone, mark)
                yield [harmless(item.label), said, harmless(_unit(item.kind, item.unit)), harmless(item.detail)]
        elif isinstance(part, Bars):
            for label, value in part.bars:
                yield [harmless(label), _cell(value, zone, mark), harmless(_unit(part.kind, part.unit))]
        else:
            yield from _table(part, zone, mark)


def _table(table: Table, zone: ZoneInfo, mark: str) -> Iterator[list[str]]:
    yield [harmless(_head(column)) for column in table.columns]
    for row in table.rows:
        yield [_cell(value, zone, mark) for value in row]
    if table.total is not None:
        yield [_cell(value, zone, mark) for value in table.total]
    if not table.rows:
        yield [harmless(table.empty)]


def _head(column: Column) -> str:
    if column.kind in (Kind.DURATION, Kind.PERCENT, Kind.MONEY):
        return f"{column.label} ({_unit(column.kind, column.unit)})"
    return headed(column)


def _unit(kind: Kind, unit: str) -> str:
    return {Kind.DURATION: _("s"), Kind.PERCENT: "%"}.get(kind, unit)


def _cell(value: Value, zone: ZoneInfo, mark: str) -> str:
    if isinstance(value, Decimal):
        # Ours, not a person's text: a minus in front of a number is a number.
        return (plain(value) or "").replace(".", mark)
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return "" if value is None else harmless(str(value))
