"""The packet: what is read, what is refused and how, and the rule that stores a row once."""

import gzip

import pytest

from telemetry import wire

EPOCH = "9f2c1a7b5e3d4c60"
EXAMPLE = (
    b'{"schema":"millwright.packet/1","epoch":"9f2c1a7b5e3d4c60","lane":"s","first_seq":123457,"count":3,'
    b'"sent_ms":1795170000123,"clock":{"synced":true,"source":"ntp","err_ms":4},'
    b'"t0":1795170000000,"tags":["press1.current","press1.part_count"],'
    b'"rows":[[0,0,5.312],[1,40,1207],[0,1000,5.298,64]],'
    b'"gaps":[{"from":120001,"to":120400,"reason":"disk_full"}]}'
)


def a_packet(**changes):
    fields = {
        "epoch": EPOCH,
        "lane": "s",
        "first_seq": 1,
        "count": 1,
        "sent_ms": 1795170000123,
        "t0": 1795170000000,
        "tags": ["a"],
        "rows": [wire.Row(0, 0, 1.5)],
    }
    return wire.Packet(**{**fields, **changes})


def test_the_example_of_the_contract_is_read_and_written_back_byte_for_byte():
    packet = wire.decode(EXAMPLE)

    assert packet.rows == [wire.Row(0, 0, 5.312), wire.Row(1, 40, 1207), wire.Row(0, 1000, 5.298, 64)]
    assert packet.gaps == [wire.Gap(120001, 120400, "disk_full")]
    assert packet.last_seq == 123459
    assert wire.encode(packet) == EXAMPLE


@pytest.mark.parametrize(
    ("at_us", "ms"), [(1795170000000000, 0), (1795170000040001, 40.001), (1485957575093750 + 2**41, None)]
)
def test_times_are_exact_to_the_microsecond(at_us, ms):
    t0 = 1795170000000 if ms is not None else 1485957575093
    offset = (at_us - t0 * 1000) / 1000
    packet = wire.decode(wire.encode(a_packet(t0=t0, rows=[wire.Row(0, offset, 1)])))

    assert packet.time_us(packet.rows[0]) == at_us
    assert ms is None or packet.rows[0].ms == ms


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"rows":' * 100_000,
        EXAMPLE.replace(b"5.312", b"[" * 100_000 + b"]" * 100_000),
        EXAMPLE.replace(b'"schema"', b'"extra":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b',"schema"'),
        b"",
        b"\x00\xff\xfe",
        EXAMPLE[:-1],
        EXAMPLE.replace(b"press1.current", b"press\xff"),
    ],
)
def test_hostile_bytes_are_a_clean_error(body):
    with pytest.raises((wire.Unreadable, wire.Invalid)):
        wire.decode(body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"packet/1", b"packet/2"),
        (b"9f2c1a7b5e3d4c60", b"9F2C1A7B5E3D4C60"),
        (b'"lane":"s"', b'"lane":"x"'),
        (b'"count":3', b'"count":2'),
        (b'"first_seq":123457', b'"first_seq":0'),
        (b'"first_seq":123457', b'"first_seq":9007199254740991'),
        (b'"first_seq":123457', b'"first_seq":120400'),
        (b'"from":120001', b'"from":120401'),
        (b'"t0":1795170000000', b'"t0":-1'),
        (b'"press1.current"', b'""'),
        (b'"epoch":"9f2c1a7b5e3d4c60",', b""),
    ],
)
def test_a_packet_that_breaks_a_rule_is_invalid(old, new):
    assert old in EXAMPLE
    with pytest.raises(wire.Invalid):
        wire.decode(EXAMPLE.replace(old, new))


@pytest.mark.parametrize("row", [b'[0,"x",1]', b"[0,0,[1]]", b"7", b"[0]", b"[0,0,1e999]", b'{"a":1}', b"[0.5,0,1]"])
def test_one_impossible_row_does_not_spoil_its_packet(row):
    packet = wire.decode(EXAMPLE.replace(b"[1,40,1207]", row))

    assert packet.rows[0] == wire.Row(0, 0, 5.312)
    assert packet.rows[2] == wire.Row(0, 1000, 5.298, 64)
    assert [wire.row_problem(packet, index) for index in (0, 2)] == ["", ""]
    assert wire.row_problem(packet, 1) in ("bad_row", "bad_number")
    assert packet.bad_rows[1].raw == row.decode()


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (wire.Row(1, 0, 1), "unknown_index"),
        (wire.Row(-1, 0, 1), "unknown_index"),
        (wire.Row(0, 1e15, 1), "bad_time"),
        (wire.Row(0, -1795170000001, 1), "bad_time"),
        (wire.Row(0, 0, 1, 256), "bad_quality"),
        (wire.Row(0, 0, 1, 192, -1), "bad_flags"),
        (wire.Row(0, 0, "a\0b"), "bad_text"),
        (wire.Row(0, 0, "a" * (wire.MAX_TEXT + 1)), "too_long"),
        (wire.Row(0, 0, 10**320), "bad_number"),
        (wire.Row(0, -5, None, 24), ""),
        (wire.Row(0, 0, True), ""),
    ],
)
def test_why_a_row_is_no_reading(row, code):
    assert wire.row_problem(a_packet(rows=[row]), 0) == code


def test_too_many_rows_or_bytes_are_too_large():
    rows = [wire.Row(0, 0, 1)] * (wire.MAX_ROWS + 1)
    with pytest.raises(wire.TooLarge):
        wire.decode(wire.encode(a_packet(rows=rows, count=len(rows))))
    with pytest.raises(wire.TooLarge):
        wire.decode(b" " * (wire.MAX_UNPACKED + 1))


def test_gzip_is_unpacked_up_to_the_limit_and_no_further():
    assert wire.gunzip_limited(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000
    with pytest.raises(wire.TooLarge):
        wire.gunzip_limited(gzip.compress(b"x" * 1001), 1000)
    bomb = gzip.compress(b"\0" * 200_000_000, compresslevel=1)
    with pytest.raises(wire.TooLarge):
        wire.gunzip_limited(bomb)


@pytest.mark.parametrize("body", [b"", b"plain", gzip.compress(b"abc")[:-4], gzip.compress(b"abc") + b"more"])
def test_damaged_gzip_is_unreadable(body):
    with pytest.raises(wire.Unreadable):
        wire.gunzip_limited(body)


@pytest.mark.parametrize(
    ("acked", "first", "count", "gaps", "expected"),
    [
        (0, 1, 3, [], wire.Step(0, [], 3)),
        (3, 1, 3, [], wire.Step(3, [], 3)),
        (2, 1, 3, [], wire.Step(2, [], 3)),
        (9, 1, 3, [], wire.Step(3, [], 9)),
        (0, 4, 0, [wire.Gap(1, 3, "x")], wire.Step(0, [wire.Gap(1, 3, "x")], 3)),
        (2, 4, 2, [wire.Gap(1, 3, "x")], wire.Step(0, [wire.Gap(3, 3, "x")], 5)),
        (5, 4, 2, [wire.Gap(1, 3, "x")], wire.Step(2, [], 5)),
    ],
)
def test_the_watermark_moves_over_rows_and_declared_gaps(acked, first, count, gaps, expected):
    assert wire.advance(acked, first, count, gaps) == expected


@pytest.mark.parametrize(("acked", "first", "gaps"), [(0, 2, []), (0, 9, [wire.Gap(5, 8)]), (0, 9, [wire.Gap(1, 7)])])
def test_undeclared_missing_rows_are_a_hole(acked, first, gaps):
    with pytest.raises(wire.Hole) as hole:
        wire.advance(acked, first, 1, gaps)
    assert hole.value.acked_seq == acked
