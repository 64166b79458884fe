"""A node's story for the tests of the rules: messages at seconds after a fixed moment, and what came of them."""

from typing import Any

from telemetry.sparkplug.rules.codec import decode
from telemetry.sparkplug.rules.node import Message, Node
from telemetry.sparkplug.rules.tables import Sample, Tables, unpacked
from telemetry.sparkplug.rules.topics import Topic

NOON_MS = 1_795_176_000_000


class Story:
    """One node, told by its messages; `now` is in seconds after noon."""

    def __init__(self, tables: Tables | None = None, now: float = 0.0) -> None:
        self.now = now
        self.node = Node(tables or Tables("g", "n"), self.at_us, now)

    @property
    def at_us(self) -> int:
        """The present moment."""
        return round(NOON_MS * 1000 + self.now * 1_000_000)

    def ms(self, seconds: float) -> int:
        """A moment as nodes tell it; it becomes the present one."""
        self.now = max(self.now, seconds)
        return round(NOON_MS + seconds * 1000)

    def says(self, verb: str, payload: Any, device: str = "", *, token: Any = None, again: bool = False) -> list[Any]:
        """One message now; gives the samples it made, as short tuples."""
        body = payload.SerializeToString()
        message = Message(
            Topic("g", verb, "n", device),
            decode(body),
            f"{verb}{device}{hash(body)}",
            self.at_us,
            self.now,
            token,
            again,
        )
        return short(self.node.take(message))

    def waits(self, seconds: float) -> list[Any]:
        """Time passes."""
        self.now += seconds
        return short(self.node.tick(self.at_us, self.now))

    def restarted(self) -> "Story":
        """The host begins again with what it kept."""
        tables = self.node.tables
        return Story(unpacked("g", "n", tables.pack_births(), tables.counts, tables.pack_memory()), self.now)

    def counted(self) -> dict[str, int]:
        """What is not zero."""
        counts = self.node.tables.counts
        return {name: getattr(counts, name) for name in counts.__struct_fields__ if getattr(counts, name)}


def short(samples: list[Sample]) -> list[Any]:
    """(address, value) of good samples, with the quality where it is not good."""
    return [
        (
            f"{s.device}/{s.metric}",
            s.value,
            *([] if s.quality == 192 else [s.quality]),
            *(["old"] if s.historical else []),
        )
        for s in samples
    ]
