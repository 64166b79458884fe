"""Workbooks of the OpenDocument kind: one member holds all sheets; numbers carry their value and the text shown."""

import re
import zipfile
from collections.abc import Iterator

from factory_core.importing.files import markup
from factory_core.importing.files.cells import EMPTY, Cell, CellForm, Finding, Limits, Stop
from factory_core.importing.files.formats import day_number, number_cell, text_cell
from factory_core.importing.files.source import MERGES_TO_ROW, MOST_MERGES, Merge, RawRow, SheetFacts

CONTENT = "content.xml"
_PADDED = re.compile(r"0\d+")
_PERIOD = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


class OdsBook:
    """An ods workbook that was measured."""

    format = "ods"
    encoding = ""
    delimiter = ""
    is_1904 = False

    def __init__(self, archive: zipfile.ZipFile, limits: Limits) -> None:
        self.findings: list[Finding] = []
        self._archive, self._limits = archive, limits
        if CONTENT not in archive.NameToInfo:
            raise Stop("unreadable", reason="archive")
        self._refuse_locked()

    def _refuse_locked(self) -> None:
        def start(tag: str, _: markup.Attributes) -> None:
            if tag == "encryption-data":
                raise Stop("password_protected")

        if "META-INF/manifest.xml" in self._archive.NameToInfo:
            markup.walk(self._archive, "META-INF/manifest.xml", start)

    def sheets(self) -> list[SheetFacts]:
        """All sheets; they stand one behind the other, so all of the content is walked once."""
        reader = _Reader(None, self._limits)
        for _ in self._read(reader):
            pass
        return reader.facts

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """The filled rows of a sheet."""
        return self._read(_Reader(sheet, self._limits, numbers))

    def _read(self, reader: "_Reader") -> Iterator[RawRow]:
        for piece in markup.pieces(self._archive, CONTENT):
            markup.feed(reader.parser, piece)
            done, reader.done = reader.done, []
            yield from done
            if reader.is_over:
                return
        markup.feed(reader.parser, b"", is_last=True)


class _Reader:
    """The handlers of the content's elements: tables, rows, cells, paragraphs."""

    def __init__(self, wanted: str | None, limits: Limits, numbers: frozenset[int] = frozenset()) -> None:
        self.wanted, self.limits, self.numbers = wanted, limits, numbers
        self.facts: list[SheetFacts] = []
        self.done: list[RawRow] = []
        self.is_over = False
        self.parser = markup.parser(self.start, self.end, None)
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.name: str | None = None
        self.depth = 0
        self.number = self.filled = self.formulas = 0
        self.repeat_row = 1
        self.cells: list[Cell] = []
        self.missing = 0
        self.column = 0
        self.attributes: markup.Attributes | None = None
        self.text: list[str] = []
        self.in_note = 0
        self.merges: list[Merge] = []
        self.is_hidden = False

    def start(self, tag: str, attributes: markup.Attributes) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "table-cell" or kind == "covered-table-cell":
            self.attributes = attributes
            self.text = []
        elif kind == "p" and self.attributes is not None and not self.in_note:
            if self.text:
                self.text.append("\n")
            self.parser.CharacterDataHandler = self.text.append
        elif kind == "s" and self.attributes is not None and not self.in_note:
            self.text.append(" " * min(int(attributes.get("text:c", "1")), 100))
        elif kind in ("line-break", "tab") and self.attributes is not None and not self.in_note:
            self.text.append("\n" if kind == "line-break" else "\t")
        elif kind == "annotation" or tag.startswith("draw:"):
            # Remarks and shapes hang on a cell and are not what it says.
            self.in_note += 1
            self.parser.CharacterDataHandler = None
        elif kind == "table-row":
            self.repeat_row = max(int(attributes.get("table:number-rows-repeated", "1")), 1)
            self.cells, self.missing, self.column = [], 0, 0
        elif kind == "table":
            self.depth += 1
            if self.depth == 1:
                self.name = attributes.get("table:name", "")
                self.number = self.filled = self.formulas = 0
                self.merges = []
                self.is_hidden = attributes.get("table:style-name", "") in self.hidden_styles
        elif kind == "style":
            self.style = attributes.get("style:name", "")
        elif kind == "table-properties" and attributes.get("table:display") == "false":
            self.hidden_styles.add(self.style)

    def end(self, tag: str) -> None:
        kind = tag.rpartition(":")[2]
        if kind == "p":
            self.parser.CharacterDataHandler = None
        elif kind in ("table-cell", "covered-table-cell"):
            self.keep()
        elif kind == "table-row" and self.depth == 1:
            self.row()
        elif kind == "annotation" or tag.startswith("draw:"):
            self.in_note -= 1
        elif kind == "table":
            self.depth -= 1
            if self.depth == 0:
                self.facts.append(SheetFacts(self.name or "", self.is_hidden, self.filled, self.merges, self.formulas))
                self.is_over = self.wanted is not None and self.name == self.wanted
                self.name = None

    def keep(self) -> None:
        """Put the cell that ends here into its column, as often as it is repeated."""
        attributes = self.attributes or {}
        self.attributes = None
        times = max(int(attributes.get("table:number-columns-repeated", "1")), 1)
        spans = (
            int(attributes.get("table:number-columns-spanned", "1")),
            int(attributes.get("table:number-rows-spanned", "1")),
        )
        if spans != (1, 1) and self.number < MERGES_TO_ROW and len(self.merges) < MOST_MERGES:
            top, left = self.number + 1, self.column + 1
            self.merges.append((top, left, top + spans[1] - 1, left + spans[0] - 1))
        cell = self.cell(attributes)
        self.column += times
        if cell is EMPTY:
            self.missing += times
            return
        self.formulas += cell.note == "formula"
        room = self.limits.columns - len(self.cells)
        self.cells.extend([EMPTY] * min(self.missing, room))
        room = self.limits.columns - len(self.cells)
        self.cells.extend([cell] * min(times, room))
        self.missing = 0

    def row(self) -> None:
        """Give the row that ends here, as often as it is repeated; empty rows are repeated a million times."""
        if self.cells:
            times = self.repeat_row
            if self.number + times > self.limits.rows:
                raise Stop("archive_bomb", reason="rows", found=str(self.number + times), limit=str(self.limits.rows))
            self.filled = self.number + times
            if self.wanted is not None and self.name == self.wanted:
                self.done.extend(RawRow(self.number + more + 1, self.cells) for more in range(times))
        self.number += self.repeat_row

    def cell(self, attributes: markup.Attributes) -> Cell:
        shown = "".join(self.text)
        is_formula = "table:formula" in attributes
        kind = attributes.get("office:value-type", "")
        if kind in ("", "string"):
            return text_cell(
                (attributes.get("office:string-value") or shown)[: self.limits.cell_characters], is_formula
            )
        if shown.startswith(("#", "Err:")):
            return Cell(CellForm.ERROR, shown, "formula" if is_formula else "")
        note = "formula" if is_formula else ""
        if kind in ("float", "currency", "percentage"):
            raw = attributes.get("office:value", "")
            if _PADDED.fullmatch(shown):
                return Cell(CellForm.TEXT, shown, "padded")
            return number_cell(raw, "0%" if kind == "percentage" else "General", False, is_formula)
        if kind == "date":
            return self.date(attributes.get("office:date-value", ""), note)
        if kind == "time":
            period = _PERIOD.fullmatch(attributes.get("office:time-value", ""))
            if period is None:
                return text_cell(shown, is_formula)
            hours, minutes, seconds = (int(part) for part in period.groups())
            return Cell(CellForm.TEXT, f"{hours:02d}:{minutes:02d}:{seconds:02d}", "time" if hours < 24 else "duration")
        if kind == "boolean":
            return Cell(CellForm.BOOL, attributes.get("office:boolean-value", "false"), note)
        return text_cell(shown, is_formula)

    def date(self, text: str, note: str) -> Cell:
        """A date as the file writes it, or the number it was typed as."""
        if self.column + 1 in self.numbers and (number := day_number(text[:10])):
            return Cell(CellForm.NUMBER, number, "typed_as_date")
        moment = text.removesuffix("Z").partition(".")[0].removesuffix("T00:00:00")
        return Cell(CellForm.DATE, moment, note)
