"""Text files with delimiters: which delimiter, which rows are broken, and what they say."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO

from factory_core.importing.files.broken import joined
from factory_core.importing.files.cells import EMPTY, TEXT, Cell, Finding, Limits, Stop
from factory_core.importing.files.encoding import encoding_of
from factory_core.importing.files.formats import text_cell
from factory_core.importing.files.source import RawRow, SheetFacts

DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE_ROWS = 400
_SAMPLE_CHARACTERS = 1 << 20
_SEP = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
# A quoted text that runs over so many lines was never closed.
_MOST_LINES_IN_CELL = 200
_COUNTED_BYTES = 1 << 20


class TextBook:
    """A csv or tsv file; it has one sheet, named as the file."""

    is_1904 = False

    def __init__(self, file: IO[bytes], name: str, limits: Limits, encoding: str = "", delimiter: str = "") -> None:
        self.findings: list[Finding] = []
        self._file, self._limits = file, limits
        self._name = name.rsplit(".", 1)[0][:100] or "1"
        self.encoding, is_guess = encoding_of(file, encoding)
        if is_guess:
            self.findings.append(Finding("encoding_guessed", self._name, value=self.encoding))
        self.delimiter, self._width = self._layout(delimiter)
        self.format = "tsv" if self.delimiter == "\t" else "csv"

    def sheets(self) -> list[SheetFacts]:
        """The one sheet. Rows are counted by their line ends; texts over several lines count more than once."""
        self._file.seek(0)
        lines, last = 0, b"\n"
        while piece := self._file.read(_COUNTED_BYTES):
            lines += piece.count(b"\n") or piece.count(b"\r")
            last = piece[-1:]
        return [SheetFacts(self._name, False, lines + (last not in (b"\n", b"\r", b"\0")), [])]

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """The filled rows; rows with more cells than the others are put together again where that is certain."""
        usual = self._width
        for number, texts in self._records():
            fault = ""
            if usual > 1 and len(texts) > usual and any(text.strip() for text in texts[usual:]):
                fault = "broken_row"
                whole = joined(texts, usual, self.delimiter)
                if whole is not None:
                    place, texts = whole
                    yield RawRow(number, self._cells(texts, place), "joined_row")
                    continue
            cells = self._cells(texts)
            if cells:
                yield RawRow(number, cells, fault)

    def _cells(self, texts: list[str], joined_at: int = -1) -> list[Cell]:
        longest = self._limits.cell_characters
        cells = [
            Cell(TEXT, text[:longest], "joined") if place == joined_at else text_cell(text[:longest])
            for place, text in enumerate(texts[: self._limits.columns])
        ]
        while cells and cells[-1] is EMPTY:
            cells.pop()
        return cells

    def _lines(self) -> Iterator[str]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self.encoding, errors="replace", newline="")
        try:
            first = text.readline(1 << 16)
            if not _SEP.fullmatch(first):
                yield first
            else:
                yield "\n"
            while line := text.readline(self._limits.cell_characters * 8):
                yield line.replace("\0", "\ufffd")  # which no table keeps
        finally:
            text.detach()

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Records by number. Raises Stop where a quotation mark is never closed."""
        csv.field_size_limit(self._limits.cell_characters * 4)
        reader = csv.reader(self._lines(), delimiter=self.delimiter)
        number, before = 0, 0
        while True:
            try:
                texts = next(reader)
            except StopIteration:
                return
            except csv.Error as broken:
                raise Stop("unreadable", reason="quote", found=str(number + 1)) from broken
            number += 1
            if reader.line_num - before > _MOST_LINES_IN_CELL:
                raise Stop("unreadable", reason="quote", found=str(number))
            before = reader.line_num
            yield number, texts

    def _layout(self, wanted: str) -> tuple[str, int]:
        """The delimiter under which the rows are most alike, and how many cells they then have."""
        sample: list[str] = []
        room = _SAMPLE_CHARACTERS
        for line in self._lines():
            sample.append(line)
            room -= len(line)
            if len(sample) >= _SAMPLE_ROWS or room < 0:
                break
        if not "".join(sample).strip("\ufeff \t\r\n\0"):
            raise Stop("empty_file")
        self._file.seek(0)
        first = self._file.readline(64).decode(self.encoding, errors="replace").lstrip("\ufeff")
        told = _SEP.fullmatch(first)
        if wanted or told:
            delimiter = wanted or (told[1] if told else ",")
            return delimiter, _width(sample, delimiter)[1]
        best = max(DELIMITERS, key=lambda each: _width(sample, each)[0])
        score, width = _width(sample, best)
        return (best, width) if score > 0 else (",", 1)


def _width(sample: list[str], delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits: the share of rows with the usual number of cells, and that number."""
    try:
        counts = [
            len(texts) for texts in csv.reader(sample, delimiter=delimiter) if any(text.strip() for text in texts)
        ]
    except csv.Error:
        return 0.0, 1
    more = Counter(count for count in counts if count > 1)
    if not more:
        return 0.0, 1
    width, times = max(more.items(), key=lambda item: (item[1], item[0]))
    share = times / len(counts)
    # More columns are better proof; a decimal comma makes two at most of each cell but not in the header.
    return share * (1 + min(width, 10) / 100) + (0.1 if counts[0] == width else 0), width
