"""One edge node as its host sees it: births, order of messages, deaths. Time and messages come in, samples go out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from telemetry.sparkplug.rules import readings
from telemetry.sparkplug.rules.asking import Throttle
from telemetry.sparkplug.rules.codec import BD_SEQ, Decoded, Metric
from telemetry.sparkplug.rules.tables import Loss, Sample, Tables
from telemetry.sparkplug.rules.topics import Topic
from telemetry.sparkplug.rules.values import NeedsType, NotAValue

HOLD_S: Final = 2.0
PARK_S: Final = 10.0
# A device that was there before its node's new birth has this long for its own.
GRACE_S: Final = 10.0
# A node whose numbering makes no sense at all is not told of at every message.
LOSS_EVERY_S: Final = 10.0
# Far below 256: a gap followed by so many messages that the numbers come round would look like none.
MOST_HELD: Final = 64
MOST_PARKED: Final = 5_000


class Message(NamedTuple):
    """A payload with its topic and arrival. `again`: the broker says that it may have come before."""

    topic: Topic
    payload: Decoded
    digest: str
    at_us: int
    at_s: float
    token: Any = None
    again: bool = False


class _Parked(NamedTuple):
    until_s: float
    device: str
    metric: Metric
    sent_ms: int | None
    at_us: int
    why: str


class _Unsure(NamedTuple):
    until_s: float
    names: list[str]


class Node:
    """The state of one edge node. `need` says why its births should be asked for; empty when they need not."""

    def __init__(self, tables: Tables, at_us: int, at_s: float) -> None:
        self.tables = tables
        self.need = ""
        self.changed = False
        self.done: list[Any] = []
        self.losses: list[Loss] = []
        self.throttle = Throttle()
        self._fresh = True
        self._held: list[Message] = []
        self._held_at: int | None = None
        self._loss_told_s = -LOSS_EVERY_S
        self._unsaid: Loss | None = None
        self._applied_us = tables.memory.seen_us or at_us
        self._parked: list[_Parked] = []
        self._unsure: dict[str, _Unsure] = {}
        self._aliases = {device: source.by_alias() for device, source in tables.sources.items()}
        memory = tables.memory
        if memory.asked_us is not None:
            waits = min(max((memory.asked_us - at_us) / 1e6 + memory.pause_s, 0.0), memory.pause_s)
            self.throttle = Throttle(memory.pause_s, at_s + waits)
        if memory.unheard:
            self.wants("the host had lost the broker", at_s)

    def wants(self, why: str, at_s: float) -> None:
        """The node's births are needed."""
        if not self.need:
            self.need, self.changed = why, True
            self.throttle.wanted(at_s)

    def asked(self, at_us: int, at_s: float) -> None:
        """A rebirth request left; until the birth comes the need stays."""
        self.throttle.asked(at_s)
        self.tables.counts.rebirths_asked += 1
        self.tables.memory.asked_us, self.tables.memory.pause_s = (at_us, self.throttle.pause_s)
        self.changed = True

    def take(self, message: Message) -> list[Sample]:
        """What a message means. Its token comes back in `done` once nothing waits for others any more."""
        memory, verb = self.tables.memory, message.topic.verb
        memory.seen_us, self.changed = message.at_us, True
        if self._is_repeat(message):
            self.tables.counts.repeated += 1
            self.done.append(message.token)
            return []
        if verb == "NBIRTH":
            return self._node_birth(message)
        if verb == "NDEATH":
            return self._node_death(message)
        if "" not in self.tables.sources:
            self.wants("no birth yet", message.at_s)
            return self._apply(message)
        seq = message.payload.seq
        if seq is not None and memory.expected is not None and seq != memory.expected:
            return self._hold(message)
        samples = self._apply(message)
        if seq is not None:
            memory.expected = (seq + 1) % 256
            self._fresh = False
        return samples + self._next_in_line()

    def tick(self, at_us: int, at_s: float) -> list[Sample]:
        """What follows from time alone: gaps that stay, names nobody explained, devices that did not come back."""
        samples: list[Sample] = []
        if self._held and at_s >= self._held[0].at_s + HOLD_S:
            samples += self._give_up_waiting(at_s)
        if self._unsaid is not None and at_s >= self._loss_told_s + LOSS_EVERY_S:
            self.losses.append(self._unsaid)
            self._unsaid, self._loss_told_s = None, at_s
        late = [each for each in self._parked if at_s >= each.until_s]
        if late:
            self._parked = self._parked[len(late) :]
            for each in late:
                self._count(each.why)
        for device in [name for name, unsure in self._unsure.items() if at_s >= unsure.until_s]:
            samples += self._stale(device, self._unsure.pop(device).names, at_us)
        return samples

    def lose(self, at_us: int) -> list[Sample]:
        """Nothing can be heard of any node: all its values are old."""
        if not self.tables.born or self.tables.memory.unheard:
            return []
        self.tables.memory.unheard = self.changed = True
        return self._all_stale(at_us)

    def lost(self, from_us: int, to_us: int, reason: str) -> None:
        """Declare that messages of the node are missing for good."""
        if self.tables.born:
            self.losses.append(Loss(min(from_us, to_us), to_us, reason))

    def undecodable(self, verb: str, at_us: int, at_s: float) -> None:
        """A message of this node could not be read."""
        self.tables.counts.undecodable += 1
        self.tables.memory.seen_us, self.changed = at_us, True
        if verb in ("NBIRTH", "DBIRTH"):
            self.wants("a birth that cannot be read", at_s)

    # Order

    def _is_repeat(self, message: Message) -> bool:
        """Byte for byte what came just now. A death has no number: the same will may rightly come twice."""
        if message.topic.verb == "NDEATH" or (message.topic.verb == "NBIRTH" and not message.again):
            return False
        return message.digest in self.tables.digests

    def _hold(self, message: Message) -> list[Sample]:
        if not self._held:
            self._held_at = self.tables.memory.expected
        self._held.append(message)
        return self._give_up_waiting(message.at_s) if len(self._held) >= MOST_HELD else []

    def _next_in_line(self) -> list[Sample]:
        samples: list[Sample] = []
        memory = self.tables.memory
        while found := next((each for each in self._held if each.payload.seq == memory.expected), None):
            self._held.remove(found)
            samples += self._apply(found)
            memory.expected = (memory.expected + 1) % 256  # type: ignore[operator]  # equal to a seq, which is a number
        return samples

    def _give_up_waiting(self, at_s: float) -> list[Sample]:
        """What is missing will not come: use what came, say so, and ask for a birth."""
        memory, first = self.tables.memory, self._held[0]
        self.tables.counts.seq_jumps += 1
        missing = (_number(first) - (self._held_at or 0)) % 256
        self._miss(Loss(min(self._applied_us, first.at_us), first.at_us, f"{missing} messages are missing"), at_s)
        # After a start of the host the gap may be its own absence: names that need no table are safe.
        if not self._fresh or any(not metric.name for each in self._held for metric in each.payload.metrics):
            self.wants("messages are missing", at_s)
        self._fresh = False
        moved_on = memory.expected != self._held_at
        samples, held = self._use_held()
        behind = (_number(held[-1]) - (memory.expected or 0)) % 256 > 128
        if not (moved_on and behind):
            memory.expected = (_number(held[-1]) + 1) % 256
        return samples

    def _miss(self, loss: Loss, at_s: float) -> None:
        """Declare a gap; gaps in quick succession become one."""
        if self._unsaid is not None:
            loss = Loss(self._unsaid.from_us, loss.to_us, "messages are missing, several times")
        if at_s < self._loss_told_s + LOSS_EVERY_S:
            self._unsaid = loss
        else:
            self._unsaid, self._loss_told_s = None, at_s
            self.losses.append(loss)

    def _use_held(self) -> tuple[list[Sample], list[Message]]:
        start = self.tables.memory.expected or 0
        held = sorted(self._held, key=lambda each: (_number(each) - start) % 256)
        self._held = []
        return [sample for each in held for sample in self._apply(each)], held

    # Meaning

    def _apply(self, message: Message) -> list[Sample]:
        self.tables.digests.append(message.digest)
        self.done.append(message.token)
        self._applied_us, verb = message.at_us, message.topic.verb
        # Also where time alone let it go on: what is stored and what is remembered of it belong together.
        self.changed = True
        if verb == "DBIRTH":
            return self._birth(message)
        if verb == "DDEATH":
            return self._device_death(message)
        return self._data(message)

    def _node_birth(self, message: Message) -> list[Sample]:
        samples, _held = self._use_held()
        tables, memory = self.tables, self.tables.memory
        for device in [name for name in tables.sources if name]:
            source = tables.sources.pop(device)
            self._aliases.pop(device, None)
            if source.online:
                self._unsure[device] = _Unsure(message.at_s + GRACE_S, list(source.metrics))
        tables.digests.clear()
        tables.digests.append(message.digest)
        memory.bd_seq = _bd_seq(message.payload.metrics)
        memory.expected = ((message.payload.seq or 0) + 1) % 256
        memory.born_us, memory.unheard = message.at_us, False
        self.need, self._fresh = "", False
        self.done.append(message.token)
        return samples + self._birth(message)

    def _birth(self, message: Message) -> list[Sample]:
        device = message.topic.device
        had = self.tables.sources.get(device)
        before = list(had.metrics) if had and had.online else []
        if device in self._unsure:
            before = self._unsure.pop(device).names
        source = readings.source_of(message.payload.metrics)
        self.tables.sources[device] = source
        self._aliases[device] = source.by_alias()
        self.tables.births_changed = True
        if device and "" not in self.tables.sources:
            self.wants("no birth yet", message.at_s)
        gone = [name for name in before if name not in source.metrics]
        samples = self._stale(device, gone, message.at_us) if gone else []
        return samples + self._values(message) + self._unpark(device)

    def _data(self, message: Message) -> list[Sample]:
        source = self.tables.sources.get(message.topic.device)
        if source is None:
            self.wants("data of something without a birth", message.at_s)
        elif not source.online or not self.tables.born:
            self.wants("data after a death", message.at_s)
        return self._values(message)

    def _node_death(self, message: Message) -> list[Sample]:
        self.done.append(message.token)
        if not self.tables.born:
            return []
        if _bd_seq(message.payload.metrics) != self.tables.memory.bd_seq:
            self.tables.counts.old_deaths += 1
            return []
        samples, _held = self._use_held()
        samples += self._all_stale(message.at_us)
        for source in self.tables.sources.values():
            source.online = False
        self.tables.memory.died_us = message.at_us
        self.tables.births_changed = True
        return samples

    def _device_death(self, message: Message) -> list[Sample]:
        source = self.tables.sources.get(message.topic.device)
        if source is None or not source.online:
            return []
        source.online, self.tables.births_changed = False, True
        return self._stale(message.topic.device, source.metrics, message.at_us)

    def _all_stale(self, at_us: int) -> list[Sample]:
        samples = [
            sample
            for device, source in self.tables.sources.items()
            if source.online
            for sample in self._stale(device, source.metrics, at_us)
        ]
        for device, unsure in self._unsure.items():
            samples += self._stale(device, unsure.names, at_us)
        self._unsure.clear()
        return samples

    def _stale(self, device: str, names: Iterable[str], at_us: int) -> list[Sample]:
        """Values end now; never before the values themselves, whose clock may be a little ahead of ours."""
        moment = max(at_us, self.tables.memory.last_us + 1000)
        return readings.stale(device, names, moment)

    # Values

    def _values(self, message: Message) -> list[Sample]:
        sent_ms, device = message.payload.at_ms, message.topic.device
        memory = self.tables.memory
        memory.shift_ms = readings.shift(sent_ms, message.at_us // 1000, memory.shift_ms)
        samples = []
        for metric in message.payload.metrics:
            sample = self._sample(device, metric, sent_ms, message.at_us)
            if isinstance(sample, Sample):
                samples.append(sample)
            elif sample:
                self.wants(sample, message.at_s)
                self._park(_Parked(message.at_s + PARK_S, device, metric, sent_ms, message.at_us, sample))
        return samples

    def _sample(self, device: str, metric: Metric, sent_ms: int | None, at_us: int) -> Sample | str:
        """A metric as a sample; or why it is not known yet what it is; or nothing for the node's own business."""
        name = metric.name or self._aliases.get(device, {}).get(metric.alias if metric.alias is not None else -1, "")
        if not name:
            return "an unknown alias"
        if readings.is_control(name):
            return ""
        full = f"{name}/{metric.inner}" if metric.inner else name
        source = self.tables.sources.get(device)
        known = source.metrics.get(full) if source else None
        datatype = metric.datatype or (known.datatype if known else 0)
        try:
            sample = readings.sample_of(
                device, full, metric, datatype, sent_ms, at_us, self.tables.memory.shift_ms
            )  # fmt: skip
        except NeedsType:
            return "a number without a datatype"
        except NotAValue:
            self.tables.counts.refused_values += 1
            return readings.refused(device, full, metric, sent_ms, at_us, self.tables.memory.shift_ms)
        if not sample.historical:
            self.tables.memory.last_us = max(self.tables.memory.last_us, min(sample.at_us, at_us + 2_000_000))
        return sample

    def _park(self, parked: _Parked) -> None:
        if len(self._parked) < MOST_PARKED:
            self._parked.append(parked)
        else:
            self._count(parked.why)

    def _unpark(self, device: str) -> list[Sample]:
        samples, left = [], []
        for each in self._parked:
            sample = each.device == device and self._sample(device, each.metric, each.sent_ms, each.at_us)
            if isinstance(sample, Sample):
                samples.append(sample)
            else:
                left.append(each)
        self._parked = left
        return samples

    def _count(self, why: str) -> None:
        self.changed = True
        if why == "an unknown alias":
            self.tables.counts.unknown_aliases += 1
        else:
            self.tables.counts.refused_values += 1


def _number(message: Message) -> int:
    return message.payload.seq or 0


def _bd_seq(metrics: Iterable[Metric]) -> int | None:
    found = next((metric.raw for metric in metrics if metric.name == BD_SEQ), None)
    return found if isinstance(found, int) else None
