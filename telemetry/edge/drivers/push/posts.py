"""From a post to values: pure, so that every refusal can be tried without a network."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from telemetry.edge.devices import Push, Tag
from telemetry.edge.drivers import json_paths
from telemetry.edge.drivers.session import Trouble
from telemetry.wire import Value

LARGEST = 256 * 1024
MOST_DOCUMENTS = 1000
SHORTEST_TOKEN = 16


class Refused(Exception):
    """The post is not taken; `status` and the sentence are the answer."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Said(NamedTuple):
    """One value for one tag."""

    tag: Tag
    value: Value
    at_us: int | None


class Map:
    """The device's tags by their places in the document. Raises Trouble for an address that is no path."""

    def __init__(self, device: Push) -> None:
        self._time_path = device.time_path
        self._time = json_paths.steps(device.time_path) if device.time_path else None
        self._places = [(tag, json_paths.steps(tag.address)) for tag in device.tags]
        # A list is several documents, unless the tags themselves point into a list.
        self._lists_are_batches = not any(path and isinstance(path[0], int) for _, path in self._places)

    def read(self, body: bytes) -> list[Said]:
        """Everything the post says of the device's tags, all of it or nothing. Raises Refused."""
        try:
            document = json_paths.decode(body)
        except json_paths.Unreadable as error:
            raise Refused(400, f"The post was not taken: {error}. Expected one JSON document.") from error
        batch: Sequence[Any] = [document]
        if isinstance(document, list) and self._lists_are_batches:
            batch = document
        if len(batch) > MOST_DOCUMENTS:
            raise Refused(400, f"The post has {len(batch)} documents; at most {MOST_DOCUMENTS} are taken at once.")
        said = [each for one in batch for each in self._one(one)]
        if not said:
            expected = ", ".join(tag.address for tag, _ in self._places[:5])
            raise Refused(400, f"The post has no value at any configured place. Expected some of: {expected}.")
        return said

    def _one(self, document: Any) -> list[Said]:
        at_us = None
        if self._time is not None:
            at_us = json_paths.moment_us(json_paths.find(document, self._time))
            if at_us is None:
                raise Refused(
                    400,
                    f"The post has no time at {self._time_path!r}. "
                    "Expected ISO 8601 text, seconds or milliseconds since 1970.",
                )
        said = []
        for tag, path in self._places:
            found = json_paths.find(document, path)
            if found is json_paths.NOTHING:
                continue
            if not json_paths.is_leaf(found):
                raise Refused(400, f"The post has a list or an object at {tag.address!r}. Expected a number or a word.")
            said.append(Said(tag, found, at_us))
        return said


def tokens(device: Push) -> list[bytes]:
    """The tokens that may post. Raises Trouble."""
    try:
        lines = Path(device.token_file).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(
            f"The token file {device.token_file!r} of {device.code} cannot be read ({error}). "
            "Expected one token a line, in the gateway's folder."
        ) from error
    if not lines or min(len(line) for line in lines) < SHORTEST_TOKEN:
        raise Trouble(
            f"The token file {device.token_file!r} of {device.code} has no token or one that can be guessed. "
            f"Expected at least {SHORTEST_TOKEN} characters, better 43 random ones."
        )
    return [line.encode() for line in lines]


def is_known(known: list[bytes], header: str) -> bool:
    """True if the header carries one of the tokens. Takes the same time for every wrong one."""
    kind, _, given = header.partition(" ")
    right = [hmac.compare_digest(token, given.strip().encode("utf-8", "replace")) for token in known]
    return kind.lower() == "bearer" and any(right)
