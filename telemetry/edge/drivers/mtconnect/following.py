"""Following an agent: every observation once, in order, across broken lines; what cannot be had any more is a loss.

An agent numbers its observations within one life (`instanceId`) and keeps the last of them in a ring. Which number
comes next is remembered by this process beyond a session, so a broken network costs nothing as long as the ring lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from telemetry.edge.devices import MTConnect, Tag
from telemetry.edge.drivers.mtconnect.client import Agent, OutOfRange
from telemetry.edge.drivers.mtconnect.document import Conditions, Observation, Streams, number_or_text
from telemetry.edge.drivers.session import Out, Trouble
from telemetry.wire import Value

DETAIL = "#detail"
_SHORTEST_PERIOD_S = 0.05


class _Last(NamedTuple):
    value: Value
    quality: int
    at_us: int | None


@dataclass
class _Memory:
    """Where the reading of an agent stands: its life, the next number, the last moment heard of, the last values."""

    instance: str
    next: int
    seen_us: int | None
    conditions: Conditions = field(default_factory=Conditions)
    last: dict[str, _Last] = field(default_factory=dict)
    stated_us: dict[str, int] = field(default_factory=dict)


_memories: dict[bytes, _Memory] = {}


def session(device: MTConnect, out: Out) -> None:
    """Reads one agent until `out.stopping`. Raises Trouble when it does not answer or answers nonsense."""
    with Agent(device) as agent:
        out.on_abandon(agent.close)
        following = _Following(device, agent, out)
        period = max(min((tag.period_s for tag in device.tags), default=1.0), _SHORTEST_PERIOD_S)
        try:
            following.catch_up()
            while not out.stopping:
                out.wait(period)
                if not out.stopping:
                    following.poll()
        except OutOfRange as error:
            raise Trouble(f"{agent.where} drops readings faster than they can be read: {error}.") from error


class _Following:
    def __init__(self, device: MTConnect, agent: Agent, out: Out) -> None:
        self._agent = agent
        self._out = out
        # Other settings are another reading: nothing of the old one is carried over.
        self._key = msgspec.json.encode(device)
        self._tags: dict[str, list[Tag]] = {}
        for tag in device.tags:
            self._tags.setdefault(tag.address.removesuffix(DETAIL), []).append(tag)

    def catch_up(self) -> None:
        """Goes on where this process last stood, and states the present value of everything."""
        now = self._current()
        self._name_unknown(now)
        memory = _memories.get(self._key)
        if memory is None:
            memory = _memories[self._key] = _Memory(now.instance, now.next, now.made_us)
            self._learn(memory, now)
        elif memory.instance != now.instance:
            now = self._go_on_after_loss(memory, now, "the agent was started again")
        elif memory.next < now.first:
            now = self._go_on_after_loss(memory, now, "the agent's buffer was overrun")
        elif memory.next > now.next:
            del _memories[self._key]
            raise Trouble(
                f"{self._agent.where} counts backwards: {memory.next} should come next, it says {now.next}. "
                "The reading starts again with the present values."
            )
        else:
            self._read_on(memory)
        self._state_again(memory, now.made_us, everything=True)

    def poll(self) -> None:
        """Takes what is new."""
        memory = _memories[self._key]
        try:
            self._state_again(memory, self._read_on(memory))
        except OutOfRange:
            self.catch_up()

    def _read_on(self, memory: _Memory) -> int | None:
        while True:
            try:
                new = self._heard(self._agent.sample(memory.next))
            except OutOfRange:
                # Some agents refuse the number after their last one; `current` tells whether that is all.
                now = self._current()
                if now.instance == memory.instance and now.next == memory.next:
                    return now.made_us
                raise
            if new.instance != memory.instance or new.first > memory.next:
                raise OutOfRange("the agent has another life, or dropped what was not read yet")
            fresh = [each for each in new.observations if each.sequence >= memory.next]
            for seen in fresh:
                self._take(memory, seen)
                if self._out.stopping:
                    # A session that was given up takes nothing more; the next one begins with this observation.
                    memory.next = seen.sequence
                    return None
            stands, memory.next = memory.next, max(new.next, memory.next)
            memory.seen_us = max((each.at_us for each in fresh if each.at_us), default=memory.seen_us)
            if memory.next == stands or memory.next > new.last:
                return new.made_us

    def _go_on_after_loss(self, memory: _Memory, now: Streams, reason: str) -> Streams:
        oldest = self._heard(self._agent.sample(now.first))
        to_us = min((each.at_us for each in oldest.observations if each.at_us), default=now.made_us)
        if to_us is not None:
            from_us = to_us if memory.seen_us is None else min(memory.seen_us, to_us)
            self._out.loss(from_us, to_us, reason)
        memory.instance, memory.next = oldest.instance, oldest.first
        memory.conditions.forget()
        self._read_on(memory)
        # What changed in the lost stretch and not again since is only known from here.
        after = self._current()
        self._learn(memory, after)
        return after

    def _take(self, memory: _Memory, seen: Observation) -> None:
        for tag, last in self._values(memory, seen):
            memory.last[tag.name] = last
            self._out.value(tag, last.value, at_us=last.at_us, quality=last.quality)
            if last.at_us is not None:
                memory.stated_us[tag.name] = last.at_us

    def _learn(self, memory: _Memory, now: Streams) -> None:
        # Younger observations come again with their own time when they are read as samples.
        known = [each for each in now.observations if each.sequence < memory.next]
        memory.conditions.forget()
        for seen in known:
            for tag, last in self._values(memory, seen):
                memory.last[tag.name] = last

    def _values(self, memory: _Memory, seen: Observation) -> list[tuple[Tag, _Last]]:
        tags = self._tags.get(seen.item, [])
        if not tags:
            return []
        value, detail, quality = seen.value, None, int(seen.quality)
        if seen.level:
            value, detail, quality = memory.conditions.level(seen)
        return [
            (tag, _Last(detail if tag.address.endswith(DETAIL) else _as_asked(tag, value), quality, seen.at_us))
            for tag in tags
        ]

    def _state_again(self, memory: _Memory, made_us: int | None, *, everything: bool = False) -> None:
        """States unchanged values again, at the moment the agent made its answer.

        An agent sends changes only; without this nobody could tell an unchanged value from a broken line, and the
        first values would carry times long before this gateway listened, the same ones at each of its starts.
        """
        for tag in (tag for tags in self._tags.values() for tag in tags):
            last, before = memory.last.get(tag.name), memory.stated_us.get(tag.name)
            if last is None:
                continue
            at_us = made_us if made_us is None or last.at_us is None else max(made_us, last.at_us)
            if at_us is None:
                due = everything
            elif everything or before is None:
                due = before is None or at_us > before
            else:
                due = at_us - before >= tag.repeat_s * 1_000_000
            if due:
                self._out.value(tag, last.value, at_us=at_us, quality=last.quality)
                memory.stated_us[tag.name] = at_us if at_us is not None else before or 0

    def _current(self) -> Streams:
        return self._heard(self._agent.current())

    def _heard(self, answer: Streams) -> Streams:
        self._out.polled(self._agent.seconds)
        self._out.heard()
        return answer

    def _name_unknown(self, now: Streams) -> None:
        for address in sorted(set(self._tags) - {each.item for each in now.observations}):
            self._out.fault(
                f"{self._agent.where} has no data item {address!r} (tag {self._tags[address][0].name}). "
                "Expected a dataItemId of its probe."
            )


def _as_asked(tag: Tag, value: Value) -> Value:
    """The tag's `type` decides where the standard leaves it open: "number" or "text"."""
    if tag.type == "number" and isinstance(value, str):
        return number_or_text(value)
    if tag.type == "text" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value
