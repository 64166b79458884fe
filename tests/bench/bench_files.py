"""Other people's workbooks: the preview of 100 000 rows, and all cells of 72 591, through the caged reader.

python -m tests.bench.bench_files [--rounds 5]
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import psutil
import python_calamine
from django.conf import settings

from tests.bench.report import percentile, report
from tests.factory_core.importing.files.evil import MAIN, packed, parts, relations, sheet

COLUMNS = ("Order", "Item", "Name", "Quantity", "Price", "Due on", "Customer", "Note", "Done", "Share")
TEXTS = 5000


def workbook(path: Path, rows: int) -> Path:
    """Ten columns: four of texts, two of dates, four of numbers; texts shared and formats styled, as programs write."""
    texts = [*COLUMNS, *(f"Housing part {number:05d}" for number in range(TEXTS))]
    head = "".join(f'<c r="{chr(65 + place)}1" t="s"><v>{place}</v></c>' for place in range(len(COLUMNS)))
    lines = [f'<row r="1">{head}</row>']
    for number in range(2, rows + 2):
        text = 10 + number % TEXTS
        lines.append(
            f'<row r="{number}"><c r="A{number}" s="2"><v>{number}</v></c><c r="B{number}" t="s"><v>{text}</v></c>'
            f'<c r="C{number}" t="s"><v>{text}</v></c><c r="D{number}"><v>{number % 97}</v></c>'
            f'<c r="E{number}"><v>{number * 0.137:.4f}</v></c><c r="F{number}" s="1"><v>{45000 + number % 700}</v></c>'
            f'<c r="G{number}" t="s"><v>{10 + number % 300}</v></c><c r="H{number}" t="s"><v>{text}</v></c>'
            f'<c r="I{number}" s="1"><v>{45000 + number % 900}</v></c><c r="J{number}"><v>0.{number % 89}</v></c></row>'
        )
    styles = '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/>'
    rels = (("r1", "worksheet", "worksheets/sheet1.xml"), ("r2", "sharedStrings", "sharedStrings.xml"))
    return packed(
        path,
        parts()
        | {
            "xl/worksheets/sheet1.xml": sheet("".join(lines)),
            "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" '
            f'formatCode="0000000"/></numFmts><cellXfs count="3">{styles}</cellXfs></styleSheet>',
            "xl/_rels/workbook.xml.rels": relations(*rels, ("r3", "styles", "styles.xml")),
        },
    )


def main() -> None:
    """Read them as an import does."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    rounds = arguments.parse_args().rounds
    settings.configure(USE_I18N=False)
    from factory_core.importing.files import open_book, rows_of

    folder = Path(tempfile.mkdtemp(prefix="bench-files-"))
    large, orders = workbook(folder / "large.xlsx", 100_000), workbook(folder / "orders.xlsx", 72_591)

    previews = []
    for _ in range(rounds):
        started = time.perf_counter()
        book = open_book(large, large.name)
        previews.append(time.perf_counter() - started)
        assert (book.sheets[0].rows, len(book.sheets[0].preview)) == (100_001, 50)
    report("files_preview_100k_p95", percentile(previews, 0.95), "s", rounds=rounds, most=2.0)

    started = time.perf_counter()
    cells = sum(len(row) for row in python_calamine.load_workbook(str(orders)).get_sheet_by_index(0).to_python())
    plain = time.perf_counter() - started

    me = psutil.Process()
    before = most = me.memory_info().rss
    peak = 0
    table = open_book(orders, orders.name).sheets[0].tables[0]
    started, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    read = 0
    with rows_of(orders, orders.name, "Parts", table) as rows:
        for number, line in rows:
            read += len(line)
            if number % 5000 == 0:
                most = max(most, me.memory_info().rss)
                peak = max(peak, psutil.Process(rows._reader.pid).memory_info().rss)
    taken = time.perf_counter() - started
    assert read == cells - len(COLUMNS)
    report(
        "files_rows_72591",
        taken,
        "s",
        ratio_to="calamine, all cells at once, no formats",
        ratio=taken / plain,
        cells=read,
        reader_cpu_s=round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used, 2),
    )
    report("files_reader_peak", peak / (1 << 20), "MiB", most=512)
    report("files_parent_growth", (most - before) / (1 << 20), "MiB", most=50)


if __name__ == "__main__":
    main()
