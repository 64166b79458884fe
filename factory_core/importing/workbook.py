"""A workbook of one sheet, written line by line as it is packed: a tenth of the work of a library that can do more."""

import re
import zipfile
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from factory_core.importing.matching.literal import starts_formula

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The formats of cells, by their place in the style sheet: 1 text, 2 text that looks like a formula, 3 date.
_TEXT, _QUOTED, _DATE = 1, 2, 3
_FONT = "<fonts><font><sz val='11'/><name val='Calibri'/></font></fonts>"
_FILLS = (
    "<fills><fill><patternFill patternType='none'/></fill><fill><patternFill patternType='gray125'/></fill></fills>"
)
_STYLES = (
    f"<styleSheet xmlns='{_MAIN}'><numFmts><numFmt numFmtId='164' formatCode='yyyy-mm-dd'/></numFmts>{_FONT}{_FILLS}"
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/><xf numFmtId='49'"
    " applyNumberFormat='1'/><xf numFmtId='49' applyNumberFormat='1' quotePrefix='1'/><xf numFmtId='164'"
    " applyNumberFormat='1'/></cellXfs><cellStyles><cellStyle name='Normal' xfId='0' builtinId='0'/></cellStyles>"
    "</styleSheet>"
)
_PARTS = {
    "[Content_Types].xml": (
        f"<Types xmlns='{_PACKAGE}/content-types'><Default Extension='xml' ContentType='application/xml'/>"
        "<Default Extension='rels' ContentType='application/vnd.openxmlformats-package.relationships+xml'/>"
        f"<Override PartName='/xl/workbook.xml' ContentType='{_TYPE}.sheet.main+xml'/>"
        f"<Override PartName='/xl/styles.xml' ContentType='{_TYPE}.styles+xml'/>"
        f"<Override PartName='/xl/worksheets/sheet1.xml' ContentType='{_TYPE}.worksheet+xml'/></Types>"
    ),
    "_rels/.rels": (
        f"<Relationships xmlns='{_PACKAGE}/relationships'><Relationship Id='rId1' Type='{_OFFICE}/officeDocument'"
        " Target='xl/workbook.xml'/></Relationships>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f"<Relationships xmlns='{_PACKAGE}/relationships'><Relationship Id='rId1' Type='{_OFFICE}/worksheet'"
        f" Target='worksheets/sheet1.xml'/><Relationship Id='rId2' Type='{_OFFICE}/styles' Target='styles.xml'/>"
        "</Relationships>"
    ),
    "xl/styles.xml": _STYLES,
}
_FROZEN = (
    "<sheetViews><sheetView workbookViewId='0'><pane ySplit='1' topLeftCell='A2' activePane='bottomLeft'"
    " state='frozen'/></sheetView></sheetViews>"
)
# XML cannot hold them, and no table needs them.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TO_ESCAPE = re.compile(r"[&<>\r]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_", "_": "_x005F_"}
# Days of a workbook are counted from here; before March 1900 it counts a day that never was.
_DAY_NONE, _FIRST_DAY = date(1899, 12, 30).toordinal(), date(1900, 3, 1)

Cell = Decimal | int | date | str | None


def write_workbook(title: str, lines: Iterable[list[Cell]], target: BinaryIO) -> int:
    """Write the lines, the first of them frozen as the header; gives how many there were.

    A text is a text whatever it begins with; a date before March 1900 is written as one.
    """
    count, columns = 0, _Columns()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in _PARTS.items():
            book.writestr(name, _HEAD + content)
        named = f"<sheet name='{_escaped(title).replace(chr(39), '&apos;')}' sheetId='1' r:id='rId1'/>"
        book.writestr(
            "xl/workbook.xml",
            f"{_HEAD}<workbook xmlns='{_MAIN}' xmlns:r='{_OFFICE}'><sheets>{named}</sheets></workbook>",
        )
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"{_HEAD}<worksheet xmlns='{_MAIN}'>{_FROZEN}<sheetData>".encode())
            for count, line in enumerate(lines, start=1):
                cells = "".join(_cell(cell, f"{columns[place]}{count}") for place, cell in enumerate(line))
                sheet.write(f'<row r="{count}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
    return count


class _Columns(dict[int, str]):
    """The letters of columns."""

    def __missing__(self, place: int) -> str:
        above, last = divmod(place, 26)
        letters = self[place] = (self[above - 1] if above else "") + chr(ord("A") + last)
        return letters


def _cell(value: Cell, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | int):
        return f'<c r="{where}"><v>{value if isinstance(value, int) else format(value, "f")}</v></c>'
    if isinstance(value, date):
        if value >= _FIRST_DAY:
            return f'<c r="{where}" s="{_DATE}"><v>{value.toordinal() - _DAY_NONE}</v></c>'
        value = value.isoformat()
    style = _QUOTED if starts_formula(value) else _TEXT
    text = _escaped(value)
    return f'<c r="{where}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: _ESCAPED[found[0]], _ILLEGAL.sub("", text))
