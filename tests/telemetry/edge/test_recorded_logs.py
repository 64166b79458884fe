"""Recorded logs: every line is taken, times are exact, and playing a log again stores nothing twice."""

import hashlib
import json
import lzma
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from telemetry.edge.devices import Replay
from telemetry.edge.drivers import shdr
from telemetry.edge.drivers.replay import in_order
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import LOGS, log_of, start_agent, write_config

real_logs = pytest.mark.skipif(not LOGS.exists(), reason="the recorded machine logs are not on this computer")


def taken(*lines):
    return [(each.at_us, each.tag, each.value, each.quality) for each in shdr.parse(lines)]


NOON = 1_485_957_575_000_000


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2017-02-01T13:59:35.0937500Z|Speed|1", [("Speed", 1)]),
        ("2017-02-01T13:59:35.09375Z|Feed|36.3166666666667", [("Feed", 36.3166666666667)]),
        ("2017-02-01T13:59:35.09375Z|A|-1.5e3|B|ACTIVE|C|", [("A", -1500.0), ("B", "ACTIVE"), ("C", "")]),
        (
            "2017-02-01T13:59:35.09375Z|Part|00123|Serial|12345678901234567890",
            [("Part", "00123"), ("Serial", "12345678901234567890")],
        ),
        ("2017-02-01T13:59:35.09375Z|X|UNAVAILABLE|Y|nan|Z|inf", [("X", "UNAVAILABLE"), ("Y", "nan"), ("Z", "inf")]),
        ("2017-02-01T13:59:35.09375Z|system|NORMAL||||", [("system", "NORMAL")]),
        ("2017-02-01T13:59:35.09375Z|system|UNAVAILABLE||||", [("system", "UNAVAILABLE")]),
        ("2017-02-01T13:59:35.09375Z|x|FAULT|17|2|HIGH|Hot", [("x", "FAULT"), ("x.detail", "17|2|HIGH|Hot")]),
        ("2017-02-01T13:59:35.09375Z|p|a|q|b|r|c", [("p", "a"), ("q", "b"), ("r", "c")]),
        ("2017-02-01T13:59:35.09375Z|msg|204|Coolant low", [("msg", "204|Coolant low")]),
        ("2017-02-01T13:59:35.09375Z|@REMOVE_ALL_ASSETS@|CuttingTool", [("@REMOVE_ALL_ASSETS@", "CuttingTool")]),
    ],
)
def test_each_kind_of_line(line, expected):
    assert taken(line) == [(NOON + 93_750, key, value, 192) for key, value in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-02-01T13:59:35Z", NOON),
        ("2017-02-01T13:59:35.0000009Z", NOON),
        ("2017-02-01T13:59:35.9999999Z", NOON + 999_999),
        ("2017-02-01T14:59:35.5+01:00", NOON + 500_000),
        ("2017-02-01T13:59:35", NOON),
        ("2017-13-01T13:59:35Z", None),
        ("2017", None),
        ("", None),
    ],
)
def test_times_are_cut_at_the_microsecond_and_never_rounded_up(text, expected):
    assert shdr.time_us(text) == expected


def test_an_asset_is_one_text_with_its_whole_block():
    got = taken(
        "2017-02-01T13:59:35Z|@ASSET@|12.3|CuttingTool|--multiline--ABCD",
        "<CuttingTool a|b>",
        "",
        "</CuttingTool>",
        "--multiline--ABCD",
        "2017-02-01T13:59:36Z|A|1",
    )
    assert got == [
        (NOON, "@ASSET@", "12.3|CuttingTool|<CuttingTool a|b>\n\n</CuttingTool>", 192),
        (NOON + 1_000_000, "A", 1, 192),
    ]


def test_an_asset_cut_off_by_the_end_of_the_file_is_kept_as_uncertain():
    assert taken("2017-02-01T13:59:35Z|@ASSET@|12.3|CuttingTool|--multiline--ABCD", "<Cutting") == [
        (NOON, "@ASSET@", "12.3|CuttingTool|<Cutting", 64)
    ]


def test_lines_without_a_time_are_kept_at_the_time_beside_them():
    assert taken("*adapterVersion:2", "2017-02-01T13:59:35Z|Block|", "2017", "2016-02-01T13:59:35Z|A|1", "* PONG") == [
        (NOON, "@ADAPTER@", "adapterVersion:2", 192),
        (NOON, "Block", "", 192),
        (NOON, "@UNREADABLE@", "2017", 64),
        (NOON - 366 * 86_400_000_000, "A", 1, 192),
        (NOON - 366 * 86_400_000_000, "@ADAPTER@", "PONG", 192),
    ]


@real_logs
def test_every_line_of_every_real_log_is_taken_and_steps_back_are_kept():
    expected = json.loads((LOGS.parent / "expected.json").read_text())["machine_logs"]
    for name, facts in expected["plate"]["parts"].items():
        got = list(shdr.read_log(LOGS / "plate" / f"{name}.txt.xz"))
        assert len(got) == facts["lines"], name
        assert _steps_back(got) == facts["lines_stepping_back_in_time"], name
        statuses = [each.value for each in got if each.tag == "Program_Status"]
        assert len(statuses) == facts["Program_Status_changes"], name
        counts = [each.value for each in got if each.tag == "Part_Count"]
        assert counts == facts["Part_Count_values"], name
    for name, facts in expected["raw_logs"].items():
        got = list(shdr.read_log(LOGS / name))
        if name.startswith("Hurco"):
            assert len(got) == facts["lines"]
            assert sum(each.value == "UNAVAILABLE" for each in got) == facts["UNAVAILABLE_values"]
            assert len({each.tag for each in got}) == facts["keys"]
            for key, number in facts["top_keys"].items():
                assert sum(each.tag == key for each in got) == number
            assert _steps_back(got) == facts["lines_stepping_back_in_time"]


@real_logs
def test_the_interleaved_log_with_several_pairs_a_line_is_taken_whole():
    with lzma.open(LOGS / "okuma_shdr.txt.xz", "rt") as file:
        lines = [line.rstrip("\n") for line in file]
    timed = [line for line in lines if line.startswith("20")]
    got = list(shdr.read_log(LOGS / "okuma_shdr.txt.xz"))

    conditions = [line for line in timed if line.endswith("|NORMAL||||")]
    commands = [line for line in timed if "|@" in line]
    plain = [line for line in timed if line not in set(conditions) and line not in set(commands)]
    pairs = sum((line.count("|")) // 2 for line in plain)
    adapter = [line for line in lines if line.startswith("*")]
    assert len(got) == pairs + len(conditions) + len(commands) + len(adapter)
    assert not [each for each in got if each.tag == "@UNREADABLE@"]
    assets = [each.value for each in got if each.tag == "@ASSET@"]
    assert len(assets) == sum(line.startswith("--multiline") for line in lines)
    assert all("<CuttingTool" in value and value.endswith("</CuttingTool>") for value in assets)
    words = [each.value for each in got if each.tag == "pexecution"]
    assert (words.count("READY"), words.count("ACTIVE"), words.count("PROGRAM_COMPLETED")) == (8, 4, 4)
    assert sum(each.tag == "Z1actm" for each in got) == sum(line.count("|Z1actm|") for line in lines) == 2947
    assert _steps_back(got) == 1165


def _steps_back(got):
    return sum(later.at_us < earlier.at_us for earlier, later in pairwise(got))


# ---- the stream of a log


def test_the_stream_number_is_made_of_prefix_and_content(tmp_path):
    content = b"2017-02-01T13:59:35Z|A|1\n"
    plain, packed = tmp_path / "a.txt", tmp_path / "other.txt.xz"
    plain.write_bytes(content)
    packed.write_bytes(lzma.compress(content))

    assert shdr.epoch_of("m.", plain) == hashlib.sha256(b"m." + content).hexdigest()[:16]
    assert shdr.epoch_of("m.", packed) == shdr.epoch_of("m.", plain)
    assert shdr.epoch_of("n.", plain) != shdr.epoch_of("m.", plain)


def test_files_are_played_by_name_or_shuffled_the_same_way_each_time():
    names = [f"/x/{letter}.txt" for letter in "dacb"]
    by_name = in_order(Replay(code="r", files=names))
    shuffled = in_order(Replay(code="r", files=names, order="random", seed=3))

    assert [path.name for path in by_name] == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert sorted(shuffled) == by_name
    assert shuffled != by_name
    assert in_order(Replay(code="r", files=names[::-1], order="random", seed=3)) == shuffled


def make_logs(folder: Path, files: int, rows: int) -> None:
    for number in range(files):
        lines = [f"2017-02-0{number + 1}T00:{row // 60:02}:{row % 60:02}.5Z|v|{row + 1}" for row in range(rows)]
        (folder / f"log{number}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


DEVICE = '[[device]]\ncode = "r"\ndriver = "replay"\nfiles = ["log*.txt"]\nprefix = "m."\nspeed = 0\n'


def test_a_log_played_again_stores_nothing_new_even_with_a_wiped_spool_and_in_another_order(tmp_path, server):
    make_logs(tmp_path, 3, 1200)
    config = write_config(tmp_path, server.url, DEVICE, "exit_when_done = true")
    assert start_agent(config).wait(PATIENCE_S) == 0
    rows, marks = dict(server.rows), dict(server.marks)
    assert sorted(marks.values()) == [1200, 1200, 1200]
    assert {value[0] for value in rows.values()} == {"m.v"}
    sent = len(server.bodies)

    assert start_agent(config).wait(PATIENCE_S) == 0
    assert len(server.bodies) == sent

    wiped = DEVICE + 'order = "random"\nseed = 5\n'
    config = write_config(tmp_path, server.url, wiped, "exit_when_done = true", token='token = "secret"')
    config.write_text(config.read_text().replace('dir = "spool"', 'dir = "spool2"'))
    assert start_agent(config).wait(PATIENCE_S) == 0

    assert len(server.bodies) > sent
    assert (server.rows, server.marks, server.stored_twice, server.gaps) == (rows, marks, 0, [])


def test_a_shifted_log_plays_in_the_readings_of_this_moment(tmp_path, server):
    make_logs(tmp_path, 1, 50)
    device = DEVICE + 'clock = "shifted"\n'
    config = write_config(tmp_path, server.url, device, "exit_when_done = true")
    assert start_agent(config).wait(PATIENCE_S) == 0

    rows = server.stream("s")
    assert [row[2] for row in rows] == list(range(1, 51))
    steps = {later[1] - earlier[1] for earlier, later in pairwise(rows)}
    assert steps == {1_000_000}
    assert abs(rows[-1][1] / 1000 - server.heartbeats[0]["now_ms"]) < 20_000


def test_a_replay_killed_again_and_again_arrives_once_and_whole(tmp_path, server):
    make_logs(tmp_path, 1, 3000)
    device = DEVICE.replace("speed = 0", "speed = 1000")
    config = write_config(tmp_path, server.url, device, "exit_when_done = true")
    for round_number in range(3):
        before = len(server.rows)
        agent = start_agent(config)
        wait_until(lambda before=before: len(server.rows) > before + 150)
        agent.send_signal(signal.SIGKILL)
        agent.wait(PATIENCE_S)
        assert len(server.rows) < 3000, round_number
    assert start_agent(config).wait(PATIENCE_S) == 0, log_of(config)

    assert [row[2] for row in server.stream("s")] == list(range(1, 3001))
    assert server.stored_twice == 0
    assert server.gaps == []
