"""Plays recorded logs again, at their own speed, faster, or as fast as the agent takes them."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from telemetry.edge.devices import Replay
from telemetry.edge.drivers import shdr
from telemetry.edge.drivers.channel import BATCH, Channel, End
from telemetry.edge.reading import Reading
from telemetry.edge.report import DeviceHealth
from telemetry.edge.timekeeping import now_us

_SHORT_S = 0.05


def run(device: Replay, channel: Channel) -> None:
    """Plays every file of the device once, or for ever with `repeat`.

    With the original clock each file is a stream of its own with numbers made from its content, so that playing it
    again stores nothing twice. With the shifted clock the readings are new ones of this moment.
    """
    health = channel.devices[device.code] = DeviceHealth(code=device.code, driver="replay", connected=True)
    while True:
        for path in in_order(device):
            health.polls += 1
            if device.clock == "original":
                _play_original(device, path, channel, health)
            else:
                _play_shifted(device, path, channel, health)
        if not device.repeat:
            break
        channel.sleep(_SHORT_S)
    health.connected = False
    channel.send_last_beat()


def in_order(device: Replay) -> list[Path]:
    """The files in the order they are played: by name, or shuffled by the seed."""
    paths = sorted((Path(name) for name in device.files), key=lambda path: path.name)
    if device.order == "random":
        random.Random(device.seed).shuffle(paths)  # noqa: S311  # a repeatable order, not a secret
    return paths


def _play_original(device: Replay, path: Path, channel: Channel, health: DeviceHealth) -> None:
    epoch = shdr.epoch_of(device.prefix, path)
    resume = channel.begin(epoch, path.name)
    if resume.complete:
        return
    rows = 0

    def counted() -> Iterator[Reading]:
        nonlocal rows
        for reading in shdr.read_log(path, device.prefix):
            rows = reading.seq
            if reading.seq > resume.seq:
                yield reading

    for batch in _paced(counted(), device.speed, channel):
        channel.rows(batch, epoch=epoch)
        health.last_value_ms = batch[-1].at_us // 1000
    channel.send(End(epoch, rows))


def _play_shifted(device: Replay, path: Path, channel: Channel, health: DeviceHealth) -> None:
    times = [reading.at_us for reading in shdr.read_log(path, device.prefix)]
    if not times:
        return
    start, first = now_us(), times[0]
    # As fast as possible has no pace of its own: the log then ends now instead of beginning now.
    base, speed = (start - max(times), 1.0) if device.speed == 0 else (start - first, device.speed)

    def shifted() -> Iterator[Reading]:
        for reading in shdr.read_log(path, device.prefix):
            at_us = reading.at_us + base if device.speed == 0 else start + round((reading.at_us - first) / speed)
            yield reading._replace(at_us=at_us, seq=0)

    # The times are compressed already, so the pace is that of the clock.
    for batch in _paced(shifted(), 1.0 if device.speed else 0.0, channel):
        channel.rows(batch)
        health.last_value_ms = batch[-1].at_us // 1000


def _paced(readings: Iterable[Reading], speed: float, channel: Channel) -> Iterator[list[Reading]]:
    """Batches of readings, held back until their moment has come. A step back in time is not waited for."""
    batch: list[Reading] = []
    first = latest = None
    began = time.monotonic()
    for reading in readings:
        channel.beat()
        if speed:
            first = reading.at_us if first is None else first
            latest = max(reading.at_us, latest or reading.at_us)
            wait = (latest - first) / 1_000_000 / speed - (time.monotonic() - began)
            if wait > _SHORT_S:
                if batch:
                    yield batch
                    batch = []
                channel.sleep(wait)
        batch.append(reading)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
