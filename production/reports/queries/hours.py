"""Target against actual of several machines together, hour by hour of the running shift."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal

from factory_core.plant.models import Machine
from factory_core.web.display import quantity
from factory_core.web.templatetags.millwright import progress
from production.downtime.queries import shifts_at
from production.oee.queries.hours import hours_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class HourRow:
    """One hour of all machines: what they should have made by now of it, and what they made."""

    started_at: datetime
    target: str
    good: str
    drawing: str
    is_behind: bool


def hours_of_machines(machines: Sequence[Machine], at: datetime) -> list[HourRow]:
    """The hours of the running shift up to now; machines without an order add what they made, but no target."""
    lines = {machine.line_id: machine.line for machine in machines}
    shifts = shifts_at(list(lines.values()), at)
    made: dict[datetime, Decimal] = defaultdict(Decimal)
    wanted: dict[datetime, Decimal | None] = defaultdict(lambda: None)
    for machine in machines:
        for hour in hours_of(machine, shifts[machine.line_id], at):
            made[hour.started_at] += hour.made.good
            if hour.so_far is not None:
                wanted[hour.started_at] = (wanted[hour.started_at] or ZERO) + hour.so_far
    rows = []
    for start in sorted(made):
        good, target = made[start], wanted[start]
        whole = None if target is None else target.to_integral_value(ROUND_FLOOR)
        rows.append(
            HourRow(
                started_at=start,
                target=quantity(whole),
                good=quantity(good),
                drawing=progress(good, whole, whole),
                is_behind=whole is not None and good < whole,
            )
        )
    return rows
