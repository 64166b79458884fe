"""When a lot may be used, and how long it keeps. Plain Python."""

from datetime import date, timedelta

from inventory.lots.states import LOT_MOVES, USABLE, LotStatus

REASON_NEEDED = frozenset({LotStatus.HOLD, LotStatus.REJECTED})


def can_move(here: str, there: str) -> bool:
    """Whether a judgement leads from one status to the other."""
    return LotStatus(there) in LOT_MOVES[LotStatus(here)]


def is_usable(status: str, *, inspected: bool) -> bool:
    """Whether stock of the lot may be used, sold and picked.

    `inspected`: the item is inspected on receipt, so a lot nobody has judged is not usable yet.
    """
    if inspected and status == LotStatus.OPEN:
        return False
    return status in USABLE


def is_blocked(status: str) -> bool:
    """Whether somebody said that the lot must not be used."""
    return status not in USABLE


def expires(made_or_received: date, shelf_life_days: int | None) -> date | None:
    """The last day of use of what was made (or came) on a day; None where the item keeps for ever."""
    return None if shelf_life_days is None else made_or_received + timedelta(days=shelf_life_days)


def contradictions(known: dict[str, object], said: dict[str, object]) -> dict[str, tuple[object, object]]:
    """What is said of a lot against what is known: field → (known, said). Nothing said contradicts nothing."""
    return {
        field: (known[field], value)
        for field, value in said.items()
        if value not in (None, "") and known[field] not in (None, "") and known[field] != value
    }
