"""Dates as people write them: which order of day and month a text shows, and the day once the order is known."""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# Two-digit years up to this one are of this century: "68" is 2068, "69" is 1969. Told once per column.
LAST_OF_THIS_CENTURY = 68
# Excel's day numbers are believed between these years; anything else was a quantity or a number of something.
FIRST_YEAR, LAST_YEAR = 1950, 2099
# "0001-01-01" is how programs write that they know no date.
FIRST_WRITTEN_YEAR = 1000
LONGEST = 60

_MONTH_WORDS = """
january jan januar jänner jaenner enero ene janvier janv styczeń stycznia sty i
february feb februar febrero février févr fév luty lutego lut ii
march mar märz mär mrz marzo mars marzec marca iii
april apr abril abr avril avr kwiecień kwietnia kwi iv
may mai mayo maj maja v
june jun juni junio juin czerwiec czerwca cze vi
july jul juli julio juillet juil lipiec lipca lip vii
august aug agosto ago août sierpień sierpnia sie viii
september sep sept septiembre septembre wrzesień września wrz ix
october oct oktober okt octubre octobre październik października paź x
november nov noviembre novembre listopad listopada lis xi
december dec dezember dez diciembre dic décembre déc grudzień grudnia gru xii
"""
MONTHS: dict[str, int] = {
    word: number
    for number, line in enumerate(_MONTH_WORDS.strip().splitlines(), start=1)
    for word in (*line.split(), *line.translate(str.maketrans("äéûńśźęłó", "aeunszelo")).split())
}

_TIME = (
    r"(?:[T\s,]\s*(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
_ISO = re.compile(r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})" + _TIME)
_TIGHT = re.compile(r"(?P<year>19\d\d|20\d\d)(?P<month>\d\d)(?P<day>\d\d)" + _TIME.replace(r"[T\s,]\s*", r"[T\s]?"))
_NUMERIC = re.compile(r"(?P<a>\d{1,2})(?P<sep>[-/.]|\.\s)(?P<b>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})" + _TIME)
_NAMED = re.compile(
    r"(?:[^\W\d_]{2,10}\.?,?\s+)??(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er|º|°)?[\s./-]*(?:de\s+|of\s+)?"
    r"(?P<name>[^\W\d_]+)\.?[\s./,-]*(?:de[l]?\s+)?(?P<year>\d{4}|\d{2})" + _TIME
)
_NAMED_FIRST = re.compile(
    r"(?:[^\W\d_]{2,10}\.?,?\s+)??(?P<name>[^\W\d_]+)\.?[\s-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,-]+(?P<year>\d{4})"
    + _TIME
)
# What is left when a table program shows a date as minutes and seconds, or a moment of no day.
_DESTROYED = re.compile(r"\d{1,3}:\d{2}\.\d|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?")


class Order(StrEnum):
    """What a date says about the order of day and month in its column."""

    NOTHING = "nothing"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    EITHER = "either"


class Dated(NamedTuple):
    """A date taken apart; of a numeric one `first` and `second` are what stand before the year."""

    year: int
    first: int
    second: int
    order: Order
    has_dots: bool
    is_short_year: bool
    hour: int
    minute: int
    second_of_minute: int
    micro: int
    zone: str
    has_time: bool


def is_destroyed(text: str) -> bool:
    """True for "00:00.0" and its like: a time where a date stood, the day is gone."""
    return ":" in text and _DESTROYED.fullmatch(text) is not None


def taken_apart(text: str) -> Dated | None:
    """The parts of a date, or None where the text is none in any order."""
    if len(text) > LONGEST:
        return None
    if (found := _ISO.fullmatch(text)) or (found := _TIGHT.fullmatch(text)):
        return _dated(found, int(found["month"]), int(found["day"]), Order.NOTHING)
    if found := _NUMERIC.fullmatch(text):
        a, b = int(found["a"]), int(found["b"])
        if (a > 12 and b > 12) or not a or not b:
            return None
        order = Order.DAY_FIRST if a > 12 else Order.MONTH_FIRST if b > 12 else Order.EITHER
        return _dated(found, a, b, Order.NOTHING if a == b else order)
    for pattern in (_NAMED, _NAMED_FIRST):
        if (found := pattern.fullmatch(text)) and (month := MONTHS.get(found["name"].lower())):
            return _dated(found, month, int(found["day"]), Order.NOTHING)
    return None


def _dated(found: re.Match[str], first: int, second: int, order: Order) -> Dated | None:
    parts = found.groupdict(default="")
    year, is_short = int(parts["year"]), len(parts["year"]) == 2
    if is_short:
        year += 2000 if year <= LAST_OF_THIS_CENTURY else 1900
    hour = int(parts["hour"] or 0)
    if half := parts["half"].lower():
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    minute, seconds = int(parts["minute"] or 0), int(parts["second"] or 0)
    if hour > 23 or minute > 59 or seconds > 59 or year < FIRST_WRITTEN_YEAR:
        return None
    zone = parts["zone"]
    if zone not in ("", "Z") and (int(zone[1:3]) > 14 or int(zone[-2:]) > 59):
        return None
    micro = int(parts["part"].ljust(9, "0")[:6]) if parts["part"] else 0
    has_dots = parts.get("sep", "").startswith(".") and "a" in parts
    return Dated(
        year, first, second, order, has_dots, is_short, hour, minute, seconds, micro, zone, bool(parts["hour"])
    )


def day_of(dated: Dated, day_first: bool | None) -> date | None:
    """The day under the column's order, or None where there is no such day.

    With the order unknown (None) a date that can only be read one way is read that way; one that can be read both ways
    gives None.
    """
    month, day = dated.first, dated.second
    if dated.order is not Order.NOTHING:
        if day_first is None:
            if dated.order is Order.EITHER:
                return None
            day_first = dated.order is Order.DAY_FIRST
        if day_first:
            month, day = day, month
    try:
        return date(dated.year, month, day)
    except ValueError:
        return None


def moment_of(dated: Dated, day: date) -> datetime:
    """The moment on that day, naive, or aware where the text names its distance from UTC."""
    naive = datetime(day.year, day.month, day.day, dated.hour, dated.minute, dated.second_of_minute, dated.micro)  # noqa: DTZ001 - local time of the plant, made aware by the caller
    if not dated.zone:
        return naive
    return datetime.fromisoformat(naive.isoformat() + dated.zone)


_FIRST_1900, _FIRST_1904 = date(1899, 12, 30), date(1904, 1, 1)


def day_number(day: date, is_1904: bool) -> int:
    """The number that a table program keeps for this day."""
    return (day - (_FIRST_1904 if is_1904 else _FIRST_1900)).days


def from_day_number(number: int, is_1904: bool) -> date | None:
    """The day of a table program's number, or None outside the years that are believed."""
    if not 0 < number < 80_000:
        return None
    day = (_FIRST_1904 if is_1904 else _FIRST_1900) + timedelta(days=number)
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
