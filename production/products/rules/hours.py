"""Times of operations as other systems tell them: hours for a lot, minutes, seconds; turned into seconds a piece."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

MILLI, MILLIONTH = Decimal("0.001"), Decimal("0.000001")
HOUR, MINUTE = Decimal(3600), Decimal(60)


@dataclass
class Times:
    """What a row says of time, in the columns of an operation; `rounded` names what did not fit the millisecond."""

    said: dict[str, Decimal] = field(default_factory=dict)
    by_people: bool = False
    rounded: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)

    def put(self, name: str, exact: Decimal, digits: Decimal) -> None:
        """Keep a figure with the digits that are stored."""
        kept = exact.quantize(digits, ROUND_HALF_UP)
        if kept != exact and name != "run_crew":
            self.rounded.append((name, exact, kept))
        self.said[name] = kept


def times_of(values: Mapping[str, Any]) -> Times:
    """Set-up and run time from whatever a row says: seconds, minutes, or hours.

    Hours are those of a whole lot: run_s = machine hours × 3600 / lot size. Labour hours are all the people's time of
    the lot, set-up included, so run_crew = labour hours / machine hours and set-up needs nobody beside; work without a
    machine takes run_s = labour hours × 3600 / lot size of one person.
    """
    times = Times()
    for name, column in (("setup", "setup_s"), ("wait", "wait_s"), ("run", "run_s")):
        for unit, factor in (("seconds", Decimal(1)), ("minutes", MINUTE), ("hours", HOUR)):
            said = values.get(f"{name}_{unit}")
            if said is not None and column not in times.said:
                times.put(column, Decimal(said) * factor, MILLI)
    machine, labour = values.get("machine_hours"), values.get("labour_hours")
    lot = Decimal(values.get("lot_size") or 1)
    if "run_s" not in times.said and machine:
        times.put("run_s", Decimal(machine) * HOUR / lot, MILLI)
        if labour is not None:
            times.put("run_crew", Decimal(labour) / Decimal(machine), MILLIONTH)
    elif "run_s" not in times.said and labour:
        times.put("run_s", Decimal(labour) * HOUR / lot, MILLI)
        times.put("run_crew", Decimal(1), MILLIONTH)
        times.by_people = True
    if labour is not None:
        times.put("setup_crew", Decimal(0), MILLIONTH)
    for name in ("setup_crew", "run_crew"):
        if values.get(name) is not None:
            times.put(name, Decimal(values[name]), MILLIONTH)
    return times
