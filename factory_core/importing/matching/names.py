"""Header cells as words: what stands in brackets is taken aside, what means the same is written the same."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

UNITS = frozenset(
    (
        *("mm", "cm", "dm", "m", "km", "in", "inch", "ft", "µm", "um", "mm2", "mm²", "m2", "m²", "mm3", "m3", "m³"),
        *("mg", "g", "kg", "t", "lb", "lbs", "oz", "to", "ml", "l", "ltr", "gal", "hl"),
        *("s", "sec", "min", "h", "hr", "hrs", "hour", "hours", "std", "std.", "stunden", "minutes", "seconds", "ms"),
        *("d", "day", "days", "tage", "wk", "weeks", "wochen", "months", "horas", "días", "dias", "jours", "heures"),
        *("dni", "godz", "%", "pcs", "pc", "ea", "stk", "stück", "st", "szt", "uds", "pz", "pièces"),
        *("v", "a", "w", "kw", "kwh", "mwh", "hz", "rpm", "bar", "psi", "pa", "kpa", "n", "nm", "°c", "c", "°f", "k"),
        *("usd", "eur", "gbp", "chf", "pln", "czk", "sek", "jpy", "cny", "$", "€", "£", "zł"),
    )
)
# Shortened words, whatever the language: both sides of a comparison are folded the same way, so that is enough.
_LONG = {
    "no": "number",
    "nr": "number",
    "num": "number",
    "nbr": "number",
    "#": "number",
    "nummer": "number",
    "numero": "number",
    "numer": "number",
    "qty": "quantity",
    "qnty": "quantity",
    "quant": "quantity",
    "qte": "quantite",
    "desc": "description",
    "descr": "description",
    "amt": "amount",
    "mfr": "manufacturer",
    "mfg": "manufacturer",
    "manf": "manufacturer",
    "manuf": "manufacturer",
    "mpn": "manufacturer part number",
    "pn": "part number",
    "spn": "supplier part number",
    "uom": "unit of measure",
    "um": "unit of measure",
    "uofm": "unit of measure",
    "cant": "cantidad",
    "min": "minimum",
    "max": "maximum",
    "std": "standard",
    "loc": "location",
    "wh": "warehouse",
    "whse": "warehouse",
    "ref": "reference",
    "refs": "reference",
    "rev": "revision",
    "pos": "position",
    "req": "required",
    "reqd": "required",
    "assy": "assembly",
    "prod": "product",
    "cust": "customer",
    "addr": "address",
    "ctry": "country",
    "tel": "telephone",
    "dwg": "drawing",
    "drg": "drawing",
    "wt": "weight",
    "lbl": "label",
    "beschr": "beschreibung",
    "bez": "bezeichnung",
    "art": "artikel",
    "lief": "lieferanten",
    "best": "bestell",
    "op": "operation",
    "oper": "operation",
    "wo": "work order",
    "po": "purchase order",
    "so": "sales order",
}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_BRACKETS = re.compile(r"[(\[{<]([^)\]}>]*)[)\]}>]")
_WORD = re.compile(r"#|[^\W_]+")
_TAIL_UNIT = re.compile(r"(?:,\s*|\s+/\s*|\s+in\s+)([^\s,/]{1,6})$", re.IGNORECASE)
_NUMBER_TAIL = re.compile(r"(.{3,}?)(?:nummer|nr)$")


class Header(NamedTuple):
    """A header cell: its words without what stands in brackets, the unit found there, and the words with all."""

    words: str
    unit: str
    all_words: str


# A name longer than this is a text; what follows is not looked at.
_LONGEST = 200


def header_of(text: str) -> Header:
    """A header cell taken apart: "Weight (kg)" → words "weight", unit "kg"; "ProductNumber" → "product number"."""
    return _header_of(text[:_LONGEST])


@lru_cache(maxsize=4096)
def _header_of(text: str) -> Header:
    whole = unicodedata.normalize("NFKC", text).strip()
    asides = [aside.strip() for aside in _BRACKETS.findall(whole)]
    bare = _BRACKETS.sub(" ", whole).strip()
    if not _WORD.search(bare):
        bare, asides = whole, []
    unit = next((_unit(aside) for aside in asides if _unit(aside)), "")
    if not unit and (tail := _TAIL_UNIT.search(bare)) and _unit(tail[1]):
        unit, bare = _unit(tail[1]), bare[: tail.start()]
    return Header(plain(bare), unit, plain(whole))


def _unit(aside: str) -> str:
    """The unit of "kg", of "USD FOB DigiKey" and of "in kg"; "" for "optional"."""
    for word in aside.replace(",", " ").split()[:2]:
        if word.lower() in UNITS and (word.lower() != "in" or len(aside.split()) == 1):
            return word
    return ""


def plain(text: str) -> str:
    """Lower-case words with blanks between: case, camel case and punctuation do not count."""
    return " ".join(_WORD.findall(_CAMEL.sub(" ", text))).lower()


def key_of(text: str) -> str:
    """What two texts have in common that mean the same: accents, shortenings, plurals and umlauts do not count."""
    return _key_of(text[:_LONGEST])


@lru_cache(maxsize=32768)
def _key_of(text: str) -> str:
    return " ".join(each for word in plain(text).split() for each in _folded(word))


def tight_key_of(text: str) -> str:
    """The same without blanks: "PARTNUMBER" is "Part number"."""
    return key_of(text).replace(" ", "")


def _folded(word: str) -> list[str]:
    word = unaccented(word)
    if word in _LONG:
        return [_without_umlaut(each) for each in _LONG[word].split()]
    if found := _NUMBER_TAIL.fullmatch(word):
        return [*_folded(found[1]), "number"]
    word = _without_umlaut(word)
    if len(word) >= 4 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return [word]


_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "µ": "u"})


def unaccented(text: str) -> str:
    """Letters without their marks: "März" → "marz", "łódź" → "lodz"."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _without_umlaut(word: str) -> str:
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
