"""A workbook as it stands with marks on one of its sheets: every part and every byte else is copied.

Charts, widths, formulas with their results and other sheets stay what they were; no library that knows less than the
file holds writes it anew. What we put in are texts and comments, never formulas.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, cast

from factory_core.importing.files import markup
from factory_core.importing.files.cells import Mark, Piece, Request, Stop
from factory_core.importing.files.readers import opened
from factory_core.importing.files.remarks import TYPES, Remarks
from factory_core.importing.files.splicing import Splice, escaped, letters_of, with_facts
from factory_core.importing.files.xlsx import XlsxBook, column_number

_PIECE = 1 << 18
# Doubtful and bad; by these a file that was marked before is known.
COLOURS = ("FBE3B8", "F8C9CE")
# A style whose texts stay texts when somebody edits them, whatever they begin with.
_QUOTED = 4
_OURS = re.compile("|".join(COLOURS).encode(), re.IGNORECASE)
# What stands behind the comments of a sheet.
_BEHIND = {
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
    "AlternateContent",
}  # fmt: skip
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


class _Outgoing(io.RawIOBase):
    """Takes what an archive writes, and gives it on in pieces; there is no way back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(cast("bytes", data))
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def taken(self, least: int = _PIECE) -> Iterator[Piece]:
        """What was written, once it is worth a message."""
        if self._size > least:
            yield Piece(b"".join(self._parts))
            self._parts, self._size = [], 0


def marked(file: IO[bytes], request: Request) -> Iterator[Piece]:
    """The bytes of the workbook with the marks of the request. Raises Stop for what cannot be marked so."""
    source = opened(file, request)
    if not isinstance(source, XlsxBook) or request.sheet not in source.sheets_at or not source.styles_at:
        raise Stop("unreadable", reason="marks")
    path, archive = source.sheets_at[request.sheet][0], source.archive
    remarks = Remarks(source, path, [mark for mark in request.marks if mark.comment])
    cleaned = _Styles(lambda _bytes: None, len(source.styles), [])
    _through(cleaned, archive, source.styles_at)
    out, wanted = _Outgoing(), dict[tuple[int, int], int]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for member in archive.infolist():
            if member.filename in (path, source.styles_at, *remarks.parts):
                continue
            with book.open(_info(member.filename, member.date_time), "w") as target:
                whole = [remarks.types()] if member.filename == TYPES else markup.pieces(archive, member.filename)
                for piece in whole:
                    target.write(piece)
                    yield from out.taken()
        with book.open(_info(path), "w") as target:
            sheet = _Sheet(target.write, request.marks, len(source.styles), cleaned.ours, wanted)
            for piece in markup.pieces(archive, path):
                sheet.feed(piece)
                yield from out.taken()
            sheet.close()
        with book.open(_info(source.styles_at), "w") as target:
            _through(_Styles(target.write, len(source.styles), [*wanted]), archive, source.styles_at)
        for name, content in remarks.written(sheet.drawing):
            book.writestr(_info(name), content)
            yield from out.taken()
    yield from out.taken(0)


def _info(name: str, at: tuple[int, int, int, int, int, int] = (1980, 1, 1, 0, 0, 0)) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, at)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _through(part: Splice, archive: zipfile.ZipFile, name: str) -> None:
    for piece in markup.pieces(archive, name):
        part.feed(piece)
    part.close()


class _Styles(Splice):
    """The styles of a book with further ones behind them: (style, colour) each; colour 0 takes our colour away.

    A colour may come with `_QUOTED`. `ours`: the styles that have our colour from an earlier time.
    """

    def __init__(self, out: Callable[[bytes], object], count: int, wanted: list[tuple[int, int]]) -> None:
        super().__init__(out)
        self.ours: set[int] = set()
        self._count, self._wanted = count, wanted
        self._inside, self._began = "", 0
        self._fills, self._our_fills = 0, set[int]()
        self._formats: list[bytes] = []

    def start(self, name: str, facts: markup.Attributes, at: int) -> None:
        if name in ("fills", "cellXfs"):
            self._inside = name
            tag = self.tag(at)
            self.copy_to(at)
            self.out(with_facts(tag, count=None if name == "fills" else self._count + len(self._wanted)))
            self.skip_to(at + len(tag))
        elif name == "fill" or (name == "xf" and self._inside == "cellXfs"):
            self._began = at
            if facts.get("fillId", "").isdecimal() and int(facts["fillId"]) in self._our_fills:
                self.ours.add(len(self._formats))

    def end(self, name: str, at: int) -> None:
        if name == "fill" and self._inside == "fills":
            if _OURS.search(self.between(self._began, at)):
                self._our_fills.add(self._fills)
            self._fills += 1
        elif name == "xf" and self._inside == "cellXfs":
            whole = self.between(self._began, at)
            is_empty = self.tag(self._began).endswith(b"/>")
            self._formats.append(whole if is_empty else whole + self.tag(at))
        elif name == self._inside:
            self._inside = ""
            self.copy_to(at)
            self.out(b"".join(self._new_fills() if name == "fills" else self._new_formats()))

    def _new_fills(self) -> Iterator[bytes]:
        fill, pattern, colour = self.name("fill"), self.name("patternFill"), self.name("fgColor")
        for code in COLOURS:
            yield b'<%b><%b patternType="solid"><%b rgb="FF%b"/></%b></%b>' % (
                fill, pattern, colour, code.encode(), pattern, fill,
            )  # fmt: skip

    def _new_formats(self) -> Iterator[bytes]:
        for style, colour in self._wanted:
            whole = self._formats[style] if style < len(self._formats) else b"<" + self.name("xf") + b"/>"
            end = whole.index(b">") + 1
            tag, quoted, colour = whole[:end], colour & _QUOTED, colour & ~_QUOTED
            if colour or style in self.ours:
                fill = self._fills + colour - 1 if colour else 0
                tag = with_facts(tag, fillId=fill, applyFill=int(bool(colour)))
            yield (with_facts(tag, quotePrefix=1) if quoted else tag) + whole[end:]


class _Sheet(Splice):
    """The sheet with its marks; `wanted` learns which styles are needed, `drawing` says where its comments are drawn.

    The relation of a drawing that the sheet gets here is called as `Remarks.DRAWING` says.
    """

    def __init__(
        self, out: Callable[[bytes], object], marks: list[Mark], styles: int, ours: set[int],
        wanted: dict[tuple[int, int], int],
    ) -> None:  # fmt: skip
        super().__init__(out)
        self.drawing = ""
        self._styles, self._ours, self._wanted = styles, ours, wanted
        self._draws = any(mark.comment for mark in marks)
        self._rows: dict[int, dict[int, Mark]] = {}
        for mark in marks:
            self._rows.setdefault(mark.row, {})[mark.column] = mark
        self._marks: dict[int, Mark] = {}
        self._row = self._column = self._depth = 0
        # The cell that is written anew at its end: its mark, style, and byte.
        self._cell: tuple[Mark, int, int, bytes] | None = None

    def start(self, name: str, facts: markup.Attributes, at: int) -> None:
        self._depth += 1
        if name == "c":
            self._start_cell(facts, at)
        elif name == "row":
            self._start_row(facts, at)
        elif self._cell is not None and (name == "f" or (name != "is" and self._cell[0].if_empty)):
            # A formula of the person's own stays, and what stands where we only had a word to add.
            _mark, _style, began, tag = self._cell
            self._cell = None
            self.copy_to(began)
            self.out(tag)
            self.skip_to(began + len(self.tag(began)))
        elif self._depth == 2:
            if name == "dimension":
                # How far the sheet reaches may be said, and is not true any more.
                self.copy_to(at)
                self.skip_to(at + len(self.tag(at)))
            elif name == "legacyDrawing":
                self.drawing = next((value for key, value in facts.items() if key.endswith(":id")), "")
            elif name in _BEHIND:
                self._draw(at)

    def end(self, name: str, at: int) -> None:
        self._depth -= 1
        if name == "c" and self._cell is not None:
            mark, style, began, tag = self._cell
            self._cell = None
            self.copy_to(began)
            self.out(self._text(mark, style))
            self.skip_to(at if tag.endswith(b"/>") else at + len(self.tag(at)))
        elif name == "row" and self._marks:
            self._add_before(1 << 20, at)
            self._marks = {}
        elif self._depth == 0:
            self._draw(at)

    def _start_row(self, facts: markup.Attributes, at: int) -> None:
        told = facts.get("r", "")
        self._row, self._column = int(told) if told.isdecimal() else self._row + 1, 0
        self._marks = self._rows.pop(self._row, {})
        self.copy_to(at)
        if self._marks:
            tag = self.tag(at)
            self.out(with_facts(tag, spans=None))
            self.skip_to(at + len(tag))

    def _start_cell(self, facts: markup.Attributes, at: int) -> None:
        if not self._marks and not self._ours:
            return
        letters = facts.get("r", "").rstrip("0123456789")
        self._column = column_number(letters) if letters else self._column + 1
        if self._marks:
            self._add_before(self._column, at)
        mark = self._marks.pop(self._column, None)
        told = facts.get("s", "0")
        now = int(told) if told.isdecimal() else 0
        if mark is None and now not in self._ours:
            return
        style = self._style(mark, now)
        tag = self.tag(at)
        anew = with_facts(tag, s=style)
        if mark is not None and mark.text is not None:
            self._cell = (mark, style, at, tag if tag.endswith(b"/>") else anew)
            return
        self.copy_to(at)
        self.out(anew)
        self.skip_to(at + len(tag))

    def _style(self, mark: Mark | None, style: int) -> int:
        """The number of a style with the colour of a mark, and for its text."""
        colour = mark.colour if mark else 0
        if mark and mark.text:
            colour |= _QUOTED
        if not colour and style not in self._ours:
            return style
        return self._wanted.setdefault((style, colour), self._styles + len(self._wanted))

    def _add_before(self, column: int, at: int) -> None:
        """Cells that the row has not, in their places."""
        for number in [each for each in self._marks if each < column]:
            mark = self._marks.pop(number)
            self.copy_to(at)
            self.out(self._text(mark, self._style(mark, 0)))

    def _text(self, mark: Mark, style: int) -> bytes:
        cell, inline, text = self.name("c"), self.name("is"), self.name("t")
        place = f' r="{letters_of(mark.column)}{self._row}" s="{style}"'.encode()
        if not mark.text:
            return b"<%b%b/>" % (cell, place)
        return b'<%b%b t="inlineStr"><%b><%b xml:space="preserve">%b</%b></%b></%b>' % (
            cell, place, inline, text, escaped(mark.text), text, inline, cell,
        )  # fmt: skip

    def _draw(self, at: int) -> None:
        if self._draws and not self.drawing:
            self.drawing = Remarks.DRAWING
            self.copy_to(at)
            tag = f' xmlns:r="{_RELATIONS}" r:id="{self.drawing}"/>'.encode()
            self.out(b"<" + self.name("legacyDrawing") + tag)
