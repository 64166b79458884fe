"""What was decided about a column before its cells are read."""

from dataclasses import dataclass
from enum import StrEnum


class Asks(StrEnum):
    """What only a person can say about a column."""

    NOTHING = ""
    DECIMAL_SIGN = "decimal_sign"
    DAY_ORDER = "day_order"
    SWAPPED_DATES = "swapped_dates"


@dataclass(frozen=True, slots=True)
class Said:
    """Something about a whole column that the person should know: said once, not for each cell."""

    code: str
    sentence: str
    count: int = 0
    example: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """How the cells of one column are read: the same way for all of them.

    `decimal_comma` and `day_first` are None while nothing in the column needs them, or while `question` is open: then
    only cells that can be read one way are read. `examples` are (as shown, as read).
    """

    decimal_comma: bool | None = None
    day_first: bool | None = None
    is_1904: bool = False
    # Name of the time zone in which moments without one are meant.
    zone: str = "UTC"
    # The one unit and the one currency that stand beside numbers in this column.
    unit: str = ""
    currency: str = ""
    # Dates that are meant as the numbers behind them: ids in a column that was formatted as dates.
    dates_are_numbers: bool = False
    # Days and months of real dates were taken for each other before the file came here.
    swapped_dates: bool = False
    # "934.0" names 934.
    drops_zero_fraction: bool = False
    examples: tuple[tuple[str, str], ...] = ()
    # `asks` names what the question is about; `answered` takes the answer by the name of the fact it settles.
    question: str = ""
    asks: Asks = Asks.NOTHING
    findings: tuple[Said, ...] = ()
