"""A tag that names what the machine does becomes states."""

import pytest

from telemetry.states.rules.fold import timeline
from tests.telemetry.states.readings import a_rule, in_seconds, said, us

EXECUTION = {"kind": "words", "tag": "execution"}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ACTIVE", "PRODUCING"),
        ("READY", "IDLE"),
        ("WAIT", "IDLE"),
        ("PROGRAM_COMPLETED", "IDLE"),
        ("STOPPED", "STOPPED"),
        ("INTERRUPTED", "STOPPED"),
        ("FEED_HOLD", "STOPPED"),
        ("PROGRAM_STOPPED", "STOPPED"),
        ("OPTIONAL_STOP", "STOPPED"),
        ("PROGRAM_OPTIONAL_STOP", "STOPPED"),
        ("UNAVAILABLE", "NO_DATA"),
    ],
)
def test_execution_words_have_their_state(word, state):
    assert in_seconds(timeline(said("execution", (5, word)), a_rule(EXECUTION))) == [(5, None, state, word)]


def test_case_and_blanks_make_no_difference():
    line = timeline(said("execution", (0, "Active"), (4, " ACTIVE "), (9, "ready")), a_rule(EXECUTION))
    assert in_seconds(line) == [(0, 9, "PRODUCING", "ACTIVE"), (9, None, "IDLE", "READY")]


def test_an_unknown_word_gets_the_stated_state_and_stays_visible():
    rule = a_rule({**EXECUTION, "otherwise": "IDLE"})
    assert in_seconds(timeline(said("execution", (1, "Wobbling")), rule)) == [(1, None, "IDLE", "WOBBLING")]


def test_without_a_statement_an_unknown_word_is_a_stop():
    assert in_seconds(timeline(said("execution", (1, "ODD")), a_rule(EXECUTION))) == [(1, None, "STOPPED", "ODD")]


def test_two_words_of_one_state_are_two_intervals():
    line = timeline(said("execution", (0, "FEED_HOLD"), (3, "STOPPED"), (8, "ACTIVE")), a_rule(EXECUTION))
    assert in_seconds(line) == [
        (0, 3, "STOPPED", "FEED_HOLD"),
        (3, 8, "STOPPED", "STOPPED"),
        (8, None, "PRODUCING", "ACTIVE"),
    ]


def test_a_word_said_again_changes_nothing():
    line = timeline(said("execution", (0, "ACTIVE"), (2, "ACTIVE"), (4, "ACTIVE")), a_rule(EXECUTION))
    assert in_seconds(line) == [(0, None, "PRODUCING", "ACTIVE")]


def test_a_tag_that_speaks_on_change_holds_its_word():
    line = timeline(said("execution", (0, "ACTIVE")), a_rule(EXECUTION), until=us(1_000_000))
    assert in_seconds(line) == [(0, None, "PRODUCING", "ACTIVE")]


def test_silence_is_no_data_after_the_hold_time_and_never_a_stop():
    rule = a_rule({**EXECUTION, "stale_after_s": 10})
    line = timeline(said("execution", (0, "ACTIVE"), (30, "ACTIVE")), rule, until=us(60))
    assert in_seconds(line) == [
        (0, 10, "PRODUCING", "ACTIVE"),
        (10, 30, "NO_DATA", "SILENT"),
        (30, 40, "PRODUCING", "ACTIVE"),
        (40, None, "NO_DATA", "SILENT"),
    ]


def test_a_reading_at_the_very_end_of_the_hold_time_is_in_time():
    rule = a_rule({**EXECUTION, "stale_after_s": 10})
    line = timeline(said("execution", (0, "ACTIVE"), (10, "ACTIVE")), rule)
    assert in_seconds(line) == [(0, None, "PRODUCING", "ACTIVE")]


def test_bad_quality_and_null_say_nothing():
    readings = (
        said("execution", (0, "ACTIVE"))
        + said("execution", (5, "STOPPED"), quality=63)
        + said("execution", (6, None))
        + said("execution", (7, float("nan")))
        + said("execution", (8, "READY"), quality=64)
    )
    assert in_seconds(timeline(readings, a_rule(EXECUTION))) == [
        (0, 8, "PRODUCING", "ACTIVE"),
        (8, None, "IDLE", "READY"),
    ]


def test_of_two_words_at_one_instant_the_later_number_holds():
    readings = said("execution", (0, "READY"), (4, "ACTIVE"), (4, "STOPPED"))
    expected = [(0, 4, "IDLE", "READY"), (4, None, "STOPPED", "STOPPED")]
    assert in_seconds(timeline(readings, a_rule(EXECUTION))) == expected
    assert in_seconds(timeline(readings[::-1], a_rule(EXECUTION))) == expected


def test_numbers_can_be_words():
    packml = {"kind": "words", "tag": "state", "words": {"6": "PRODUCING", "9": "FAULT"}, "otherwise": "IDLE"}
    line = timeline(said("state", (0, 6.0), (3, 9), (5, 4.0)), a_rule(packml))
    assert in_seconds(line) == [(0, 3, "PRODUCING", "6"), (3, 5, "FAULT", "9"), (5, None, "IDLE", "4")]


def test_nothing_is_known_before_the_first_reading():
    assert timeline([], a_rule(EXECUTION), until=us(100)) == []
