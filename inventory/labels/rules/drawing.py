"""A label as SVG in millimetres, drawn on the server: no style, no script, no font file."""

from collections.abc import Mapping, Sequence
from html import escape

from inventory.labels.rules.codes import bars_of, qr_matrix
from inventory.labels.rules.elements import CODES, Element
from inventory.labels.rules.letters import LINE_HEIGHT, fit

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
QUIET_QR, QUIET_BARS = 4, 10
CAPTION_MM = 2.4
NOTE_MM = 2.4


def shown(element: Element, values: Mapping[str, str]) -> str:
    """What an element says about a thing; nothing where the thing has no such value."""
    if not element.field:
        return element.text
    value = values.get(element.field, "")
    return f"{element.text} {value}".strip() if value and element.text and element.kind not in CODES else value


def draw_label(
    width_mm: float, height_mm: float, elements: Sequence[Element], values: Mapping[str, str], note: str = ""
) -> str:
    """The label of one thing. `note` (that it is a reprint) stands in a box at the lower right corner.

    Raises CannotEncode where a code cannot carry its value.
    """
    parts = [_drawn(element, shown(element, values)) for element in elements]
    if note:
        parts.append(_note(note, width_mm, height_mm))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm"'
        f' viewBox="0 0 {width_mm:g} {height_mm:g}" font-family="{FONT}" fill="#000">'
        f'<rect width="{width_mm:g}" height="{height_mm:g}" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _drawn(element: Element, text: str) -> str:
    if element.kind == "line":
        return _rect(element.x, element.y, element.width, element.height)
    if not text:
        return ""
    if element.kind == "text":
        return _text(element, text)
    return _qr(element, text) if element.kind == "qr" else _bars(element, text)


def _text(element: Element, text: str) -> str:
    fitted = fit(text, element.width, element.height, element.size, bold=element.bold)
    x, anchor = {
        "left": (0.0, "start"),
        "centre": (element.width / 2, "middle"),
        "right": (element.width, "end"),
    }[element.align]
    weight = ' font-weight="700"' if element.bold else ""
    lines = "".join(
        f'<text x="{x:g}" y="{fitted.size * (0.95 + LINE_HEIGHT * row):.2f}">{escape(line)}</text>'
        for row, line in enumerate(fitted.lines)
    )
    return (
        f'<svg x="{element.x:g}" y="{element.y:g}" width="{element.width:g}" height="{element.height:g}">'
        f'<g font-size="{fitted.size:g}" text-anchor="{anchor}"{weight}>{lines}</g></svg>'
    )


def _qr(element: Element, text: str) -> str:
    matrix = qr_matrix(text)
    side = len(matrix) + 2 * QUIET_QR
    size = min(element.width, element.height)
    runs = "".join(_runs("".join("1" if dark else "0" for dark in row), y) for y, row in enumerate(matrix))
    return (
        f'<svg x="{element.x:g}" y="{element.y:g}" width="{size:g}" height="{size:g}" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path transform="translate({QUIET_QR} {QUIET_QR})" d="{runs}"/></svg>'
    )


def _bars(element: Element, text: str) -> str:
    bars = bars_of(element.kind, text)
    long = len(bars.modules) + 2 * QUIET_BARS
    tall = max(element.height - (CAPTION_MM * LINE_HEIGHT if element.caption else 0), 1)
    drawing = (
        f'<svg x="{element.x:g}" y="{element.y:g}" width="{element.width:g}" height="{tall:g}"'
        f' viewBox="0 0 {long} 1" preserveAspectRatio="none" shape-rendering="crispEdges">'
        f'<path transform="translate({QUIET_BARS} 0)" d="{_runs(bars.modules, 0)}"/></svg>'
    )
    if not element.caption:
        return drawing
    under = Element(
        "text", element.x, element.y + tall, element.width, CAPTION_MM * LINE_HEIGHT, size=CAPTION_MM, align="centre"
    )
    return drawing + _text(under, bars.caption)


def _runs(modules: str, y: int) -> str:
    """Black stretches of one row as a path."""
    path, x = [], 0
    while x < len(modules):
        end = x
        while end < len(modules) and modules[end] == "1":
            end += 1
        if end > x:
            path.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
        x = end + 1 if end == x else end
    return "".join(path)


def _rect(x: float, y: float, width: float, height: float, fill: str = "#000") -> str:
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"/>'


def _note(note: str, width_mm: float, height_mm: float) -> str:
    tall = NOTE_MM * 1.5
    wide = min(width_mm, NOTE_MM * 0.75 * (len(note) + 2))
    x, y = width_mm - wide, height_mm - tall
    return (
        f"{_rect(x, y, wide, tall)}"
        f'<text x="{x + wide / 2:.2f}" y="{y + NOTE_MM * 1.1:.2f}" font-size="{NOTE_MM}" font-weight="700"'
        f' text-anchor="middle" fill="#fff">{escape(note)}</text>'
    )
