"""What a host remembers of an edge node: its births, where its numbers stand, and what was odd."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import msgspec

from telemetry.wire import Value

KEPT_DIGESTS = 32


class Known(msgspec.Struct, array_like=True):
    """A metric as its birth told it; `value` is the birth's."""

    datatype: int = 0
    alias: int | None = None
    unit: str = ""
    meaning: str = ""
    value: Value = None


class Source(msgspec.Struct):
    """The node itself or one of its devices: alive or not, and its metrics by name."""

    online: bool = False
    metrics: dict[str, Known] = {}
    # Metrics that others are made of (templates, data sets) by their alias.
    wholes: dict[str, int] = {}

    def by_alias(self) -> dict[int, str]:
        """Names by alias. An alias that a birth gave to two metrics names neither."""
        found: dict[int, str] = {}
        twice: set[int] = set()
        pairs = [(name, known.alias) for name, known in self.metrics.items()] + list(self.wholes.items())
        for name, alias in pairs:
            if alias is not None:
                if alias in found:
                    twice.add(alias)
                found[alias] = name
        return {alias: name for alias, name in found.items() if alias not in twice}


class Counts(msgspec.Struct):
    """What was odd about a node since it is known."""

    rebirths_asked: int = 0
    seq_jumps: int = 0
    unknown_aliases: int = 0
    refused_values: int = 0
    repeated: int = 0
    old_deaths: int = 0
    undecodable: int = 0


class Memory(msgspec.Struct):
    """What a restart of the host needs besides the births; asked and pause are the throttle of rebirth requests."""

    bd_seq: int | None = None
    expected: int | None = None
    born_us: int | None = None
    died_us: int | None = None
    seen_us: int = 0
    # The newest device time handed on; a death is never older than the values before it.
    last_us: int = 0
    shift_ms: int = 0
    asked_us: int | None = None
    pause_s: float = 0.0
    # Its tags were called stale because the host lost the broker, and nobody told again since.
    unheard: bool = False
    digests: list[str] = []


class Sample(msgspec.Struct, frozen=True):
    """One value on its way to storage; `at_us` is the device's time, put right where its clock runs ahead."""

    device: str
    metric: str
    at_us: int
    value: Value
    quality: int
    historical: bool = False


class Loss(msgspec.Struct, frozen=True):
    """A stretch of time in which messages of a node went missing for good."""

    from_us: int
    to_us: int
    reason: str


@dataclass(slots=True)
class Tables:
    """Everything that is kept of one edge node."""

    group: str
    node: str
    sources: dict[str, Source] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    memory: Memory = field(default_factory=Memory)
    digests: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_DIGESTS))
    births_changed: bool = False

    @property
    def born(self) -> bool:
        """Whether the node is there, as far as it and the broker said."""
        return "" in self.sources and self.sources[""].online

    def pack_births(self) -> bytes:
        """The births, for the database."""
        return msgspec.json.encode(self.sources)

    def pack_memory(self) -> bytes:
        """The rest, for the database."""
        self.memory.digests = list(self.digests)
        return msgspec.json.encode(self.memory)


def unpacked(group: str, node: str, births: bytes | str, counts: Counts, memory: bytes | str) -> Tables:
    """As it was packed. Raises msgspec errors for tables that somebody damaged."""
    kept = msgspec.json.decode(memory, type=Memory)
    return Tables(
        group, node, msgspec.json.decode(births, type=dict[str, Source]), counts, kept,
        deque(kept.digests, maxlen=KEPT_DIGESTS),
    )  # fmt: skip
