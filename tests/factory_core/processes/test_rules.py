"""When a part of the machinery is green, amber or red."""

import pytest

from factory_core.processes.rules import (
    GIB,
    Colour,
    Part,
    beat_colour,
    clock_colour,
    disk_colour,
    queue_colour,
    worst,
)

G, A, R = Colour.GREEN, Colour.AMBER, Colour.RED


@pytest.mark.parametrize(("age_s", "colour"), [(0, G), (20, G), (20.1, A), (60, A), (60.1, R)])
def test_a_silent_process_turns_amber_then_red(age_s: float, colour: Colour) -> None:
    assert beat_colour(age_s) is colour


@pytest.mark.parametrize(("offset_s", "colour"), [(0.9, G), (-1.1, A), (5, A), (-5.1, R)])
def test_a_clock_may_be_wrong_in_both_directions(offset_s: float, colour: Colour) -> None:
    assert clock_colour(offset_s) is colour


@pytest.mark.parametrize(
    ("failed", "oldest_s", "colour"), [(0, 60, G), (1, 0, A), (0, 61, A), (1, 61, A), (0, 601, R), (3, 601, R)]
)
def test_a_failed_job_waits_for_a_person_a_long_queue_is_worse(failed: int, oldest_s: float, colour: Colour) -> None:
    assert queue_colour(failed, oldest_s) is colour


@pytest.mark.parametrize(
    ("free", "total", "colour"),
    [(6 * GIB, 1000 * GIB, G), (4 * GIB, 1000 * GIB, A), (GIB // 2, 1000 * GIB, R), (2 * GIB, 8 * GIB, G)],
)
def test_big_and_small_disks_are_measured_by_the_smaller_demand(free: int, total: int, colour: Colour) -> None:
    assert disk_colour(free, total) is colour


def test_the_worst_part_decides() -> None:
    parts = [Part("a", G, ""), Part("b", R, ""), Part("c", A, "")]
    assert worst(parts) is R
    assert worst(parts[:1]) is G
    assert worst([]) is G
