"""Thresholds of a motor current, proposed from what a machine drew on a day."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

BINS = 48
LEAST_READINGS = 60
# Two humps that are not at least this far apart (share of the range) are one hump with noise.
_APART = 0.15
# The ground between two humps lies at most this high, as a share of the lower one.
_DEEP = 0.6


@dataclass(frozen=True)
class Histogram:
    """How often values lay in each of equal steps from `low` to `high`."""

    low: float
    high: float
    counts: tuple[int, ...]

    @property
    def step(self) -> float:
        """The width of one bin."""
        return (self.high - self.low) / len(self.counts)

    def middle(self, number: int) -> float:
        """The value in the middle of a bin."""
        return self.low + (number + 0.5) * self.step


@dataclass(frozen=True)
class Proposal:
    """Thresholds as the rule `current` wants them, in the unit of the readings."""

    off_below: float
    idle_below: float
    run_above: float


def histogram(values: Sequence[float], bins: int = BINS) -> Histogram | None:
    """The values counted into bins; None without at least a minute of readings at 1 Hz, or if all are equal.

    The highest half per cent is left out of the range: a single inrush current would flatten everything else.
    """
    known = sorted(value for value in values if isfinite(value))
    if len(known) < LEAST_READINGS:
        return None
    low, high = known[0], known[int(0.995 * (len(known) - 1))]
    if high <= low:
        return None
    edges = [low + (high - low) * number / bins for number in range(1, bins)] + [high]
    counts, before = [], 0
    for edge in edges:
        upto = bisect_left(known, edge) if edge < high else len(known)
        counts.append(upto - before)
        before = upto
    return Histogram(low, high, tuple(counts))


def proposal(values: Sequence[float]) -> Proposal | None:
    """Thresholds around the valley between the two highest humps; None where there are not two.

    Run and idle get a tenth of the distance between the humps as a band around the valley's ground, so that noise
    changes nothing. Off is a tenth of the idle hump's level, or nothing where the machine idles near zero.
    """
    seen = histogram(values)
    if seen is None:
        return None
    smooth = _smoothed(seen.counts)
    humps = _humps(smooth)
    if len(humps) < 2:
        return None
    low, high = sorted(humps[:2])
    ground = min(range(low, high + 1), key=lambda number: (smooth[number], number))
    if (high - low) < _APART * len(smooth) or smooth[ground] > _DEEP * min(smooth[low], smooth[high]):
        return None
    idle, run = seen.middle(low), seen.middle(high)
    flat = [number for number in range(low, high + 1) if smooth[number] == smooth[ground]]
    valley = (seen.middle(flat[0]) + seen.middle(flat[-1])) / 2
    band = (run - idle) / 10
    off = max(idle / 10, 0.0)
    return Proposal(off_below=_round(off), idle_below=_round(valley - band), run_above=_round(valley + band))


def _smoothed(counts: Sequence[int]) -> list[float]:
    padded = [0, 0, *counts, 0, 0]
    weights = (1, 2, 3, 2, 1)
    return [
        sum(weight * padded[number + offset] for offset, weight in enumerate(weights)) / sum(weights)
        for number in range(len(counts))
    ]


def _humps(smooth: Sequence[float]) -> list[int]:
    """The bins where the smoothed counts are highest in their neighbourhood, the highest first, far ones only."""
    peaks = [
        number
        for number, height in enumerate(smooth)
        if height > 0
        and height >= (smooth[number - 1] if number else 0)
        and height > (smooth[number + 1] if number + 1 < len(smooth) else 0)
    ]
    chosen: list[int] = []
    for peak in sorted(peaks, key=lambda number: -smooth[number]):
        if all(abs(peak - other) >= _APART * len(smooth) for other in chosen):
            chosen.append(peak)
    return chosen


def _round(value: float) -> float:
    return float(f"{value:.3g}")
