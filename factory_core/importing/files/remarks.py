"""The comments of a sheet: those of the file stay, ours come beside them, and ours of an earlier time go."""

import posixpath
import re
from collections.abc import Iterator

from factory_core.importing.files import markup
from factory_core.importing.files.cells import Mark, Stop
from factory_core.importing.files.splicing import Splice, escaped, letters_of
from factory_core.importing.files.xlsx import XlsxBook, column_number

AUTHOR = "Millwright"
TYPES = "[Content_Types].xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_SHAPE = re.compile(rb"<v:shape\b(?:(?!</v:shape>).)*</v:shape>", re.DOTALL)
_SHAPE_NUMBER = re.compile(rb'"_x0000_s(\d+)"')
_OBJECT = re.compile(rb'ObjectType="(\w+)"')
_ROW, _COLUMN = re.compile(rb"<x:Row>(\d+)</x:Row>"), re.compile(rb"<x:Column>(\d+)</x:Column>")
_NO_COMMENTS = f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>'.encode()
_NO_DRAWING = (
    b'<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    b' xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/>'
    b"</o:shapelayout></xml>"
)
_SHAPE_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_BOX = (
    '<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:240pt;height:90pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
    "<x:Anchor>{right}, 15, {row}, 2, {far}, 15, {low}, 4</x:Anchor><x:AutoFill>False</x:AutoFill>"
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)


class Remarks:
    """Which parts of a book change for these comments, and what they become.

    Raises Stop for a book that tells it otherwise.
    """

    DRAWING = "rIdMillwrightDrawing"

    def __init__(self, source: XlsxBook, sheet: str, marks: list[Mark]) -> None:
        self._source, self._marks = source, marks
        folder, name = posixpath.split(sheet)
        self._folder, self._relations_at = folder, f"{folder}/_rels/{name}.rels"
        self._relations = source.relations(self._relations_at, folder)
        kept = next((path for _rid, path, kind in self._relations if kind == "comments"), "")
        self._is_new = not kept
        self._comments_at = kept or f"{folder}/comments-millwright.xml"
        self._drawing_at = f"{folder}/drawing-millwright.vml"
        drawings = [path for _rid, path, kind in self._relations if kind == "vmlDrawing"]
        self.parts = {self._relations_at, self._comments_at, *drawings} if marks else set()

    def written(self, drawing: str) -> Iterator[tuple[str, bytes]]:
        """(name, content) of each such part; `drawing` is the relation by which the sheet names its drawing."""
        if not self._marks:
            return
        relations = [] if not self._is_new else [("rIdMillwrightComments", "comments", self._comments_at)]
        drawn_at = next((path for rid, path, _kind in self._relations if rid == drawing), "")
        if not drawn_at:
            drawn_at = self._drawing_at
            relations.append((self.DRAWING, "vmlDrawing", drawn_at))
        comments = _Comments(self._marks)
        comments.feed(self._part(self._comments_at) or _NO_COMMENTS)
        comments.close()
        yield self._comments_at, b"".join(comments.parts)
        yield drawn_at, _drawn(self._part(drawn_at) or _NO_DRAWING, comments)
        for _rid, path, kind in self._relations:
            if kind == "vmlDrawing" and path != drawn_at:
                yield path, self._part(path)
        empty = f'<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode()
        added = "".join(
            f'<Relationship Id="{rid}" Type="{_RELATION}{kind}" Target="/{path}"/>' for rid, kind, path in relations
        )
        yield self._relations_at, _inside(self._part(self._relations_at) or empty, b"</Relationships>", added)

    def types(self) -> bytes:
        """The list of what the parts are."""
        types = self._part(TYPES).replace(b"spreadsheetml.template.main+xml", b"spreadsheetml.sheet.main+xml")
        if not self._marks:
            return types
        kind = "application/vnd.openxmlformats-officedocument."
        added = ""
        if b'extension="vml"' not in types.lower():
            added += f'<Default Extension="vml" ContentType="{kind}vmlDrawing"/>'
        if self._is_new:
            added += f'<Override PartName="/{self._comments_at}" ContentType="{kind}spreadsheetml.comments+xml"/>'
        return _inside(types, b"</Types>", added)

    def _part(self, name: str) -> bytes:
        archive = self._source.archive
        return b"".join(markup.pieces(archive, name)) if name in archive.NameToInfo else b""


class _Comments(Splice):
    """The comments of a sheet with ours: beside the others, or below what a person remarked about the same cell.

    `gone`, `kept` and `added`: the cells, row and column from 1, whose comment went, stayed or came.
    """

    def __init__(self, marks: list[Mark]) -> None:
        self.parts: list[bytes] = []
        super().__init__(self.parts.append)
        self.gone: set[tuple[int, int]] = set()
        self.kept: list[tuple[int, int]] = []
        self.added: list[tuple[int, int]] = []
        self._marks = {(mark.row, mark.column): mark.comment for mark in marks}
        self._authors, self._ours, self._began = 0, set[str](), 0
        self._cell, self._goes, self._is_told = (0, 0), False, False

    def start(self, name: str, facts: markup.Attributes, at: int) -> None:
        if name == "author":
            self._began = at + len(self.tag(at))
        elif name == "comment":
            place = facts.get("ref", "A1")
            letters = place.rstrip("0123456789")
            self._cell = int(place[len(letters) :] or 0), column_number(letters)
            self._goes = facts.get("authorId", "") in self._ours
            self._is_told = False
            self.copy_to(at)

    def end(self, name: str, at: int) -> None:
        if name == "author":
            if self.between(self._began, at) == AUTHOR.encode():
                self._ours.add(str(self._authors))
            self._authors += 1
        elif name == "authors":
            self.copy_to(at)
            self.out(b"<%b>%b</%b>" % (self.name("author"), AUTHOR.encode(), self.name("author")))
        elif name == "text" and not self._goes and self._cell in self._marks and not self._is_told:
            self._is_told = True
            self.copy_to(at)
            self.out(self._run("\n" + self._marks.pop(self._cell)))
        elif name == "comment" and self._goes:
            self.gone.add(self._cell)
            self.skip_to(at + len(self.tag(at)))
        elif name == "comment":
            self.kept.append(self._cell)
        elif name == "commentList":
            self.copy_to(at)
            self.out(b"".join(self._ours_now()))

    def _ours_now(self) -> Iterator[bytes]:
        comment, text = self.name("comment"), self.name("text")
        for (row, column), told in self._marks.items():
            self.added.append((row, column))
            place = f' ref="{letters_of(column)}{row}" authorId="{self._authors}"'.encode()
            yield b"<%b%b><%b>%b</%b></%b>" % (comment, place, text, self._run(told), text, comment)

    def _run(self, told: str) -> bytes:
        run, text = self.name("r"), self.name("t")
        return b'<%b><%b xml:space="preserve">%b</%b></%b>' % (run, text, escaped(told), text, run)


def _drawn(drawing: bytes, comments: _Comments) -> bytes:
    """The drawing without the boxes of the comments that went, with one for each that came."""

    def kept(found: re.Match[bytes]) -> bytes:
        row, column = _ROW.search(found[0]), _COLUMN.search(found[0])
        is_gone = row is not None and column is not None and (int(row[1]) + 1, int(column[1]) + 1) in comments.gone
        return b"" if is_gone else found[0]

    added = comments.added
    if b"<xml xmlns:v=" in drawing and b" xmlns:x=" in drawing:
        drawing = _SHAPE.sub(kept, drawing) if comments.gone else drawing
    elif set(_OBJECT.findall(drawing)) <= {b"Note"}:
        # Drawn by a program with names of its own; nothing but boxes of comments, which are drawn anew.
        drawing, added = _NO_DRAWING, [*comments.kept, *added]
    else:
        raise Stop("unreadable", reason="marks")
    first = max((int(number) for number in _SHAPE_NUMBER.findall(drawing)), default=1024) + 1
    boxes = "" if b'id="_x0000_t202"' in drawing else _SHAPE_TYPE.decode()
    boxes += "".join(
        _BOX.format(number=number, row=row - 1, column=column - 1, right=column, far=column + 4, low=row + 5)
        for number, (row, column) in enumerate(added, start=first)
    )
    return _inside(drawing, b"</xml>", boxes)


def _inside(part: bytes, end: bytes, more: str) -> bytes:
    """A part with something more before its last tag. Raises Stop where it has none."""
    place = part.rfind(end)
    if place < 0:
        raise Stop("unreadable", reason="marks")
    return part[:place] + more.encode() + part[place:]
