"""Judging a packet at once gives what judging row by row would: any rows, any kinds of tags."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry import wire
from telemetry.ingest import copying
from telemetry.ingest.columns import BOOL, COUNTER, NUMBER, TEXT, UNAVAILABLE, Columns, TagInfo, judge
from telemetry.ingest.rules import Allowance, Window, slow_down, window_of

T0 = 1_795_170_000_000
WINDOW = Window((T0 - 1_000_000) * 1000, (T0 + 60_000) * 1000)
KNOWN = {
    "n": TagInfo(1, NUMBER, -100, 100, 11, True), "t": TagInfo(2, TEXT, -math.inf, math.inf, 11, True),
    "b": TagInfo(3, BOOL, -math.inf, math.inf, None, True), "c": TagInfo(4, COUNTER, 0, math.inf, 12, True),
    "off": TagInfo(5, NUMBER, -math.inf, math.inf, 11, False),
}  # fmt: skip
TAKES = {NUMBER: (int, float), COUNTER: (int, float), TEXT: (str, int, float, bool), BOOL: (bool, int, float)}
TAGS = ["n", "t", "b", "c", "off", "stranger"]


def packet(rows: list[Any]) -> wire.Packet:
    """A packet as decoded from its JSON."""
    content = {
        "schema": wire.SCHEMA, "epoch": "0" * 16, "lane": "s", "first_seq": 1, "count": len(rows), "sent_ms": T0,
        "t0": T0, "tags": TAGS, "rows": rows,
    }  # fmt: skip
    return wire.decode(json.dumps(content).encode())


def one_by_one(found: wire.Packet, index: int) -> str:
    """The plain rule for one row: why it is no reading, or nothing."""
    if problem := wire.row_problem(found, index):
        return problem
    row = found.rows[index]
    tag = KNOWN.get(found.tags[row.tag])
    if tag is None:
        return "unknown_tag"
    if not tag.enabled:
        return "disabled_tag"
    if row.value is not None and not (row.value == UNAVAILABLE and tag.kind != TEXT):
        if type(row.value) not in TAKES[tag.kind] or (tag.kind == BOOL and row.value not in (0, 1)):
            return "wrong_type"
        if tag.kind != TEXT and not tag.low <= row.value <= tag.high:
            return "out_of_range"
    if found.time_us(row) > WINDOW.newest_us:
        return "future"
    return "too_old" if found.time_us(row) < WINDOW.oldest_us else ""


a_value = st.one_of(
    st.none(), st.booleans(), st.integers(-200, 200), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5), st.just("a\0b"), st.lists(st.integers(), max_size=1), st.just(10**320), st.just("UNAVAILABLE"),
)  # fmt: skip
a_time = st.one_of(st.integers(-2_000_000, 100_000), st.floats(-1e6, 1e5), st.integers(-(10**16), 10**16), st.just(0))
a_row = st.one_of(
    st.tuples(st.integers(-1, 6), a_time, a_value),
    st.tuples(st.integers(0, 5), st.integers(-1000, 1000), a_value, st.integers(-5, 300)),
    st.tuples(st.integers(0, 5), st.just(0), a_value, st.just(192), st.integers(-1, 3)),
    st.tuples(st.integers(0, 3), st.integers(-1000, 1000), st.integers(-150, 150)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(a_row, max_size=12))
def test_the_fast_way_agrees_with_the_plain_rule(rows: list[tuple[Any, ...]]) -> None:
    found = packet([list(row) for row in rows])
    columns = judge(found, KNOWN, WINDOW)
    expected = {index: code for index in range(len(rows)) if (code := one_by_one(found, index))}
    assert {row.offset: row.code for row in columns.bad} == expected
    good = {
        offset: (tag, at, None if null else value, quality)
        for offset, tag, at, value, null, quality in zip(
            columns.offset.tolist(), columns.tag.tolist(), columns.at.tolist(), columns.value.tolist(),
            columns.null.tolist(), columns.quality.tolist(), strict=True,
        )
    }  # fmt: skip
    good |= {row.offset: (row.tag_id, row.at_us, row.value, row.quality) for row in columns.texts}
    assert set(good) == set(range(len(rows))) - set(expected)
    for index, (tag, at, value, quality) in good.items():
        row = found.rows[index]
        info = KNOWN[TAGS[row.tag]]
        empty = row.value == UNAVAILABLE and info.kind != TEXT
        assert (tag, at) == (info.id, found.time_us(row))
        assert quality == (min(row.quality, wire.Quality.NO_COMMUNICATION) if empty else row.quality)
        if info.kind == TEXT:
            assert value == (row.value if isinstance(row.value, str | None) else json.loads(json.dumps(value)))
            assert value is None or isinstance(value, str)
        else:
            assert value == (None if empty or row.value is None else float(row.value))


def test_rows_known_already_are_left_out() -> None:
    columns = judge(packet([[0, 0, 1], [1, 0, "a"], [0, 0, 999], [0, 0, 2], [1, 0, "b"], [0, 0, 999]]), KNOWN, WINDOW)
    rest = columns.after(3)
    assert (rest.offset.tolist(), [r.offset for r in rest.texts], [r.offset for r in rest.bad]) == ([3], [4], [5])
    assert columns.after(0) is columns


def test_binary_rows_are_what_postgres_reads() -> None:
    columns = judge(packet([[0, 0.001, 1.5], [0, 1, None, 0]]), KNOWN, WINDOW)
    body = copying.numbers(columns.tag, columns.at, columns.value, columns.null, columns.quality, 9, columns.offset + 5)
    at = T0 * 1000 + 1 - copying.EPOCH_US
    full = b"".join([
        (6).to_bytes(2), (4).to_bytes(4), (1).to_bytes(4), (8).to_bytes(4), at.to_bytes(8), (8).to_bytes(4),
        np.array([1.5], ">f8").tobytes(), (2).to_bytes(4), (192).to_bytes(2), (4).to_bytes(4), (9).to_bytes(4),
        (8).to_bytes(4), (5).to_bytes(8),
    ])  # fmt: skip
    assert body[: len(full)] == full
    assert len(body) == len(full) + len(full) - 8
    assert isinstance(columns, Columns)


def test_the_horizon_is_widened_on_purpose_only() -> None:
    assert window_of(T0, 90, None) == ((T0 - 90 * 86_400_000) * 1000, (T0 + 2000) * 1000)
    assert window_of(T0, 90, 5).oldest_us == 5
    assert window_of(T0, 90, T0 * 1000).oldest_us == (T0 - 90 * 86_400_000) * 1000


@pytest.mark.parametrize(
    ("age_s", "rows", "ms"),
    [(0, 0, 0), (5, 0, 0), (7, 0, 100), (3600, 0, 1000), (0, 100_000, 0), (0, 120_000, 100), (0, 10**9, 1000)],
)
def test_senders_are_slowed_down_when_states_or_commits_lag(age_s: float, rows: int, ms: int) -> None:
    assert slow_down(age_s, rows) == ms


def test_an_allowance_fills_up_again() -> None:
    allowance = Allowance(per_s=2, burst=3)
    assert [allowance.take(100.0) for _turn in range(4)] == [0, 0, 0, 0.5]
    assert allowance.take(100.5) == 0
    assert [allowance.take(200.0) for _turn in range(4)] == [0, 0, 0, 0.5]
