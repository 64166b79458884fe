"""How much work is left of a step: what is missing, at the pace it has shown."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

# Fewer pieces say nothing about a pace.
ENOUGH = 10
HUNDRED = Decimal(100)
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Step:
    """What goes into a step, what it loses of it in percent, its set-up and the planned seconds of a piece."""

    quantity: Decimal
    loss_percent: Decimal
    setup_s: Decimal
    run_s: Decimal


def pace_of(step: Step, good: Decimal, spent: timedelta) -> Decimal:
    """Seconds for one good piece: measured (working time spent without set-up and stops, by good pieces), once ten
    pieces are made; before that, as planned with what is usually lost."""
    planned = step.run_s * (1 + step.loss_percent / HUNDRED)
    if good < ENOUGH:
        return planned
    measured = (Decimal(spent // timedelta(milliseconds=1)) / 1000 - step.setup_s) / good
    return measured if measured > 0 else planned


def seconds_left(step: Step, good: Decimal, pace: Decimal, spent: timedelta | None) -> Decimal:
    """Work left in seconds. `spent` None: not begun, all its set-up is ahead; otherwise the set-up counts as done as
    soon as there is a good piece, and before that what of it has not passed."""
    wanted = step.quantity / (1 + step.loss_percent / HUNDRED)
    setup = step.setup_s
    if spent is not None:
        setup = NOTHING if good > 0 else max(NOTHING, setup - Decimal(spent // timedelta(seconds=1)))
    return setup + max(NOTHING, wanted - good) * pace
