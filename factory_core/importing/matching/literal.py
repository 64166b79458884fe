"""Texts that must not be taken for a formula, nor for nothing: an apostrophe before them says "this is text".

Table programs show such a text without it; ours takes it away when it reads and puts it there when it writes.
"""

from factory_core.importing.matching.words import means_nothing

# What table programs take for the beginning of a formula.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def starts_formula(text: str) -> bool:
    """True where a table program that opens a plain text would calculate it."""
    return text.startswith(_BEGINS_FORMULA)


def looks_like_formula(text: str) -> bool:
    """True for a text that was written to be calculated; "-10 °C" and "+5 V" were not."""
    return starts_formula(text) and (text[0] == "=" or "(" in text or "!" in text)


def without_control(text: str) -> str:
    """The text without characters that only machines see; ends of lines and tabs stay."""
    return "".join(one for one in text if (one >= " " and one != "\x7f") or one in "\n\r\t")


def _needs_care(text: str) -> bool:
    bare = text.lstrip("'")
    return starts_formula(bare) or means_nothing(bare)


def marked(text: str, *, is_plain: bool) -> str:
    """The text as it has to stand in a file. In a workbook (`is_plain` false) cells say by themselves that they are
    text, so only what would be read back otherwise gets the mark."""
    if not _needs_care(text):
        return text
    if is_plain or text.startswith("'") or means_nothing(text):
        return "'" + text
    return text


def without_mark(text: str) -> str | None:
    """The text meant by a marked one; None where it bears no mark."""
    return text[1:] if text.startswith("'") and _needs_care(text) else None
