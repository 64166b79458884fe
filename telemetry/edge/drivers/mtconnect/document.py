"""What an agent answers: XML of the standard's versions 1.0 to 2.x, with or without its namespace, made into values."""

from __future__ import annotations

import json
import math
import re
from typing import NamedTuple
from xml.etree.ElementTree import Element  # only the type: the reading is done by defusedxml

from telemetry.edge.drivers.session import MissingLibrary, Trouble
from telemetry.edge.drivers.shdr import time_us
from telemetry.wire import MAX_TEXT, Quality, Value

DEEPEST = 100
_LEVELS = ("NORMAL", "WARNING", "FAULT")
# Events whose value the standard calls a number. All others are words or names, even if they look like numbers.
_NUMBERED = re.compile(r"(Count|Override|LineNumber|Hardness|ToolOffset|WorkOffset|UncertaintyValue|^Line)\Z")


class Refusal(NamedTuple):
    """The agent's own words for a request it did not answer."""

    code: str
    text: str


class Observation(NamedTuple):
    """One value with its number and time. A condition has a `level`, `code` and words instead of a plain value."""

    item: str
    sequence: int
    at_us: int | None
    value: Value
    quality: int = Quality.GOOD
    level: str = ""
    code: str = ""


class Streams(NamedTuple):
    """The answer to `current` or `sample`.

    `first` and `last` are the numbers in the agent's buffer, `next` is the one to ask for next, `made_us` the time.
    """

    instance: str
    made_us: int | None
    first: int
    last: int
    next: int
    observations: list[Observation]


def read(body: bytes, where: str) -> Element:
    """The root of an XML answer. Raises Trouble for broken XML, and for XML that defines entities or a DTD."""
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, fromstring
    except ImportError as error:
        raise MissingLibrary("MTConnect needs the library defusedxml; install it on this gateway.") from error
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Trouble(
            f"{where} sent XML with a document type or entities, which no MTConnect agent does. It is refused; "
            "check that the address is the agent's."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Trouble(f"{where} did not send XML ({error}). Expected an MTConnect agent at this address.") from error
    level = [root]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in outer]
        if not level:
            return root
    raise Trouble(
        f"{where} sent XML nested deeper than {DEEPEST} levels, which no MTConnect agent does. It is refused."
    )


def local(element: Element) -> str:
    """The element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def child(element: Element, name: str) -> Element | None:
    """The first child of this name."""
    return next((each for each in element if local(each) == name), None)


def refusal(root: Element) -> Refusal | None:
    """The first error of an MTConnectError document; None if it is another one."""
    if local(root) != "MTConnectError":
        return None
    for element in root.iter():
        if local(element) == "Error" or element.get("errorCode"):
            return Refusal(element.get("errorCode", ""), (element.text or "").strip()[:300])
    return Refusal("", "without a reason")


def streams(root: Element, where: str) -> Streams:
    """The observations of an MTConnectStreams document in the order of their numbers. Raises Trouble."""
    header = child(root, "Header")
    if local(root) != "MTConnectStreams" or header is None:
        raise Trouble(f"{where} answered with {local(root)!r}. Expected MTConnectStreams: is this the agent's address?")
    found: list[Observation] = []
    for component in (each for each in root.iter() if local(each) == "ComponentStream"):
        for group in component:
            found.extend(_observation(element, local(group)) for element in group if element.get("dataItemId"))
    found.sort(key=lambda each: each.sequence)
    highest = found[-1].sequence if found else 0
    return Streams(
        instance=header.get("instanceId", ""),
        made_us=time_us(header.get("creationTime", "")),
        first=_whole(header.get("firstSequence"), 1),
        last=_whole(header.get("lastSequence"), highest),
        next=_whole(header.get("nextSequence"), highest + 1),
        observations=found,
    )


def _observation(element: Element, group: str) -> Observation:
    name, text = local(element), (element.text or "").strip()
    level, code, quality = "", "", Quality.GOOD
    value: Value
    if group.startswith("Condition"):
        # Some agents put the level into the text and the type into the name; the standard has it in the name.
        level = name.upper() if name.upper() in (*_LEVELS, "UNAVAILABLE") else text.upper()
        code = element.get("conditionId") or element.get("nativeCode") or ""
        value = f"{element.get('nativeCode', '')} {text}".strip()[:MAX_TEXT] if level != text.upper() else ""
        quality = Quality.NO_COMMUNICATION if level == "UNAVAILABLE" else Quality.GOOD
    elif text == "UNAVAILABLE":
        value, quality = None, Quality.NO_COMMUNICATION
    elif len(element):
        value = json.dumps(_entries(element), ensure_ascii=False)[:MAX_TEXT]
    elif group == "Samples" or _NUMBERED.search(name):
        value = number_or_text(text)
    else:
        value = text[:MAX_TEXT]
    return Observation(
        item=element.get("dataItemId", ""),
        sequence=_whole(element.get("sequence"), 0),
        at_us=time_us(element.get("timestamp", "")),
        value=value,
        quality=quality,
        level=level,
        code=code,
    )


def number_or_text(text: str) -> Value:
    """A finite number if the text is one, else the text: positions in space and time series have several numbers."""
    try:
        number = float(text)
    except ValueError:
        return text[:MAX_TEXT]
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 2**53 and "." not in text else number


def _entries(element: Element) -> dict[str, object]:
    # Data sets and tables: keys and values, tables one level deeper.
    return {
        each.get("key", local(each)): _entries(each) if len(each) else number_or_text((each.text or "").strip())
        for each in element
    }


def _whole(text: str | None, otherwise: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return otherwise


class Conditions:
    """The active conditions of each data item: the standard reports one of them at a time."""

    def __init__(self) -> None:
        self._active: dict[str, dict[str, tuple[str, str]]] = {}

    def forget(self) -> None:
        """Before a document that lists everything active."""
        self._active.clear()

    def level(self, seen: Observation) -> tuple[Value, Value, int]:
        """The worst active level of the item, the words of all that is active, and the quality, after `seen`."""
        if seen.level == "UNAVAILABLE":
            self._active.pop(seen.item, None)
            return None, None, seen.quality
        active = self._active.setdefault(seen.item, {})
        if seen.level in _LEVELS[1:]:
            active[seen.code] = (seen.level, str(seen.value or ""))
        elif seen.code:
            active.pop(seen.code, None)
        else:
            active.clear()
        worst = max((level for level, _ in active.values()), key=_LEVELS.index, default="NORMAL")
        return worst, "; ".join(words for _, words in active.values() if words)[:MAX_TEXT], Quality.GOOD
