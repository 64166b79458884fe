"""Simulated machines: the same life for the same seed, wherever one looks from, with everything a real one does."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

from telemetry.edge.devices import Simulator
from telemetry.edge.drivers.simulator import history, life, one_day
from telemetry.edge.drivers.timeline import ALARMS, DAY_S, SLOW, day_of, noise, phases
from tests.patience import PATIENCE_S, wait_until
from tests.telemetry.edge.helpers import start_agent, write_config

DAY = "2026-11-20"
NOON_US = 1_795_176_000_000_000


def machine(**changes):
    return Simulator(**{"code": "M1", "pattern": "troubled", "seed": 3, "cycle_s": 20, "sample_s": 60, **changes})


def test_the_day_of_a_moment():
    assert day_of(NOON_US) == (DAY, NOON_US - 43_200_000_000)
    assert day_of(NOON_US - 43_200_000_000)[0] == DAY
    assert day_of(NOON_US - 43_200_000_001)[0] == "2026-11-19"


def test_the_same_settings_give_the_same_day_and_others_another():
    assert list(phases(machine(), DAY)) == list(phases(machine(), DAY))
    assert list(phases(machine(), DAY)) != list(phases(machine(seed=4), DAY))
    assert list(phases(machine(), DAY)) != list(phases(machine(), "2026-11-21"))
    assert list(phases(machine(), DAY)) != list(phases(machine(code="M2"), DAY))


def test_a_day_has_no_holes_and_counts_every_part_once():
    day = list(phases(machine(), DAY))

    assert day[0].start == 0
    assert day[-1].end >= DAY_S
    assert all(later.start == earlier.end for earlier, later in pairwise(day))
    parts = [phase.parts for phase in day if phase.execution == "ACTIVE"]
    assert parts == list(range(1, len(parts) + 1))
    assert 0 < day[-1].scrap < day[-1].parts * 0.06


def test_everything_that_happens_to_machines_happens():
    day = list(phases(machine(), DAY))
    words = {phase.execution for phase in day}
    stops = [phase for phase in day if phase.execution in ("STOPPED", "INTERRUPTED", "FEED_HOLD")]
    cycles = [phase.end - phase.start for phase in day if phase.execution == "ACTIVE"]

    assert words == {"ACTIVE", "READY", "STOPPED", "INTERRUPTED", "FEED_HOLD"}
    assert any(phase.end - phase.start < 300 for phase in stops)
    assert any(phase.end - phase.start >= 300 for phase in stops)
    assert {phase.alarm for phase in day} - {""} <= set(ALARMS)
    assert any(phase.alarm for phase in day)
    assert any(phase.mode == "MANUAL" for phase in day)
    assert any(phase.silent for phase in list(phases(machine(pattern="dark"), DAY)))
    assert all(20 * 0.97 <= cycle <= 20 * SLOW * 1.03 for cycle in cycles)
    assert any(cycle > 20 * 1.5 for cycle in cycles)


def test_started_again_in_the_middle_of_a_day_the_machine_is_where_it_would_have_been():
    device = machine(sample_s=1)
    midnight = day_of(NOON_US)[1]
    whole = [event for event in one_day(device, DAY, midnight, midnight) if event[0] > NOON_US]
    later = list(one_day(device, DAY, midnight, NOON_US))

    for name in ("current", "power"):
        assert [event for event in later if event[2] == name] == [event for event in whole if event[2] == name]
    counts = [event for event in later if event[2] == "part_count"]
    assert set(counts[1:]) <= {event for event in whole if event[2] == "part_count"}
    assert [event[0] for event in later] == sorted(event[0] for event in later)
    # The first thing it says is what it is doing.
    assert {"execution", "mode", "alarm_code"} <= {event[2] for event in later[:6]}


def test_alarms_go_by_the_lane_that_is_never_thinned():
    midnight = day_of(NOON_US)[1]
    lanes = {(event[2], event[1]) for event in one_day(machine(), DAY, midnight, midnight)}
    assert lanes == {
        ("alarm_code", "e"),
        *((name, "s") for name in ("execution", "mode", "current", "power", "part_count", "scrap_count")),
    }


def test_nothing_is_heard_while_the_machine_is_silent_and_its_words_are_said_again_afterwards():
    device = machine(pattern="dark", sample_s=5)
    midnight = day_of(NOON_US)[1]
    events = list(one_day(device, DAY, midnight, midnight))
    silent = [phase for phase in phases(device, DAY) if phase.silent]
    assert silent
    for phase in silent:
        start, end = midnight + round(phase.start * 1e6), midnight + round(phase.end * 1e6)
        assert not [event for event in events if start < event[0] < end]


def test_the_clock_goes_on_over_midnight_with_counters_at_zero():
    device = machine(sample_s=600)
    midnight = day_of(NOON_US)[1] + int(DAY_S * 1e6)
    start = midnight - 600_000_000
    events = list(takewhile(lambda event: event[0] < midnight + 7_200_000_000, life(device, start)))

    assert [event[0] for event in events] == sorted(event[0] for event in events)
    counts = [event[3] for event in events if event[2] == "part_count" and event[0] > midnight]
    assert counts[0] in (0, 1)


def test_a_history_is_numbered_and_the_same_each_time_and_ends_where_the_present_begins():
    device = machine(sample_s=1, history_from=datetime(2026, 11, 20, 6, tzinfo=UTC))
    until = NOON_US
    rows = list(history(device, "M1.", until))

    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert rows == list(history(device, "M1.", until))
    earlier = list(history(device, "M1.", NOON_US - 3_600_000_000))
    assert rows[: len(earlier)] == earlier
    assert rows[0].at_us >= NOON_US - 6 * 3_600_000_000
    assert until - 3_600_000_000 < rows[-1].at_us < until
    assert 0 < sum(row.tag == "M1.current" for row in rows) <= 6 * 360
    assert list(history(machine(), "M1.", until)) == []


def test_the_first_start_sends_the_history_once_even_if_killed_in_the_middle(tmp_path, server):
    began = datetime.now(UTC) - timedelta(hours=30)
    device = (
        '[[device]]\ncode = "M1"\ndriver = "simulator"\nseed = 2\npattern = "steady"\n'
        f"history_from = {began:%Y-%m-%dT%H:%M:%SZ}\n"
    )
    config = write_config(tmp_path, server.url, device)
    killed = start_agent(config)
    wait_until(lambda: len(server.rows) >= 1000)
    killed.kill()
    killed.wait(PATIENCE_S)

    for _ in range(2):
        agent = start_agent(config)
        before = len(server.heartbeats)
        wait_until(lambda before=before: any(beat["latest"] for beat in list(server.heartbeats)[before:]))
        wait_until(lambda: server.heartbeats[-1]["spool_rows"] == 0)
        wait_until(lambda: len({key[0] for key, row in list(server.rows.items()) if row[0] == "M1.current"}) == 2)
        agent.terminate()
        assert agent.wait(PATIENCE_S) == 0

    past = max(server.marks, key=lambda key: server.marks[key])
    samples = [row[1] for key, row in server.rows.items() if row[0] == "M1.current" and key[0] == past[0]]
    present = [row[1] for key, row in server.rows.items() if row[0] == "M1.current" and key[0] != past[0]]
    assert samples == sorted(set(samples))
    assert len(samples) > 9_000
    assert present
    assert min(present) > max(samples)
    assert server.gaps == []


def test_speed_shortens_the_day_of_the_machine():
    slow, fast = (list(phases(machine(speed=speed), DAY)) for speed in (1, 4))
    assert fast[-1].end >= 4 * DAY_S
    assert fast[-1].parts > 3 * slow[-1].parts


def test_noise_is_even_and_repeatable():
    values = [noise(1, index) for index in range(10_000)]
    assert values == [noise(1, index) for index in range(10_000)]
    assert -1 <= min(values) < -0.99 < 0.99 < max(values) <= 1
    assert abs(sum(values) / len(values)) < 0.03
