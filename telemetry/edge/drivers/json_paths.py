"""Places and moments in JSON documents that devices send: `a.b[0].c`, `['a.b'].c`, times in their usual forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from telemetry.edge.drivers.session import Trouble
from telemetry.wire import MAX_TEXT, MAX_TIME_MS, Value

DEEPEST = 32
Steps = tuple[str | int, ...]

_STEP = re.compile(r"\[(\d{1,6})\]|\['([^']*)'\]|(?:\A|(?<=.)\.)([^.\[\]']+)")
_PLAIN_KEY = re.compile(r"[^.\[\]']+\Z")


class Unreadable(ValueError):
    """Not a JSON document as devices send them; the message says why."""


class Nothing:
    """What `find` gives where the document has no such place."""


NOTHING = Nothing()


def steps(path: str) -> Steps:
    """The steps of a path; an empty path is the document itself. Raises Trouble for what is no path."""
    found: list[str | int] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise Trouble(f"{path!r} is not a path in a JSON document. Expected one like a.b[0].c or ['a.b'].c.")
        index, quoted, plain = match.groups()
        found.append(int(index) if index is not None else quoted if quoted is not None else plain)
        at = match.end()
    return tuple(found)


def find(document: Any, path: Steps) -> Any:
    """What stands at the path; NOTHING where nothing does."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(document, list) or step >= len(document):
                return NOTHING
            document = document[step]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            return NOTHING
    return document


def decode(body: bytes) -> Any:
    """The document. Raises Unreadable for what is not JSON or nested deeper than any device's message."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"it is not JSON ({error})") from error
    except RecursionError as error:
        raise Unreadable(f"it is nested deeper than {DEEPEST} levels") from error
    level = [document]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return document
    raise Unreadable(f"it is nested deeper than {DEEPEST} levels")


def is_leaf(found: Any) -> bool:
    """True for what can be a reading: number, word, truth, null."""
    return found is None or isinstance(found, (bool, int, float, str))


def leaves(document: Any, path: str = "") -> Iterator[tuple[str, Value]]:
    """Every value of the document with its path."""
    if isinstance(document, dict):
        for key, inner in document.items():
            step = f".{key}" if path else key
            yield from leaves(inner, f"{path}{step}" if _PLAIN_KEY.match(key) else f"{path}['{key}']")
    elif isinstance(document, list):
        for index, inner in enumerate(document):
            yield from leaves(inner, f"{path}[{index}]")
    elif is_leaf(document):
        yield path, document[:MAX_TEXT] if isinstance(document, str) else document


def moment_us(found: Any) -> int | None:
    """A device's time as microseconds since 1970 UTC; None if it is none.

    Text is ISO 8601 (UTC where it names no zone) or a number; a number is seconds, milli-, micro- or nanoseconds by
    its size: each of them between the years 1973 and 5138.
    """
    if isinstance(found, str):
        try:
            found = float(found) if found.replace(".", "", 1).isdigit() else datetime.fromisoformat(found.strip())
        except ValueError:
            return None
    if isinstance(found, datetime):
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        since = aware - datetime(1970, 1, 1, tzinfo=UTC)
        us = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    elif isinstance(found, (int, float)) and not isinstance(found, bool) and 1e8 <= found < 1e20:
        factors = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))
        factor = next((factor for below, factor in factors if found < below), None)
        us = int(found) // 1000 if factor is None else round(found * factor)
    else:
        return None
    return us if 0 < us <= MAX_TIME_MS * 1000 else None
