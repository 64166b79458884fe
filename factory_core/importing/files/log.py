"""Logs of machines: lines that begin with a moment and a bar. Two columns: when, and what was said then."""

import re
from collections.abc import Iterator
from typing import IO

from factory_core.importing.files.cells import TEXT, Cell, Finding, Limits
from factory_core.importing.files.encoding import encoding_of
from factory_core.importing.files.formats import text_cell
from factory_core.importing.files.source import RawRow
from factory_core.importing.files.text import TextBook

HEADER = ("timestamp", "entries")
_TIMED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^|\s]{0,30}\|.")
_BLOCK = "--multiline--"
_MOST_LINES_IN_BLOCK = 2000
# How adapters of machines mark what is no entry of their own; whoever reads entries knows these words.
_ADAPTER, _UNREADABLE = "@ADAPTER@|", "@UNREADABLE@|"


def is_log(start: bytes, name: str) -> bool:
    """Whether a text begins like a log of a machine: nearly all of its first lines are timed. Tables say so by name."""
    if name.lower().endswith((".csv", ".tsv", ".tab")):
        return False
    whole = start.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    if len(whole) > 1 and not start.endswith(b"\n"):
        del whole[-1]
    lines = _outside_blocks(iter(whole))
    return bool(lines) and sum(bool(_TIMED.match(line)) for line in lines) >= 0.8 * len(lines)


def _outside_blocks(lines: Iterator[str]) -> list[str]:
    found = []
    for line in lines:
        if line.strip():
            found.append(line)
        _head, mark, tag = line.partition(_BLOCK)
        if mark:
            next((each for each in lines if each == mark + tag), None)
    return found


class LogBook(TextBook):
    """A log of a machine; the name of its columns stands in no line of it."""

    def __init__(self, file: IO[bytes], name: str, limits: Limits, encoding: str = "") -> None:
        self.findings: list[Finding] = []
        self._file, self._limits = file, limits
        self._name = name.rsplit(".", 1)[0][:100] or "1"
        self.encoding, is_guess = encoding_of(file, encoding)
        if is_guess:
            self.findings.append(Finding("encoding_guessed", self._name, value=self.encoding))
        self.delimiter, self.format = "", "log"

    def rows(self, sheet: str, numbers: frozenset[int] = frozenset()) -> Iterator[RawRow]:
        """A row for each line that is timed, with the block it opens; one without a time has that of the line before.

        Lines before the first timed one have the time of that.
        """
        yield RawRow(0, [Cell(TEXT, word) for word in HEADER])
        stamp, waiting = "", []
        lines = enumerate((line.rstrip("\r\n") for line in self._lines()), start=1)
        for number, line in lines:
            if not line.strip():
                continue
            if not _TIMED.match(line):
                text = _ADAPTER + line[1:].strip() if line.startswith("*") else _UNREADABLE + line
                waiting.append((number, text, "" if line.startswith("*") else "torn_line"))
                if not stamp:
                    continue
            else:
                stamp, _bar, text = line.partition("|")
                for early, words, fault in waiting:
                    yield self._row(early, stamp, words, fault)
                waiting = [(number, self._block(text, lines), "")]
            for each, words, fault in waiting:
                yield self._row(each, stamp, words, fault)
            waiting = []

    def _block(self, text: str, lines: Iterator[tuple[int, str]]) -> str:
        _head, mark, tag = text.partition(_BLOCK) if text.startswith("@") else ("", "", "")
        if not mark:
            return text
        block = [text]
        for _number, line in lines:
            block.append(line)
            if line == mark + tag or len(block) > _MOST_LINES_IN_BLOCK:
                break
        return "\n".join(block)

    def _row(self, number: int, stamp: str, text: str, fault: str) -> RawRow:
        return RawRow(number, [text_cell(stamp), Cell(TEXT, text[: self._limits.cell_characters])], fault)
