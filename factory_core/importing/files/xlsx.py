"""Workbooks of the xlsx kind, read as streams: formats from the styles, texts as far as they are needed."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from factory_core.importing.files import markup
from factory_core.importing.files.cells import BOOL, DATE, EMPTY, ERROR, NO_FORM, Cell, Finding, Limits, Stop
from factory_core.importing.files.formats import BUILTIN, number_cell, text_cell
from factory_core.importing.files.source import MERGES_TO_ROW, MOST_MERGES, Merge, RawRow, SheetFacts

_ROW = re.compile(rb'\br="(\d+)"')
_MERGE = re.compile(rb'mergeCell [^>]*?ref="([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)"')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HIDDEN = re.compile(rb'<(?:\w+:)?row [^>]*?hidden="1"')
_END = re.compile(rb"</(?:\w+:)?sheetData>")
_NO_SHEETS = re.compile(r"sharedStrings|styles|theme|docProps|drawing|_rels|comments", re.IGNORECASE)
_TAIL = 256


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


class Look:
    """What the measuring pass learns about one sheet: how far it is filled, formulas, merged ranges at its top."""

    def __init__(self) -> None:
        self.rows = 0
        self.formulas = 0
        self.hidden_rows = 0
        self.merges: dict[Merge, None] = {}
        self._tail = b""
        self._in_data = True

    def __call__(self, piece: bytes) -> None:
        """Look at the next unpacked piece."""
        before = len(self._tail)
        data = self._tail + piece
        fresh = max(before - 2, 0)
        self.formulas += data.count(b"<f>", fresh) + data.count(b"<f ", fresh)
        if b'hidden="1"' in data:
            self.hidden_rows += sum(found.end() > before for found in _HIDDEN.finditer(data))
        if self._in_data:
            ends = _END.search(data)
            self._in_data = ends is None
            self._find_last_row(data, ends.start() if ends else len(data))
        if b"mergeCell " in data:
            for left, top, right, bottom in _MERGE.findall(data):
                if int(top) <= MERGES_TO_ROW and len(self.merges) < MOST_MERGES:
                    columns = column_number(left.decode()), column_number(right.decode())
                    self.merges[int(top), columns[0], int(bottom), columns[1]] = None
        self._tail = data[-_TAIL:]

    def _find_last_row(self, data: bytes, end: int) -> None:
        filled = max(data.rfind(b"v>", 0, end), data.rfind(b"is>", 0, end))
        while filled > 0 and (place := data.rfind(b"row ", 0, filled)) >= 0:
            if number := _ROW.search(data, place, data.find(b">", place) + 1):
                self.rows = max(self.rows, int(number[1]))
                return
            filled = place


class SharedTexts:
    """The texts that cells point at, read as far as somebody pointed."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._texts: list[Cell] = []
        self._pieces = markup.pieces(archive, name) if name else iter(())
        self._parts: list[str] = []
        self._is_text = False
        self._phonetic = 0
        self._parser = markup.parser(self._start, self._end, self._more)

    def __getitem__(self, index: int) -> Cell:
        """The cell of a text. Raises Stop for one that the file does not hold."""
        texts = self._texts
        while index >= len(texts):
            piece = next(self._pieces, None)
            if piece is None:
                raise Stop("unreadable", reason="texts")
            markup.feed(self._parser, piece)
        return texts[index]

    def _start(self, tag: str, _: markup.Attributes) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            self._parts = []
        elif tag == "t":
            self._is_text = not self._phonetic
        elif tag == "rPh":
            self._phonetic += 1

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            self._texts.append(text_cell(unescaped("".join(self._parts))))
        elif tag == "t":
            self._is_text = False
        elif tag == "rPh":
            self._phonetic -= 1

    def _more(self, text: str) -> None:
        if self._is_text:
            self._parts.append(text)


def unescaped(text: str) -> str:
    """Control characters as the format writes them: _x000D_ is a line break. No table keeps a zero."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16) or 0xFFFD), text) if "_x" in text else text


class XlsxBook:
    """An xlsx workbook that was measured."""

    encoding = ""
    delimiter = ""

    def __init__(self, archive: zipfile.ZipFile, kind: str, looks: dict[str, Look], limits: Limits) -> None:
        self.format = "xlsx" if kind == "xltx" else kind
        self.findings: list[Finding] = []
        self.is_1904 = False
        self.archive, self._looks, self._limits = archive, looks, limits
        self._workbook = self._target("_rels/.rels", "", "officeDocument") or "xl/workbook.xml"
        folder, name = posixpath.split(self._workbook)
        rels = f"{folder}/_rels/{name}.rels".lstrip("/")
        self._texts_at = self._target(rels, folder, "sharedStrings")
        self.styles_at = self._target(rels, folder, "styles")
        self.styles = self._read_styles(self.styles_at)
        # By name: where a sheet lies in the archive, and whether it is hidden.
        self.sheets_at: dict[str, tuple[str, bool]] = {}
        self._read_workbook({rid: path for rid, path, kind in self.relations(rels, folder) if kind == "worksheet"})

    def relations(self, rels: str, folder: str) -> list[tuple[str, str, str]]:
        """(id, path, kind) of what a part refers to; `folder` is where the part lies."""
        found: list[tuple[str, str, str]] = []

        def start(tag: str, attributes: markup.Attributes) -> None:
            if tag != "Relationship":
                return
            kind = attributes.get("Type", "").rpartition("/")[2]
            if kind in ("vbaProject", "xlMacrosheet", "oleObject"):
                raise Stop("macro_file", found=kind)
            if kind in ("externalLink", "connections"):
                raise Stop("external_references", reason="links", found=attributes.get("Target", "")[:80])
            path = posixpath.normpath(posixpath.join("/" + folder, attributes.get("Target", ""))).lstrip("/")
            found.append((attributes.get("Id", ""), path, kind))

        if rels in self.archive.NameToInfo:
            markup.walk(self.archive, rels, start)
        return found

    def _target(self, rels: str, folder: str, kind: str) -> str:
        names = self.archive.NameToInfo
        return next((path for _, path, each in self.relations(rels, folder) if each == kind and path in names), "")

    def _read_workbook(self, paths: dict[str, str]) -> None:
        def start(tag: str, attributes: markup.Attributes) -> None:
            if tag == "workbookPr":
                self.is_1904 = attributes.get("date1904", "0") in ("1", "true")
            elif tag == "sheet":
                rid = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                if paths.get(rid) in self.archive.NameToInfo:
                    self.sheets_at[attributes.get("name", "")] = (
                        paths[rid],
                        attributes.get("state", "") != "" and attributes["state"] != "visible",
                    )

        if self._workbook not in self.archive.NameToInfo:
            raise Stop("unreadable", reason="archive")
        markup.walk(self.archive, self._workbook, start)

    def _read_styles(self, path: str) -> list[str]:
        codes: dict[int, str] = {}
        styles: list[int] = []
        inside = [False]

        def start(tag: str, attributes: markup.Attributes) -> None:
            if tag == "numFmt" and attributes.get("numFmtId", "").isdecimal():
                codes.setdefault(int(attributes["numFmtId"]), attributes.get("formatCode", ""))
            elif tag in ("cellXfs", "cellStyles", "cellStyleXfs", "dxfs"):
                inside[0] = tag == "cellXfs"
            elif tag == "xf" and inside[0]:
                number = attributes.get("numFmtId", "0")
                styles.append(int(number) if number.isdecimal() else 0)

        if path:
            markup.walk(self.archive, path, start)
        return [codes.get(number, BUILTIN.get(number, "General")) for number in styles]

    def sheets(self) -> list[SheetFacts]:
        """All worksheets; charts are none."""
        facts = []
        for name, (path, is_hidden) in self.sheets_at.items():
            look = self._looks.get(path) or Look()
            facts.append(SheetFacts(name, is_hidden, look.rows, list(look.merges), look.formulas, look.hidden_rows))
        return facts

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """The filled rows of a worksheet, in the order of the file."""
        path = self.sheets_at[sheet][0]
        last = self._looks[path].rows if path in self._looks else self._limits.rows
        reader = _SheetReader(
            self.styles, SharedTexts(self.archive, self._texts_at), self.is_1904, numbers, self._limits
        )
        for piece in markup.pieces(self.archive, path):
            markup.feed(reader.parser, piece)
            if reader.done:
                yield from reader.taken()
                if reader.number > last:
                    return
        markup.feed(reader.parser, b"", is_last=True)


class _SheetReader:
    """The handlers of a sheet's elements. Attributes of rows and cells alone are looked at."""

    def __init__(
        self, styles: list[str], texts: SharedTexts, is_1904: bool, numbers: frozenset[int], limits: Limits
    ) -> None:
        self.styles, self.texts, self.is_1904, self.numbers, self.limits = styles, texts, is_1904, numbers, limits
        self.number = 0
        self.done: list[RawRow] = []
        self.cells: list[Cell] = []
        self.column = 0
        self.attributes: markup.Attributes = {}
        self.value: list[str] = []
        self.takes_text = False
        self.is_formula = False
        self.letters: dict[str, int] = {}
        self.parser = markup.parser(self.start, self.end, None)
        self.prefix = 0

    def taken(self) -> list[RawRow]:
        """The rows read so far, once."""
        done, self.done = self.done, []
        return done

    def start(self, tag: str, attributes: markup.Attributes) -> None:
        if self.prefix:
            tag = tag[self.prefix :]
        if tag == "c":
            self.attributes = attributes
            place = attributes.get("r")
            if place is None:
                self.column += 1
            else:
                letters = place.rstrip("0123456789")
                number = self.letters.get(letters)
                if number is None:
                    number = self.letters[letters] = (
                        column_number(letters) if letters.isalpha() and letters.isascii() else 0
                    )
                self.column = number
            self.value = []
            self.is_formula = False
        elif tag == "v" or (tag == "t" and self.attributes.get("t") == "inlineStr"):
            self.parser.CharacterDataHandler = self.value.append
        elif tag == "f":
            self.is_formula = True
        elif tag == "row":
            told = attributes.get("r", "")
            self.number = int(told) if told.isdecimal() else self.number + 1
            if self.number > self.limits.rows:
                raise Stop("unreadable", reason="rows")
            self.cells = []
            self.column = 0
        elif tag.endswith(":worksheet"):
            self.prefix = len(tag) - len("worksheet")

    def end(self, tag: str) -> None:
        if self.prefix:
            tag = tag[self.prefix :]
        if tag == "v" or tag == "t":
            self.parser.CharacterDataHandler = None
        elif tag == "c":
            if self.value or self.is_formula:
                self.keep()
        elif tag == "row" and self.cells:
            self.done.append(RawRow(self.number, self.cells))

    def keep(self) -> None:
        """Put the cell that ends here into its column."""
        cell = self.cell()
        if cell is EMPTY or not 0 < self.column <= self.limits.columns:
            return
        cells = self.cells
        missing = self.column - len(cells) - 1
        if missing > 0:
            cells.extend([EMPTY] * missing)
        if missing < 0:
            cells[self.column - 1] = cell
        else:
            cells.append(cell)

    def cell(self) -> Cell:
        kind = self.attributes.get("t", "n")
        text = "".join(self.value)
        note = "formula" if self.is_formula else ""
        if kind == "n":
            if not text:
                return Cell(NO_FORM, "", note) if note else EMPTY
            style = self.attributes.get("s", "0")
            index = int(style) if style.isdecimal() else 0
            code = self.styles[index] if index < len(self.styles) else "General"
            return number_cell(text, code, self.is_1904, self.is_formula, self.column in self.numbers)
        if kind == "s":
            return self.texts[int(text)] if text.isdecimal() else EMPTY
        if kind == "b":
            return Cell(BOOL, "true" if text.strip() in ("1", "true") else "false", note)
        if kind == "e":
            return Cell(ERROR, text, note)
        if kind == "d":
            return Cell(DATE, text.removesuffix("T00:00:00").removesuffix("Z"), note)
        return text_cell(unescaped(text)[: self.limits.cell_characters], self.is_formula)


def looked(archive: zipfile.ZipFile) -> tuple[dict[str, Look], Any]:
    """What the measuring pass shall look at: the sheets by their paths, and the function that sorts the pieces."""
    looks: dict[str, Look] = {}

    def look(name: str, piece: bytes) -> None:
        if name.endswith(".xml") and not _NO_SHEETS.search(name):
            looks.setdefault(name, Look())(piece)

    return looks, look
