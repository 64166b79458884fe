"""Listening: messages are taken in turn and acknowledged when their values are in the gateway's hands."""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from telemetry.edge.devices import Mqtt
from telemetry.edge.drivers.mqtt.connection import Connection
from telemetry.edge.drivers.mqtt.messages import Map
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.edge.timekeeping import now_us

if TYPE_CHECKING:
    from paho.mqtt.client import MQTTMessage

_WAITING = 1000
_LISTEN_S = 0.5
_ASK_AFTER_S = 1.0
"""Silence after which the broker is asked to say something; after about four the frame gives the session up."""
_MOST_KEPT = 10_000

# What kept messages said, so that a reconnection does not store the same rows again.
_kept: dict[bytes, dict[str, bytes]] = {}


class _Inbox:
    """Messages between paho's thread and ours. Acknowledged ones are bounded by the broker's window, others here."""

    def __init__(self) -> None:
        self._messages: queue.Queue[MQTTMessage] = queue.Queue()
        self._dropped: list[int] = []
        self._lock = threading.Lock()

    def put(self, message: MQTTMessage) -> None:
        if message.qos == 0 and self._messages.qsize() >= _WAITING:
            with self._lock:
                self._dropped = [*self._dropped[:1], now_us()]
            return
        self._messages.put(message)

    def take(self, seconds: float) -> MQTTMessage | None:
        try:
            return self._messages.get(timeout=seconds)
        except queue.Empty:
            return None

    def dropped(self) -> tuple[int, int] | None:
        """From when to when messages without acknowledgement were too many; forgets it."""
        with self._lock:
            dropped, self._dropped = self._dropped, []
        return (dropped[0], dropped[-1]) if dropped else None


def session(device: Mqtt, out: Out) -> None:
    """Listens at one broker until `out.stopping`. Raises Trouble when it refuses or is gone."""
    tags = Map(device)
    for sentence in tags.troubles:
        out.fault(sentence)
    inbox = _Inbox()
    connection = Connection(device, lasting=True, on_message=inbox.put)
    kept = _kept.setdefault(msgspec.json.encode(device), {})
    try:
        connection.open()
        # Without a topic it may not even be allowed to listen: a refusal is a sign of life too.
        life = next(iter(tags.topics), f"millwright/{device.code}")
        connection.subscribe(tags.topics)
        out.heard()
        seen, heard_at = 0, time.monotonic()
        asked_at = heard_at
        retained_seen: set[str] = set()
        while not out.stopping:
            while connection.refused:
                out.fault(connection.refused.pop())
            message = inbox.take(_LISTEN_S)
            if message is not None:
                if _taken(message, tags, out, kept, retained_seen):
                    connection.acknowledge(message)
            elif connection.lost:
                raise Trouble(connection.lost)
            now = time.monotonic()
            if connection.signs_of_life != seen:
                seen, heard_at = connection.signs_of_life, now
                out.heard()
            elif now - max(heard_at, asked_at) >= _ASK_AFTER_S:
                asked_at = now
                connection.ask_for_life(life)
            if message is None and (lost := inbox.dropped()) is not None:
                out.loss(*lost, "more messages of quality of service 0 came than could be taken")
        out.wait(0)
    finally:
        connection.close()


def _taken(message: MQTTMessage, tags: Map, out: Out, kept: dict[str, bytes], retained_seen: set[str]) -> bool:
    """Says the message's values; False if the session was given up meanwhile and the broker must send it again."""
    topic, payload = message.topic, bytes(message.payload)
    if message.retain:
        if topic in retained_seen or len(retained_seen) >= _MOST_KEPT:
            return True
        retained_seen.add(topic)
    said, faults = tags.read(topic, payload, retained=message.retain)
    for sentence in faults:
        out.fault(sentence)
    digest = hashlib.sha256(payload).digest() if message.retain and said and said[0].at_us is not None else b""
    if digest and kept.get(topic) == digest:
        return True
    for each in said:
        out.value(each.tag, each.value, at_us=each.at_us, quality=each.quality)
    if out.stopping:
        return False
    if digest:
        kept[topic] = digest
    return True
