"""All edge nodes of a host: who is known, what waits to be stored, and whom to ask for births."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Container, Iterable
from typing import Any, Final, NamedTuple

from telemetry.sparkplug.rules import topics
from telemetry.sparkplug.rules.asking import Pace
from telemetry.sparkplug.rules.codec import Undecodable, decode
from telemetry.sparkplug.rules.node import Message, Node
from telemetry.sparkplug.rules.tables import Loss, Sample, Tables

Key = tuple[str, str]
# Nodes that nobody admitted yet; a stranger may invent names.
MOST_WAITING: Final = 200
# The broker lost for this long means that nothing said before can be called current.
DEAF_AFTER_S: Final = 4.0


class Arrived(NamedTuple):
    """A message as the broker gave it; `token` acknowledges it."""

    topic: str
    body: bytes
    at_us: int
    at_s: float
    token: Any = None
    again: bool = False


class Letter(NamedTuple):
    """Bytes nobody can read, and from whom."""

    key: Key
    topic: str
    body: bytes
    error: str
    at_us: int


class Work(NamedTuple):
    """What one transaction has to keep; the tokens may be given back after its commit."""

    samples: dict[Key, list[Sample]]
    nodes: list[Node]
    letters: list[Letter]
    tokens: list[Any]
    losses: list[tuple[Key, Loss]]

    def __bool__(self) -> bool:
        return any(self)


class Host:
    """Knows every node by group and name. No input or output."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self.nodes: dict[Key, Node] = {}
        self.turned_away = 0
        self._pace = Pace(chance or random.Random())  # noqa: S311 - spreads requests, keeps no secret
        self._samples: dict[Key, list[Sample]] = {}
        self._letters: list[Letter] = []
        self._tokens: list[Any] = []
        self._deaf_since: float | None = None
        self._deaf = False
        # When the broker was last heard; 0 before the first time.
        self._deaf_from_us = 0

    def knows(self, tables: Tables, at_us: int, at_s: float) -> None:
        """A node as the database remembers it."""
        self.nodes[tables.group, tables.node] = Node(tables, at_us, at_s)

    def expects(self, keys: Iterable[Key], at_us: int, at_s: float) -> None:
        """Nodes that were let in: one nobody remembers may be there without a word, and is asked."""
        for key in keys:
            if key not in self.nodes:
                self.nodes[key] = Node(Tables(*key), at_us, at_s)
                self.nodes[key].wants("no birth yet", at_s)

    def take(self, arrived: Arrived, admitted: Container[Key]) -> None:
        """Use one message."""
        topic = topics.parse(arrived.topic)
        node = self._node(topic, arrived, admitted) if topic else None
        if topic is None or node is None:
            self._tokens.append(arrived.token)
            return
        try:
            payload = decode(arrived.body)
        except Undecodable as error:
            self._letters.append(Letter(topic.node_key, arrived.topic, arrived.body, str(error), arrived.at_us))
            self._tokens.append(arrived.token)
            node.undecodable(topic.verb, arrived.at_us, arrived.at_s)
            return
        digest = hashlib.blake2b(arrived.body, digest_size=8, key=arrived.topic.encode()[:64]).hexdigest()
        message = Message(topic, payload, digest, arrived.at_us, arrived.at_s, arrived.token, arrived.again)
        self._keep(topic.node_key, node.take(message))

    def give_up(self, arrived: Arrived, error: str) -> None:
        """Set a message aside for a person."""
        group, _verb, node = (*arrived.topic.split("/"), "", "", "")[1:4]
        self._letters.append(Letter((group, node), arrived.topic[:200], arrived.body, error, arrived.at_us))
        self._tokens.append(arrived.token)

    def tick(self, at_us: int, at_s: float, connected: bool) -> None:
        """Use the passing of time."""
        for key, node in self.nodes.items():
            self._keep(key, node.tick(at_us, at_s))
        self._listen(at_us, at_s, connected)

    def asks(self, at_us: int, at_s: float) -> Key | None:
        """The node to send a rebirth request to now, if any."""
        for key, node in self.nodes.items():
            if node.need and node.throttle.may(at_s):
                if not self._pace.take(at_s):
                    return None
                node.asked(at_us, at_s)
                # To the end of the line, so that one that never answers does not stand before others.
                self.nodes[key] = self.nodes.pop(key)
                return key
        return None

    def collect(self) -> Work:
        """What has come together since the last time."""
        changed = [node for node in self.nodes.values() if node.changed]
        losses: list[tuple[Key, Loss]] = []
        for key, node in self.nodes.items():
            self._tokens += node.done
            losses += [(key, loss) for loss in node.losses]
            node.done, node.losses = [], []
        work = Work(
            self._samples, changed, self._letters, [token for token in self._tokens if token is not None], losses
        )
        for node in changed:
            node.changed = False
        self._samples, self._letters, self._tokens = {}, [], []
        return work

    def _node(self, topic: topics.Topic, arrived: Arrived, admitted: Container[Key]) -> Node | None:
        key = topic.node_key
        if (node := self.nodes.get(key)) is None:
            if key not in admitted and sum(each not in admitted for each in self.nodes) >= MOST_WAITING:
                self.turned_away += 1
                return None
            node = self.nodes[key] = Node(Tables(*key), arrived.at_us, arrived.at_s)
        return node

    def _keep(self, key: Key, samples: list[Sample]) -> None:
        if samples:
            self._samples.setdefault(key, []).extend(samples)

    def _listen(self, at_us: int, at_s: float, connected: bool) -> None:
        if connected:
            if self._deaf_since is not None and self._deaf_from_us:
                for node in self.nodes.values():
                    node.lost(self._deaf_from_us, at_us, "the broker could not be heard")
            self._deaf_from_us = at_us
            if self._deaf:
                # Nodes that lost the broker too are born again by themselves; the others tell only changes.
                for node in self.nodes.values():
                    if node.tables.memory.unheard:
                        node.wants("the host had lost the broker", at_s)
                        node.throttle.not_before_s = max(node.throttle.not_before_s, at_s + 5)
            self._deaf_since, self._deaf = None, False
        elif self._deaf_since is None:
            self._deaf_since = at_s
        elif not self._deaf and at_s >= self._deaf_since + DEAF_AFTER_S:
            self._deaf = True
            for key, node in self.nodes.items():
                self._keep(key, node.lose(at_us))
