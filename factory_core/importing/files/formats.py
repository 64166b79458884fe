"""Numbers as spreadsheets show them: number formats, day numbers, and how both become cells."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from factory_core.importing.files.cells import DATE, EMPTY, ERROR, NO_FORM, NUMBER, TEXT, Cell

# The formats with a fixed number that stand in no file; 27 to 36 and 50 to 58 are dates in East Asian editions.
BUILTIN: dict[int, str] = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM",
    20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
} | dict.fromkeys([*range(27, 37), *range(50, 59)], "yyyy-mm-dd")  # fmt: skip

PLAIN, DAY, TIME, DURATION, ZEROS, SHARE, POWER, WORDS = range(8)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_NOTES = {SHARE: "percent", POWER: "exponent"}
_WHOLE = re.compile(r"-?\d+")


@lru_cache(maxsize=4096)
def kind_of(code: str) -> int:
    """What a number format shows: a plain number, a date, a time of day, a duration, leading zeros, a share."""
    positive = _first_section(code)
    bare = _LITERAL.sub("", positive).lower()
    if bare in ("", "general"):
        return PLAIN
    if "@" in bare:
        return WORDS
    if re.search(r"\[[hms]+\]", bare):
        return DURATION
    words = bare.replace("general", "").replace("am/pm", "h").replace("a/p", "h")
    if re.search(r"[yd]", words) or re.search(r"m{3,}", words) or ("m" in words and not re.search(r"[hs]", words)):
        return DAY
    if re.search(r"[hs]", words):
        return TIME
    if "%" in bare:
        return SHARE
    if re.search(r"e[+-]", bare):
        return POWER
    if bare.count("0") > 1 and not re.search(r"[#?.,/]", bare):
        return ZEROS
    return PLAIN


def _first_section(code: str) -> str:
    """The part of a format that is for positive numbers."""
    inside = False
    for place, letter in enumerate(code):
        if letter == '"':
            inside = not inside
        elif letter == ";" and not inside:
            return code[:place]
    return code


def plain(number: float) -> str:
    """A stored number in the 15 digits a spreadsheet keeps, without exponent: 0.1, 1200, 20565.6206."""
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return format(Decimal(f"{number:.15g}"), "f")


def padded(number: int, code: str) -> str:
    """A whole number through a format of zeros and literals: 123 by 00000 is 00123, by "P-"0000 is P-0123."""
    section = _first_section(code)
    zeros = section.count("0") - sum(part.count("0") for part in _LITERAL.findall(section))
    digits = str(number).rjust(zeros, "0")
    surplus = len(digits) - zeros
    out: list[str] = []
    for part in re.findall(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|.', section):
        if part == "0":
            take = surplus + 1
            surplus = 0
            out.append(digits[:take])
            digits = digits[take:]
        elif part[0] == '"':
            out.append(part[1:-1])
        elif part[0] == "\\":
            out.append(part[1])
        elif part[0] not in "_*[":
            out.append(part)
    return "".join(out)


def day_text(serial: float, is_1904: bool) -> str:
    """A day number as ISO date or moment; "" where the calendar has no such day. Excel's 29 February 1900 is none."""
    serial += 1462 if is_1904 else 0
    if not 1 <= serial < 2_958_466 or 60 <= serial < 61:
        return ""
    days = int(serial)
    seconds = round((serial - days) * 86_400)
    # Before March 1900 Excel counts one day less, because it believes in 29 February 1900.
    moment = datetime(1899, 12, 31 if days < 60 else 30) + timedelta(days=days, seconds=seconds)  # noqa: DTZ001 - files know no zone
    return moment.date().isoformat() if seconds in (0, 86_400) else moment.isoformat()


def day_number(text: str, is_1904: bool = False) -> str:
    """The number behind a date that was meant as a number: the inverse of `day_text` for whole days, else ""."""
    try:
        days = (date.fromisoformat(text) - date(1899, 12, 30)).days
    except ValueError:
        return ""
    if days < 61:
        days -= 1
    return str(days - (1462 if is_1904 else 0))


def clock_text(share: float) -> str:
    """A share of days as hours, minutes, seconds; more than a day counts on in hours."""
    seconds = round(share * 86_400)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def number_cell(raw: str, code: str, is_1904: bool, is_formula: bool = False, is_number: bool = False) -> Cell:
    """A stored number and its format as the person sees it. `is_number`: this column's dates are numbers."""
    note = "formula" if is_formula else ""
    kind = kind_of(code)
    if kind == PLAIN and raw.isdecimal() and len(raw) < 16 and raw[0] != "0":
        return Cell(NUMBER, raw, note)
    try:
        number = float(raw)
    except ValueError:
        return Cell(ERROR, raw, note)
    if number != number or number in (float("inf"), float("-inf")):
        return Cell(ERROR, raw, note)
    if kind == PLAIN:
        if abs(number) >= 1e15:
            return Cell(NUMBER, raw if _WHOLE.fullmatch(raw) else plain(number), "long_digits")
        return Cell(NUMBER, plain(number), note)
    if kind == DAY:
        text = "" if is_number else day_text(number, is_1904)
        return Cell(DATE, text, note) if text else Cell(NUMBER, plain(number), "typed_as_date")
    if kind == TIME:
        if 0 <= number < 1:
            return Cell(TEXT, clock_text(number), "time")
        text = day_text(number, is_1904)
        return Cell(DATE, text, note) if text else Cell(NUMBER, plain(number), "typed_as_date")
    if kind == DURATION and number >= 0:
        return Cell(TEXT, clock_text(number), "duration")
    if kind == ZEROS and number >= 0 and number == int(number):
        shown = padded(int(number), code)
        # A format that adds nothing to this number leaves it a number for sums, but a code stays a code.
        return Cell(TEXT, shown, "padded")
    return Cell(NUMBER, plain(number), note or _NOTES.get(kind, ""))


def text_cell(text: str, is_formula: bool = False) -> Cell:
    """A text as it stands; one of blanks alone is empty."""
    if not text or text.isspace():
        return Cell(NO_FORM, "", "formula") if is_formula else EMPTY
    return Cell(TEXT, text, "formula" if is_formula else "")
