"""How texts are fitted into a box, without knowing the font of whoever draws them."""

from dataclasses import dataclass

LINE_HEIGHT = 1.2
SMALLEST_PART = 0.55
# Widths of the usual sans-serif letters in parts of their size; a guess on the wide side.
_NARROW, _WIDE = frozenset("ijlftrI.,:;|'!()[]/ -"), frozenset("mwMW@%—…")


@dataclass(frozen=True)
class Fitted:
    """Lines of text and the size of their letters in millimetres."""

    lines: list[str]
    size: float


def fit(text: str, width: float, height: float, size: float, *, bold: bool = False) -> Fitted:
    """The text in a box: broken into lines, then smaller, at last cut with an ellipsis."""
    at = size
    while at >= size * SMALLEST_PART - 1e-6:
        lines = _broken(text, width, at, bold)
        if len(lines) <= _room(height, at) and all(long_of(line, at, bold) <= width for line in lines):
            return Fitted(lines, round(at, 3))
        at -= size * 0.05
    at = size * SMALLEST_PART
    lines = _broken(text, width, at, bold)
    room = _room(height, at)
    kept = lines[:room]
    if len(lines) > room:
        kept[-1] += "…"
    return Fitted([_cut(line, width, at, bold) for line in kept], round(at, 3))


def long_of(text: str, size: float, bold: bool = False) -> float:
    """About how long a text is, in the unit of its size."""
    parts = sum(
        0.34 if sign in _NARROW else 0.9 if sign in _WIDE else 0.69 if sign.isupper() else 0.57 for sign in text
    )
    return parts * size * (1.06 if bold else 1.0)


def _room(height: float, size: float) -> int:
    return max(1, int((height + size * 0.2 + 1e-6) / (size * LINE_HEIGHT)))


def _broken(text: str, width: float, size: float, bold: bool) -> list[str]:
    lines: list[str] = []
    for given in text.splitlines() or [""]:
        line = ""
        for word in given.split(" "):
            longer = f"{line} {word}" if line else word
            if line and long_of(longer, size, bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _cut(line: str, width: float, size: float, bold: bool) -> str:
    if long_of(line, size, bold) <= width:
        return line
    while line and long_of(f"{line}…", size, bold) > width:
        line = line[:-1]
    return f"{line}…"
