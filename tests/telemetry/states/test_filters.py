"""Noise is taken out of what is judged: bouncing words and bits, spikes of a current."""

import pytest

from telemetry.states.rules.definition import RuleMistake, read_definition
from telemetry.states.rules.fold import deadline, fold, timeline
from tests.telemetry.states.readings import a_rule, every_second, in_seconds, said, us

WORDS = {"kind": "words", "tag": "execution", "for_s": 5}
AMPS = {"kind": "current", "tag": "amps", "run_for_s": 0, "idle_for_s": 0, "off_for_s": 0}


def test_a_word_shorter_than_its_debounce_never_happened():
    line = timeline(
        said("execution", (0, "ACTIVE"), (20, "STOPPED"), (23, "ACTIVE"), (60, "READY")), a_rule(WORDS), us(70)
    )
    assert in_seconds(line) == [(0, 60, "PRODUCING", "ACTIVE"), (60, None, "IDLE", "READY")]


def test_a_word_that_held_counts_from_its_beginning():
    line = timeline(said("execution", (0, "ACTIVE"), (20, "STOPPED"), (25, "ACTIVE")), a_rule(WORDS), us(40))
    assert in_seconds(line) == [
        (0, 20, "PRODUCING", "ACTIVE"),
        (20, 25, "STOPPED", "STOPPED"),
        (25, None, "PRODUCING", "ACTIVE"),
    ]


def test_of_words_in_quick_change_the_one_that_stays_counts():
    quick = said("execution", (0, "ACTIVE"), (10, "STOPPED"), (11, "READY"), (12, "STOPPED"))
    assert in_seconds(timeline(quick, a_rule(WORDS), us(30))) == [
        (0, 12, "PRODUCING", "ACTIVE"),
        (12, None, "STOPPED", "STOPPED"),
    ]


def test_a_word_said_again_in_other_letters_goes_on_holding():
    again = said("execution", (0, "ACTIVE"), (10, "STOPPED"), (13, "stopped"), (16, "ACTIVE"))
    assert in_seconds(timeline(again, a_rule(WORDS), us(30)))[1] == (10, 16, "STOPPED", "STOPPED")


def test_the_first_word_and_silence_count_at_once():
    rule = a_rule({**WORDS, "stale_after_s": 8})
    line = timeline(said("execution", (0, "ACTIVE"), (20, "STOPPED")), rule, us(21))
    assert in_seconds(line) == [
        (0, 8, "PRODUCING", "ACTIVE"),
        (8, 20, "NO_DATA", "SILENT"),
        (20, None, "STOPPED", "STOPPED"),
    ]


def test_the_proof_of_a_word_needs_no_further_reading():
    rule = a_rule(WORDS)
    _settled, memory = fold(said("execution", (0, "ACTIVE"), (20, "STOPPED")), rule, None, us(21))
    assert deadline(rule, memory) == us(25)


def test_a_bouncing_bit_changes_nothing():
    rule = a_rule({"kind": "bits", "bits": [{"tag": "run", "state": "PRODUCING"}], "for_s": 2})
    bounce = said("run", (0, True), (10, False), (11, True), (12, False), (13, True), (30, False))
    assert in_seconds(timeline(bounce, rule, us(40))) == [(0, 30, "PRODUCING", "run"), (30, None, "IDLE", "")]


@pytest.mark.parametrize(
    ("median", "spikes", "line"),
    [
        (1, [1, 1, 9, 1, 1], [(0, 2, "IDLE", "idle"), (2, 3, "PRODUCING", "run"), (3, None, "IDLE", "idle")]),
        (3, [1, 1, 9, 1, 1], [(0, None, "IDLE", "idle")]),
        (3, [1, 1, 9, 9, 1, 1], [(0, 3, "IDLE", "idle"), (3, 5, "PRODUCING", "run"), (5, None, "IDLE", "idle")]),
        (5, [1, 1, 1, 1, 9, 9, 1, 1], [(0, None, "IDLE", "idle")]),
    ],
)
def test_the_median_takes_out_spikes(median, spikes, line):
    assert in_seconds(timeline(every_second("amps", 0, spikes), a_rule({**AMPS, "median": median}))) == line


def test_what_was_before_a_silence_is_not_averaged_with_what_comes_after():
    rule = a_rule({**AMPS, "median": 3, "stale_after_s": 10})
    readings = said("amps", (0, 1), (1, 1), (2, 1), (60, 9), (61, 9))
    assert in_seconds(timeline(readings, rule)) == [
        (0, 12, "IDLE", "idle"), (12, 60, "NO_DATA", "SILENT"), (60, None, "PRODUCING", "run"),
    ]  # fmt: skip


def test_a_debounce_below_zero_and_an_odd_median_are_refused():
    with pytest.raises(RuleMistake, match="for_s is -1; it must be 0 or more seconds"):
        read_definition({"sources": [{**WORDS, "for_s": -1}]})
    with pytest.raises(RuleMistake, match="median"):
        read_definition({"sources": [{**AMPS, "median": 2}]})
