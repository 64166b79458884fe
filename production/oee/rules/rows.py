"""The rows that are kept of an account: its slices summed by class, reason and order. Plain Python.

Borders are rounded to the millisecond before lengths are taken, so the rows of an account add up to it exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from production.oee.rules.account import Slice, Stopped, microseconds
from production.oee.states import TimeClass

MILLISECOND = Decimal("0.001")
MICRO = Decimal("0.000001")
Key = tuple[TimeClass, int | None, int | None]


@dataclass(frozen=True)
class Made:
    """What was made of an order on a machine. `ideal_s`: seconds that ideal cycles need for `produced_with_ideal`."""

    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    rework: Decimal = Decimal(0)
    ideal_s: Decimal = Decimal(0)
    produced_with_ideal: Decimal = Decimal(0)

    @property
    def produced(self) -> Decimal:
        """PQ of ISO 22400: every piece, good, scrap or to be reworked."""
        return self.good + self.scrap + self.rework

    def __add__(self, other: "Made") -> "Made":
        return Made(
            self.good + other.good,
            self.scrap + other.scrap,
            self.rework + other.rework,
            self.ideal_s + other.ideal_s,
            self.produced_with_ideal + other.produced_with_ideal,
        )


@dataclass
class Row:
    """Seconds, stops, pieces and energy of one class, reason and order in an account."""

    time_class: TimeClass
    reason_id: int | None
    order_id: int | None
    item_id: int | None = None
    seconds: Decimal = Decimal(0)
    stops: int = 0
    unexplained: int = 0
    made: Made = field(default_factory=Made)
    energy_kwh: Decimal | None = None


def summed(
    slices: Sequence[Slice],
    *,
    stops: Iterable[Stopped],
    made: Mapping[int | None, Made],
    items: Mapping[int, int | None],
    energy: Sequence[Decimal | None] | None = None,
) -> list[Row]:
    """The rows of an account from its slices.

    A stop counts once, in the slice where it begins to decide; one that began before the account was counted there.
    `made` is by order, `items` names the item of each order, `energy` goes with the slices (None: unknown).
    """
    if not slices:
        return []
    start = slices[0].started_at
    known = {stop.id: stop for stop in stops}
    rows: dict[Key, Row] = {}
    counted: set[int] = set()
    for index, one in enumerate(slices):
        row = _row(rows, (one.time_class, one.reason_id, one.order_id), items)
        row.seconds += _ms(start, one.ended_at) - _ms(start, one.started_at)
        if energy is not None and (used := energy[index]) is not None:
            row.energy_kwh = (row.energy_kwh or Decimal(0)) + used
        stop = known.get(one.stop_id) if one.stop_id is not None else None
        if stop is not None and stop.id not in counted and stop.started_at >= start:
            counted.add(stop.id)
            row.stops += 1
            row.unexplained += stop.unexplained and one.time_class == TimeClass.UNPLANNED_STOP
    producing = TimeClass.PRODUCING if any(one.time_class != TimeClass.NO_SHIFT for one in slices) else None
    for order_id, pieces in made.items():
        _row(rows, (producing or TimeClass.NO_SHIFT, None, order_id), items).made += pieces
    for row in rows.values():
        if row.energy_kwh is not None:
            row.energy_kwh = row.energy_kwh.quantize(MICRO)
    return [row for key, row in sorted(rows.items(), key=_in_order) if row.seconds or row.stops or row.made != Made()]


def _row(rows: dict[Key, Row], key: Key, items: Mapping[int, int | None]) -> Row:
    time_class, reason_id, order_id = key
    if key not in rows:
        item_id = items.get(order_id) if order_id is not None else None
        rows[key] = Row(time_class, reason_id, order_id, item_id)
    return rows[key]


def _in_order(entry: tuple[Key, Row]) -> tuple[str, int, int]:
    time_class, reason_id, order_id = entry[0]
    return time_class.value, reason_id or 0, order_id or 0


def _ms(start: datetime, moment: datetime) -> Decimal:
    return Decimal((microseconds(start, moment) + 500) // 1000) * MILLISECOND
