"""How much energy went into which slice of a time account. Plain Python; times are whole microseconds since 1970."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

HOUR_US = 3_600_000_000
# A power reading says nothing about what comes later than this after it.
HOLDS_US = 300_000_000
# Units of meters that count up (kWh each), and of power (kW each), in small letters.
METERS = {"wh": 0.001, "kwh": 1.0, "mwh": 1000.0, "kj": 1 / 3600, "mj": 1 / 3.6, "gj": 1 / 0.0036}
POWERS = {"w": 0.001, "kw": 1.0, "mw": 1000.0}
Reading = tuple[int, float]


@dataclass(frozen=True)
class Meter:
    """A tag that tells energy: its unit, and whether that is a count of energy or a power."""

    tag_id: int
    unit: str

    @property
    def counts_up(self) -> bool:
        """Whether its readings are a total that only grows; else they are power."""
        return self.unit.strip().casefold() in METERS


def tells_energy(unit: str) -> bool:
    """Whether energy can be computed from readings in that unit; from a current alone it cannot."""
    return unit.strip().casefold() in METERS.keys() | POWERS.keys()


def spread(meter: Meter, readings: Iterable[Reading], borders: Sequence[int]) -> list[Decimal | None]:
    """kWh between each two neighbouring borders; None everywhere where there is no reading at all.

    A power holds until the next reading, at most five minutes. What a meter counted between two readings is spread
    evenly between them; a meter that fell back was replaced or reset, and counts from zero.
    """
    unit = meter.unit.strip().casefold()
    usage = _metered(readings, METERS[unit]) if meter.counts_up else _held(readings, POWERS[unit], borders[-1])
    found = [0.0] * (len(borders) - 1)
    heard = False
    for start, end, kwh in usage:
        heard = True
        index = max(bisect_right(borders, start) - 1, 0)
        while index < len(found) and borders[index] < end:
            shared = min(end, borders[index + 1]) - max(start, borders[index])
            if shared > 0:
                found[index] += kwh * shared / (end - start)
            index += 1
    return [Decimal(repr(round(kwh, 9))) if heard else None for kwh in found]


def _metered(readings: Iterable[Reading], factor: float) -> Iterable[tuple[int, int, float]]:
    for (start, before), (end, now) in pairwise(readings):
        if end > start:
            yield start, end, (now - before if now >= before else now) * factor


def _held(readings: Iterable[Reading], factor: float, until: int) -> Iterable[tuple[int, int, float]]:
    known = list(readings)
    for (start, value), (following, _next) in pairwise([*known, (until, 0.0)]):
        end = min(following, start + HOLDS_US)
        if end > start:
            yield start, end, value * factor * (end - start) / HOUR_US
