"""Where the real workbooks are, and short ways to read them. A test that needs them is skipped by name without them."""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from factory_core.importing.files import Book, Cell, Table, child, open_book, opening, rows_of
from factory_core.importing.files.cells import Message, Refused, Request, Stop

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not (DATA / "expected.json").exists(), reason="the real workbooks (shared data) are not here"
)


@cache
def expected() -> dict[str, Any]:
    """What the real files must give."""
    return dict(json.loads((DATA / "expected.json").read_text()))


def first_table(book: Book, sheet: str = "") -> tuple[str, Table]:
    """The best table of a sheet, by default of the first."""
    found = next(each for each in book.sheets if sheet in ("", each.name))
    return found.name, found.tables[0]


def lines(path: Path, sheet: str = "") -> list[dict[str, str]]:
    """The lines of the best table as texts by header."""
    book = open_book(path, path.name)
    name, table = first_table(book, sheet)
    return texts(path, name, table)


def texts(path: Path, sheet: str, table: Table) -> list[dict[str, str]]:
    """The lines of a table as texts by header."""
    with rows_of(path, path.name, sheet, table) as rows:
        return [_by_header(table, cells) for _, cells in rows]


def _by_header(table: Table, cells: list[Cell]) -> dict[str, str]:
    return {column.header.strip(): cell.text for column, cell in zip(table.columns, cells, strict=True)}


def money(text: str) -> Decimal:
    """A price as the file writes it."""
    return Decimal(text.strip().lstrip("$") or "0")


class Uncaged:
    """The reader in this process: the same answers as from the cage, packed and unpacked, without a process each."""

    def __init__(self, path: Path, request: Request) -> None:
        self._file = path.open("rb")
        self._messages = self._read(msgspec.convert(msgspec.to_builtins(request), Request))

    def __iter__(self) -> Iterator[Message]:
        return self._messages

    def __enter__(self) -> "Uncaged":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._messages.close()
        self._file.close()

    def _read(self, request: Request) -> Iterator[Message]:
        for answer in child._answers(self._file, request):
            message = msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=Message)
            if isinstance(message, Refused):
                raise Stop(message.code, **message.values)
            yield message


@pytest.fixture
def uncaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process; for tests of what is read, not of the cage."""
    monkeypatch.setattr(opening, "Reader", Uncaged)
