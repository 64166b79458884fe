"""Bits, currents and pulses become states; the first source that knows decides."""

from telemetry.states.rules.fold import timeline
from tests.telemetry.states.readings import a_rule, every_second, in_seconds, said, us

CURRENT = {"kind": "current", "tag": "amps"}
BITS = {
    "kind": "bits",
    "bits": [
        {"tag": "fault", "state": "FAULT"},
        {"tag": "running", "state": "PRODUCING", "word": "running"},
        {"tag": "door_closed", "when": False, "state": "STOPPED", "word": "door open"},
    ],
    "otherwise": "IDLE",
}
PULSES = {"kind": "counter", "tag": "pieces", "cycle_s": 10, "k": 3}


def amps(*values):
    return every_second("amps", 0, values)


def test_running_counts_from_where_the_proof_began():
    line = timeline(amps(5, 5, 5), a_rule(CURRENT))
    assert in_seconds(line) == [(0, None, "PRODUCING", "run")]


def test_until_it_is_proven_nothing_is_known():
    assert in_seconds(timeline(amps(5, 5), a_rule(CURRENT))) == [(0, None, "NO_DATA", "")]


def test_one_high_reading_proves_nothing():
    line = timeline(amps(1, 1, 1, 1, 1, 1, 8, 1, 1, 1), a_rule(CURRENT))
    assert in_seconds(line) == [(0, None, "IDLE", "idle")]


def test_idle_is_back_dated_to_the_first_low_reading():
    line = timeline(amps(5, 5, 5, 5, 1, 1, 1, 1, 1, 1), a_rule(CURRENT))
    assert in_seconds(line) == [(0, 4, "PRODUCING", "run"), (4, None, "IDLE", "idle")]


def test_a_low_stretch_shorter_than_its_proof_never_happened():
    line = timeline(amps(5, 5, 5, 1, 1, 1, 1, 1, 5, 5), a_rule(CURRENT))
    assert in_seconds(line) == [(0, None, "PRODUCING", "run")]


def test_in_the_band_a_running_machine_runs_and_an_idle_one_idles():
    assert in_seconds(timeline(amps(5, 5, 5, *[2.5] * 20), a_rule(CURRENT))) == [(0, None, "PRODUCING", "run")]
    assert in_seconds(timeline(amps(*[1] * 6, *[2.5] * 20), a_rule(CURRENT))) == [(0, None, "IDLE", "idle")]
    assert in_seconds(timeline(amps(*[2.5] * 20), a_rule(CURRENT))) == [(0, None, "IDLE", "idle")]


def test_a_band_reading_breaks_the_proof_of_idling():
    line = timeline(amps(5, 5, 5, 1, 1, 1, 1, 2.5, 1, 1, 1, 1), a_rule(CURRENT))
    assert in_seconds(line) == [(0, None, "PRODUCING", "run")]


def test_exactly_on_a_threshold_is_in_the_band():
    line = timeline(amps(5, 5, 5, *[3.0] * 4, *[2.0] * 9), a_rule(CURRENT))
    assert in_seconds(line) == [(0, None, "PRODUCING", "run")]


def test_off_is_below_its_threshold():
    line = timeline(amps(5, 5, 5, *[0.1] * 6, *[1] * 6), a_rule(CURRENT))
    assert in_seconds(line) == [(0, 3, "PRODUCING", "run"), (3, 9, "OFF", "off"), (9, None, "IDLE", "idle")]


def test_silence_is_no_data_and_running_must_be_proven_again():
    readings = amps(5, 5, 5) + every_second("amps", 30, [5, 5, 5])
    assert in_seconds(timeline(readings, a_rule(CURRENT), until=us(60))) == [
        (0, 12, "PRODUCING", "run"),
        (12, 30, "NO_DATA", "SILENT"),
        (30, 42, "PRODUCING", "run"),
        (42, None, "NO_DATA", "SILENT"),
    ]


def test_a_proof_does_not_reach_across_silence():
    readings = amps(5) + every_second("amps", 30, [5, 5, 5])
    assert in_seconds(timeline(readings, a_rule(CURRENT))) == [
        (0, 10, "NO_DATA", ""),
        (10, 30, "NO_DATA", "SILENT"),
        (30, None, "PRODUCING", "run"),
    ]


def test_the_first_bit_of_the_list_that_speaks_decides():
    readings = said("running", (0, True), (9, False)) + said("fault", (3, 1.0), (6, 0.0))
    assert in_seconds(timeline(readings, a_rule(BITS))) == [
        (0, 3, "PRODUCING", "running"),
        (3, 6, "FAULT", "fault"),
        (6, 9, "PRODUCING", "running"),
        (9, None, "IDLE", ""),
    ]


def test_a_bit_may_mean_something_while_it_is_off():
    line = timeline(said("door_closed", (0, True), (2, False)), a_rule(BITS))
    assert in_seconds(line) == [(0, 2, "IDLE", ""), (2, None, "STOPPED", "door open")]


def test_bits_grow_stale_together():
    rule = a_rule({**BITS, "stale_after_s": 5})
    readings = said("running", (0, True)) + said("fault", (4, False)) + said("fault", (20, False))
    assert in_seconds(timeline(readings, rule)) == [
        (0, 9, "PRODUCING", "running"),
        (9, 20, "NO_DATA", "SILENT"),
        (20, None, "IDLE", ""),
    ]


def test_text_bits_are_understood_and_nonsense_is_not_a_bit():
    line = timeline(said("running", (0, "on"), (2, "perhaps"), (5, "OFF")), a_rule(BITS))
    assert in_seconds(line) == [(0, 5, "PRODUCING", "running"), (5, None, "IDLE", "")]


def test_a_count_proves_the_cycle_before_it():
    readings = said("pieces", (0, 100), (50, 101), (60, 102), (80, 103), (200, 103))
    assert in_seconds(timeline(readings, a_rule(PULSES))) == [
        (0, 40, "IDLE", "quiet"),
        (40, 80, "PRODUCING", "counting"),
        (80, None, "IDLE", "quiet"),
    ]


def test_counts_within_k_cycles_are_one_run():
    readings = said("pieces", (0, 1), (10, 2), (40, 3), (70.5, 4))
    assert in_seconds(timeline(readings, a_rule(PULSES))) == [
        (0, 40, "PRODUCING", "counting"),
        (40, 60.5, "IDLE", "quiet"),
        (60.5, None, "PRODUCING", "counting"),
    ]


def test_a_reset_to_zero_and_a_glitch_are_no_pieces():
    readings = said("pieces", (0, 7), (50, 0), (55, 7), (60, 0), (65, 0))
    assert in_seconds(timeline(readings, a_rule(PULSES))) == [(0, None, "IDLE", "quiet")]


def test_a_silent_counter_is_no_data_not_idle():
    rule = a_rule({**PULSES, "stale_after_s": 60})
    readings = said("pieces", (0, 1), (10, 2), (20, 3), (300, 4))
    assert in_seconds(timeline(readings, rule, until=us(310))) == [
        (0, 20, "PRODUCING", "counting"),
        (20, 80, "IDLE", "quiet"),
        (80, 300, "NO_DATA", "SILENT"),
        (300, None, "PRODUCING", "counting"),
    ]


MODE = {"kind": "words", "tag": "mode", "words": {"MANUAL": "SETUP"}, "otherwise": None}
EXECUTION = {"kind": "words", "tag": "execution"}


def test_the_first_source_that_knows_decides():
    rule = a_rule(MODE, EXECUTION)
    readings = said("execution", (0, "ACTIVE")) + said("mode", (0, "AUTOMATIC"), (5, "MANUAL"), (9, "AUTOMATIC"))
    assert in_seconds(timeline(readings, rule)) == [
        (0, 5, "PRODUCING", "ACTIVE"),
        (5, 9, "SETUP", "MANUAL"),
        (9, None, "PRODUCING", "ACTIVE"),
    ]


def test_a_source_without_data_leaves_the_word_to_the_next():
    rule = a_rule(EXECUTION, CURRENT)
    readings = said("execution", (2, "READY"), (6, "UNAVAILABLE")) + amps(*[5] * 12)
    assert in_seconds(timeline(readings, rule)) == [
        (0, 2, "PRODUCING", "run"),
        (2, 6, "IDLE", "READY"),
        (6, None, "PRODUCING", "run"),
    ]


def test_when_no_source_knows_the_first_says_why():
    rule = a_rule(EXECUTION, CURRENT)
    readings = said("execution", (0, "UNAVAILABLE")) + amps(5)
    assert in_seconds(timeline(readings, rule, until=us(30))) == [(0, None, "NO_DATA", "UNAVAILABLE")]


def test_a_back_dated_boundary_does_not_overrule_what_came_first():
    rule = a_rule(EXECUTION, CURRENT)
    readings = said("execution", (0, "UNAVAILABLE"), (8, "ACTIVE"), (9, "UNAVAILABLE"))
    readings += amps(5, 5, 5, 5, 5, 5, *[1] * 9)
    assert in_seconds(timeline(readings, rule)) == [
        (0, 6, "PRODUCING", "run"),
        (6, 8, "IDLE", "idle"),
        (8, 9, "PRODUCING", "ACTIVE"),
        (9, None, "IDLE", "idle"),
    ]
