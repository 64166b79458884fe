"""Scanners: on a pseudo terminal as on a serial line, and as the key strokes a kernel hands out."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager

import pytest

from telemetry.edge.devices import Scanner, Tag
from telemetry.edge.drivers.scanner import reading, session
from telemetry.edge.drivers.scanner.keys import Keys
from telemetry.edge.drivers.scanner.reading import EVENT
from telemetry.edge.drivers.scanner.scans import Scans, utf8_or_latin1
from telemetry.edge.drivers.session import Trouble
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.recording_out import framed, kept_by, raised_by

TAGS = [Tag(name="gate.scan", address="scan", lane="e")]
ENTER, SHIFT, CTRL, ALT, ALT_GR = 28, 42, 29, 56, 100


@contextmanager
def line():
    """A serial line: what is written into the first end is heard at the named one."""
    ours, theirs = os.openpty()
    try:
        yield ours, os.ttyname(theirs)
    finally:
        for end in (ours, theirs):
            try:
                os.close(end)
            except OSError:
                continue


def scanner(port: str, **more) -> Scanner:
    return Scanner(code="GATE", port=port, tags=TAGS, **more)


def test_codes_come_through_a_serial_line_as_they_are(monkeypatch):
    pytest.importorskip("serial")
    with line() as (ours, port), kept_by(session, scanner(port)) as out:
        wait_until(lambda: out.signs_of_life)
        os.write(ours, b"4006381333931\r")
        os.write(ours, b"]C10104012345123456\x1d10LOT7\r\n")
        os.write(ours, b"half-")
        time.sleep(0.1)
        os.write(ours, b"and-half\n4006381333931\r\n\r\n")
        os.write(ours, "Größe-ä\r".encode() + "Größe-ä\r".encode("latin-1"))
        wait_until(lambda: len(out.values) == 6)
    assert out.of("gate.scan") == [
        "4006381333931",
        "]C10104012345123456\x1d10LOT7",
        "half-and-half",
        "4006381333931",
        "Größe-ä",
        "Größe-ä",
    ]
    assert {(quality, at) for *_, quality, at in out.values} == {(192, None)}
    assert (out.faults, out.raised) == ([], None)


def test_the_frame_keeps_every_scan_even_the_same_one_twice_and_the_way_back_from_unplugging():
    pytest.importorskip("serial")
    with line() as (ours, port), framed([scanner(port)]) as driver:
        wait_until(lambda: driver.health.get("GATE") and driver.health["GATE"].connected)
        os.write(ours, b"A1\rA1\rA2\r")
        wait_until(lambda: driver.values("gate.scan") == ["A1", "A1", "A2"])
        os.close(ours)
        wait_until(lambda: driver.values("gate.scan")[-1] is None)
        assert {lane for lane, _ in driver.rows} == {"e"}
        wait_until(lambda: not driver.health["GATE"].connected)
        assert driver.health["GATE"].last_error


def test_half_a_scan_is_dropped_with_a_fault():
    pytest.importorskip("serial")
    with line() as (ours, port), kept_by(session, scanner(port)) as out:
        wait_until(lambda: out.signs_of_life)
        os.write(ours, b"12345")
        wait_until(lambda: out.faults)
        os.write(ours, b"67890\r")
        wait_until(lambda: out.values)
    assert out.of("gate.scan") == ["67890"]
    assert "Half a scan of 5 characters was dropped" in out.faults[0]


@pytest.mark.parametrize(
    ("terminator", "heard", "codes"),
    [
        ("any", "a\rb\nc\r\nd", ["a", "b", "c"]),
        ("cr", "a\rb\nc\r\nd\r", ["a", "b\nc", "\nd"]),
        ("lf", "a\rb\nc\r\nd", ["a\rb", "c\r"]),
        ("crlf", "a\rb\nc\r\nd\r\n", ["a\rb\nc", "d"]),
    ],
)
def test_terminators(terminator, heard, codes):
    assert Scans(scanner("x", terminator=terminator)).put(heard, 1.0) == codes


def test_prefix_and_suffix_tell_whole_scans_from_broken_ones():
    scans = Scans(scanner("x", prefix="\x02", suffix="#"))
    assert scans.put("\x02ABC#\rABC#\r\x02ABC\r\x02#\r", 1.0) == ["ABC"]
    assert len(scans.faults) == 2
    assert "'\\x02' and '#'" in scans.faults[0]


def test_a_scan_without_end_does_not_fill_the_memory():
    scans = Scans(scanner("x"))
    assert scans.put("a" * 4000 + "\r", 1.0) == ["a" * 4000]
    for moment in range(100):
        assert scans.put("x" * 1000, 2 + moment / 1000) == []
    assert scans.put("\rnext\r", 2.1) == ["next"]
    assert len(scans.faults) == 1
    assert "longer than 4000" in scans.faults[0]
    assert len(scans._open) <= 1


def test_bytes_are_utf8_or_latin1():
    assert utf8_or_latin1("ä".encode().decode("latin-1")) == "ä"
    assert utf8_or_latin1("\xe4") == "ä"


def strokes(*keys: int | tuple[int, ...]) -> bytes:
    """struct input_event as the kernel writes them: a tuple is a key with modifiers held around it."""
    written = b""
    for key in keys:
        *held, last = key if isinstance(key, tuple) else (key,)
        order = [(code, 1) for code in held] + [(last, 1), (last, 0)] + [(code, 0) for code in reversed(held)]
        for code, value in order:
            now = time.time()
            written += EVENT.pack(int(now), int(now % 1 * 1e6), 4, 4, 0x70000 + code)  # MSC_SCAN, as real ones send
            written += EVENT.pack(int(now), int(now % 1 * 1e6), 1, code, value)
            written += EVENT.pack(int(now), int(now % 1 * 1e6), 0, 0, 0)
    return written


@pytest.fixture
def keyboard(tmp_path, monkeypatch):
    """A pipe in place of an event device; only taking it for oneself is left out."""
    taken = []
    monkeypatch.setattr(reading, "grab", lambda number, port: taken.append(port))
    path = tmp_path / "event7"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    yield end, str(path), taken
    os.close(end)


def test_a_keyboard_wedge_types_codes(keyboard):
    end, port, taken = keyboard
    digits = {str(number % 10): 1 + number for number in range(1, 11)}
    with kept_by(session, scanner(port, kind="keyboard")) as out:
        wait_until(lambda: out.signs_of_life)
        os.write(end, strokes(*(digits[digit] for digit in "4006381333931"), ENTER))
        # ]C1 and the separator of GS1 as Ctrl+] and as Alt+029, in two pieces cut inside an event.
        gs1 = strokes(27, (SHIFT, 46), digits["1"], (CTRL, 27), (SHIFT, 30), (ALT, 82, 80, 73), 30, ENTER)
        os.write(end, gs1[:100])
        time.sleep(0.05)
        os.write(end, gs1[100:])
        wait_until(lambda: len(out.values) == 2)
    assert taken == [port]
    assert out.of("gate.scan")[0] == "4006381333931"
    assert out.of("gate.scan")[1] == "]C1\x1dA\x1da"
    assert (out.faults, out.losses, out.raised) == ([], [], None)


@pytest.mark.parametrize(
    ("layout", "keys", "text"),
    [
        ("us", [21, 44, (SHIFT, 3), 12, 53, (SHIFT, 12), 43, 26, 27], "yz@-/_\\[]"),
        ("de", [21, 44, (SHIFT, 3), 12, (SHIFT, 8), 53, (SHIFT, 53), 26, 86], 'zy"ß/-_ü<'),
        ("de", [(ALT_GR, 9), (ALT_GR, 10), (ALT_GR, 16), (ALT_GR, 12), (ALT_GR, 18)], "[]@\\€"),
        ("de", [(13), 18, 41, 57, 41, 30, 41, 45], "é^â^x"),
        ("us", [58, 30, (SHIFT, 30), 2, 58, 30], "Aa1a"),
        ("us", [79, 83, 80, 78], "1.2+"),
        ("de", [79, 83, 80], "1,2"),
        ("us", [(ALT, 82, 71, 73), (ALT, 82, 79, 76, 77)], "Oœ"),
    ],
)
def test_layouts(layout, keys, text):
    board, typed = Keys(layout), ""
    for _, _, kind, code, value in EVENT.iter_unpack(strokes(*keys)):
        if kind == 1:
            typed += board.key(code, value)
    assert typed == text


def test_lost_key_strokes_are_a_loss_and_the_next_scan_is_whole(keyboard):
    end, port, _ = keyboard
    dropped = EVENT.pack(0, 0, 0, 3, 0)
    with kept_by(session, scanner(port, kind="keyboard")) as out:
        wait_until(lambda: out.signs_of_life)
        os.write(end, EVENT.pack(0, 0, 1, SHIFT, 1) + strokes(30, 48) + dropped + strokes(30, 48, ENTER))
        os.write(end, strokes(46))
        wait_until(lambda: out.values and out.faults)
    assert out.of("gate.scan") == ["ab"]
    assert len(out.losses) == 1
    assert out.losses[0][0] <= out.losses[0][1]
    assert "Half a scan" in out.faults[0]


def test_what_is_no_scanner_is_a_sentence(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    cases = {
        "cannot be opened: No such file": scanner(str(tmp_path / "no"), kind="keyboard"),
        "it is not an input device": scanner(str(tmp_path / "pipe"), kind="keyboard"),
        "Expected a serial port": scanner(str(tmp_path / "no")),
    }
    end = os.open(tmp_path / "pipe", os.O_RDWR)
    for sentence, device in cases.items():
        raised = raised_by(session, device)
        assert isinstance(raised, Trouble)
        assert sentence in str(raised)
    os.close(end)


def test_another_address_or_lane_is_named():
    device = Scanner(code="X", port="/nowhere", tags=[Tag(name="a", address="b"), Tag(name="c", address="scan")])
    with kept_by(session, device) as out:
        wait_until(lambda: out.raised)
    assert "no 'b' (tag a)" in out.faults[0]
    assert "Expected the lane 'e'" in out.faults[1]


def test_two_programs_do_not_share_a_scanner():
    pytest.importorskip("serial")
    with line() as (_, port), kept_by(session, scanner(port)) as out:
        wait_until(lambda: out.signs_of_life)
        assert "cannot be opened" in str(raised_by(session, scanner(port)))


def test_a_thousand_scans_in_a_row_are_a_thousand():
    pytest.importorskip("serial")
    with line() as (ours, port), kept_by(session, scanner(port)) as out:
        wait_until(lambda: out.signs_of_life)
        codes = [f"CODE-{number:06}" for number in range(1000)]
        writer = threading.Thread(target=lambda: [os.write(ours, f"{code}\r".encode()) for code in codes])
        writer.start()
        writer.join(PATIENCE_S)
        wait_until(lambda: len(out.values) == 1000)
    assert out.of("gate.scan") == codes
