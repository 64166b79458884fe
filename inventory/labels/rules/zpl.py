"""The same label in the language of Zebra printers, for 203 dots an inch (8 dots a millimetre)."""

from collections.abc import Mapping, Sequence

from inventory.labels.rules.codes import SEPARATOR, bars_of, is_gs1, qr_matrix
from inventory.labels.rules.drawing import CAPTION_MM, NOTE_MM, shown
from inventory.labels.rules.elements import Element
from inventory.labels.rules.letters import LINE_HEIGHT, fit

DOTS_PER_MM = 8
_ALIGN = {"left": "L", "centre": "C", "right": "R"}


def zpl_label(
    width_mm: float,
    height_mm: float,
    elements: Sequence[Element],
    values: Mapping[str, str],
    note: str = "",
    copies: int = 1,
) -> str:
    """What is sent to the printer for one thing. Raises CannotEncode where a code cannot carry its value."""
    parts = [_spoken(element, shown(element, values)) for element in elements]
    if note:
        tall = NOTE_MM * 1.5
        where = Element("text", 0, height_mm - tall, width_mm, tall, size=NOTE_MM, align="right", bold=True)
        parts.append(_text(where, note))
    begin = f"^XA\n^CI28\n^PW{_dots(width_mm)}\n^LL{_dots(height_mm)}\n^LH0,0\n"
    return f"{begin}{''.join(parts)}^PQ{copies}\n^XZ\n"


def _spoken(element: Element, text: str) -> str:
    at = f"^FO{_dots(element.x)},{_dots(element.y)}"
    if element.kind == "line":
        wide, tall = max(1, _dots(element.width)), max(1, _dots(element.height))
        return f"{at}^GB{wide},{tall},{min(wide, tall)}^FS\n"
    if not text:
        return ""
    if element.kind == "text":
        return _text(element, text)
    return _qr(element, text, at) if element.kind == "qr" else _bars(element, text, at)


def _text(element: Element, text: str) -> str:
    fitted = fit(text, element.width, element.height, element.size, bold=element.bold)
    tall, gap = _dots(fitted.size), _dots(fitted.size * (LINE_HEIGHT - 1))
    lines = "\\&".join(_escaped(line) for line in fitted.lines)
    box = f"^FB{_dots(element.width)},{len(fitted.lines)},{gap},{_ALIGN[element.align]}"
    return f"^FO{_dots(element.x)},{_dots(element.y)}^A0N,{tall},{tall}{box}^FH_^FD{lines}^FS\n"


def _qr(element: Element, text: str, at: str) -> str:
    side = len(qr_matrix(text)) + 8
    module = max(1, min(10, _dots(min(element.width, element.height)) // side))
    return f"{at}^BQN,2,{module}^FH_^FDMA,{_escaped(text.removeprefix(SEPARATOR))}^FS\n"


def _bars(element: Element, text: str, at: str) -> str:
    bars = bars_of(element.kind, text)
    module = max(1, min(10, _dots(element.width) // (len(bars.modules) + 20)))
    tall = _dots(max(element.height - (CAPTION_MM * LINE_HEIGHT if element.caption else 0), 1))
    caption = "Y" if element.caption else "N"
    if element.kind == "ean" and len(bars.caption) in (8, 13):
        command = "^B8N" if len(bars.caption) == 8 else "^BEN"
        # The printer adds the check digit itself.
        return f"{at}^BY{module}{command},{tall},{caption},N^FD{bars.caption[:-1]}^FS\n"
    if is_gs1(text) or element.kind == "ean":
        content = text[1:] if is_gs1(text) else f"01{text}"
        # Mode D begins with FNC1; >8 is FNC1 between two elements.
        content = ">8".join(_escaped(part) for part in content.split(SEPARATOR))
        return f"{at}^BY{module}^BCN,{tall},{caption},N,N,D^FH_^FD{content}^FS\n"
    return f"{at}^BY{module}^BCN,{tall},{caption},N,N,A^FH_^FD{_escaped(text).replace('>', '_3E')}^FS\n"


def _dots(length_mm: float) -> int:
    return round(length_mm * DOTS_PER_MM)


def _escaped(text: str) -> str:
    """Signs that mean something to the printer, by their hexadecimal numbers."""
    signs = {"_": "_5F", "^": "_5E", "~": "_7E", "\\": "_5C", SEPARATOR: "_1D"}
    return "".join(signs.get(sign, sign) for sign in text)
