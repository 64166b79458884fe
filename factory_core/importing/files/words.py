"""Words by which tables are read: totals, identifiers, dates; in the languages of the people who made them."""

import re

from factory_core.importing.files.cells import BOOL, DATE, NUMBER, TEXT, Cell

_TOTALS = (
    r"(grand[\s-]*|sub[\s-]*|zwischen)?(totals?|summen?|sum)|total\s+general|(importe|costo|coste|monto)\s+(total|final)|"
    r"gesamt(summe|betrag|preis|kosten|wert|menge|zahl)?|endsumme|endbetrag|insgesamt|totale|totaux|sous[\s-]*total|"
    r"montant\s+total|somme|subtotal|suma(\s+total)?|razem|łącznie|ogółem|totaal|итого|всего|soma|celkem|mindösszesen|"
    r"yhteensä|toplam|net\s+total"
)
_WHOLE_TOTAL = re.compile(rf"\W*({_TOTALS})\W*", re.IGNORECASE)
_SOME_TOTAL = re.compile(rf"\b({_TOTALS})\b", re.IGNORECASE)
_FIGURE = re.compile(r"[\s$€£¥+(-]*\d[\d.,'’ \u00a0\u202f]*[\s%$€£¥)]*(e[+-]?\d+)?", re.IGNORECASE)
_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2})?([.,]\d+)?")
_YEAR = re.compile(r"(19|20)\d\d")
_ID_WORD = re.compile(
    r"(?<![a-z])(id|ids|no|nr|num|number|nummer|code|key|ref|sku|pn|código|codigo|código|numéro|numero|número|numer|kod)\W*$"
    r"|(nummer|nr|schlüssel)\W*$",
    re.IGNORECASE,
)
_ID_CAMEL = re.compile(r"(ID|Id|No|Nr|Num|Number|Code|Key|Ref)\W*$")
_DAY_WORD = re.compile(
    r"date|datum|fecha|data\b|dato|jour|tag\b|day|termin|zeit|time|moment|from\b|until|since|valid|gültig|due|fällig|"
    r"dzień|desde|hasta|début|fin\b|start|end\b|ende\b|beginn|created|modified|_at$|_on$",
    re.IGNORECASE,
)
NOTHING = frozenset({"null", "none", "n/a", "#n/a", "-", "na", "nil", "(null)"})


def is_figure(cell: Cell) -> bool:
    """Whether a cell holds a number or a date, also one written as text."""
    if cell.form is TEXT:
        return cell.note != "padded" and looks_like_figure(cell.text)
    return cell.form in (NUMBER, DATE, BOOL)


def looks_like_figure(text: str) -> bool:
    """Whether a text reads as number, price, share, date or time."""
    stripped = text.strip()
    return bool(_FIGURE.fullmatch(stripped) or _DAY.fullmatch(stripped))


def is_day(cell: Cell) -> bool:
    """Whether a figure is a date or a time."""
    return cell.form is DATE or bool(_DAY.fullmatch(cell.text.strip()))


def is_year(cell: Cell) -> bool:
    """Whether a cell is a year of our time, as columns of plans and histories are named."""
    return bool(_YEAR.fullmatch(cell.text.strip()))


def is_whole_total(text: str) -> bool:
    """Whether a text is nothing but the word for a total."""
    return bool(_WHOLE_TOTAL.fullmatch(text.strip()))


def names_total(text: str) -> bool:
    """Whether the word for a total is among these."""
    return bool(_SOME_TOTAL.search(text))


def names_number(header: str) -> bool:
    """Whether a header promises an identifier and no date."""
    return bool(_ID_WORD.search(header) or _ID_CAMEL.search(header)) and not names_day(header)


def names_day(header: str) -> bool:
    """Whether a header promises a date."""
    return bool(_DAY_WORD.search(header))
