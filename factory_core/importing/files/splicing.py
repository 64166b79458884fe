"""XML that is copied through byte by byte, with handlers that put something in place of a part or beside it."""

import re
from collections.abc import Callable

from factory_core.importing.files import markup
from factory_core.importing.files.cells import Stop

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_IN_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escaped(text: str) -> bytes:
    """A text as it stands in XML of whatever encoding."""
    plain = _LOOKS_ESCAPED.sub("_x005F_", _NO_TEXT.sub("", text))
    return plain.translate(_IN_XML).encode("ascii", "xmlcharrefreplace")


def with_facts(tag: bytes, **facts: str | int | None) -> bytes:
    """A start tag with these attributes in place of what it says of them; None takes one away."""
    for name, value in facts.items():
        tag = re.sub(rb"\s" + name.encode() + rb"""\s*=\s*("[^"]*"|'[^']*')""", b"", tag)
        if value is not None:
            end = -2 if tag.endswith(b"/>") else -1
            tag = tag[:end] + f' {name}="{value}"'.encode() + tag[end:]
    return tag


def letters_of(column: int) -> str:
    """1 is A, 26 is Z, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Splice:
    """One part of a workbook on its way through; subclasses say what happens at `start` and `end` of an element.

    What is fed is kept until it is copied or skipped; `name` in both is without the prefix, which is the same
    throughout.
    """

    def __init__(self, out: Callable[[bytes], object]) -> None:
        self.out = out
        self.prefix = b""
        self._kept, self._from, self._is_root = bytearray(), 0, True
        self._parser = markup.parser(self._start, self._end)

    def start(self, name: str, facts: markup.Attributes, at: int) -> None:
        """An element begins at byte `at`."""

    def end(self, name: str, at: int) -> None:
        """An element ends: its end tag stands at byte `at`, or what follows an empty one."""

    def feed(self, piece: bytes) -> None:
        """The next bytes. Raises Stop for two-byte text, and for what is not well-formed."""
        if b"\0" in piece:
            raise Stop("unreadable", reason="encoding")
        self._kept += piece
        markup.feed(self._parser, piece)

    def close(self) -> None:
        """Nothing more comes: the rest is copied."""
        markup.feed(self._parser, b"", is_last=True)
        self.copy_to(self._from + len(self._kept))

    def copy_to(self, at: int) -> None:
        """Give out as it stands what was not given out before byte `at`."""
        size = max(at - self._from, 0)
        self.out(bytes(self._kept[:size]))
        self.skip_to(at)

    def skip_to(self, at: int) -> None:
        """Leave out what was not given out before byte `at`."""
        size = max(at - self._from, 0)
        del self._kept[:size]
        self._from += size

    def between(self, start: int, end: int) -> bytes:
        """Bytes that were not given out yet."""
        return bytes(self._kept[start - self._from : end - self._from])

    def tag(self, at: int) -> bytes:
        """The tag at byte `at`."""
        begins = at - self._from
        return bytes(self._kept[begins : self._kept.index(b">", begins) + 1])

    def name(self, local: str) -> bytes:
        """The name of an element of our own, as this part names its elements."""
        return self.prefix + local.encode()

    def _start(self, tag: str, facts: markup.Attributes) -> None:
        prefix, colon, name = tag.rpartition(":")
        if self._is_root:
            self.prefix, self._is_root = (prefix + colon).encode(), False
        self.start(name, facts, self._parser.CurrentByteIndex)

    def _end(self, tag: str) -> None:
        self.end(tag.rpartition(":")[2], self._parser.CurrentByteIndex)
