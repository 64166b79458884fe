"""How much memory a gateway takes with drivers of four protocols at work, each connected to a foreign server.

python -m tests.bench.bench_edge [--seconds 30]

PSS of the agent and all its processes: what they take together, shared pages counted once.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from paho.mqtt.client import CallbackAPIVersion, Client

from tests.bench.report import report
from tests.peers.mtconnect_agent import Agent, Item
from tests.ports import free_port
from tests.telemetry.edge.feeds.broker import Broker
from tests.telemetry.edge.recording import RecordingIngest
from tests.world.running import ROOT, a_process, wait_for

LIMIT_MB = 120
TAGS = 20
SETTLING_S = 8.0
FIELD = ROOT / "tests" / "telemetry" / "edge"


def main() -> None:
    """Start the peers, then the agent, and watch."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=30.0)
    seconds = arguments.parse_args().seconds
    folder = Path(tempfile.mkdtemp(prefix="bench-edge-"))
    server = RecordingIngest()
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        devices = [stack.enter_context(peer) for peer in (opcua(), modbus(), mqtt(folder), mtconnect())]
        server.config = {"config_version": 1, "config": {"devices": devices}}
        config = folder / "gateway.toml"
        config.write_text(f'[server]\nurl = "{server.url}"\ntoken = "secret"\n[agent]\nhealth_s = 1\n')
        command = ("-m", "telemetry.edge", "--config", str(config))
        agent = stack.enter_context(a_process(*command, environment={}, log=folder / "agent.log"))
        wait_for(lambda: connected(server) == len(devices), 60, "all four devices connected")
        time.sleep(SETTLING_S)
        worst: dict[str, float] = {}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = memory(agent.pid)
            worst = max(worst, found, key=lambda each: sum(each.values()))
            time.sleep(1)
        still = connected(server)
        rows = len(server.rows)
    total = sum(worst.values())
    parts = {name: round(value, 1) for name, value in worst.items()}
    report("edge.memory_four_drivers", total, "MB", connected=still, rows=rows, limit=LIMIT_MB, **parts)
    if still < len(devices) or total > LIMIT_MB:
        raise SystemExit(f"{still} of {len(devices)} devices connected, {total:.0f} MB; at most {LIMIT_MB} MB wanted")


def memory(pid: int) -> dict[str, float]:
    """PSS in MB: of the agent, and of each driver's process by its number of devices' order."""
    found = {"agent": pss(pid)}
    for number, child in enumerate(psutil.Process(pid).children(recursive=True), start=1):
        found[f"driver{number}"] = pss(child.pid)
    return found


def pss(pid: int) -> float:
    """Proportional set size of one process in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this kernel does not tell how much memory a process takes")


def connected(server: RecordingIngest) -> int:
    """How many devices the agent calls connected."""
    return sum(device["connected"] for device in server.heartbeats[-1]["devices"]) if server.heartbeats else 0


def tags(addresses: list[str], **more: Any) -> list[dict[str, Any]]:
    """Tags of a device by their addresses, asked twice a second."""
    return [
        {"name": f"{address}".replace(" ", "_"), "address": address, "period_s": 0.5, **more} for address in addresses
    ]


@contextlib.contextmanager
def opcua() -> Iterator[dict[str, Any]]:
    """A lathe on asyncua's own server."""
    port = free_port()
    with process(FIELD / "opcua" / "asyncua_server.py", json.dumps({"port": port}), ready=f"READY {port}"):
        names = ["ns=2;s=Lathe.Count", "ns=2;i=7001[0]", "ns=2;i=7001[1]", "ns=2;s=Lathe.Program"]
        yield {
            "code": "lathe", "driver": "opcua", "url": f"opc.tcp://127.0.0.1:{port}", "security": "none",
            "tags": tags(names),
        }  # fmt: skip


@contextlib.contextmanager
def modbus() -> Iterator[dict[str, Any]]:
    """A device on pymodbus' own server."""
    port = free_port()
    with process(FIELD / "field" / "pymodbus_device.py", "tcp", str(port)):
        found = tags([f"holding:{number}" for number in range(TAGS)], type="uint16")
        yield {"code": "meter", "driver": "modbus", "host": "127.0.0.1", "port": port, "tags": found}


@contextlib.contextmanager
def mqtt(folder: Path) -> Iterator[dict[str, Any]]:
    """Sensors that publish forty messages a second to Mosquitto."""
    broker = Broker(folder)
    stopped = threading.Event()

    sender = Client(CallbackAPIVersion.VERSION2)
    sender.connect("127.0.0.1", broker.port)
    sender.loop_start()

    def publish_all() -> None:
        number = 0
        while not stopped.wait(0.5):
            number += 1
            for each in range(TAGS):
                sender.publish(f"hall/sensor{each}", json.dumps({"v": number + each}))

    publishing = threading.Thread(target=publish_all, daemon=True)
    publishing.start()
    try:
        found = tags([f"hall/sensor{each}#v" for each in range(TAGS)])
        yield {"code": "sensors", "driver": "mqtt", "host": "127.0.0.1", "port": broker.port, "tags": found}
    finally:
        stopped.set()
        publishing.join(5)
        sender.loop_stop()
        broker.stop()


@contextlib.contextmanager
def mtconnect() -> Iterator[dict[str, Any]]:
    """A mill on an MTConnect agent."""
    items = [Item(f"item{number}", "SAMPLE", "LOAD", "spindle") for number in range(TAGS)]
    agent = Agent(items)
    stopped = threading.Event()

    def turn() -> None:
        number = 0
        while not stopped.wait(0.5):
            number += 1
            for item in items:
                agent.put(item.id, str(number))

    threading.Thread(target=turn, daemon=True).start()
    try:
        yield {"code": "mill", "driver": "mtconnect", "url": agent.url, "tags": tags([item.id for item in items])}
    finally:
        stopped.set()
        agent.close()


@contextlib.contextmanager
def process(script: Path, *arguments: str, ready: str = "") -> Iterator[None]:
    """A foreign server in a process of its own; its first line (or `ready`) says that it listens."""
    command = [sys.executable, str(script), *arguments]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        if running.stdout is not None:
            for line in running.stdout:
                if not ready or line.strip() == ready:
                    break
            else:
                raise SystemExit(f"{script.name} ended before it listened")
        yield
    finally:
        running.terminate()
        running.wait(10)
        for pipe in (running.stdin, running.stdout):
            if pipe is not None:
                pipe.close()


if __name__ == "__main__":
    main()
