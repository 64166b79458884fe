"""Text files: letters, delimiters, quotes and torn rows are found, told, and can be overruled."""

from pathlib import Path

import msgspec
import pytest

from factory_core.importing.files import Unreadable, open_book, rows_of
from tests.factory_core.importing.files.real import first_table, uncaged

__all__ = ["uncaged"]
pytestmark = pytest.mark.usefixtures("uncaged")

GERMAN = "Stückliste;Größe;Preis\nGehäuse groß;12,5;1.234,50\nFlansch für Öl;8,0;99,00\n"
POLISH = "Część;Ilość;Źródło\nŚruba żółta;4;łódź\nŁożysko;2;gęś\nWałek ścięty;7;źdźbło\n"
RUSSIAN = "Деталь;Количество;Цена\nКорпус большой;5;12,50\nФланец малый;7;99,00\n"


def read(path: Path, encoding: str = "", delimiter: str = "") -> tuple[str, str, list[list[str]]]:
    book = open_book(path, path.name, encoding=encoding, delimiter=delimiter)
    name, table = first_table(book)
    with rows_of(path, path.name, name, table, encoding=book.encoding, delimiter=book.delimiter) as rows:
        head = [column.header for column in table.columns]
        return book.encoding, book.delimiter, [head, *([cell.text for cell in cells] for _, cells in rows)]


@pytest.mark.parametrize(
    ("text", "written", "told"),
    [
        (GERMAN, "utf-8", "utf-8"),
        (GERMAN, "utf-8-sig", "utf-8-sig"),
        (GERMAN, "cp1252", "cp1252"),
        (GERMAN, "utf-16", "utf-16"),
        (GERMAN, "utf-16-le", "utf-16-le"),
        (POLISH, "cp1250", "cp1250"),
        (RUSSIAN, "cp1251", "cp1251"),
    ],
)
def test_letters(text: str, written: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(written))
    encoding, delimiter, rows = read(path)

    assert (encoding, delimiter) == (told, ";")
    assert rows == [line.split(";") for line in text.splitlines()]
    guesses = [finding for finding in open_book(path, "a.csv").findings if finding.code == "encoding_guessed"]
    assert len(guesses) == (not written.startswith("utf-8") and written != "utf-16")


def test_a_person_overrules_the_guess(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Größe,Teil\n1;2,Öl\n".encode("cp850"))

    assert read(path, encoding="cp850", delimiter=",")[2] == [["Größe", "Teil"], ["1;2", "Öl"]]
    with pytest.raises(Unreadable, match="no known encoding"):
        read(path, encoding="klingon")


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb,c\td\n1\t2,3\t4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('name,note\n"Bolt; M8","x; y; z"\n"Nut; M8",""\n', ","),
        ("sep=;\na;b\n1;2\n", ";"),
        ("Parts of 2026\n\na;b;c\n1;2;3\n4;5;6\n", ";"),
        ("only\none\ncolumn\n", ","),
    ],
)
def test_delimiters(text: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert read(path)[1] == delimiter


def test_quoted_delimiters_line_breaks_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('code,text\n1,"a, b"\n2,"two\nlines"\n3,"6"" pipe"\n4,5" pipe\n')
    assert read(path)[2] == [["code", "text"], ["1", "a, b"], ["2", "two\nlines"], ["3", '6" pipe'], ["4", '5" pipe']]


def test_a_row_torn_where_nobody_can_tell_is_named_and_marked(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("part,name,colour\n1,bolt,red\n2,nut,blue\n3,big,nut,green\n4,pin,red\n")
    book = open_book(path, "a.csv")
    name, table = first_table(book)
    with rows_of(path, "a.csv", name, table) as rows:
        faults = {number: rows.fault for number, _ in rows}

    assert faults == {2: "", 3: "", 4: "broken_row", 5: ""}
    assert rows.findings == []
    unseen = msgspec.structs.replace(table, scanned_to=1, last_row=None)
    with rows_of(path, "a.csv", name, unseen) as rows:
        assert [number for number, _ in rows] == [2, 3, 4, 5]
    assert [(finding.code, finding.row, finding.value) for finding in rows.findings] == [
        ("broken_row", 4, "3 · big · nut · green")
    ]
    (broken,) = [finding for finding in book.findings if finding.code == "broken_row"]
    assert (broken.row, broken.count, broken.value) == (4, 4, "3 · big · nut · green")


def test_blank_lines_at_the_end_and_short_rows_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n4\n" + ",,\n" * 500 + "\n" * 500)
    assert read(path)[2] == [["a", "b", "c"], ["1", "2", "3"], ["4", "", ""]]
