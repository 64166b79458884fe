"""Who hears of a call that nobody answered, and after how long. Plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Step:
    """One step of a chain: after so many minutes this role hears of it."""

    step: int
    after_minutes: int
    role: str


def reached(chain: Iterable[Step], called_at: datetime, at: datetime) -> list[Step]:
    """The steps whose time has come, the first first. A call is never less escalated than its waiting says."""
    waited = at - called_at
    ordered = sorted(chain, key=lambda step: (step.after_minutes, step.step))
    return [step for step in ordered if waited >= timedelta(minutes=step.after_minutes)]
