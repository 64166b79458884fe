"""CSV files as a stream of cells: encodings, delimiters, headings, numbers; one line in memory at a time."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from telemetry.edge.devices import Folder, Tag
from telemetry.edge.drivers.folder.moments import NoMoment, Times
from telemetry.edge.drivers.shdr import value_of
from telemetry.wire import MAX_TEXT, Value

_BLOCK = 1 << 20
_LONGEST_LINE = 1 << 20
_HEADING_WITHIN = 20
_DELIMITERS = (",", ";", "\t", "|")
_GROUPED = {
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z"),
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?\Z"),
}


class Unreadable(ValueError):
    """Nothing can be read from this file; the message says why and what was expected."""


class Cell(NamedTuple):
    """One value of one tag."""

    tag: Tag
    value: Value
    at_us: int


class Bad(NamedTuple):
    """A row or cell that is none; the sentence names row and column."""

    row: int
    sentence: str


class Shape(NamedTuple):
    """How a file is written: its encoding, its delimiter, the line of its headings, and these."""

    encoding: str
    delimiter: str
    skipped: int
    headings: list[str]


def fingerprint(path: Path, encoding: str, alive: Callable[[], None]) -> tuple[str, str]:
    """SHA-256 of the content, and the encoding it can be read with. Raises Unreadable; OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        start = file.read(4)
        if not start:
            raise Unreadable("The file is empty.")
        name = _encoding(start, encoding)
        try:
            decoder = codecs.getincrementaldecoder(name)()
            io.TextIOWrapper(io.BytesIO(), encoding=name).close()
        except LookupError as error:
            raise Unreadable(f"There is no encoding {encoding!r}. Expected one like utf-8 or cp1252.") from error
        file.seek(0)
        read = 0
        try:
            while block := file.read(_BLOCK):
                digest.update(block)
                decoder.decode(block)
                read += len(block)
                alive()
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            at = read + getattr(error, "start", 0)
            raise Unreadable(
                f"Near byte {at} the file is not {encoding}. Expected this encoding; files of German Windows programs "
                "are often cp1252."
            ) from error
    return digest.hexdigest(), name


def _encoding(start: bytes, configured: str) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if configured.lower().replace("_", "-") in {"utf-8", "utf8"} else configured


def shape(path: Path, encoding: str, device: Folder) -> Shape:
    """Finds the headings within the first lines, and the delimiter they are written with. Raises Unreadable."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [line for line, _ in zip(_lines(file), range(_HEADING_WITHIN), strict=False)]
    wanted = {tag.address for tag in device.tags}
    best: tuple[int, int, str, list[str]] | None = None
    for delimiter in [device.delimiter] if device.delimiter else _DELIMITERS:
        for number, line in enumerate(lines):
            try:
                headings = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
            except csv.Error:
                # A field of more than 128 KiB is no heading.
                continue
            known = len(wanted.intersection(headings))
            if device.time_column in headings and (best is None or known > best[0]):
                best = (known, number, delimiter, headings)
    first = lines[0].strip()[:200] if lines else ""
    if best is None:
        raise Unreadable(
            f"There is no column {device.time_column!r} in the first {_HEADING_WITHIN} lines. The first is: {first!r}."
        )
    if wanted and not best[0]:
        raise Unreadable(f"None of the tags' columns is there: {sorted(wanted)[:10]}. The first line is: {first!r}.")
    return Shape(encoding, best[2], best[1], best[3])


def rows(path: Path, device: Folder, found: Shape, times: Times) -> Iterator[list[Cell] | Bad]:
    """The cells of each row, and what is bad between them. Rows are numbered as an editor shows them."""
    times.new_file()
    time_at = found.headings.index(device.time_column)
    columns = [(found.headings.index(tag.address), tag) for tag in device.tags if tag.address in found.headings]
    with path.open(encoding=found.encoding, newline="") as file:
        lines = _lines(file)
        for _ in range(found.skipped + 1):
            next(lines, None)
        reader = csv.reader(lines, delimiter=found.delimiter)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Bad(reader.line_num + found.skipped + 1, f"is no row of a table ({error})")
                continue
            if cells is None:
                return
            row = reader.line_num + found.skipped + 1
            if not any(cell.strip() for cell in cells):
                continue
            yield from _row(row, cells, time_at, columns, device, times)


def _row(
    row: int, cells: list[str], time_at: int, columns: list[tuple[int, Tag]], device: Folder, times: Times
) -> Iterator[list[Cell] | Bad]:
    if time_at >= len(cells):
        yield Bad(row, f"column {device.time_column!r}: the row ends before it")
        return
    try:
        at_us = times.us(cells[time_at])
    except NoMoment as error:
        yield Bad(row, f"column {device.time_column!r}: {error}")
        return
    good: list[Cell] = []
    for index, tag in columns:
        text = cells[index].strip() if index < len(cells) else ""
        if not text:
            continue
        value = value_in(text, device.decimal, tag.type)
        if value is None:
            yield Bad(row, f"column {tag.address!r}: {text[:60]!r} is no number")
        else:
            good.append(Cell(tag, value, at_us))
    yield good


def value_in(text: str, decimal: str, kind: str) -> Value:
    """A cell's value: a number if it is one in this way of writing, else the words; None for a word as a number."""
    plain = _with_point(text, decimal)
    if kind == "text" or (kind != "number" and plain is None):
        return text[:MAX_TEXT]
    if plain is None:
        return None
    value = value_of(plain)
    if not isinstance(value, str):
        return value
    # Words, and digits that would lose something as a number, like 00123.
    return _float(plain) if kind == "number" else text[:MAX_TEXT]


def _with_point(text: str, decimal: str) -> str | None:
    """The number with a point and without groups; None if it is not written in this way."""
    if _GROUPED[decimal].match(text):
        text = text.replace("." if decimal == "," else ",", "")
    if decimal == ",":
        return None if "." in text else text.replace(",", ".")
    return text


def _float(plain: str) -> float | None:
    try:
        number = float(plain)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in plain else None


def _lines(file: IO[str]) -> Iterator[str]:
    # A file without line ends must not be read into memory as one line.
    while line := file.readline(_LONGEST_LINE):
        if len(line) >= _LONGEST_LINE:
            raise Unreadable(f"A line is longer than {_LONGEST_LINE} characters. Expected a table with rows.")
        yield line


def sample(path: Path, device: Folder, alive: Callable[[], None]) -> tuple[list[str], list[str]]:
    """The headings of a file and its first row, for who does not know its columns yet. Raises Unreadable; OSError.

    Without the time column among them, the headings are the first line with the most cells.
    """
    _, encoding = fingerprint(path, device.encoding, alive)
    with path.open(encoding=encoding, newline="") as file:
        lines = [line for line, _ in zip(_lines(file), range(_HEADING_WITHIN + 1), strict=False)]
    best: tuple[bool, int] = (False, 0)
    found: tuple[list[str], list[str]] = ([], [])
    for delimiter in [device.delimiter] if device.delimiter else _DELIMITERS:
        table = list(csv.reader(lines, delimiter=delimiter))
        for number, cells in enumerate(table[:_HEADING_WITHIN]):
            headings = [cell.strip() for cell in cells]
            fits = (device.time_column in headings, len(headings))
            if fits > best:
                best, found = fits, (headings, table[number + 1] if number + 1 < len(table) else [])
    return found
