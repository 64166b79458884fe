"""A real Mosquitto, peers of npm, and the host in a thread or as a process. All on loopback, ended by pid."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from telemetry.devices.models import Gateway, GatewayStatus, Source
from telemetry.devices.services import register_gateway
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.world.running import ROOT, wait_for
from tests.world.telemetry import a_tag

PEERS = ROOT / "tests" / "peers"
MOSQUITTO = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
needs_peers = pytest.mark.skipif(
    not MOSQUITTO or not (PEERS / "node_modules/sparkplug-client").is_dir() or not shutil.which("node"),
    reason="mosquitto, node or npm sparkplug-client is missing",
)


class Mosquitto:
    """A broker that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://127.0.0.1:{self.port}"
        self._conf = folder / "mosquitto.conf"
        self._conf.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nqueue_qos0_messages true\n"
            "max_queued_messages 20000\nlog_type error\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it listens."""
        import socket

        assert MOSQUITTO
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._conf)], stderr=subprocess.DEVNULL)

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for(listens, 10, "mosquitto")

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None


@contextlib.contextmanager
def a_broker(folder: Path) -> Iterator[Mosquitto]:
    """A running broker, gone at the end."""
    broker = Mosquitto(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


class Peer:
    """A script of tests/peers: told by lines, heard by lines."""

    def __init__(self, script: str, *arguments: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            ["node", script, *arguments], cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def tell(self, **told: Any) -> None:
        """One line."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()

    def events(self, name: str) -> list[dict[str, Any]]:
        """What it told so far under a name."""
        return [each for each in list(self.heard) if each["event"] == name]

    def until(self, name: str, seconds: float = 15, most: int = 1) -> dict[str, Any]:
        """Wait for an event to have come `most` times; gives the last."""
        wait_for(lambda: len(self.events(name)) >= most, seconds, f"{name} of {self._process.args}")
        return self.events(name)[-1]

    def kill(self) -> None:
        """Without a word: the broker sends the will."""
        self._process.kill()
        self.end()

    def end(self) -> None:
        """Close and collect."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.heard.append(json.loads(line))


@contextlib.contextmanager
def a_peer(script: str, *arguments: str) -> Iterator[Peer]:
    """A running peer, gone at the end."""
    peer = Peer(script, *arguments)
    try:
        yield peer
    finally:
        peer.end()


@contextlib.contextmanager
def a_host(url: str, **more: str) -> Iterator[Callable[[], bool]]:
    """The real host in a thread with a loop of its own; gives whether it still runs."""
    from telemetry.sparkplug.process import host
    from telemetry.sparkplug.settings import broker_settings

    loop, stop, failed = asyncio.new_event_loop(), asyncio.Event(), []

    def run() -> None:
        try:
            loop.run_until_complete(host(broker_settings(url, more), stop, lambda name, wait: None))
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread.is_alive
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the host did not stop"
        assert not failed, failed


class HostProcess:
    """The host in a process of its own, forked from this one: Django needs many seconds to start on a busy machine."""

    def __init__(self, url: str, log: Path) -> None:
        self._url, self._log = url, log
        self._pid = 0

    def start(self) -> None:
        """Start and return at once."""
        self._pid = os.fork()
        if self._pid == 0:
            self._be_the_host()

    def end(self, how: int = signal.SIGTERM) -> int:
        """End it; gives its return code, or minus the signal that killed it."""
        if not self._pid:
            return 0
        os.kill(self._pid, how)
        pid, self._pid = self._pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def _be_the_host(self) -> None:
        from telemetry.sparkplug.process import host_until_signal
        from telemetry.sparkplug.settings import broker_settings

        code = 1
        try:
            # Django's connection belongs to the parent; the host has its own.
            asyncio.run(host_until_signal(broker_settings(self._url, {}), lambda name, wait: None))
            code = 0
        except BaseException:  # noqa: BLE001 - the forked process has nobody else to tell
            self._log.write_text(traceback.format_exc())
        finally:
            os._exit(code)


def a_node(site: Site, name: str, **more: Any) -> Gateway:
    """An edge node that was let in."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        gateway = register_gateway(actor=actor, code=name.replace("/", "-"), site=site, at=_now(), **more)
        gateway.source, gateway.source_name, gateway.status = (Source.SPARKPLUG, name, GatewayStatus.ACTIVE)
        gateway.version += 1
        gateway.save()
    return gateway


def chosen(gateway: Gateway, name: str, machine: Any, kind: str = "number", address: str = "") -> Any:
    """A tag that somebody chose from the node's births."""
    tag = a_tag(gateway, name, machine, kind)
    if address:
        with acting(service_user("plant"), channel="test"):
            tag.address, tag.version = address, tag.version + 1
            tag.save()
    return tag


def now_ms() -> int:
    """The wall clock, as nodes tell it."""
    return time.time_ns() // 1_000_000


def _now() -> Any:
    from django.utils.timezone import now

    return now()
