"""Codes on papers."""

from dataclasses import dataclass

from inventory.labels.rules.codes import bars_of

QUIET = 10


@dataclass(frozen=True)
class Code:
    """A Code 128 as black stretches (`x`, `width`) in modules, what it says, and how wide it is in all."""

    text: str
    width: int
    stretches: list[tuple[int, int]]


def code_of(text: str) -> Code:
    """The drawing of a text in Code 128, with the white that a scanner needs on both sides."""
    modules = bars_of("code128", text).modules
    stretches, x = [], 0
    for black in modules.replace("0", " ").split(" "):
        if black:
            stretches.append((x + QUIET, len(black)))
        x += len(black) + 1
    return Code(text, len(modules) + 2 * QUIET, stretches)
