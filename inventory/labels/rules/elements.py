"""The elements of a label: read from JSON, every fault named."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from inventory.labels.rules.fields import FIELDS

KINDS = ("text", "qr", "code128", "ean", "line")
CODES = frozenset({"qr", "code128", "ean"})
ALIGNS = ("left", "centre", "right")
NAMES = ("kind", "x", "y", "width", "height", "field", "text", "size", "bold", "align", "caption")
MOST_ELEMENTS = 60
LEAST_MM, MOST_MM = 5.0, 500.0
SMALLEST_TEXT, LARGEST_TEXT = 1.0, 60.0


@dataclass(frozen=True)
class Element:
    """One thing on a label; lengths in millimetres from the top left corner.

    A text or code shows either a field of the thing (`field`) or always the same (`text`); before the value of a
    field a fixed `text` may stand. `size` is the height of the letters.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    field: str = ""
    text: str = ""
    size: float = 3.0
    bold: bool = False
    align: str = "left"
    caption: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with one element: its place in the list (from 0), which value, what kind of fault, what was given
    and what was expected."""

    place: int | None
    name: str
    problem: str
    given: str = ""
    expected: str = ""


class BadElements(ValueError):
    """The elements cannot be drawn; `faults` names each fault."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def read_elements(raw: Any, subject: str, width_mm: float, height_mm: float) -> list[Element]:
    """The elements of a label of this size. Raises BadElements with every fault, not only the first."""
    if not isinstance(raw, list):
        raise BadElements([Fault(None, "elements", "not_a_list", _short(raw))])
    if not raw or len(raw) > MOST_ELEMENTS:
        raise BadElements([Fault(None, "elements", "how_many", str(len(raw)), str(MOST_ELEMENTS))])
    faults: list[Fault] = []
    read = [_read(place, one, subject, (width_mm, height_mm), faults) for place, one in enumerate(raw)]
    if faults:
        raise BadElements(faults)
    return [element for element in read if element is not None]


def as_json(elements: list[Element]) -> list[dict[str, Any]]:
    """The elements as they are kept."""
    return [asdict(element) for element in elements]


def _read(place: int, raw: Any, subject: str, size: tuple[float, float], faults: list[Fault]) -> Element | None:
    if not isinstance(raw, Mapping):
        faults.append(Fault(place, "", "not_an_element", _short(raw)))
        return None
    before = len(faults)
    faults += [
        Fault(place, str(name), "unknown_name", str(name), ", ".join(NAMES)) for name in raw if name not in NAMES
    ]
    kind = _word(place, raw, "kind", KINDS, "", faults)
    where = {name: _number(place, raw, name, None, faults) for name in ("x", "y", "width", "height")}
    letters = _number(place, raw, "size", 3.0, faults)
    align = _word(place, raw, "align", ALIGNS, "left", faults)
    field, text = _text(place, raw, "field", faults), _text(place, raw, "text", faults)
    if field and field not in FIELDS[subject]:
        faults.append(Fault(place, "field", "unknown_field", field, ", ".join(FIELDS[subject])))
    if kind != "line" and not field and not text:
        faults.append(Fault(place, "field", "nothing_to_show"))
    if len(faults) > before:
        return None
    element = Element(
        kind,
        **where,
        field=field,
        text=text,
        size=letters,
        bold=bool(raw.get("bold")),
        align=align,
        caption=bool(raw.get("caption")),
    )
    faults += _sizes(place, element, size)
    return element


def _sizes(place: int, element: Element, size: tuple[float, float]) -> list[Fault]:
    faults = []
    for name, start, length, most in (
        ("width", element.x, element.width, size[0]),
        ("height", element.y, element.height, size[1]),
    ):
        if length <= 0:
            faults.append(Fault(place, name, "not_positive", _mm(length)))
        elif start < 0 or start + length > most + 1e-6:
            faults.append(Fault(place, name, "outside", f"{_mm(start)} … {_mm(start + length)}", _mm(most)))
    if element.kind == "text" and not SMALLEST_TEXT <= element.size <= LARGEST_TEXT:
        faults.append(Fault(place, "size", "letter_size", _mm(element.size), f"{SMALLEST_TEXT} … {LARGEST_TEXT}"))
    return faults


def _number(place: int, raw: Mapping[Any, Any], name: str, default: float | None, faults: list[Fault]) -> float:
    given = raw.get(name, default)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        faults.append(Fault(place, name, "not_a_number", _short(given)))
        return 0.0
    return round(float(given), 2)


def _word(
    place: int, raw: Mapping[Any, Any], name: str, words: tuple[str, ...], default: str, faults: list[Fault]
) -> str:
    given = raw.get(name, default)
    if given not in words:
        faults.append(Fault(place, name, "unknown_word", _short(given), ", ".join(words)))
    return str(given)


def _text(place: int, raw: Mapping[Any, Any], name: str, faults: list[Fault]) -> str:
    given = raw.get(name, "")
    if not isinstance(given, str) or len(given) > 200 or any(ord(sign) < 32 and sign != "\n" for sign in given):
        faults.append(Fault(place, name, "not_a_text", _short(given)))
        return ""
    return given


def _mm(length: float) -> str:
    return f"{length:g}"


def _short(given: Any) -> str:
    return str(given)[:40]
