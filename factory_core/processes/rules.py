"""When a part of the plant's machinery is green, amber or red. Plain Python."""

from dataclasses import dataclass
from enum import StrEnum

BEAT_LATE_S = 20.0
BEAT_LOST_S = 60.0
CLOCK_AMBER_S = 1.0
CLOCK_RED_S = 5.0
QUEUE_AMBER_S = 60.0
QUEUE_RED_S = 600.0
GIB = 1024**3


class Colour(StrEnum):
    """How worrying a part is."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def number(self) -> int:
        """For graphs: 0 green, 1 amber, 2 red."""
        return list(Colour).index(self)


@dataclass(frozen=True)
class Part:
    """One line of the health report. `needed`: pages cannot be served without it.

    `url` leads those who hold the capability `needs` to where it can be put right.
    """

    name: str
    colour: Colour
    sentence: str
    needed: bool = False
    url: str = ""
    needs: str = ""


def beat_colour(age_s: float) -> Colour:
    """How worrying the age of the last sign of life is."""
    return _grade(age_s, BEAT_LATE_S, BEAT_LOST_S)


def clock_colour(offset_s: float) -> Colour:
    """How worrying the difference between the database's clock and ours is."""
    return _grade(abs(offset_s), CLOCK_AMBER_S, CLOCK_RED_S)


def queue_colour(failed: int, oldest_wait_s: float) -> Colour:
    """Waiting too long is red; a job that failed for good waits for a person and is amber."""
    waiting = _grade(oldest_wait_s, QUEUE_AMBER_S, QUEUE_RED_S)
    return Colour.AMBER if failed and waiting is Colour.GREEN else waiting


def disk_colour(free_bytes: int, total_bytes: int) -> Colour:
    """Red below 1 GiB or 2 %, amber below 5 GiB or 10 %, whichever is the smaller demand on a big disk."""
    if free_bytes < min(GIB, total_bytes * 0.02):
        return Colour.RED
    return Colour.AMBER if free_bytes < min(5 * GIB, total_bytes * 0.1) else Colour.GREEN


def worst(parts: list[Part]) -> Colour:
    """The worst colour of all parts; green when there are none."""
    return max((part.colour for part in parts), key=lambda colour: colour.number, default=Colour.GREEN)


def _grade(value: float, amber: float, red: float) -> Colour:
    if value > red:
        return Colour.RED
    return Colour.AMBER if value > amber else Colour.GREEN
