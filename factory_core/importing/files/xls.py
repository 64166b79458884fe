"""Workbooks of the old kind: one stream of records, read whole, with the number formats of its cells."""

from collections.abc import Iterator
from typing import Any

import xlrd
from xlrd import compdoc

from factory_core.importing.files.cells import EMPTY, Cell, CellForm, Finding, Limits, Stop
from factory_core.importing.files.formats import number_cell, text_cell
from factory_core.importing.files.source import MERGES_TO_ROW, MOST_MERGES, RawRow, SheetFacts

# xlrd has no annotations.
_xlrd: Any = xlrd
_compdoc: Any = compdoc
_MACROS = {"_vba_project_cur", "_vba_project", "vba", "macros"}
_BOOK_STREAMS = {"workbook", "book"}


class _Doubts:
    """xlrd writes its doubts to a file; the cage has none. One of them matters: sheets of macros, left out by xlrd."""

    def __init__(self) -> None:
        self.has_macro_sheet = False

    def write(self, text: str) -> int:
        """Look for the word, keep nothing."""
        self.has_macro_sheet |= "macro sheet" in text.lower()
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""


def refuse_parts(content: bytes) -> None:
    """Look at the streams of a compound file. Raises Stop for encryption, macros, and documents of another kind."""
    try:
        names = {str(entry.name).lower() for entry in _compdoc.CompDoc(content, logfile=_Doubts()).dirlist}
    except (_compdoc.CompDocError, IndexError, ValueError, AssertionError, TypeError, OverflowError) as broken:
        raise Stop("unreadable", reason="archive") from broken
    if "encryptedpackage" in names or "encryptioninfo" in names:
        raise Stop("password_protected")
    if names & _MACROS:
        raise Stop("macro_file", found="VBA")
    if any(name.startswith("mbd") or name == "\x01ole10native" for name in names):
        raise Stop("macro_file", found="OLE")
    if not names & _BOOK_STREAMS:
        raise Stop("unreadable", reason="kind", found="compound")


class XlsBook:
    """An xls workbook."""

    format = "xls"
    encoding = ""
    delimiter = ""

    def __init__(self, content: bytes, limits: Limits) -> None:
        self.findings: list[Finding] = []
        self._limits = limits
        doubts = _Doubts()
        try:
            self._book: Any = _xlrd.open_workbook(
                file_contents=content, formatting_info=True, on_demand=True, logfile=doubts, ragged_rows=True
            )
        except _xlrd.XLRDError as broken:
            raise Stop(
                "password_protected" if "encrypt" in str(broken).lower() else "unreadable", reason="xls"
            ) from broken
        except Exception as broken:
            raise Stop("unreadable", reason="xls", found=type(broken).__name__) from broken
        self.is_1904 = bool(self._book.datemode)
        if doubts.has_macro_sheet:
            raise Stop("macro_file", found="macro sheet")

    def sheets(self) -> list[SheetFacts]:
        """All worksheets."""
        facts = []
        for place, name in enumerate(self._book.sheet_names()):
            sheet = self._sheet(place)
            merges = [
                (top + 1, left + 1, bottom, right)
                for top, bottom, left, right in sheet.merged_cells[:MOST_MERGES]
                if top < MERGES_TO_ROW
            ]
            facts.append(SheetFacts(name, bool(sheet.visibility), self._filled(sheet), merges))
        return facts

    def _sheet(self, place: int) -> Any:
        try:
            return self._book.sheet_by_index(place)
        except Exception as broken:
            raise Stop("unreadable", reason="xls", found=type(broken).__name__) from broken

    def _filled(self, sheet: Any) -> int:
        for number in range(sheet.nrows, 0, -1):
            if any(kind not in (_xlrd.XL_CELL_EMPTY, _xlrd.XL_CELL_BLANK) for kind in sheet.row_types(number - 1)):
                return number
        return 0

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """The filled rows of a worksheet."""
        found = self._sheet(self._book.sheet_names().index(sheet))
        codes = [self._code(index) for index in range(len(self._book.xf_list))]
        for place in range(found.nrows):
            cells = [
                self._cell(cell, codes, column in numbers)
                for column, cell in enumerate(found.row(place)[: self._limits.columns], 1)
            ]
            while cells and cells[-1] is EMPTY:
                cells.pop()
            if cells:
                yield RawRow(place + 1, cells)

    def _code(self, index: int) -> str:
        shown = self._book.format_map.get(self._book.xf_list[index].format_key)
        return str(shown.format_str) if shown else "General"

    def _cell(self, cell: Any, codes: list[str], is_number: bool) -> Cell:
        kind, value = cell.ctype, cell.value
        if kind == _xlrd.XL_CELL_TEXT:
            return text_cell(value[: self._limits.cell_characters])
        if kind in (_xlrd.XL_CELL_NUMBER, _xlrd.XL_CELL_DATE):
            index = cell.xf_index
            code = codes[index] if index is not None and index < len(codes) else "General"
            return number_cell(repr(value).removesuffix(".0"), code, self.is_1904, is_number=is_number)
        if kind == _xlrd.XL_CELL_BOOLEAN:
            return Cell(CellForm.BOOL, "true" if value else "false")
        if kind == _xlrd.XL_CELL_ERROR:
            return Cell(CellForm.ERROR, _xlrd.error_text_from_code.get(value, "#ERROR"))
        return EMPTY
