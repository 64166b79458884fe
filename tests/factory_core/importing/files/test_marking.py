"""A workbook is marked in place: what is not marked stays byte for byte, whoever wrote the file."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

from factory_core.importing.files import ArchiveBomb, Limits, Mark, Unreadable, mark_file

BAD, DOUBTFUL = "FFF8C9CE", "FFFBE3B8"
MARKS = [Mark(2, 1, 2, None, "=Wrong & <bad>"), Mark(2, 3, 1, "ä_x0041_", "Doubtful"), Mark(2, 9, 0, "=1+1")]


def marked(path: Path, sheet: str, marks: list[Mark] = MARKS, **limits: int) -> bytes:
    target = io.BytesIO()
    mark_file(path, path.name, sheet, marks, target, limits=Limits(**limits))
    return target.getvalue()


def kept(path: Path, book: Workbook) -> Path:
    book.save(path)
    return path


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    """Two sheets, the first with a chart and a person's remark."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["a", "b", "c"], [1, 2, 3], [4, 5, "=A2*2"]):
        sheet.append(line)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=1, min_row=1, max_row=3))
    sheet.add_chart(chart, "E5")
    sheet["B3"].comment = Comment("Mine", "Uwe")
    book.create_sheet("Other").append(["=1+1", "kept"])
    return kept(tmp_path / "drawn.xlsx", book)


def test_parts_that_are_not_marked_stay_as_they_are(drawn: Path) -> None:
    before, after = zipfile.ZipFile(drawn), zipfile.ZipFile(io.BytesIO(marked(drawn, "Sheet")))
    changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
    # The chart, the theme and the other sheet are not among them.
    assert changed <= {
        "xl/worksheets/sheet1.xml", "xl/worksheets/_rels/sheet1.xml.rels", "xl/styles.xml", "[Content_Types].xml",
        "xl/comments/comment1.xml", "xl/drawings/commentsDrawing1.vml",
    }  # fmt: skip
    assert "xl/worksheets/sheet1.xml" in changed
    assert "xl/charts/chart1.xml" in after.namelist()
    assert set(before.namelist()) <= set(after.namelist())


def test_marks_are_colours_comments_and_texts_never_formulas(drawn: Path) -> None:
    sheet = load_workbook(io.BytesIO(marked(drawn, "Sheet")))["Sheet"]
    told = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert told == {"A2": "=Wrong & <bad>", "C2": "Doubtful", "B3": "Mine"}
    assert [sheet[name].fill.fgColor.rgb for name in ("A2", "B2", "C2")] == [BAD, "00000000", DOUBTFUL]
    assert (sheet["A2"].value, sheet["B2"].value, sheet["C3"].value) == (1, 2, "=A2*2")
    # The escape that table programs read back as it was written.
    assert sheet["C2"].value == "ä_x005F_x0041_"
    assert (sheet["I2"].value, sheet["I2"].data_type, sheet["I2"].quotePrefix) == ("=1+1", "s", True)


def test_a_formula_and_a_filled_cell_stay_where_only_a_word_was_to_be_added(drawn: Path) -> None:
    marks = [Mark(2, 2, 0, "word", if_empty=True), Mark(2, 4, 0, "word", if_empty=True), Mark(3, 3, 2, "typed")]
    sheet = load_workbook(io.BytesIO(marked(drawn, "Sheet", marks)))["Sheet"]
    assert (sheet["B2"].value, sheet["D2"].value, sheet["C3"].value) == (2, "word", "=A2*2")
    assert sheet["C3"].fill.fgColor.rgb == BAD


def rewritten(path: Path, name: str, *changes: tuple[bytes, bytes]) -> Path:
    """The file with a part that another program would have written otherwise."""
    with zipfile.ZipFile(path) as old:
        parts = {one: old.read(one) for one in old.namelist()}
    for found, instead in changes:
        assert found in parts[name]
        parts[name] = parts[name].replace(found, instead)
    with zipfile.ZipFile(path, "w") as new:
        for one, content in parts.items():
            new.writestr(one, content)
    return path


def plain(tmp_path: Path) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["a", "b", "c"])
    sheet.append([1, 2, 3])
    return kept(tmp_path / "plain.xlsx", book)


def test_a_sheet_whose_elements_have_a_prefix_is_marked_in_its_own_words(tmp_path: Path) -> None:
    path = plain(tmp_path)
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    named = sheet.replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"xmlns=", b"xmlns:x=")
    rewritten(path, "xl/worksheets/sheet1.xml", (sheet, named))
    found = load_workbook(io.BytesIO(marked(path, "Sheet")))["Sheet"]
    assert (found["A2"].comment.text, found["A2"].fill.fgColor.rgb, found["I2"].value) == (
        "=Wrong & <bad>",
        BAD,
        "=1+1",
    )


def test_rows_and_cells_that_do_not_say_where_they_stand_are_counted(tmp_path: Path) -> None:
    path = rewritten(
        plain(tmp_path), "xl/worksheets/sheet1.xml", (b' r="A2"', b""), (b' r="B2"', b""), (b' r="C2"', b""),
        (b'<row r="2"', b"<row"),
    )  # fmt: skip
    part = zipfile.ZipFile(io.BytesIO(marked(path, "Sheet"))).read("xl/worksheets/sheet1.xml")
    row = part[part.rindex(b"<row") :]
    assert (
        row.index(b's="1"') < row.index(b"<v>1</v>") < row.index(b"<v>2</v>") < row.index(b'r="C2"') < row.index(b"I2")
    )


def test_two_byte_text_and_other_tables_are_not_marked(tmp_path: Path) -> None:
    path = plain(tmp_path)
    with pytest.raises(Unreadable):
        marked(path, "Nowhere")
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    rewritten(path, "xl/worksheets/sheet1.xml", (sheet, sheet.decode().encode("utf-16")))
    with pytest.raises(Unreadable):
        marked(path, "Sheet")
    table = tmp_path / "table.csv"
    table.write_text("a,b\n1,2\n")
    with pytest.raises(Unreadable):
        marked(table, "table")


def test_the_cage_holds_while_a_file_is_marked(drawn: Path) -> None:
    with pytest.raises(ArchiveBomb):
        marked(drawn, "Sheet", unpacked_bytes=2000)


def seen(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content))["Sheet"]


def test_marks_of_an_earlier_time_go(drawn: Path) -> None:
    drawn.write_bytes(marked(drawn, "Sheet"))
    sheet = seen(marked(drawn, "Sheet", [Mark(3, 1, 2, None, "Now"), Mark(3, 9, 0, "")]))
    told = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert told == {"A3": "Now", "B3": "Mine"}
    assert [sheet[name].fill.fgColor.rgb for name in ("A2", "C2", "A3")] == ["00000000", "00000000", BAD]
