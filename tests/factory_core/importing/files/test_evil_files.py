"""Files made to do harm, or damaged: each is refused with its own sentence, soon, and with little memory."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from factory_core.errors import Invalid
from factory_core.importing.files import (
    ArchiveBomb,
    EmptyFile,
    ExternalReferences,
    FileTooLarge,
    Limits,
    MacroFile,
    PasswordProtected,
    ReaderKilled,
    Unreadable,
    WrongExtension,
    open_book,
    rows_of,
)
from factory_core.importing.files.cells import Column, Table
from tests.factory_core.importing.files.evil import (
    MAIN,
    OFFICE,
    compound,
    flagged,
    inner_zip,
    lying,
    packed,
    parts,
    relations,
    row,
    sheet,
    sixteen,
)

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
DOCTYPE = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
Build = Callable[[Path], Path]


def xlsx(**more: str | bytes) -> Build:
    return lambda path: packed(path, parts() | {name.replace("|", "/"): content for name, content in more.items()})


def with_parts(more: dict[str, str | bytes]) -> Build:
    return lambda path: packed(path, parts() | more)


def raw(content: bytes) -> Build:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


def lies(path: Path) -> Path:
    big = sheet("".join(row(number, "A", number) for number in range(1, 3000)))
    return lying(packed(path, parts() | {SHEET: big}), SHEET, 200)


EVIL: dict[str, tuple[str, Build, type[Invalid], str]] = {
    "a bomb of zeros": (
        "a.xlsx",
        with_parts({"xl/media/a.xml": b"\0" * (30 << 20)}),
        ArchiveBomb,
        "times its size",
    ),
    "too much in all": (
        "a.xlsx",
        with_parts({f"xl/media/{n}.xml": os.urandom(1000) + b"\0" * (21 << 20) for n in range(5)}),
        ArchiveBomb,
        "unpacks to more than 100 MB",
    ),
    "too many parts": ("a.xlsx", with_parts({f"x/{n}": "" for n in range(2001)}), ArchiveBomb, "parts"),
    "an archive inside": ("a.xlsx", with_parts({"xl/more.zip": inner_zip()}), ArchiveBomb, "another archive"),
    "a size that lies": ("a.xlsx", lies, ArchiveBomb, "says a wrong size"),
    "entities in the texts": (
        "a.xlsx",
        with_parts({TEXTS: DOCTYPE + "<sst>&c;</sst>"}),
        ExternalReferences,
        "entities",
    ),
    "entities in two-byte letters": (
        "a.xlsx",
        with_parts({SHEET: sixteen(f"<?xml version='1.0' encoding='utf-16'?>{DOCTYPE}{sheet('')}")}),
        ExternalReferences,
        "entities",
    ),
    "entities behind a long comment": (
        "a.xlsx",
        with_parts({SHEET: f"<!--{'x' * 100_000}-->{DOCTYPE}{sheet('')}"}),
        ExternalReferences,
        "entities",
    ),
    "entities in an ods": (
        "a.ods",
        lambda path: packed(
            path,
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": DOCTYPE + "<office:document-content>&c;</office:document-content>",
            },
        ),
        ExternalReferences,
        "entities",
    ),
    "a link to another workbook": (
        "a.xlsx",
        with_parts({"xl/externalLinks/externalLink1.xml": "<externalLink/>"}),
        ExternalReferences,
        "Break these links",
    ),
    "a link under another name": (
        "a.xlsx",
        with_parts(
            {
                "xl/_rels/workbook.xml.rels": relations(
                    ("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "externalLink", "other.xml")
                )
            }
        ),
        ExternalReferences,
        "Break these links",
    ),
    "a name that climbs": ("a.xlsx", with_parts({"../../etc/passwd": "x"}), Unreadable, "leads out"),
    "a name from the root": ("a.xlsx", with_parts({"/etc/passwd": "x"}), Unreadable, "leads out"),
    "macros": ("a.xlsx", with_parts({"xl/vbaProject.bin": b"x"}), MacroFile, "programs"),
    "macros by name": ("a.xlsm", with_parts({}), MacroFile, "programs"),
    "old macro sheets": ("a.xlsx", with_parts({"xl/macrosheets/sheet1.xml": "<a/>"}), MacroFile, "programs"),
    "an embedded object": ("a.xlsx", with_parts({"xl/embeddings/oleObject1.bin": b"x"}), MacroFile, "programs"),
    "macros in an old workbook": ("a.xls", raw(compound("Workbook", "_VBA_PROJECT_CUR")), MacroFile, "programs"),
    "a password": ("a.xlsx", raw(compound("EncryptionInfo", "EncryptedPackage")), PasswordProtected, "password"),
    "a password on the archive": (
        "a.xlsx",
        lambda path: flagged(packed(path, parts())),
        PasswordProtected,
        "password",
    ),
    "a password on an ods": (
        "a.ods",
        lambda path: packed(
            path,
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "content.xml": b"\x93\x11",
                "META-INF/manifest.xml": "<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>",
            },
        ),
        PasswordProtected,
        "password",
    ),
    "a workbook named csv": ("a.csv", with_parts({}), WrongExtension, "an Excel workbook (xlsx)"),
    "a workbook named xls": ("a.xls", with_parts({}), WrongExtension, "an Excel workbook (xlsx)"),
    "a text named xlsx": ("a.xlsx", raw(b"a;b\n1;2\n"), WrongExtension, "plain text"),
    "a web page named xls": ("a.xls", raw(b"<html><table><tr><td>1"), WrongExtension, "a web page"),
    "a PDF named csv": ("a.csv", raw(b"%PDF-1.7\n"), WrongExtension, "a PDF"),
    "a PDF": ("a.pdf", raw(b"%PDF-1.7\n"), Unreadable, "is a PDF"),
    "a text document": ("a.doc", raw(compound("WordDocument")), Unreadable, "another Office program"),
    "any archive": ("a.zip", raw(inner_zip()), Unreadable, "an archive"),
    "bytes": ("a.csv", raw(bytes(range(256)) * 50), WrongExtension, "no text"),
    "nothing": ("a.csv", raw(b""), EmptyFile, "holds nothing"),
    "blanks": ("a.xlsx", raw(b" \r\n \t"), EmptyFile, "holds nothing"),
    "an empty sheet": ("a.xlsx", with_parts({SHEET: sheet("")}), EmptyFile, "holds nothing"),
    "styled cells alone": (
        "a.xlsx",
        with_parts({SHEET: sheet('<row r="1"><c r="A1" s="1"/></row>')}),
        EmptyFile,
        "nothing",
    ),
    "a cut archive": (
        "a.xlsx",
        lambda path: raw(packed(path, parts()).read_bytes()[:-60])(path),
        Unreadable,
        "damaged",
    ),
    "a cut sheet": ("a.xlsx", with_parts({SHEET: sheet(row(1, "a", "b"))[:-30]}), Unreadable, "damaged"),
    "an old workbook of noise": ("a.xls", raw(compound("Workbook") + os.urandom(3000)), Unreadable, "damaged"),
    "a quote that never ends": (
        "a.csv",
        raw(b'a,b\n1,2\n3,"4\n' + b"5,6\n" * 1000),
        Unreadable,
        "quotation mark in row 3",
    ),
    "250 sheets": (
        "a.xlsx",
        with_parts(
            {
                "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
                + "".join(f'<sheet name="{n}" sheetId="{n}" r:id="r1"/>' for n in range(1, 251))
                + "</sheets></workbook>"
            }
        ),
        ArchiveBomb,
        "250 sheets",
    ),
}


@pytest.mark.parametrize("case", EVIL)
def test_it_is_refused_with_a_sentence(case: str, tmp_path: Path) -> None:
    name, build, refusal, words = EVIL[case]
    path = build(tmp_path / f"upload-{name}")

    with pytest.raises(refusal) as refused:
        open_book(path, name)

    assert words in refused.value.sentence
    assert name in refused.value.sentence
    assert str(tmp_path) not in refused.value.sentence


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n" * 1_000_000)
    with pytest.raises(FileTooLarge, match="at most 2 MB"):
        open_book(path, "a.csv", limits=Limits(file_bytes=2 << 20))


def crowded(path: Path) -> Path:
    """Fifty thousand merged ranges, and behind three lines a million styled rows that hold nothing."""
    lines = row(1, "Part", "Pieces") + row(2, "A-1", 3) + row(3, "A-2", 5) + row(4, "A-3", 7)
    empty = "".join(f'<row r="{number}" s="1"><c r="A{number}" s="1"/></row>' for number in range(5, 1_000_005))
    ranges = "".join(f'<mergeCell ref="D{number * 2}:E{number * 2 + 1}"/>' for number in range(100, 50_100))
    return packed(path, parts() | {SHEET: sheet(lines + empty, f"<mergeCells>{ranges}</mergeCells>")})


def test_empty_styled_rows_and_merged_ranges_do_no_harm(tmp_path: Path) -> None:
    path = crowded(tmp_path / "a.xlsx")
    started = time.process_time()
    book = open_book(path, "a.xlsx")
    table = book.sheets[0].tables[0]
    with rows_of(path, "a.xlsx", "Parts", table) as rows:
        found = [[cell.text for cell in cells] for _, cells in rows]

    assert book.sheets[0].rows == 4
    assert found == [["A-1", "3"], ["A-2", "5"], ["A-3", "7"]]
    # The work is the reader's; this process hardly notices.
    assert time.process_time() - started < 1


def test_the_parent_stays_small_whatever_the_file_is(tmp_path: Path) -> None:
    me = psutil.Process()
    paths = [
        (crowded(tmp_path / "crowd.xlsx"), "a.xlsx"),
        (EVIL["a bomb of zeros"][1](tmp_path / "bomb.xlsx"), "a.xlsx"),
        (EVIL["too much in all"][1](tmp_path / "much.xlsx"), "a.xlsx"),
    ]
    wide = tmp_path / "wide.csv"
    wide.write_text("\n".join(",".join(["x" * 200] * 100) for _ in range(2000)))
    before = me.memory_info().rss
    most = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            most.append(me.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for path, name in paths:
            try:
                open_book(path, name)
            except ArchiveBomb:
                continue
        table = Table((1,), 2, None, [Column(number, "x") for number in range(1, 101)], usual_fill=100)
        with rows_of(wide, "wide.csv", "wide", table) as rows:
            assert sum(1 for _ in rows) > 0
    finally:
        done.set()
        watcher.join()
    assert max(most) - before < 50 << 20


def test_too_little_memory_is_one_failed_reading(tmp_path: Path) -> None:
    texts = "".join(f"<si><t>{'text ' * 50}{number}</t></si>" for number in range(250_000))
    last = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>249999</v></c></row>'
    rels = relations(("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "sharedStrings", "sharedStrings.xml"))
    path = packed(
        tmp_path / "a.xlsx",
        parts() | {SHEET: sheet(last), TEXTS: f"<sst>{texts}</sst>", "xl/_rels/workbook.xml.rels": rels},
    )
    with pytest.raises(ReaderKilled, match="too much memory"):
        open_book(path, "a.xlsx", limits=Limits(memory_bytes=100 << 20))


def test_a_slow_reading_is_stopped_by_the_processor_clock_and_by_the_wall(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "1,2,3\n" * 1_500_000)
    table = Table((1,), 2, None, [Column(1, "a"), Column(2, "b"), Column(3, "c")], usual_fill=3)
    with (
        pytest.raises(ReaderKilled, match="took too long"),
        rows_of(path, "a.csv", "a", table, limits=Limits(cpu_seconds=1)) as rows,
    ):
        assert sum(1 for _ in rows) < 1_500_000
    with pytest.raises(ReaderKilled, match="took too long"):
        open_book(path, "a.csv", limits=Limits(wait_seconds=0.001))


def test_closing_the_rows_ends_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 200_000)
    table = Table((1,), 2, None, [Column(1, "a"), Column(2, "b")], usual_fill=2)
    rows = rows_of(path, "a.csv", "a", table)
    assert next(rows)[0] == 2
    reader = rows._reader.pid
    assert psutil.pid_exists(reader)

    rows.close()

    assert not psutil.pid_exists(reader)
    assert list(rows) == []
