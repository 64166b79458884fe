"""Files dropped into a folder: whatever a machine or a workbook writes, each content once, nothing lost."""

from __future__ import annotations

import csv
import os
import resource
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from telemetry.edge.devices import Folder, Tag
from telemetry.edge.drivers.folder import ask, gathering, session
from telemetry.edge.drivers.folder.moments import NoMoment, Times
from telemetry.edge.drivers.folder.tables import value_in
from telemetry.edge.drivers.outlet import MOST_WAITING
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import Question
from tests.patience import wait_until
from tests.telemetry.edge.helpers import REPOSITORY
from tests.telemetry.edge.recording_out import RecordingOut, framed, kept_by, raised_by

DATA = REPOSITORY.parent / "shared/data"
ENERGY = DATA / "energy/steel_industry_2018_jan_jun.csv"
NAB = DATA / "nab/machine_temperature_system_failure.csv"
GERMAN = DATA / "adventureworks/csv_de_locale/ProductInventory.csv"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(gathering, "HANDED_OVER_S", 0.05)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


def watched(drop: Path, *columns: str, **more) -> Folder:
    tags = [Tag(name=column, address=column, period_s=0.1) for column in columns or ("value",)]
    return Folder(**{"code": "DROP", "path": str(drop), "time_column": "time", "settle_s": 0, "tags": tags, **more})


def put(drop: Path, name: str, content: str | bytes) -> Path:
    """As a careful machine does it: written beside, then moved in."""
    hidden = drop / f".{name}.part"
    hidden.write_bytes(content if isinstance(content, bytes) else content.encode())
    return hidden.rename(drop / name)


def gather(device: Folder, *names: str, place: str = "done") -> RecordingOut:
    """Runs the driver until these files lie in `place`."""
    with kept_by(session, device) as out:
        wait_until(lambda: all((Path(device.path) / place / name).exists() for name in names) or out.raised)
    assert out.raised is None
    return out


def us(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000


def test_a_file_becomes_readings_with_the_times_of_its_rows(drop):
    put(
        drop, "a.csv", "time,value,word,other\n2026-11-20T10:00:00Z,1.5,RUN,9\n2026-11-20T11:00:01+01:00,-2,00123,9\n\n"
    )
    out = gather(watched(drop, "value", "word"), "a.csv")
    first = us(2026, 11, 20, 10)
    assert out.values == [
        ("value", 1.5, 192, first),
        ("word", "RUN", 192, first),
        ("value", -2, 192, first + 1_000_000),
        ("word", "00123", 192, first + 1_000_000),
    ]
    assert out.faults == []
    assert not (drop / "a.csv").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters(drop, encoding, delimiter):
    text = f"Auftrag 17\r\ntime{delimiter}Außen °C\r\n2026-11-20 10:00:00{delimiter}7\r\n"
    put(drop, "a.csv", text.encode(encoding))
    out = gather(watched(drop, "Außen °C", encoding="cp1252" if encoding == "cp1252" else "utf-8"), "a.csv")
    assert out.values == [("Außen °C", 7, 192, us(2026, 11, 20, 10))]


@pytest.mark.parametrize(
    ("text", "decimal", "kind", "value"),
    [
        ("1,5", ",", "", 1.5),
        ("1.234,5", ",", "", 1234.5),
        ("1,234.5", ".", "", 1234.5),
        ("1,5", ".", "", "1,5"),
        ("1.5", ",", "", "1.5"),
        ("1.5", ",", "number", None),
        ("00123", ".", "", "00123"),
        ("00123", ".", "number", 123.0),
        (".5", ".", "number", 0.5),
        ("17", ".", "text", "17"),
        ("RUN", ".", "", "RUN"),
        ("RUN", ".", "number", None),
        ("nan", ".", "number", None),
        ("1_000", ".", "number", None),
    ],
)
def test_numbers_are_read_as_they_are_written(text, decimal, kind, value):
    assert value_in(text, decimal, kind) == value


def test_the_hour_that_comes_twice_is_told_apart_by_the_order():
    times = Times("%d.%m.%Y %H:%M", "Europe/Berlin")
    forwards = ["25.10.2026 01:45", "25.10.2026 02:15", "25.10.2026 02:45", "25.10.2026 02:15", "25.10.2026 02:15"]
    forwards += ["25.10.2026 02:45", "25.10.2026 03:00"]
    quarters = [0, 2, 4, 6, 6, 8, 9]
    start = us(2026, 10, 24, 23, 45)
    wanted = [start + each * 900_000_000 for each in quarters]
    assert [times.us(text) for text in forwards] == wanted
    times = Times("%d.%m.%Y %H:%M", "Europe/Berlin")
    assert [times.us(text) for text in ["25.10.2026 03:15", *reversed(forwards)]][1:] == wanted[::-1]
    # A file for each hour: the second 02:00 comes after the first.
    times = Times("%d.%m.%Y %H:%M", "Europe/Berlin")
    first = times.us("25.10.2026 02:00")
    times.new_file()
    assert times.us("25.10.2026 02:00") == first
    times.us("25.10.2026 02:59")
    times.new_file()
    assert times.us("25.10.2026 02:01") - first == 61 * 60_000_000
    for text in ("0001-01-01", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(NoMoment, match="before 1970 or after 9999"):
            Times("", "Europe/Berlin").us(text)
    with pytest.raises(NoMoment, match="does not exist in Europe/Berlin"):
        times.us("29.03.2026 02:30")


def test_a_file_dropped_twice_stores_nothing_twice(drop):
    content = "time,value\n" + "".join(f"2026-11-20T10:00:{second:02}Z,{second}\n" for second in range(60))
    device = watched(drop)
    put(drop, "a.csv", content)
    assert len(gather(device, "a.csv").values) == 60
    put(drop, "b.csv", content)
    put(drop, "a.csv", content)
    out = gather(device, "b.csv", "a-2.csv")
    assert (out.values, out.faults) == ([], [])
    put(drop, "c.csv", content + "2026-11-20T10:01:00Z,60\n")
    assert len(gather(device, "c.csv").values) == 61


def test_files_are_read_in_the_order_of_their_names(drop):
    for number in (3, 1, 2):
        put(drop, f"{number}.csv", f"time,value\n2026-11-20T10:00:0{number}Z,{number}\n")
    (drop / "notes.txt").write_text("not mine")
    (drop / "link.csv").symlink_to("/etc/passwd")
    out = gather(watched(drop), "1.csv", "2.csv", "3.csv")
    assert out.of("value") == [1, 2, 3]
    assert sorted(path.name for path in drop.iterdir() if not path.name.startswith(".")) == [
        "done",
        "link.csv",
        "notes.txt",
        "refused",
    ]


def test_a_file_still_being_written_is_left_alone(drop, monkeypatch):
    moment = 0.0
    monkeypatch.setattr(gathering, "time", SimpleNamespace(monotonic=lambda: moment))
    out = RecordingOut()
    folder = gathering._Gathering(watched(drop, settle_s=0.4), out)
    with (drop / "a.csv").open("w") as file:
        file.write("time,value\n")
        for number in range(8):
            file.write(f"2026-11-20T10:00:0{number}Z,{number}\n")
            file.flush()
            folder.look()
            moment += 0.3
            folder.look()
    assert out.values == []
    moment += 0.4
    folder.look()
    folder.put_away(moment)
    assert out.of("value") == list(range(8))
    assert (drop / "done/a.csv").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"when,value\n1,2\n", "no column 'time' in the first 20 lines. The first is: 'when,value'"),
        (b"time,other\n2026-11-20T10:00:00Z,2\n", "None of the tags' columns is there: ['value']"),
        (b"time,value\n\xff\xfe\xff,1\n", "the file is not utf-8"),
        (b"time,value\nyesterday,1\ntoday,2\n", "Row 2: column 'time': 'yesterday' is no time. Expected ISO 8601."),
        (b"time,value\n" + b"x" * 2_000_000, "A line is longer than 1048576 characters"),
        (b"x" * 200_000 + b"\n", "no column 'time' in the first 20 lines"),
        (b"time,value\n" + b"2026-11-20T10:00:00Z," + b"x" * 200_000 + b"\n", "is no row of a table"),
        (b"PK\x03\x04" + bytes(range(256)) * 20, "the file is not utf-8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(drop, content, sentence):
    put(drop, "a.csv", content)
    out = gather(watched(drop), "a.csv", "a.csv.why.txt", place="refused")
    assert out.values == []
    assert sentence in (drop / "refused/a.csv.why.txt").read_text()
    assert "a.csv was refused" in out.faults[0]
    # Dropped again it is looked at again: a refused file was never stored.
    put(drop, "a.csv", "time,value\n2026-11-20T10:00:00Z,2\n")
    assert gather(watched(drop), "a.csv").of("value") == [2]


def test_bad_rows_are_named_and_the_others_kept(drop):
    device = watched(drop, "value", "text")
    device.tags[0].type = "number"
    rows = [
        "time,value,text",
        "2026-11-20T10:00:00Z,1,a",
        "2026-13-20T10:00:00Z,2,b",
        "2026-11-20T10:00:02Z,three,c",
        "",
        '2026-11-20T10:00:03Z,4,"a line',
        'and another"',
        "2026-11-20T10:00:04Z,,e",
        "2026-11-20T10:00:05Z",
        "2026-11-20T10:00:06Z,7,g",
    ]
    put(drop, "a.csv", "\n".join(rows) + "\n")
    out = gather(device, "a.csv", "a.csv.why.txt")
    assert out.of("value") == [1, 4, 7]
    assert out.of("text") == ["a", "c", "a line\nand another", "e", "g"]
    assert (drop / "done/a.csv.why.txt").read_text().splitlines() == [
        "Row 3: column 'time': '2026-13-20T10:00:00Z' is no time. Expected ISO 8601.",
        "Row 4: column 'value': 'three' is no number.",
    ]
    assert len(out.faults) == 1
    assert "5 rows were read, 2 rows or cells were not. Row 3" in out.faults[0]


def test_a_gateway_killed_in_the_middle_reads_the_file_again_with_the_same_rows(tmp_path, drop):
    # More than fits on the way to one who has stopped listening: the driver is certainly in the middle of the file.
    rows = 2 * MOST_WAITING + 20_000
    start = us(2026, 11, 20, 10)
    content = "time,value\n" + "".join(f"{1795168800 + number},{number}\n" for number in range(rows))
    assert start == 1795168800_000_000
    put(drop, "a.csv", content)
    device = watched(drop)
    with framed([device], listens_to=2000) as killed:
        wait_until(lambda: len(killed.rows) >= 2000)
        killed.process.kill()
        killed.process.wait()
        before = [(row.at_us, row.value) for row in killed.of("value")]
    assert len(before) < rows
    assert (drop / "a.csv").exists()
    with framed([device]) as again:
        wait_until(lambda: (drop / "done/a.csv").exists())
    after = [(row.at_us, row.value) for row in again.of("value")]
    assert after == [(start + number * 1_000_000, number) for number in range(rows)]
    doubled = [row for row in before if row[1] is not None]
    assert set(doubled) <= set(after)


def test_big_files_pass_through_a_little_memory(drop):
    # 500 000 rows take half a minute on a loaded computer; CI is content with a tenth.
    rows = int(os.environ.get("FEED_ROWS", "50000"))

    class Counting(RecordingOut):
        count, total = 0, 0

        def value(self, tag, raw, *, at_us=None, quality=192):
            self.count += 1
            self.total += raw

    with (drop / "big.csv").open("w") as file:
        file.write("time,value\n")
        for start in range(0, rows, 1000):
            file.write("".join(f"{1795168800 + number},{number}\n" for number in range(start, start + 1000)))
    out = Counting()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    folder = gathering._Gathering(watched(drop), out)
    folder.look()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (out.count, out.total) == (rows, rows * (rows - 1) // 2)
    assert grown < 20_000, f"{grown} KiB more"


@pytest.mark.skipif(not ENERGY.exists(), reason="steel_industry_2018_jan_jun.csv is not in shared/data/energy")
def test_a_steel_works_half_year(drop):
    columns = ("Usage_kWh", "CO2(tCO2)", "NSM")
    device = watched(drop, *columns, time_column="date", time_format="%d-%m-%Y %H:%M", time_zone="Asia/Seoul")
    put(drop, ENERGY.name, ENERGY.read_bytes())
    out = gather(device, ENERGY.name)
    assert out.faults == []
    with ENERGY.open(encoding="utf-8-sig") as file:
        wanted = [float(row["Usage_kWh"]) for row in csv.DictReader(file)]
    assert out.of("Usage_kWh") == wanted
    assert len(wanted) == 17_376
    assert out.values[0] == ("Usage_kWh", 3.17, 192, us(2017, 12, 31, 15, 15))


@pytest.mark.skipif(not NAB.exists(), reason="machine_temperature_system_failure.csv is not in shared/data/nab")
def test_a_machines_temperature_of_months(drop):
    put(drop, NAB.name, NAB.read_bytes())
    out = gather(watched(drop, time_column="timestamp"), NAB.name)
    assert (len(out.values), out.faults) == (22_695, [])
    assert out.values[0] == ("value", 73.96732207, 192, us(2013, 12, 2, 21, 15))


@pytest.mark.skipif(not GERMAN.exists(), reason="ProductInventory.csv is not in shared/data/adventureworks")
def test_a_german_export(drop):
    put(drop, "stock.csv", GERMAN.read_bytes())
    device = watched(drop, "Quantity", "Shelf", time_column="ModifiedDate", time_format="%d.%m.%Y")
    out = gather(device, "stock.csv")
    assert out.faults == []
    assert out.values[0][:2] == ("Quantity", 408)


def test_a_folder_that_is_not_there_is_a_sentence(drop, tmp_path):
    raised = raised_by(session, watched(tmp_path / "nothing"))
    assert isinstance(raised, Trouble)
    assert "is not there" in str(raised)
    assert "no time zone" in str(raised_by(session, watched(drop, time_zone="Berlin")))
    (drop / ".millwright-read").mkdir()
    assert "cannot be read" in str(raised_by(session, watched(drop)))


def test_a_cut_off_memory_costs_one_repetition_only(drop):
    device = watched(drop)
    for name in ("a.csv", "b.csv"):
        put(drop, name, f"time,value\n2026-11-20T10:00:00Z,{ord(name[0])}\n")
    gather(device, "a.csv", "b.csv")
    memory = drop / ".millwright-read"
    os.truncate(memory, memory.stat().st_size - 10)
    for name in ("a.csv", "b.csv"):
        put(drop, name, (drop / "done" / name).read_bytes())
    assert gather(device, "a-2.csv", "b-2.csv").of("value") == [98]
    for name in ("a.csv", "b.csv"):
        put(drop, name, (drop / "done" / name).read_bytes())
    assert gather(device, "a-3.csv", "b-3.csv").values == []


def test_the_columns_of_a_file_are_browsed(drop):
    with pytest.raises(Trouble, match="There is no file"):
        ask(watched(drop), Question(device={}))
    put(drop, "a.csv", "Auftrag 17\ntime;°C;word\n2026-11-20T10:00:00Z;7,5;RUN\n")
    answer = ask(watched(drop, decimal=","), Question(device={}))
    guessed = ask(watched(drop, decimal=",", time_column="?"), Question(device={}))
    assert guessed.found == answer.found
    assert [(each.address, each.kind, each.value) for each in answer.found] == [
        ("time", "text", "2026-11-20T10:00:00Z"),
        ("°C", "number", 7.5),
        ("word", "text", "RUN"),
    ]
