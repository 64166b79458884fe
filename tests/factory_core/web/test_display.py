"""How a machine state, a length of time and a number are shown."""

from decimal import Decimal

import pytest
from django.utils import translation

from factory_core.web.display import FAMILIES, clock, display_state, display_word, duration, percent, quantity


@pytest.mark.parametrize(
    ("state", "family"),
    [
        ("PRODUCING", "run"),
        ("SETUP", "setup"),
        ("IDLE", "wait"),
        ("BLOCKED", "wait"),
        ("STARVED", "wait"),
        ("STOPPED", "stop"),
        ("FAULT", "stop"),
        ("MAINTENANCE", "plan"),
        ("OFF", "off"),
        ("NO_DATA", "off"),
        ("?", "off"),
    ],
)
def test_every_machine_state_has_a_family(state: str, family: str) -> None:
    assert display_state(state) == family


def test_a_stop_without_a_reason_asks_and_a_planned_one_is_calm() -> None:
    assert display_state("STARVED", asks=True) == "ask"
    assert display_state("FAULT", asks=True, planned=True) == "plan"


def test_running_and_silence_never_ask() -> None:
    assert display_state("PRODUCING", asks=True) == "run"
    assert display_state("NO_DATA", asks=True) == "off"


def test_speed_loss_is_drawn_only_while_it_produces() -> None:
    assert display_state("PRODUCING", slow=True) == "slow"
    assert display_state("STOPPED", slow=True) == "stop"


def test_the_word_says_more_than_the_colour_where_it_can() -> None:
    with translation.override("en"):
        assert str(display_word("STARVED", "wait")) == "Waiting for material"
        assert str(display_word("STARVED", "ask")) == "Stopped, no reason"
        assert str(display_word("OFF", "off")) == "Switched off"
        assert str(display_word("MAINTENANCE", "plan")) == "Maintenance"
        assert str(FAMILIES["run"].word) == "Running"


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0:00"), (59.9, "0:59"), (259, "4:19"), (3723, "1:02:03"), (90000, "1 d 1 h")]
)
def test_a_running_clock(seconds: float, text: str) -> None:
    with translation.override("en"):
        assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(42, "42 s"), (59.6, "1 min"), (1020, "17 min"), (3600, "1 h"), (4320, "1 h 12 min"), (3599, "1 h")],
)
def test_a_finished_length(seconds: float, text: str) -> None:
    with translation.override("en"):
        assert duration(seconds) == text


def test_numbers_are_written_the_readers_way() -> None:
    with translation.override("de"):
        assert quantity(Decimal("1234.500")) == "1.234,5"
    with translation.override("en"):
        assert quantity(Decimal("1234.500")) == "1,234.5"
        assert quantity(Decimal("1E+2")) == "100"
        assert quantity(0) == "0"
        assert quantity(None) == "–"


def test_nothing_of_nothing_is_no_percentage() -> None:
    assert percent(0, 0) == 0
    assert percent(1, 3) == 33
