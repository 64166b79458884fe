"""Page, workbook, table of text and paper of one report say the same, in every language's letters, and run nothing."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from html import unescape

import pytest
from django.template.loader import render_to_string
from openpyxl import load_workbook
from pypdf import PdfReader

from factory_core.reporting.content import Column, Content, Figures, Kind, Table, cut_for
from factory_core.reporting.page import as_page
from factory_core.reporting.rendering import SUFFIXES, as_file
from factory_core.reporting.shown import shown, shown_figure
from factory_core.reporting.texts import harmless
from tests.world.reports import LETTERS, NASTY, a_content

HEADS: Sequence[tuple[str, str]] = (("Data of", "20 Nov 2026, 11:00"), ("Made by", "Marek"))


def rows_of_csv(content: Content, delimiter: str = ",") -> list[list[str]]:
    text = as_file(content, "csv", HEADS).body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def sheet_rows(content: Content, title: str) -> list[list[object]]:
    book = load_workbook(io.BytesIO(as_file(content, "xlsx", HEADS).body))
    return [[cell.value for cell in row] for row in book[title].iter_rows()]


def paper_text(content: Content) -> str:
    reader = PdfReader(io.BytesIO(as_file(content, "pdf", HEADS).body))
    return "\n".join(page.extract_text() for page in reader.pages)


def page_text(content: Content) -> str:
    return unescape(render_to_string("reporting/_content.html", {"parts": as_page(content)}))


def test_all_four_show_every_value() -> None:
    content = a_content()
    zone = content.place_zone()
    table = next(part for part in content.parts if isinstance(part, Table))
    figures = next(part for part in content.parts if isinstance(part, Figures))
    page, paper = page_text(content), paper_text(content)
    said = [
        shown(value, column.kind, column.unit, zone)
        for value, column in zip(table.rows[0], table.columns, strict=True)
        if column.kind != Kind.TEXT
    ]
    assert said == ["1,234.5", "1:02:05", "66.7 %", "98,765.43 EUR", said[4], said[5]]
    for text in (*said, shown_figure(figures.items[0], zone), "Tool change", "1:12:00", content.parts[3].text):  # type: ignore[union-attr]
        assert text in page
        assert "".join(text.split()) in "".join(paper.split())
    written = next(row for row in rows_of_csv(content) if row and row[0] == LETTERS)
    assert written[1:] == ["1234.5", "3725", "66.7", "98765.43", "2026-11-20T06:30:00+01:00", "2026-11-20"]
    _heads, first, *_others = sheet_rows(content, "Rows")
    assert first[0] == LETTERS
    assert (first[1], str(first[2]), first[3], first[4]) == (1234.5, "1:02:05", 0.667, 98765.43)
    assert (str(first[5]), str(first[6])) == ("2026-11-20 06:30:00", "2026-11-20 00:00:00")


def test_a_hidden_column_is_in_no_file_and_on_no_page() -> None:
    content, _needs = cut_for(a_content(), lambda capability: False)
    everything = [page_text(content), paper_text(content), str(rows_of_csv(content)), str(sheet_rows(content, "Rows"))]
    for text in everything:
        assert LETTERS.split()[0] in text
        assert "98765" not in text
        assert "98,765" not in text
        assert "Cost" not in text


def test_a_text_of_people_is_never_a_formula_in_a_workbook() -> None:
    book = load_workbook(io.BytesIO(as_file(a_content(), "xlsx", HEADS).body))
    cells = [row[0] for row in book["Rows"].iter_rows(min_row=3, max_row=2 + len(NASTY))]
    assert [cell.data_type for cell in cells] == ["s"] * len(NASTY)
    assert [str(cell.value).strip() for cell in cells] == [text.strip() for text in NASTY]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_titles_and_heads_that_look_like_formulas_are_texts_too() -> None:
    columns = [Column("a", "=HYPERLINK(1)")]
    content = a_content(title="=1+1", parts=(Table("t", "=2+2", columns, [["#N/A"]], empty="=3"),))
    book = load_workbook(io.BytesIO(as_file(content, "xlsx", (("=a", "=b"),)).body))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


@pytest.mark.parametrize("text", NASTY)
def test_a_text_of_people_is_harmless_in_a_table_of_text(text: str) -> None:
    assert f"'{text}" in [row[0] for row in rows_of_csv(a_content()) if row]
    assert harmless(text) == f"'{text}"


def test_an_ordinary_text_and_a_negative_number_stay_as_they_are() -> None:
    assert harmless("Flange 12-008") == "Flange 12-008"
    content = a_content(parts=(Table("t", "T", [Column("a", "A", Kind.QUANTITY)], [[Decimal("-3.5")]]),))
    assert ["-3.5"] in rows_of_csv(content)


def test_a_german_table_of_text_has_commas_and_is_parted_by_semicolons() -> None:
    content = a_content("de")
    body = as_file(content, "csv", HEADS).body
    assert body.startswith(b"\xef\xbb\xbf")
    written = next(row for row in rows_of_csv(content, ";") if row and row[0] == LETTERS)
    assert written[1:5] == ["1234,5", "3725", "66,7", "98765,43"]


def test_a_text_that_looks_like_a_number_keeps_its_point() -> None:
    content = a_content("de", parts=(Table("t", "T", [Column("a", "A")], [["1.5"]]),))
    assert ["1.5"] in rows_of_csv(content, ";")


def test_the_paper_has_its_font_in_it_and_numbers_its_pages() -> None:
    many = Table(
        "t", "Many", [Column("a", "A"), Column("b", "B", Kind.QUANTITY)], [[LETTERS, Decimal(n)] for n in range(150)]
    )
    reader = PdfReader(io.BytesIO(as_file(a_content(parts=(many,)), "pdf", HEADS).body))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert "Bremen · Shift report" in text
        assert "Data of: 20 Nov 2026, 11:00 · Made by: Marek" in text
        assert "A" in text
    assert "Zażółć" in pages[0]
    assert "žluťoučký" in pages[0]
    fonts = reader.pages[0]["/Resources"]["/Font"]
    described = [fonts[name].get_object() for name in fonts]
    assert any("/FontFile2" in font["/FontDescriptor"] for font in described if "/FontDescriptor" in font)


def test_letters_that_the_font_lacks_are_boxes_whose_numbers_stand_at_the_end() -> None:
    known = "Öl gru\u0308n · Ελλάδα · Україна · ½"
    texts = [known, "non\u2011stop 5\u2009mm", "漢字 漢"]
    paper = paper_text(a_content(parts=(Table("t", "T", [Column("a", "A")], [[text] for text in texts]),)))
    assert "Öl grün · Ελλάδα · Україна · ½" in paper
    assert "stop 5 mm" in paper
    assert "■■ ■" in paper
    assert "■ stands for letters that the font of this paper lacks: U+5B57, U+6F22. The page shows them." in paper
    assert "?" not in paper
    assert "■" not in paper_text(a_content())


def test_the_same_content_gives_the_same_paper() -> None:
    assert as_file(a_content(), "pdf", HEADS).body == as_file(a_content(), "pdf", HEADS).body


def test_control_characters_break_no_file() -> None:
    content = a_content(parts=(Table("t", "T", [Column("a", "A")], [["a\x00b\x07c\ud7ffd"], ["漢字"]]),))
    for suffix in SUFFIXES:
        assert as_file(content, suffix, HEADS).body


def test_an_empty_table_says_so_in_all_four() -> None:
    content = a_content(parts=(Table("t", "Scrap", [Column("a", "A")], [], empty="No scrap."),))
    assert "No scrap." in page_text(content)
    assert "No scrap." in paper_text(content)
    assert ["No scrap."] in rows_of_csv(content)
    assert ["No scrap."] in sheet_rows(content, "Scrap")
