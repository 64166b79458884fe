"""From a raw value to a reading worth sending: words replaced, numbers scaled, repetitions left out."""

from __future__ import annotations

import math
from typing import NamedTuple

from telemetry.edge.devices import Tag
from telemetry.wire import MAX_TEXT, Quality, Value, is_good

_LARGEST_WHOLE = 2**63 - 1


def shaped(tag: Tag, raw: Value, quality: int) -> tuple[Value, int]:
    """Value and quality as they are sent. A word of `values` is sent as it is; other numbers are scaled.

    What is not a number a computer can write down (NaN, infinite) is no value, of bad quality.
    """
    if tag.values:
        for name in _names(raw):
            if name in tag.values:
                return _with_quality(tag.values[name], quality)
    value = raw
    if isinstance(value, int | float) and type(value) is not bool and (tag.scale != 1.0 or tag.offset != 0.0):
        value = value * tag.scale + tag.offset
    if type(value) is float and not math.isfinite(value):
        return None, min(quality, Quality.SENSOR_FAILURE)
    if type(value) is int and abs(value) > _LARGEST_WHOLE:
        value = float(value)
    if type(value) is str:
        value = _clean(value)
    return _with_quality(value, quality)


def _names(raw: Value) -> tuple[str, ...]:
    """What a raw value may be called in `values`: 1, 1.0, true."""
    if type(raw) is bool:
        return ("true", "1") if raw else ("false", "0")
    if type(raw) is float and raw.is_integer():
        return (str(int(raw)), str(raw))
    return ("null" if raw is None else str(raw),)


def _with_quality(value: Value, quality: int) -> tuple[Value, int]:
    return value, (int(Quality.BAD) if value is None and is_good(quality) else quality)


def _clean(text: str) -> str:
    if len(text) > MAX_TEXT or "\0" in text:
        text = text.replace("\0", "")[:MAX_TEXT]
    # A device's bytes can become halves of characters, which no packet can carry.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class _Sent(NamedTuple):
    value: Value
    quality: int
    clock_us: int
    own_time: bool


class Sieve:
    """Remembers what was sent last for each tag of one session, and lets through what says something new.

    `every_event`: each value of lane "e" is an event of its own, also when it repeats the one before (two scans of
    one label); false where the driver asks for values in turn and the same answer only means that nothing happened.
    """

    def __init__(self, *, every_event: bool) -> None:
        self._every_event = every_event
        self._sent: dict[str, _Sent] = {}

    def lets_through(self, tag: Tag, value: Value, quality: int, clock_us: int, *, own_time: bool) -> bool:
        """True if the reading shall be sent. `clock_us`: the device's own time (`own_time`), or the monotonic clock."""
        last = self._sent.get(tag.name)
        new = (
            last is None
            or (self._every_event and tag.lane == "e")
            or own_time != last.own_time
            # An older reading that comes later is a hole being filled, not a repetition.
            or clock_us < last.clock_us
            or quality != last.quality
            or clock_us - last.clock_us >= tag.repeat_s * 1_000_000
            or _moved(tag, last.value, value)
        )
        if new and (last is None or own_time != last.own_time or clock_us >= last.clock_us):
            self._sent[tag.name] = _Sent(value, quality, clock_us, own_time)
        return new


def _moved(tag: Tag, before: Value, now: Value) -> bool:
    if type(before) is bool or type(now) is bool:
        return before is not now
    if isinstance(before, int | float) and isinstance(now, int | float):
        return abs(now - before) > tag.deadband
    return before != now
