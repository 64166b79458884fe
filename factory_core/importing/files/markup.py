"""XML in streams: no document types, no entities, nothing fetched."""

import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from factory_core.importing.files.cells import Stop

PIECE = 1 << 16
Attributes = dict[str, str]
Start = Callable[[str, Attributes], Any]


def parser(start: Start, end: Callable[[str], Any] | None = None, text: Callable[[str], Any] | None = None) -> Any:
    """An expat parser that refuses document types before it would read one."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = text
    made.StartDoctypeDeclHandler = _refuse
    made.EntityDeclHandler = _refuse
    return made


def _refuse(*_: Any) -> None:
    raise Stop("external_references", reason="entities")


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The unpacked bytes of a member, piece by piece."""
    try:
        with archive.open(name) as member:
            while piece := member.read(PIECE):
                yield piece
    except (zipfile.BadZipFile, KeyError, EOFError, RuntimeError) as broken:
        raise Stop("unreadable", reason="archive") from broken


def feed(made: Any, piece: bytes, is_last: bool = False) -> None:
    """Give a piece to the parser. Raises Stop for what is not well-formed."""
    try:
        made.Parse(piece, is_last)
    except expat.ExpatError as broken:
        raise Stop("unreadable", reason="xml", found=str(broken)[:80]) from broken


def walk(archive: zipfile.ZipFile, name: str, start: Start) -> None:
    """Call `start(local name, attributes)` for every element of a small member."""
    made = parser(lambda tag, attributes: start(tag.rpartition(":")[2], attributes))
    for piece in pieces(archive, name):
        feed(made, piece)
    feed(made, b"", is_last=True)
