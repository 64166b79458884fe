"""The register as a workbook or a plain table. Cells are never formulas."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from factory_core.importing.exporting import write_text
from factory_core.importing.matching.literal import marked
from factory_core.importing.queries.register import Section, Shown


def as_file(sections: Sequence[Section], suffix: str, zone: str) -> bytes:
    """Sections as "xlsx", a sheet each, or as "csv", one below the other. `zone` is that of the moments."""
    return _xlsx(sections, ZoneInfo(zone)) if suffix == "xlsx" else _csv(sections, ZoneInfo(zone))


def _xlsx(sections: Sequence[Section], zone: ZoneInfo) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for number, section in enumerate(sections, start=1):
        title = "".join("-" if letter in r"[]:*?/\'" else letter for letter in section.title)
        sheet = book.create_sheet(f"{number} {title}"[:31])
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, header, zone) for header in section.headers])
        for row in section.rows:
            sheet.append([_cell(sheet, cell, zone) for cell in row])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _cell(sheet: Any, value: Shown, zone: ZoneInfo) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if value is None or (isinstance(value, int | Decimal) and len(str(value)) <= 15):
        return value
    cell = WriteOnlyCell(sheet)
    cell.number_format = "@"
    text = _text(value, zone)
    write_text(cell, marked(text, is_plain=False) if isinstance(value, str) else text)
    return cell


def _csv(sections: Sequence[Section], zone: ZoneInfo) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    for number, section in enumerate(sections):
        if number:
            writer.writerow([])
        if len(sections) > 1:
            writer.writerow([section.title])
        writer.writerow(section.headers)
        for row in section.rows:
            writer.writerow(
                [marked(cell, is_plain=True) if isinstance(cell, str) else _text(cell, zone) for cell in row]
            )
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _text(value: Shown, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
