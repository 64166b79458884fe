"""When a check is due and when a result is in order: rules without a database."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from production.shopfloor.rules.checks import (
    Answer,
    Check,
    Fault,
    NotAResult,
    Result,
    judged,
    open_at_end,
    read_checks,
    standing,
)
from tests.world.shopfloor import DIAMETER, FIRST_PIECE, LOOK

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
DIAMETERS, FIRST, LAST = read_checks([DIAMETER, FIRST_PIECE, LOOK])


def result(check: Check, piece: int, minutes: int = 10) -> Result:
    return Result(check.position, Decimal(piece), START + timedelta(minutes=minutes))


def at(check: Check, good: int, *results: Result, wanted: int = 200) -> tuple[bool, Decimal | None]:
    due = standing(check, results, START, Decimal(good), Decimal(wanted))
    return due.now, due.at_piece


def test_a_check_of_every_fifty_pieces_is_due_at_each_multiple_of_fifty() -> None:
    assert at(DIAMETERS, 0) == (False, Decimal(50))
    assert at(DIAMETERS, 49) == (False, Decimal(50))
    assert at(DIAMETERS, 50) == (True, Decimal(50))
    assert at(DIAMETERS, 73, result(DIAMETERS, 73)) == (False, Decimal(100))
    assert at(DIAMETERS, 100, result(DIAMETERS, 73)) == (True, Decimal(100))
    # One that was left out is done once, not once for every fifty.
    assert at(DIAMETERS, 170, result(DIAMETERS, 170)) == (False, Decimal(200))


def test_the_first_piece_is_checked_once_in_each_run() -> None:
    assert at(FIRST, 0) == (True, None)
    assert at(FIRST, 5, result(FIRST, 1)) == (False, None)
    assert at(FIRST, 5, result(FIRST, 1, minutes=-60)) == (True, None)


def test_the_last_piece_is_checked_at_the_last_piece() -> None:
    assert at(LAST, 199) == (False, Decimal(200))
    assert at(LAST, 200) == (True, None)
    assert at(LAST, 200, result(LAST, 10)) == (True, None)
    assert at(LAST, 203, result(LAST, 200)) == (False, None)


def test_only_required_checks_stand_in_the_way_and_only_where_something_was_made() -> None:
    checks = [DIAMETERS, FIRST, LAST]
    assert open_at_end(checks, [], START, Decimal(0), Decimal(200)) == []
    assert open_at_end(checks, [], START, Decimal(60), Decimal(200)) == [DIAMETERS, FIRST]
    done = [result(DIAMETERS, 60), result(FIRST, 1)]
    assert open_at_end(checks, done, START, Decimal(60), Decimal(200)) == []


def test_whoever_finishes_early_makes_the_last_piece() -> None:
    needed = read_checks([{**LOOK, "is_required": True}])
    assert open_at_end(needed, [], START, Decimal(60), Decimal(200)) == needed
    assert open_at_end(needed, [result(needed[0], 60)], START, Decimal(60), Decimal(200)) == []


@pytest.mark.parametrize(
    ("number", "ok"),
    [("11.9", True), ("12.1", True), ("12", True), ("11.899999", False), ("12.100001", False)],
)
def test_limits_belong_to_what_is_in_order(number: str, ok: bool) -> None:
    assert judged(DIAMETERS, Decimal(number), "", "", said_ok=False) == Answer(Decimal(number), "", ok)


def test_yes_no_is_judged_by_the_answer_and_the_rest_by_the_person() -> None:
    assert judged(FIRST, None, "no", "", said_ok=True).is_ok is False
    assert judged(LAST, None, "scratched", "", said_ok=False) == Answer(None, "scratched", False)
    [day] = read_checks([{**LOOK, "kind": "DATE"}])
    assert judged(day, None, " 2026-11-20 ", "", said_ok=True) == Answer(None, "2026-11-20", True)


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("NUMBER", "", Fault.NO_NUMBER),
        ("YES_NO", "maybe", Fault.NO_ANSWER),
        ("CHOICE", "bent", Fault.NO_CHOICE),
        ("DATE", "20.11.", Fault.NO_DATE),
        ("TEXT", "  ", Fault.NO_TEXT),
        ("PHOTO", "", Fault.NO_PICTURE),
    ],
)
def test_what_answers_nothing_is_no_result(kind: str, text: str, fault: Fault) -> None:
    [check] = read_checks([{**LOOK, "kind": kind}])
    with pytest.raises(NotAResult) as refused:
        judged(check, None, text, "", said_ok=True)
    assert refused.value.fault == fault
