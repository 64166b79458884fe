"""A report as a paper: A4, the open font embedded, a running head, "1 of n" on every page.

The same content gives the same bytes: no clock and no chance goes into the file.
"""

import io
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from html import escape
from typing import Any
from unicodedata import combining, normalize

import font_source_sans_pro as font_files
from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)

from factory_core.reporting.content import NUMBERS, Bars, Content, Figures, Note, Part, Table
from factory_core.reporting.shown import headed, is_number, shown, shown_figure, shown_row
from factory_core.reporting.texts import printable

MEDIA_TYPE = "application/pdf"
MARGIN, HEAD, FOOT, ROOM_UNDER_TITLE = 16 * mm, 24 * mm, 16 * mm, 32 * mm
BOX, MOST_MISSING = "■", 24
# What Unicode knows no plainer form for.
PLAINER = {"\u2010": "-", "\u2011": "-", "∅": "Ø"}
# More columns than a sheet held upright has room for.
WIDE_FROM = 8
INK, MUTED, LINE, SHADE, BAR = (colors.HexColor(c) for c in ("#12181C", "#4B5861", "#C3CAD0", "#EEF1F3", "#AB1020"))
PLAIN, STRONG = "Millwright", "Millwright-Bold"


@cache
def _fonts() -> frozenset[int]:
    """Register the open font once a process; gives the characters it knows."""
    regular = TTFont(PLAIN, font_files.font_files_ttf["SourceSansPro"])
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(TTFont(STRONG, font_files.font_files_ttf["SourceSansProBold"]))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=STRONG, italic=PLAIN, boldItalic=STRONG)
    return frozenset(regular.face.charToGlyph)


@cache
def _style(name: str) -> ParagraphStyle:
    _fonts()
    base: dict[str, Any] = {"fontName": PLAIN, "fontSize": 9, "leading": 11.5, "textColor": INK, "splitLongWords": 1}
    styles = {
        "cell": {},
        "number": {"alignment": TA_RIGHT},
        "head": {"fontName": STRONG, "fontSize": 8.5, "textColor": MUTED},
        "head-number": {"fontName": STRONG, "fontSize": 8.5, "textColor": MUTED, "alignment": TA_RIGHT},
        "total": {"fontName": STRONG},
        "total-number": {"fontName": STRONG, "alignment": TA_RIGHT},
        "title": {"fontName": STRONG, "fontSize": 17, "leading": 21},
        "subtitle": {"fontSize": 10.5, "leading": 14, "textColor": MUTED, "spaceAfter": 4},
        "section": {"fontName": STRONG, "fontSize": 11.5, "leading": 15, "spaceBefore": 10, "spaceAfter": 3},
        "note": {"spaceBefore": 3},
        "finding": {"fontName": STRONG, "spaceBefore": 3},
        "figure": {"fontName": STRONG, "fontSize": 12, "leading": 15},
        "small": {"fontSize": 8, "leading": 10, "textColor": MUTED},
    }
    return ParagraphStyle(name, **{**base, **styles[name]})


def as_pdf(content: Content, heads: Sequence[tuple[str, str]]) -> bytes:
    """The report as a PDF. `heads` are name and text of the running head: data time, who made it."""
    with translation.override(content.language):
        wide = any(isinstance(part, Table) and len(part.columns) >= WIDE_FROM for part in content.parts)
        size = landscape(A4) if wide else A4
        out = io.BytesIO()
        document = BaseDocTemplate(
            out, pagesize=size, invariant=1, title=_known(content.title), author="Millwright",
            lang=content.language, leftMargin=MARGIN, rightMargin=MARGIN,
        )  # fmt: skip
        frame = Frame(MARGIN, FOOT, size[0] - 2 * MARGIN, size[1] - HEAD - FOOT, 0, 0, 0, 0, id="body")
        document.addPageTemplates(PageTemplate("page", [frame], pagesize=size))
        flow: list[Flowable] = [_text(content.title, "title"), _text(content.subtitle, "subtitle")]
        for part in content.parts:
            flow += _drawn(part, content, frame.width)
        flow += _missing(content, heads)

        def canvas(*arguments: Any, **named: Any) -> Canvas:
            return _Numbered(*arguments, heads=heads, content=content, **named)

        document.build(flow, canvasmaker=canvas)
    return out.getvalue()


class _Numbered(Canvas):
    """Keeps the pages back until it knows how many there are."""

    def __init__(self, *arguments: Any, heads: Sequence[tuple[str, str]], content: Content, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.heads, self.content = heads, content
        self.kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - the library's name
        """Put a finished page aside."""
        self.kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write head and foot on every page, then all of them."""
        for number, page in enumerate(self.kept, 1):
            self.__dict__.update(page)
            self._frame_page(number, len(self.kept))
            super().showPage()
        super().save()

    def _frame_page(self, number: int, pages: int) -> None:
        width, height = self._pagesize
        self.setFillColor(MUTED)
        self.setStrokeColor(LINE)
        self.setFont(STRONG, 8.5)
        top = height - 11 * mm
        self.drawString(MARGIN, top, _clipped(f"{self.content.site_name} · {self.content.title}", width / 2, STRONG))
        self.setFont(PLAIN, 8.5)
        said = " · ".join(f"{name}: {text}" for name, text in self.heads)
        self.drawString(MARGIN, top - 4.2 * mm, _clipped(said, width - 2 * MARGIN, PLAIN))
        self.line(MARGIN, top - 6.5 * mm, width - MARGIN, top - 6.5 * mm)
        self.drawRightString(width - MARGIN, 9 * mm, _("Page %(page)s of %(pages)s") % {"page": number, "pages": pages})
        self.drawString(MARGIN, 9 * mm, _clipped(self.content.subtitle, width - 2 * MARGIN - 40 * mm, PLAIN))


class _Bar(Flowable):
    """A bar that fills a share of its cell."""

    def __init__(self, share: float, width: float) -> None:
        super().__init__()
        self.share, self.width, self.height = share, width, 3.2 * mm

    def draw(self) -> None:
        """The bar."""
        self.canv.setFillColor(BAR)
        self.canv.rect(0, 0, max(self.width * self.share, 0.5), self.height, stroke=0, fill=1)


def _drawn(part: Part, content: Content, width: float) -> list[Flowable]:
    if isinstance(part, Note):
        return [_text(part.text, "finding" if part.is_finding else "note")]
    head = _text(part.title, "section")
    # A title never stays alone at the foot of a page.
    above: list[Flowable] = [CondPageBreak(ROOM_UNDER_TITLE), head]
    if isinstance(part, Figures):
        return [*above, _figures(part, content, width)]
    if isinstance(part, Bars):
        return [*above, _pareto(part, content, width) if part.bars else _text("–", "note")]
    if not part.rows:
        return [*above, _text(part.empty or "–", "note")]
    return [*above, _table(part, content, width), Spacer(1, 2 * mm)]


def _figures(part: Figures, content: Content, width: float) -> Flowable:
    zone, across = content.place_zone(), 4
    cells = [
        [
            _text(item.label, "small"),
            _text(shown_figure(item, zone), "figure"),
            *([_text(item.detail, "small")] if item.detail else []),
        ]
        for item in part.items
    ]
    cells += [[] for _empty in range(-len(cells) % across)]
    rows = [cells[start : start + across] for start in range(0, len(cells), across)]
    return _laid(rows, [width / across] * across, [("VALIGN", (0, 0), (-1, -1), "TOP")])


def _pareto(part: Bars, content: Content, width: float) -> Flowable:
    most = max((value for _label, value in part.bars), default=0) or 1
    zone, third = content.place_zone(), width * 0.36

    def said(value: Decimal) -> str:
        return shown(value, part.kind, part.unit, zone)

    rows = [
        [
            _text(label, "cell"),
            _Bar(float(value / most), third),
            _text(shown(value, part.kind, part.unit, zone), "number"),
        ]
        for label, value in part.bars
    ]
    return _laid(rows, [width * 0.42, third, width * 0.22], [("VALIGN", (0, 0), (-1, -1), "MIDDLE")])


def _table(part: Table, content: Content, width: float) -> Flowable:
    zone = content.place_zone()
    numbers = [is_number(column.kind) for column in part.columns]
    texts = [shown_row(row, part.columns, zone) for row in part.rows]
    heads = [headed(column) for column in part.columns]
    rows = [_cells(heads, numbers, "head"), *(_cells(row, numbers, "cell") for row in texts)]
    looks: list[Any] = [("LINEBELOW", (0, 0), (-1, 0), 0.8, MUTED), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    if part.total is not None:
        texts.append(shown_row(part.total, part.columns, zone))
        rows.append(_cells(texts[-1], numbers, "total"))
        looks.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, MUTED))
    return _laid(rows, _widths(heads, texts, part, width), looks, repeated=1)


def _cells(texts: Sequence[str], numbers: Sequence[bool], style: str) -> list[Any]:
    right = {"cell": "number"}.get(style, f"{style}-number")
    return [_text(text, right if number else style) for text, number in zip(texts, numbers, strict=True)]


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], part: Table, width: float) -> list[float]:
    """What each column would like, shrunk or stretched to the sheet; a number is never broken for a text's sake."""
    wished, least = [], []
    for place, column in enumerate(part.columns):
        texts = [heads[place], *(row[place] for row in rows[:400])]
        long = max(pdfmetrics.stringWidth(_known(text), STRONG, 9) for text in texts) + 12
        word = max(pdfmetrics.stringWidth(word, STRONG, 9) for word in heads[place].split() or [""]) + 12
        wished.append(min(long, width * 0.45))
        least.append(min(long if column.kind in NUMBERS else max(word, 40), width * 0.45))
    spare = width - sum(wished)
    if spare >= 0:
        return [one + spare * one / sum(wished) for one in wished]
    room, give = width - sum(least), [wish - low for wish, low in zip(wished, least, strict=True)]
    if room <= 0 or not sum(give):
        return [width * one / sum(wished) for one in wished]
    return [low + room * wish / sum(give) for low, wish in zip(least, give, strict=True)]


def _laid(rows: list[Any], widths: list[float], looks: list[Any], *, repeated: int = 0) -> Flowable:
    table = LongTable(rows, colWidths=widths, repeatRows=repeated, hAlign="LEFT")
    common = [
        ("LEFTPADDING", (0, 0), (-1, -1), 5),
        ("RIGHTPADDING", (0, 0), (-1, -1), 5),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, LINE),
    ]
    table.setStyle(TableStyle([*common, *looks]))
    return table


def _text(text: str, style: str) -> Paragraph:
    return Paragraph(escape(_known(text)).replace("\n", "<br/>"), _style(style))


def _known(text: str) -> str:
    """A text in the letters the font has: Latin, Greek, Cyrillic. What it lacks is a box, told at the end."""
    said = normalize("NFC", printable(str(text)).replace("\t", " "))
    return "".join(char if char == "\n" else _drawn_as(char) or BOX for char in said)


@cache
def _drawn_as(char: str) -> str:
    """How the font writes a character: as it is, as the plain letter it stands for, or (empty) not at all."""
    known = _fonts()
    plain = "".join(one for one in normalize("NFKD", char) if not combining(one))
    for form in (char, PLAINER.get(char, ""), normalize("NFKC", char), plain):
        if form and all(ord(one) in known for one in form):
            return form
    return ""


def _missing(content: Content, heads: Sequence[tuple[str, str]]) -> list[Flowable]:
    """What the boxes stand for, by the numbers everybody can look up; nothing where there are none."""
    told = normalize("NFC", printable(json.dumps([content.stored(), heads], ensure_ascii=False)))
    lost = sorted({char for char in told if char != "\n" and not _drawn_as(char)})
    if not lost:
        return []
    codes = ", ".join(f"U+{ord(char):04X}" for char in lost[:MOST_MISSING])
    sentence = _(
        "%(box)s stands for letters that the font of this paper lacks: %(codes)s%(more)s. The page shows them."
    )
    more = " …" if len(lost) > MOST_MISSING else ""
    return [_text(sentence % {"box": BOX, "codes": codes, "more": more}, "small")]


def _clipped(text: str, width: float, font: str) -> str:
    said = _known(text).replace("\n", " ")
    if pdfmetrics.stringWidth(said, font, 8.5) <= width:
        return said
    while said and pdfmetrics.stringWidth(f"{said}…", font, 8.5) > width:
        said = said[:-1]
    return f"{said}…"
