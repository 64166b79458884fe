"""A real Mosquitto for tests, on a free port of this computer."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.ports import free_port

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")


class Broker:
    """The process; `stop` and `start` keep port and stored sessions."""

    def __init__(self, folder: Path, *settings: str, anonymous: bool = True) -> None:
        if MOSQUITTO is None or shutil.which("mosquitto_pub") is None:
            pytest.skip("mosquitto or mosquitto-clients is not installed")
        self.port = free_port()
        self.configuration = folder / "mosquitto.conf"
        lines = [
            "per_listener_settings false",
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'true' if anonymous else 'false'}",
            "persistence true",
            f"persistence_location {folder}/",
            "user root",
            *settings,
        ]
        self.configuration.write_text("\n".join(lines) + "\n")
        self.start()

    def start(self) -> None:
        """Starts the broker and waits until it listens."""
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", self.configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, "mosquitto did not start"
                assert time.monotonic() < end, "mosquitto does not listen"
                time.sleep(0.02)

    def stop(self) -> None:
        """A polite end: what it keeps is written."""
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    def publish(self, topic: str, payload: str | bytes, *more: str) -> None:
        """One message by Mosquitto's own client."""
        body = payload.encode() if isinstance(payload, str) else payload
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-q", "1", "-t", topic, "-s", *more],
            input=body,
            check=True,
            timeout=10,
        )
