"""GS1 element strings as scanners send them, and the check digits inside them."""

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from factory_core.partners.rules import check_digit as check_digit  # scans and items ask it here

SEPARATOR = "\x1d"
# Code 128, Data Matrix, DataBar, QR and Dot Code say by these that GS1 data follows.
PREFIXES = ("]C1", "]d2", "]e0", "]Q3", "]J1")
DATES = frozenset({"11", "12", "13", "15", "16", "17"})
CHECKED = frozenset({"00", "01", "02", "410", "411", "412", "413", "414", "415", "416", "417"})
# Measures whose last digit of the identifier says how many decimals the value has, and the unit they are in.
MEASURES = {"310": "kg", "311": "m", "314": "m2", "315": "l"}
# What labels put behind a lot or a serial; what else could be read there is part of the lot.
FOLLOWERS = frozenset({"10", "11", "13", "15", "17", "21", "240", "400", "310", "330"})
_FOUR = frozenset(str(number) for number in range(310, 370))
_LETTERS = re.compile(r"[!-\"%-/0-9:-?A-Z_a-z]+")
_IN_BRACKETS = re.compile(r"\((\d{2,4})\)([^()]*)")


class Fault(StrEnum):
    """Why an element string cannot be read."""

    CHECK_DIGIT = "check_digit"
    NO_SEPARATOR = "no_separator"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_DIGITS = "not_digits"
    BAD_LETTER = "bad_letter"
    BAD_DATE = "bad_date"
    UNKNOWN_IDENTIFIER = "unknown_identifier"
    TWICE = "twice"
    NO_CONTENT = "no_content"


class Unreadable(Exception):
    """An element string is not what the standard says: which element, what stands there, what was expected."""

    def __init__(self, fault: Fault, identifier: str, read: str, expected: str = "") -> None:
        super().__init__(f"{fault} in {identifier}: {read!r}, expected {expected!r}")
        self.fault, self.identifier, self.read, self.expected = fault, identifier, read, expected


@dataclass(frozen=True)
class Element:
    """What follows an identifier: so many characters at most, exactly so many when `fixed`, digits or letters."""

    longest: int
    fixed: bool = False
    digits: bool = False


def _elements() -> dict[str, Element]:
    known = {"00": Element(18, True, True), "01": Element(14, True, True), "02": Element(14, True, True)}
    known |= {identifier: Element(6, True, True) for identifier in DATES}
    known |= {"20": Element(2, True, True)}
    known |= {measure: Element(6, True, True) for measure in _FOUR}
    known |= {str(place): Element(13, True, True) for place in range(410, 418)}
    known |= {"10": Element(20), "21": Element(20), "22": Element(20)}
    known |= {"30": Element(8, digits=True), "37": Element(8, digits=True)}
    known |= {name: Element(30) for name in ("240", "241", "250", "251", "400", "401", "403", "90")}
    known |= {name: Element(20) for name in ("242", "243", "420", "710")}
    known |= {str(number): Element(90) for number in range(91, 100)}
    return known


ELEMENTS = _elements()


@dataclass(frozen=True)
class GsOne:
    """What an element string says, by identifier; a measure stands under its four digits (`3102`)."""

    values: dict[str, str] = field(default_factory=dict)

    @property
    def gtin(self) -> str:
        """The GTIN of the thing, or of what is in the pack; fourteen digits, or nothing."""
        return self.values.get("01") or self.values.get("02", "")

    @property
    def lot(self) -> str:
        """The lot, as text."""
        return self.values.get("10", "")

    @property
    def serial(self) -> str:
        """The serial number, as text: leading zeros belong to it."""
        return self.values.get("21", "")

    @property
    def sscc(self) -> str:
        """The number of a pallet or parcel."""
        return self.values.get("00", "")

    @property
    def count(self) -> Decimal | None:
        """How many are inside, if it is said."""
        said = self.values.get("37") or self.values.get("30")
        return Decimal(said) if said else None

    @property
    def measure(self) -> tuple[Decimal, str] | None:
        """A weight, length, area or volume with its unit, if it is said."""
        for identifier, value in self.values.items():
            if len(identifier) == 4 and identifier[:3] in MEASURES:
                return Decimal(value).scaleb(-int(identifier[3])), MEASURES[identifier[:3]]
        return None

    def expires_on(self, this_year: int) -> date | None:
        """The expiry day, or else the day it is best before."""
        said = self.values.get("17") or self.values.get("15")
        return day_of(said, this_year) if said else None

    def made_on(self, this_year: int) -> date | None:
        """The day it was made, or else packed."""
        said = self.values.get("11") or self.values.get("13")
        return day_of(said, this_year) if said else None


def has_right_check_digit(number: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    return is_digits(number) and len(number) > 1 and check_digit(number[:-1]) == number[-1]


def is_gtin(text: str) -> bool:
    """Whether a text is a GTIN of 8, 12, 13 or 14 digits with the right check digit."""
    return len(text) in (8, 12, 13, 14) and has_right_check_digit(text)


def is_digits(text: str) -> bool:
    """Only 0 to 9: digits of other scripts are no digits on a label."""
    return text.isascii() and text.isdecimal()


def gtin_forms(gtin: str) -> list[str]:
    """The same GTIN with 14, 13, 12 and 8 digits, as far as its leading zeros allow."""
    whole = gtin.zfill(14)
    return [whole[14 - length :] for length in (14, 13, 12, 8) if not whole[: 14 - length].strip("0")]


def day_of(text: str, this_year: int) -> date:
    """YYMMDD as a day; day 00 is the last of the month, the century the one nearest to this year.

    Raises ValueError for a day no calendar has.
    """
    short, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    ahead = short - this_year % 100
    year = this_year - this_year % 100 + short + (-100 if ahead >= 51 else 100 if ahead <= -50 else 0)
    if not 1 <= month <= 12:
        raise ValueError(text)
    return date(year, month, day or calendar.monthrange(year, month)[1])


def looks_like_gs1(text: str) -> bool:
    """Whether a text says of itself that it is an element string, or begins like one of a label."""
    if text.startswith(PREFIXES) or SEPARATOR in text or _IN_BRACKETS.match(text):
        return True
    return text[:2] in ("00", "01", "02") and len(text) >= 16 and is_digits(text[2:16])


def parse(text: str, certain: Callable[[GsOne, str, str], bool] | None = None) -> GsOne:
    """Read an element string, with or without the prefix of its symbology, or as printed with brackets.

    Without any separator an open-ended element at the end may have swallowed the next one: when its tail reads as
    another element it is refused, unless `certain(read so far, identifier, value)` knows the value as a whole.
    Raises Unreadable.
    """
    body = next((text[len(prefix) :] for prefix in PREFIXES if text.startswith(prefix)), text)
    if body.startswith("("):
        return _in_brackets(body)
    values: dict[str, str] = {}
    rest = body.removeprefix(SEPARATOR)
    if not rest:
        raise Unreadable(Fault.NO_CONTENT, "", text)
    while rest:
        identifier, value, rest, is_open = _next(rest)
        _take(values, identifier, value)
        if not is_open or SEPARATOR in body or not (tail := _swallowed(values, value)):
            continue
        if certain is None or not certain(GsOne(values), identifier, value):
            raise Unreadable(Fault.NO_SEPARATOR, identifier, value, tail)
    return GsOne(values)


def _in_brackets(text: str) -> GsOne:
    values: dict[str, str] = {}
    if "".join(f"({name}){value}" for name, value in _IN_BRACKETS.findall(text)) != text:
        raise Unreadable(Fault.NO_CONTENT, "", text)
    for identifier, value in _IN_BRACKETS.findall(text):
        element = ELEMENTS.get(identifier if len(identifier) < 4 else identifier[:3])
        if element is None or (len(identifier) == 4) != (identifier[:3] in _FOUR):
            raise Unreadable(Fault.UNKNOWN_IDENTIFIER, identifier, value)
        if len(value) > element.longest:
            raise Unreadable(Fault.TOO_LONG, identifier, value, str(element.longest))
        _check(identifier, value, element)
        _take(values, identifier, value)
    return GsOne(values)


def _next(rest: str) -> tuple[str, str, str, bool]:
    """The first element of a string, what follows it, and whether its end was only the end of the string."""
    identifier, element = _identifier(rest)
    after = rest[len(identifier) :]
    if element.fixed:
        value, rest = after[: element.longest], after[element.longest :]
        _check(identifier, value, element)
        return identifier, value, rest.removeprefix(SEPARATOR), False
    value, separator, rest = after.partition(SEPARATOR)
    if len(value) > element.longest:
        # More than the element can hold, so something was swallowed.
        raise Unreadable(Fault.NO_SEPARATOR, identifier, value, value[element.longest :])
    _check(identifier, value, element)
    return identifier, value, rest, not separator


def _identifier(rest: str) -> tuple[str, Element]:
    for length in (2, 3):
        if (element := ELEMENTS.get(rest[:length])) is not None:
            # The fourth digit of a measure tells its decimals.
            identifier = rest[: 4 if rest[:length] in _FOUR else length]
            if is_digits(identifier):
                return identifier, element
    raise Unreadable(Fault.UNKNOWN_IDENTIFIER, rest[:4], rest)


def _check(identifier: str, value: str, element: Element) -> None:
    if element.digits and not is_digits(value) and value:
        raise Unreadable(Fault.NOT_DIGITS, identifier, value)
    if not value or (element.fixed and len(value) < element.longest):
        raise Unreadable(Fault.TOO_SHORT, identifier, value, str(element.longest if element.fixed else 1))
    if not _LETTERS.fullmatch(value):
        raise Unreadable(Fault.BAD_LETTER, identifier, value)
    if identifier in CHECKED and not has_right_check_digit(value):
        raise Unreadable(Fault.CHECK_DIGIT, identifier, value, check_digit(value[:-1]))
    if identifier in DATES:
        try:
            # Which century it is does not decide whether the day exists, but for 29 February of a year 00.
            day_of(value, 2000)
        except ValueError:
            raise Unreadable(Fault.BAD_DATE, identifier, value) from None


def _take(values: dict[str, str], identifier: str, value: str) -> None:
    if values.get(identifier, value) != value:
        raise Unreadable(Fault.TWICE, identifier, value, values[identifier])
    values[identifier] = value


def _swallowed(values: dict[str, str], value: str) -> str:
    """The part of an open-ended value that reads as another element, or nothing."""
    # Contents of a pack are always counted: without the count it can only have been swallowed.
    followers = FOLLOWERS | ({"37"} if "02" in values else set())
    for start in range(1, len(value)):
        tail = value[start:]
        if any(tail.startswith(name) and name not in values for name in followers) and _reads(tail):
            return tail
    return ""


def _reads(rest: str) -> bool:
    while rest:
        try:
            _identifier_read, _value, rest, _open = _next(rest)
        except Unreadable:
            return False
    return True
