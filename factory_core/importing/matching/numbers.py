"""Numbers as people write them: which style a text shows, and its exact value once the style is known.

Never a float: what stands in the cell is what is stored. Groups of thousands are blanks (also no-break and thin ones),
apostrophes, or whichever of point and comma is not the decimal sign, and hold three digits each.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

CURRENCIES: dict[str, str] = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "zł": "PLN", "us$": "USD", "fr.": "CHF"}
CURRENCY_CODES = frozenset(
    (
        *("USD", "EUR", "GBP", "JPY", "PLN", "CHF", "CZK", "SEK", "NOK", "DKK", "HUF"),
        *("RON", "CNY", "INR", "CAD", "AUD", "MXN", "ARS", "BRL", "TRY", "KRW", "ZAR"),
    )
)
# Beyond this many digits before the point no factory counts; it is a slip or an attack on the memory.
MOST_DIGITS = 30
LONGEST = 80


class Style(StrEnum):
    """What a number's punctuation says about the decimal sign of its column."""

    NOTHING = "nothing"
    POINT = "point"
    COMMA = "comma"
    # One sign before exactly three digits: "1,234" is a thousand here and a little over one there.
    EITHER_COMMA = "either_comma"
    EITHER_POINT = "either_point"


class Written(NamedTuple):
    """A number taken apart. `body` holds digits and separators only; `exponent` like "E5"; `unit` the word after it."""

    body: str
    is_negative: bool
    exponent: str
    is_percent: bool
    currency: str
    unit: str
    style: Style


_PARTS = re.compile(
    r"""
    (?P<open>\()? \s*
    (?P<sign>[-+−–])? \s*
    (?P<before>us\$|[$€£¥]|zł|fr\.|[a-z]{3}(?=[\s\d.,+-]))? \s*
    (?P<second>[-+−])? \s*
    (?P<body>\d(?:[\d.,'’\s]*\d)?[.,]?|[.,]\d+)
    (?P<exponent>e[+-]?\d{1,5}(?![\w]))?
    \s* (?P<minus>-(?=\s*(?:$|[€$£]|[a-z]{3}$)))?
    \s* (?P<percent>%)?
    \s* (?P<after>us\$|[$€£¥]|[^\W\d_][^\d()<>=]{0,11}[²³]?\.?)?
    \s* (?P<close>\))?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[ ]\d{3})+|\d{1,3}(?:'\d{3})+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+")
_BLANKS = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\t": " ", "’": "'", "−": "-"})


def taken_apart(text: str) -> Written | None:
    """The parts of a number, or None where the text is none in any style."""
    if text.isdigit() and text.isascii():
        return Written(text, False, "", False, "", "", Style.NOTHING)
    if len(text) > LONGEST:
        return None
    found = _PARTS.fullmatch(text.translate(_BLANKS).strip())
    if not found:
        return None
    parts = found.groupdict(default="")
    if bool(parts["open"]) != bool(parts["close"]):
        return None
    signs = [each for each in (parts["sign"], parts["second"], parts["minus"], parts["open"]) if each]
    if len(signs) > 1:
        return None
    before, after = parts["before"], parts["after"].strip()
    currency = _currency(before)
    if before and not currency:
        return None
    if after and _currency(after):
        if currency:
            return None
        currency, after = _currency(after), ""
    style = _style(parts["body"])
    if style is None:
        return None
    is_negative = bool(signs) and signs[0] != "+"
    return Written(
        parts["body"], is_negative, parts["exponent"].upper(), bool(parts["percent"]), currency, after, style
    )


def exact(written: Written, decimal_comma: bool | None) -> Decimal | None:
    """The value under the column's style, or None where the punctuation contradicts it.

    With the style unknown (None) a text that can only be read one way is read that way. Percent stays as written:
    "5%" is 5 here.
    """
    style = written.style
    if style is Style.NOTHING:
        plain = written.body if written.body.isdigit() else _without_groups(written.body)
    else:
        if decimal_comma is None:
            if style in (Style.EITHER_COMMA, Style.EITHER_POINT):
                return None
            decimal_comma = style is Style.COMMA
        elif (style is Style.COMMA and not decimal_comma) or (style is Style.POINT and decimal_comma):
            return None
        mark = "," if decimal_comma else "."
        whole, _sep, fraction = written.body.partition(mark)
        if not (fraction.isdigit() or not fraction):
            return None
        plain = f"{_without_groups(whole) or '0'}.{fraction or '0'}" if _sep else _without_groups(whole)
    exponent = written.exponent
    if len(plain.partition(".")[0].lstrip("0")) + (int(exponent[1:]) if exponent else 0) > MOST_DIGITS:
        return None
    if exponent and abs(int(exponent[1:])) > MOST_DIGITS:
        return None
    value = Decimal(plain + exponent)
    if exponent and value == value.to_integral_value():
        value = value.quantize(Decimal(1))
    return -value if written.is_negative else value


def _currency(text: str) -> str:
    if not text:
        return ""
    if text.upper() in CURRENCY_CODES:
        return text.upper()
    return CURRENCIES.get(text.lower(), "")


def _without_groups(whole: str) -> str:
    return whole.replace(" ", "").replace("'", "").replace(".", "").replace(",", "")


def _style(body: str) -> Style | None:
    """What the separators say; None where they stand where no number has them."""
    if body.isdigit():
        return Style.NOTHING
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        return Style.NOTHING if _GROUPED.fullmatch(body) else None
    if points and commas:
        return _last_decides(body)
    mark, count = (".", points) if points else (",", commas)
    if count > 1:
        if not _GROUPED.fullmatch(body):
            return None
        return Style.COMMA if mark == "." else Style.POINT
    whole, _, fraction = body.partition(mark)
    if whole and not whole.isdigit() and not _GROUPED.fullmatch(whole):
        return None
    if fraction and not fraction.isdigit():
        return None
    if len(fraction) == 3 and whole.isdigit() and len(whole) <= 3 and not whole.startswith("0"):
        return Style.EITHER_POINT if points else Style.EITHER_COMMA
    return Style.POINT if points else Style.COMMA


def _last_decides(body: str) -> Style | None:
    mark = "." if body.rfind(".") > body.rfind(",") else ","
    whole, _, fraction = body.rpartition(mark)
    if mark in whole or (fraction and not fraction.isdigit()) or not _GROUPED.fullmatch(whole):
        return None
    return Style.POINT if mark == "." else Style.COMMA
