"""OPC UA servers in processes of their own: a press on node-opcua, and one on asyncua's server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from telemetry.edge.devices import OpcUa, Tag
from tests.patience import PATIENCE_S
from tests.ports import free_port
from tests.telemetry.edge.helpers import REPOSITORY

PEERS = REPOSITORY / "tests" / "peers"
PRESS = "nsu=http://press.example/machine%3Bv=1;s=Press"
MANY = "nsu=http://press.example/machine%3Bv=1;s=Many"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or not (PEERS / "node_modules" / "node-opcua").is_dir(),
    reason="node-opcua is not installed in tests/peers",
)


class Peer:
    """A server in a process of its own; it ends with its standard input, so it never outlives the test."""

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        self.url = f"opc.tcp://127.0.0.1:{port}"
        self._command = command
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._await(f"READY {self.port}")

    def _await(self, word: str) -> None:
        said = []
        for line in self.process.stdout:
            said.append(line)
            if line.strip() == word:
                return
        raise AssertionError(f"the server ended before it said {word!r}: {''.join(said)}")

    def tell(self, **wish: Any) -> None:
        """Has the server do something, and waits until it has done it."""
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        self._await("DONE")

    def freeze(self) -> None:
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def stop(self) -> None:
        self.thaw()
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._close()

    def _close(self) -> None:
        self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()


def press(folder: Path, **more: Any) -> Peer:
    """A press on node-opcua; `more` as in tests/peers/opcua_server.js."""
    port = more.pop("port", 0) or free_port()
    options = {"port": port, "pki": str(folder / "pki"), "password": "secret", **more}
    return Peer(["node", str(PEERS / "opcua_server.js"), json.dumps(options)], port)


def asyncua_machine(**more: Any) -> Peer:
    """A machine on asyncua's own server."""
    port = free_port()
    return Peer(
        [sys.executable, str(Path(__file__).parent / "asyncua_server.py"), json.dumps({"port": port, **more})], port
    )


def tag(name: str, address: str = "", **more: Any) -> Tag:
    return Tag(name=name, address=address or f"{PRESS}.{name}", **{"period_s": 0.1, **more})


def device(peer: Peer, folder: Path, *tags: Tag, **more: Any) -> OpcUa:
    settings = {"security": "none", "trusted": str(folder / "trust"), "timeout_s": 3.0, **more}
    return OpcUa(code="press", url=peer.url, tags=list(tags), **settings)


def accept_the_rejected(folder: Path) -> list[Path]:
    """What an engineer does: moves the certificate from `rejected` to the folder above."""
    moved = [file.rename(file.parent.parent / file.name) for file in (folder / "trust" / "rejected").glob("*.der")]
    assert moved
    return moved
