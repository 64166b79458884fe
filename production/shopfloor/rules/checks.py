"""When a check of an operation is due, and whether what it gave is in order. Plain Python.

FIRST: once in each run of the operation, from its start on. EVERY n: when the good pieces reach the next multiple of
n after the piece of the last result. LAST: when the good pieces reach the quantity of the operation, done at the last
piece. A check is done when its result is written down, in order or not: what becomes of bad pieces is quality's to say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from production.products.states import CheckKind, CheckWhen


class Fault(StrEnum):
    """Why something typed is no result of a check."""

    NO_NUMBER = "no_number"
    NO_ANSWER = "no_answer"
    NO_CHOICE = "no_choice"
    NO_DATE = "no_date"
    NO_TEXT = "no_text"
    NO_PICTURE = "no_picture"


class NotAResult(ValueError):
    """What was typed does not answer the check; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class Check:
    """A check as the order froze it."""

    position: int
    name: str
    kind: CheckKind
    unit: str
    lower: Decimal | None
    upper: Decimal | None
    choices: tuple[str, ...]
    when: CheckWhen
    every: int
    is_required: bool


@dataclass(frozen=True)
class Result:
    """A standing result: at which piece, when."""

    position: int
    piece: Decimal
    at: datetime


@dataclass(frozen=True)
class Due:
    """Where a check stands: due now, or at which good piece next; None where no further one follows."""

    check: Check
    now: bool
    at_piece: Decimal | None


@dataclass(frozen=True)
class Answer:
    """What a check gave, as it is kept."""

    number: Decimal | None
    text: str
    is_ok: bool


def read_checks(frozen: Iterable[Mapping[str, Any]]) -> list[Check]:
    """The checks of an operation from their frozen form, in order."""
    return sorted((_read(one) for one in frozen), key=lambda check: check.position)


def standing(check: Check, results: Iterable[Result], run_started_at: datetime | None, good: Decimal,
             wanted: Decimal) -> Due:  # fmt: skip
    """Whether a check is due, given its standing results, the start of the run and the good pieces so far."""
    mine = [result for result in results if result.position == check.position]
    if check.when == CheckWhen.FIRST:
        done = any(run_started_at is None or result.at >= run_started_at for result in mine)
        return Due(check, now=not done, at_piece=None)
    last = max((result.piece for result in mine), default=None)
    if check.when == CheckWhen.LAST:
        reached = good >= wanted
        done = last is not None and last >= min(good, wanted)
        return Due(check, now=reached and not done, at_piece=None if reached else wanted)
    step = Decimal(max(check.every, 1))
    next_piece = ((last or Decimal(0)) // step + 1) * step
    return Due(check, now=good >= next_piece, at_piece=next_piece)


def open_at_end(checks: Sequence[Check], results: Sequence[Result], run_started_at: datetime | None, good: Decimal,
                wanted: Decimal) -> list[Check]:  # fmt: skip
    """The required checks that are missing when somebody wants to finish; none where nothing good was made.

    Whoever finishes makes the last piece the last one, however many were wanted.
    """
    if good <= 0:
        return []
    needed = [check for check in checks if check.is_required]
    return [check for check in needed if standing(check, results, run_started_at, good, min(good, wanted)).now]


def judged(check: Check, number: Decimal | None, text: str, picture: str, said_ok: bool) -> Answer:
    """What was captured, judged: numbers by their limits (limits included), yes/no by the answer, the rest as said.

    Raises NotAResult.
    """
    text = text.strip()
    if check.kind == CheckKind.NUMBER:
        if number is None:
            raise NotAResult(Fault.NO_NUMBER)
        low = check.lower is None or number >= check.lower
        high = check.upper is None or number <= check.upper
        return Answer(number, text, low and high)
    if check.kind == CheckKind.YES_NO:
        if text not in ("yes", "no"):
            raise NotAResult(Fault.NO_ANSWER)
        return Answer(None, text, text == "yes")
    if check.kind == CheckKind.CHOICE and text not in check.choices:
        raise NotAResult(Fault.NO_CHOICE)
    if check.kind == CheckKind.DATE and not _is_date(text):
        raise NotAResult(Fault.NO_DATE)
    if check.kind == CheckKind.TEXT and not text:
        raise NotAResult(Fault.NO_TEXT)
    if check.kind == CheckKind.PHOTO and not picture:
        raise NotAResult(Fault.NO_PICTURE)
    return Answer(None, text, said_ok)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read(one: Mapping[str, Any]) -> Check:
    return Check(
        position=int(one["position"]),
        name=str(one["name"]),
        kind=CheckKind(one.get("kind") or CheckKind.NUMBER),
        unit=str(one.get("unit") or ""),
        lower=_number(one.get("lower")),
        upper=_number(one.get("upper")),
        choices=tuple(map(str, one.get("choices") or ())),
        when=CheckWhen(one.get("when") or CheckWhen.FIRST),
        every=int(one.get("every") or 0),
        is_required=bool(one.get("is_required")),
    )


def _number(given: Any) -> Decimal | None:
    if given in (None, ""):
        return None
    try:
        return Decimal(str(given))
    except InvalidOperation:
        return None
