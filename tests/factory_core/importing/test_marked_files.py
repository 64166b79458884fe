"""The file with comments is the file itself: what of it stays, what is marked, and who gets it."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from factory_core.importing.models import ImportRun
from factory_core.importing.services.staging import file_of
from tests.factory_core.importing.test_pages import as_, mapped, page
from tests.factory_core.importing.test_pages_repairs import remarks_of
from tests.world.people import a_user
from tests.world.plant import Plant

pytestmark = pytest.mark.django_db


def a_workbook() -> bytes:
    """A file with a title, a formula with its stored result, a remark, a colour, a picture of a width, and a sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Lieferanten"
    sheet.append(["Unsere Lieferanten"])
    for line in (["Kontonummer", "Firma", "aktiv"], ["A-1", "Erste", "ja"], ["A-2", "=CONCATENATE(A4)", "vielleicht"]):
        sheet.append(line)
    sheet.append(["A-3", None, "vielleicht"])
    sheet["C4"].comment = Comment("Fritz fragen", "Uwe")
    sheet["C5"].fill = PatternFill("solid", fgColor="00AAFF")
    sheet.column_dimensions["B"].width = 44
    book.create_sheet("Notizen")["B2"] = "=1+1"
    target = io.BytesIO()
    book.save(target)
    return with_result(target.getvalue(), b"<f>CONCATENATE(A4)</f><v/>", b"<f>CONCATENATE(A4)</f><v>Zweite</v>")


def with_result(book: bytes, found: bytes, instead: bytes) -> bytes:
    """The workbook as a table program saves it: a formula with what it gives."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"<v />", b"<v/>").replace(found, instead)
            new.writestr(name, part.replace(b'<c r="B4">', b'<c r="B4" t="str">'))
    return target.getvalue()


def uploaded(mia: Client, content: bytes, name: str = "Lieferanten.xlsx") -> ImportRun:
    mia.post("/imports/new/", {"file": SimpleUploadedFile(name, content)})
    run = ImportRun.objects.latest("id")
    mapped(mia, run, **{"map-3": "is_active"})
    return run


def test_a_workbook_comes_back_as_itself_with_marks(mia: Client) -> None:
    run = uploaded(mia, a_workbook())
    assert "Download the file with comments" in page(mia, f"/imports/{run.pk}/check/")
    content = mia.get(f"/imports/{run.pk}/comments.xlsx").content
    book = load_workbook(io.BytesIO(content))
    sheet = book["Lieferanten"]
    assert book.sheetnames == ["Lieferanten", "Notizen"]
    assert (sheet["A1"].value, sheet["B4"].value, book["Notizen"]["B2"].value) == (
        "Unsere Lieferanten", "=CONCATENATE(A4)", "=1+1",
    )  # fmt: skip
    assert load_workbook(io.BytesIO(content), data_only=True)["Lieferanten"]["B4"].value == "Zweite"
    assert sheet.column_dimensions["B"].width == 44
    assert remarks_of(sheet) == {
        "C4": "Fritz fragen\n“vielleicht” is neither yes nor no. Yes or no.",
        "B5": "“name” is empty. A value: in the cell, or one for all rows.",
        "C5": "“vielleicht” is neither yes nor no. Yes or no.",
    }
    colours = {name: sheet[name].fill.fgColor.rgb for name in ("C3", "C4", "B5", "C5")}
    assert colours == {"C3": "00000000", "C4": "FFF8C9CE", "B5": "FFF8C9CE", "C5": "FFF8C9CE"}
    assert [sheet[f"D{row}"].value for row in range(1, 6)][1:4] == ["What to do", None, "in use: Yes or no."]
    # Nothing of it is new but texts and comments: the formulas are the two of the file.
    cells = [cell for one in book.worksheets for row in one.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == ["B4", "B2"]


def test_a_file_that_was_marked_before_says_what_is_true_now(mia: Client) -> None:
    run = uploaded(mia, a_workbook())
    book = load_workbook(io.BytesIO(mia.get(f"/imports/{run.pk}/comments.xlsx").content))
    book["Lieferanten"]["B5"], book["Lieferanten"]["C5"] = "Dritte", "nein"
    target = io.BytesIO()
    book.save(target)
    again = uploaded(
        mia, with_result(target.getvalue(), b"<f>CONCATENATE(A4)</f><v/>", b"<f>CONCATENATE(A4)</f><v>Z</v>")
    )
    sheet = load_workbook(io.BytesIO(mia.get(f"/imports/{again.pk}/comments.xlsx").content))["Lieferanten"]
    assert [cell.value for cell in sheet[2]] == ["Kontonummer", "Firma", "aktiv", "What to do"]
    assert [sheet[f"D{row}"].value for row in (3, 4, 5)] == [None, "in use: Yes or no.", None]
    assert [*remarks_of(sheet)] == ["C4"]
    assert [sheet[name].fill.fgColor.rgb for name in ("C4", "B5", "C5")] == ["FFF8C9CE", "00000000", "00000000"]


def test_what_was_typed_over_stands_in_the_file_and_is_no_formula(mia: Client) -> None:
    run = uploaded(mia, a_workbook())
    mia.post(f"/imports/{run.pk}/cells/", {"c-5-2": "=HYPERLINK(1)", "c-4-2": "Neu"})
    sheet = load_workbook(io.BytesIO(mia.get(f"/imports/{run.pk}/comments.xlsx").content))["Lieferanten"]
    assert (sheet["B5"].value, sheet["B5"].data_type, sheet["B5"].quotePrefix) == ("=HYPERLINK(1)", "s", True)
    assert (sheet["B4"].value, "“Neu”" in sheet["B4"].comment.text) == ("=CONCATENATE(A4)", True)


def test_who_only_looks_gets_the_table_and_not_the_other_sheets(plant: Plant, mia: Client) -> None:
    run = uploaded(mia, a_workbook())
    looker = as_(a_user("aud", "auditor", plant.site))
    assert "Download the table with comments" in page(looker, f"/imports/{run.pk}/check/")
    book = load_workbook(io.BytesIO(looker.get(f"/imports/{run.pk}/comments.xlsx").content))
    assert (len(book.sheetnames), "made anew" in book.active["D2"].comment.text) == (1, True)
    assert as_(a_user("stranger")).get(f"/imports/{run.pk}/comments.xlsx").status_code in (403, 404)


def test_a_workbook_that_cannot_be_marked_comes_as_its_table(mia: Client) -> None:
    run = uploaded(mia, a_workbook())
    file_of(run).write_bytes(b"PK\x03\x04 gone bad")
    sheet = load_workbook(io.BytesIO(mia.get(f"/imports/{run.pk}/comments.xlsx").content)).active
    assert ("made anew" in sheet["D2"].comment.text, remarks_of(sheet)["C5"][:12]) == (True, "“vielleicht”")
