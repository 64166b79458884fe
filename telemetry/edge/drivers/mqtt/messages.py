"""From a message to values: which tags it concerns, where in it their values stand, and when they were true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from telemetry.edge.devices import Mqtt, Tag
from telemetry.edge.drivers import json_paths
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.drivers.shdr import value_of
from telemetry.wire import MAX_TEXT, Quality, Value

LARGEST = 256 * 1024


class _Place(NamedTuple):
    tag: Tag
    path: json_paths.Steps | None


class Said(NamedTuple):
    """One value for one tag."""

    tag: Tag
    value: Value
    at_us: int | None
    quality: int


class Map:
    """The device's tags by topic. `troubles` names addresses that cannot be used; the others work."""

    def __init__(self, device: Mqtt) -> None:
        self.troubles: list[str] = []
        self._time = json_paths.steps(device.time_path) if device.time_path else None
        self._exact: dict[str, list[_Place]] = {}
        self._patterns: dict[str, list[_Place]] = {}
        for tag in device.tags:
            topic, mark, path = tag.address.partition("#")
            try:
                place = _Place(tag, json_paths.steps(path) if mark and path else None)
                _check(topic)
            except Trouble as trouble:
                self.troubles.append(f"Tag {tag.name}: {trouble}")
                continue
            places = self._patterns if "+" in topic.split("/") else self._exact
            places.setdefault(topic, []).append(place)

    @property
    def topics(self) -> list[str]:
        """What to subscribe to. A topic that a pattern covers is left out: some brokers would send it twice."""
        patterns = list(self._patterns)
        return patterns + [topic for topic in self._exact if not any(covers(each, topic) for each in patterns)]

    def read(self, topic: str, payload: bytes, *, retained: bool) -> tuple[list[Said], list[str]]:
        """The values in a message, and sentences for what could not be read."""
        places = self._exact.get(topic, []) + [
            place for pattern, some in self._patterns.items() if covers(pattern, topic) for place in some
        ]
        if not places or not payload:
            # An empty retained message only says that there is none any more.
            return [], []
        if len(payload) > LARGEST:
            return [], [f"A message on {topic!r} has {len(payload)} bytes; more than {LARGEST} are refused."]
        document: Any = json_paths.NOTHING
        if self._time is not None or any(place.path is not None for place in places):
            try:
                document = json_paths.decode(payload)
            except json_paths.Unreadable as error:
                if any(place.path is not None for place in places):
                    return [], [f"A message on {topic!r} was refused: {error}."]
        at_us, faults = self._moment(topic, document)
        # Nobody knows how old a kept message without a time is.
        quality = Quality.LAST_USABLE if retained and at_us is None else Quality.GOOD
        said = []
        for value in self._values(places, topic, payload, document, faults):
            said.append(Said(*value, at_us, int(quality)))
        return said, faults

    def _moment(self, topic: str, document: Any) -> tuple[int | None, list[str]]:
        if self._time is None:
            return None, []
        at_us = json_paths.moment_us(json_paths.find(document, self._time))
        if at_us is None:
            return None, [f"A message on {topic!r} has no time at the device's time path; its arrival is taken."]
        return at_us, []

    @staticmethod
    def _values(
        places: list[_Place], topic: str, payload: bytes, document: Any, faults: list[str]
    ) -> Iterator[tuple[Tag, Value]]:
        for tag, path in places:
            if path is None:
                try:
                    yield tag, plain(payload, as_text=tag.type == "text")
                except UnicodeDecodeError:
                    faults.append(f"A message on {topic!r} is neither a number nor text in UTF-8.")
                continue
            found = json_paths.find(document, path)
            if found is json_paths.NOTHING:
                faults.append(f"A message on {topic!r} has no {tag.address.partition('#')[2]!r} (tag {tag.name}).")
            elif not json_paths.is_leaf(found):
                faults.append(
                    f"A message on {topic!r} has a list or an object at {tag.address.partition('#')[2]!r} "
                    f"(tag {tag.name}). Expected a number or a word."
                )
            else:
                yield tag, found


def plain(payload: bytes, *, as_text: bool = False) -> Value:
    """A payload that is one value: number, true or false, else text. `00123` stays text."""
    text = payload.decode("utf-8").strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text, as_text = text[1:-1], True
    if as_text:
        return text[:MAX_TEXT]
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return value_of(text[:MAX_TEXT])


def covers(pattern: str, topic: str) -> bool:
    """True if the pattern's levels fit the topic's; `+` stands for any one level."""
    levels, given = pattern.split("/"), topic.split("/")
    if len(levels) != len(given):
        return False
    if topic.startswith("$") and levels[0] == "+":
        return False
    return all(level in ("+", value) for level, value in zip(levels, given, strict=True))


def _check(topic: str) -> None:
    if not topic or "\0" in topic or any("+" in level and level != "+" for level in topic.split("/")):
        raise Trouble(f"{topic!r} is not a topic. Expected one like hall/press-1/state, with + for exactly one level.")
