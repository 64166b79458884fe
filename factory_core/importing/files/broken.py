"""Rows of a text file that have too many cells, because a delimiter stands unquoted inside a text."""

import re

_PRICE = re.compile(r"[$€£¥]?\s?-?\d[\d.,' ]*\s?[$€£¥%]?")
_LINK = re.compile(r"(https?|ftp)://|www\.|\\\\", re.IGNORECASE)


def joined(texts: list[str], usual: int, delimiter: str) -> tuple[int, list[str]] | None:
    """The row with its torn text put together, and where; None where two places are as likely.

    A delimiter inside a text is followed by a blank, as people write; one between cells is not. So the pieces that
    begin with a blank belong to the cell before them. This is taken only when it gives exactly the usual number of
    cells.
    """
    whole: list[str] = []
    places: set[int] = set()
    for text in texts:
        if whole and text[:1] == " " and text.strip() and not _stands_alone(text):
            whole[-1] += delimiter + text
            places.add(len(whole) - 1)
        else:
            whole.append(text)
    if len(whole) == usual and len(places) == 1:
        return places.pop(), whole
    return None


def _stands_alone(text: str) -> bool:
    stripped = text.strip()
    return bool(_LINK.match(stripped) or _PRICE.fullmatch(stripped))
