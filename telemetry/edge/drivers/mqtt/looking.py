"""Looking at a broker: what is said there within a few seconds, value by value."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Literal

from telemetry.edge.devices import Mqtt
from telemetry.edge.drivers import json_paths
from telemetry.edge.drivers.mqtt.connection import Connection
from telemetry.edge.drivers.mqtt.messages import LARGEST, plain
from telemetry.edge.drivers.session import Trouble
from telemetry.edge.questions import LARGEST_FOUND, Answer, Found, Question
from telemetry.wire import Quality, Value

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

LISTEN_S = 5.0
_SAMPLE_CHARACTERS = 200


def ask(device: Mqtt, question: Question) -> Answer:
    """`browse`: every value heard below `address` (all topics if empty) in LISTEN_S. `read`: the asked ones only."""
    wanted = set(question.addresses) if question.kind == "read" else set()
    if question.kind == "read":
        topics = sorted({address.partition("#")[0] for address in wanted})
    else:
        prefix = question.address.rstrip("#/")
        topics = [f"{prefix}/#" if prefix else "#"]
    found = _listen(device, topics, wanted)
    more = len(found) > LARGEST_FOUND
    return Answer(id=question.id, found=[found[key] for key in sorted(found)][:LARGEST_FOUND], more=more)


def _listen(device: Mqtt, topics: list[str], wanted: set[str]) -> dict[str, Found]:
    messages: queue.Queue[MQTTMessage] = queue.Queue(5000)

    def keep(message: MQTTMessage) -> None:
        # Only a look: what does not fit is not missed.
        if not messages.full():
            messages.put_nowait(message)

    found: dict[str, Found] = {}
    connection = Connection(device, lasting=False, on_message=keep)
    try:
        connection.open()
        connection.subscribe(topics, most=0)
        end = time.monotonic() + LISTEN_S
        while (left := end - time.monotonic()) > 0:
            if connection.refused and not found:
                raise Trouble(connection.refused[0])
            if connection.lost:
                raise Trouble(connection.lost)
            try:
                message = messages.get(timeout=min(left, 0.2))
            except queue.Empty:
                continue
            for each in _values(message):
                if (not wanted or each.address in wanted) and (len(found) <= LARGEST_FOUND or each.address in found):
                    found[each.address] = each
            if len(found) > LARGEST_FOUND or (wanted and len(found) == len(wanted)):
                break
    finally:
        connection.close()
    return found


def _values(message: MQTTMessage) -> list[Found]:
    payload = bytes(message.payload)
    if len(payload) > LARGEST or not payload:
        return []
    quality = int(Quality.LAST_USABLE if message.retain else Quality.GOOD)
    try:
        document = json_paths.decode(payload)
    except json_paths.Unreadable:
        document = None
    if isinstance(document, (dict, list)):
        return [
            _found(f"{message.topic}#{path}", path.rpartition(".")[2] or path, message.topic, value, quality)
            for path, value in json_paths.leaves(document)
        ]
    try:
        value = plain(payload)
    except UnicodeDecodeError:
        return []
    branch, _, name = message.topic.rpartition("/")
    return [_found(message.topic, name, branch, value, quality)]


def _found(address: str, name: str, path: str, value: Value, quality: int) -> Found:
    if isinstance(value, str):
        value = value[:_SAMPLE_CHARACTERS]
    return Found(address=address, name=name, path=path, kind=_kind(value), value=value, quality=quality)


def _kind(value: Value) -> Literal["", "number", "text", "bool"]:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "text"
    return "" if value is None else "number"
