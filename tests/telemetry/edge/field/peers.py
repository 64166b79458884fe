"""Starts devices nobody here wrote, each in a process of its own, and serial lines that flip bits."""

from __future__ import annotations

import json
import os
import pty
import random
import select
import shutil
import subprocess
import sys
import threading
import tty
from contextlib import contextmanager
from pathlib import Path

import pytest

from telemetry.edge.sealing import Reading
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.telemetry.edge.helpers import REPOSITORY

PEERS = REPOSITORY / "tests" / "peers"
FIELD = Path(__file__).resolve().parent


def node_package(name: str) -> None:
    """Skips the test by name where a peer is not installed."""
    if shutil.which("node") is None or not (PEERS / "node_modules" / name).is_dir():
        pytest.skip(f"the npm package {name} is not installed in tests/peers")


class Peer:
    """A process that answers each line of JSON with one; the first line says that it is ready."""

    def __init__(self, *command: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd=PEERS)
        self.ready = self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        assert line, "the peer ended"
        return json.loads(line)

    def say(self, **words) -> dict:
        self.process.stdin.write(json.dumps(words).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()


@contextmanager
def peer(*command: object):
    running = Peer(*map(str, command))
    try:
        yield running
    finally:
        running.close()


@contextmanager
def npm_modbus(count: int = 1):
    """Devices at `ports` of one process; `port` is the first."""
    node_package("modbus-serial")
    ports = [free_port() for _ in range(count)]
    with peer("node", PEERS / "modbus_server.js", *ports) as running:
        running.ports, running.port = ports, ports[0]
        yield running


@contextmanager
def pymodbus_tcp(kind: str = "tcp"):
    port = free_port()
    with peer(sys.executable, FIELD / "pymodbus_device.py", kind, port) as running:
        running.port = port
        yield running


class NoisyLine:
    """Two pseudo terminals joined back to back; each byte that passes has one bit flipped with some probability."""

    def __init__(self, noise: float, seed: int) -> None:
        self.noise = noise
        self.passed = self.flipped = 0
        self._chance = random.Random(seed)
        self._masters, slaves = zip(*(pty.openpty() for _ in range(2)), strict=True)
        for descriptor in (*self._masters, *slaves):
            tty.setraw(descriptor)
        # The far ends stay open, so that a side that closes its port does not end the line.
        self._slaves = slaves
        self.ends = tuple(os.ttyname(slave) for slave in slaves)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self._thread.start()

    def _relay(self) -> None:
        left, right = self._masters
        while not self._ended.is_set():
            for source in select.select(self._masters, [], [], 0.1)[0]:
                data = bytearray(os.read(source, 4096))
                self.passed += len(data)
                for index in range(len(data)):
                    if self._chance.random() < self.noise:
                        data[index] ^= 1 << self._chance.randrange(8)
                        self.flipped += 1
                os.write(right if source == left else left, data)

    def unplug(self) -> None:
        """Takes the line away, as an adapter that is pulled out."""
        if not self._ended.is_set():
            self._ended.set()
            self._thread.join(PATIENCE_S)
            for descriptor in (*self._masters, *self._slaves):
                os.close(descriptor)


@contextmanager
def serial_line(*units: int, noise: float = 0.0, seed: int = 7):
    """A line with pymodbus devices at its far end."""
    line = NoisyLine(noise, seed)
    try:
        with peer(sys.executable, FIELD / "pymodbus_device.py", "rtu", line.ends[1], *units) as running:
            line.peer = running
            yield line
    finally:
        line.unplug()


def wrong(reading: Reading, address: int, unit: int, oldest_s: float) -> str:
    """Why a patterned value cannot be what stood in its registers just before it was written down; '' if it can."""
    name, clock = reading.value >> 16, reading.value & 0xFFFF
    if name != (address + 0x1000 * unit) & 0xFFFF:
        return f"{reading.tag} = {reading.value:#x} is not of register {address} of unit {unit}"
    age = (reading.at_us // 10_000 - clock) & 0xFFFF
    # One hundredth may be missing, where two roundings meet.
    return "" if age <= oldest_s * 100 or age == 0xFFFF else f"{reading.tag} = {reading.value:#x} is {age / 100} s old"


def wrong_values(rows: list, unit_of: dict[str, int], oldest_s: float) -> list[str]:
    """The patterned readings that are wrong; tags are named `<device>.<address>`. Rows without a value say nothing."""
    found = []
    for _lane, reading in rows:
        if reading.value is not None:
            device, _, address = reading.tag.partition(".")
            found.append(wrong(reading, int(address), unit_of[device], oldest_s))
    return [sentence for sentence in found if sentence]
