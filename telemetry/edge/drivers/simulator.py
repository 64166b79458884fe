"""Simulated machines that send what a real control sends: words when they change, measurements every second."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from itertools import takewhile

import msgspec

from telemetry.edge.devices import Simulator
from telemetry.edge.drivers.channel import BATCH, Channel, End
from telemetry.edge.drivers.timeline import DAY_S, Phase, day_of, noise, phases
from telemetry.edge.reading import Reading
from telemetry.edge.report import DeviceHealth
from telemetry.edge.timekeeping import mono_us, now_us
from telemetry.wire import Value

_KW_PER_AMPERE = 0.59
_REPEAT_S = 30.0
_TICK_S = 0.2
_HISTORY_SAMPLE_S = 10.0

Event = tuple[int, str, str, Value]
"""Microsecond, lane, name of the tag without prefix, value."""


def run(devices: list[Simulator], channel: Channel) -> None:
    """Plays all machines in one process, for ever, in the time of the wall clock."""
    for device in devices:
        channel.devices[device.code] = DeviceHealth(code=device.code, driver="simulator", connected=True)
    prefixes = {device.code: f"{device.prefix or device.code}." for device in devices}
    # Each machine goes on living where its history ended, also if the history of others took a while.
    streams = [_named(device, _play_history(device, prefixes[device.code], channel)) for device in devices]
    waiting: dict[str, list[Reading]] = {"s": [], "e": []}
    for at_us, code, lane, name, value in heapq.merge(*streams, key=lambda event: event[0]):
        while at_us > now_us():
            _hand_over(waiting, channel)
            channel.sleep(min(_TICK_S, max((at_us - now_us()) / 1_000_000, 0.0)))
        health = channel.devices[code]
        health.polls += 1
        health.last_value_ms = at_us // 1000
        stamp = mono_us() - (now_us() - at_us)
        waiting[lane].append(Reading(prefixes[code] + name, at_us, value, mono_us=stamp))
        if len(waiting[lane]) >= 200:
            _hand_over(waiting, channel)


def history(device: Simulator, prefix: str, until_us: int) -> Iterator[Reading]:
    """The machine's life from `history_from` to a moment, numbered from 1; measurements every ten seconds only."""
    if device.history_from is None:
        return
    coarse = msgspec.structs.replace(device, sample_s=max(device.sample_s, _HISTORY_SAMPLE_S))
    events = life(coarse, round(device.history_from.timestamp() * 1_000_000))
    past = takewhile(lambda event: event[0] < until_us, events)
    for seq, (at_us, _lane, name, value) in enumerate(past, start=1):
        yield Reading(prefix + name, at_us, value, seq=seq)


def _play_history(device: Simulator, prefix: str, channel: Channel) -> int:
    """Sends the history once, as a stream with a number of its own; returns the moment the present begins.

    Broken off by kill -9 it goes on from the last row sealed. Until it is complete nothing of the present is sent, so
    no moment comes twice.
    """
    if device.history_from is None:
        return now_us()
    name = f"history|{prefix}|{device.history_from.isoformat()}"
    epoch = hashlib.sha256(name.encode()).hexdigest()[:16]
    resume = channel.begin(epoch, name)
    until_us, rows = now_us(), resume.seq
    if resume.complete:
        return until_us
    batch: list[Reading] = []
    for reading in history(device, prefix, until_us):
        if reading.seq > resume.seq:
            rows = reading.seq
            batch.append(reading)
        if len(batch) >= BATCH:
            channel.beat()
            channel.rows(batch, epoch=epoch)
            batch.clear()
    channel.rows(batch, epoch=epoch)
    channel.send(End(epoch, rows))
    return until_us


def _named(device: Simulator, from_us: int) -> Iterator[tuple[int, str, str, str, Value]]:
    for at_us, lane, name, value in life(device, from_us):
        yield at_us, device.code, lane, name, value


def _hand_over(waiting: dict[str, list[Reading]], channel: Channel) -> None:
    for lane, readings in waiting.items():
        if readings:
            channel.rows(readings, lane)
            readings.clear()


def life(device: Simulator, from_us: int) -> Iterator[Event]:
    """Everything the machine says from a moment on, day after day, without end."""
    day, midnight = day_of(from_us)
    while True:
        yield from one_day(device, day, midnight, from_us)
        day, midnight = day_of(midnight + int(DAY_S * 1_000_000))
        from_us = midnight


def one_day(device: Simulator, day: str, midnight_us: int, from_us: int) -> Iterator[Event]:
    """What the machine says on one day from a moment on, in the order of time."""
    said: dict[str, Value] = {}
    due = 0.0
    for phase in phases(device, day):
        if _wall(device, midnight_us, phase.end) <= from_us:
            continue
        for at_us, lane, name, value in _phase_events(device, phase, midnight_us, from_us, said, due):
            if at_us >= midnight_us + int(DAY_S * 1_000_000):
                return
            yield at_us, lane, name, value
        due = _next_sample(device, phase.end)


def _wall(device: Simulator, midnight_us: int, machine_s: float) -> int:
    return midnight_us + round(machine_s / device.speed * 1_000_000)


def _next_sample(device: Simulator, machine_s: float) -> float:
    step = device.sample_s * device.speed
    return (machine_s // step + 1) * step


def _phase_events(
    device: Simulator, phase: Phase, midnight_us: int, from_us: int, said: dict[str, Value], due: float
) -> Iterator[Event]:
    step = device.sample_s * device.speed
    start_us = max(_wall(device, midnight_us, phase.start), from_us)
    if phase.silent:
        # What was said before the silence must be said again after it, changed or not.
        said.clear()
        return
    words: dict[str, Value] = {"execution": phase.execution, "mode": phase.mode, "alarm_code": phase.alarm}
    before: dict[str, Value] = {"part_count": phase.parts, "scrap_count": phase.scrap}
    if phase.execution == "ACTIVE" and phase.parts:
        before = {}
    for name, value in {**words, **before}.items():
        if said.get(name) != value:
            said[name] = value
            yield start_us, _lane_of(name), name, value
    sample = max(due, _next_sample(device, (start_us - midnight_us) / 1_000_000 * device.speed))
    while sample < phase.end:
        index = round(sample / step)
        at_us = _wall(device, midnight_us, sample)
        amps = round(max(device.amps * phase.load * (1 + 0.06 * noise(device.seed, index)), 0.0), 3)
        yield at_us, "s", "current", amps
        yield at_us, "s", "power", round(amps * _KW_PER_AMPERE, 3)
        if index % max(round(_REPEAT_S / device.sample_s), 1) == 0:
            for name, value in words.items():
                yield at_us, _lane_of(name), name, value
        sample += step
    end_us = _wall(device, midnight_us, phase.end)
    for name, value in {"part_count": phase.parts, "scrap_count": phase.scrap}.items():
        if said.get(name) != value:
            said[name] = value
            yield end_us, "s", name, value


def _lane_of(name: str) -> str:
    return "e" if name == "alarm_code" else "s"
