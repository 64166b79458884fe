"""Walking order, how much of a line is still to be picked, and whether a lot may be sent. Plain Python."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from inventory.dispatch.states import DISPATCH_MOVES, DispatchStatus

NOTHING = Decimal(0)
_PARTS = re.compile(r"(\d+)")


def can_move(here: str, there: str) -> bool:
    """Whether a dispatch may go from one status to another."""
    return DispatchStatus(there) in DISPATCH_MOVES[DispatchStatus(here)]


def walking_key(code: str) -> tuple[tuple[int, int | str], ...]:
    """Places in the order one walks by them: numbers inside codes count as numbers, so A-2 comes before A-10."""
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in _PARTS.split(code.upper()) if part)


def still_to_pick(planned: Decimal, picked: Decimal, *, short: bool) -> Decimal:
    """What is left to pick of a line; nothing of a line somebody declared short."""
    return NOTHING if short else max(planned - picked, NOTHING)


def spread(quantity: Decimal, needs: Sequence[Decimal]) -> list[Decimal]:
    """A picked quantity over several lines of the same item, the first line first."""
    taken = []
    for need in needs:
        part = min(need, quantity)
        taken.append(part)
        quantity -= part
    return taken


def has_expired(expires_on: date | None, today: date) -> bool:
    """Whether a lot's last day has passed."""
    return expires_on is not None and expires_on < today


def is_late(planned_on: date | None, today: date, status: str) -> bool:
    """Whether a dispatch should have left by now."""
    waits = status in (DispatchStatus.PICKING, DispatchStatus.PACKED)
    return waits and planned_on is not None and planned_on < today
