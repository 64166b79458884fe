"""A real `manage.py up` in a folder of its own, driven from outside like a person at a console."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.patience import PATIENCE_S
from tests.world.patterns import prepared_plant

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass
class Box:
    """One start of the plant: its console, its processes, its end."""

    data_dir: Path
    port: int
    extra: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ("--no-demo",)
    lines: list[str] = field(default_factory=list)

    def start(self) -> "Box":
        """Start without waiting."""
        self.lines = []
        self.up = subprocess.Popen(
            [sys.executable, "manage.py", "up", *self._options()],
            cwd=CHECKOUT,
            env={**plain_environment(), **self.extra},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def wait_ready(self) -> float:
        """Seconds until the console said that the plant is ready."""
        began = time.monotonic()
        wait_for(lambda: self.is_ready or self.up.poll() is not None, "the plant to be ready", self)
        assert self.is_ready, self.console
        return time.monotonic() - began

    def _options(self) -> list[str]:
        return ["--port", str(self.port), "--data-dir", str(self.data_dir), *self.options]

    @property
    def is_ready(self) -> bool:
        return f"Millwright is ready: {self.url}" in self.lines

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def console(self) -> str:
        return "\n".join(self.lines)

    def get(self, path: str) -> str:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def family(self) -> list[psutil.Process]:
        """`up` and everything it started."""
        parent = psutil.Process(self.up.pid)
        return [parent, *parent.children(recursive=True)]

    def named(self, name: str) -> int:
        """The process id of one of the plant's processes."""
        recorded = json.loads((self.data_dir / "processes.json").read_text())
        return next(entry["pid"] for entry in recorded if entry["name"] == name)

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in a second terminal."""
        settings = {"DATA_DIR": str(self.data_dir), "PORT": str(self.port), "INGEST_PORT": str(self.port + 1)}
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=CHECKOUT,
            env={**plain_environment(), **settings, **self.extra},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; the exit code."""
        if self.up.poll() is None:
            self.up.send_signal(how)
        code = self.up.wait(timeout=PATIENCE_S)
        self.collect()
        return code

    def collect(self) -> None:
        """Read the console to its end and close it."""
        self._reader.join(timeout=PATIENCE_S)
        if self.up.stdout is not None:
            self.up.stdout.close()

    def _read(self) -> None:
        assert self.up.stdout is not None
        for line in self.up.stdout:
            self.lines.append(line.rstrip("\n"))


def plain_environment() -> dict[str, str]:
    """The environment of somebody who set nothing."""
    ours = {"DATABASE_URL", "SECRET_KEY", "SECRET_KEY_FILE", "DATA_DIR", "PORT", "INGEST_PORT", "BIND", "DEMO", "HTTPS"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def short_folder() -> Path:
    """A folder that every account may enter and whose sockets have short names."""
    folder = Path(tempfile.mkdtemp(prefix="mw-"))
    folder.chmod(0o755)
    return folder


def started_before() -> Path:
    """The data of a plant that was started once and stopped, in a folder of its own: a start on it is quick."""
    folder = short_folder()
    prepared_plant(copied_to=folder)
    folder.chmod(0o755)
    return folder


def alive(processes: list[psutil.Process]) -> list[str]:
    """Which of these still run; one that waits only to be collected does not."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except psutil.NoSuchProcess:
            continue
    return found


def wait_for(condition, what: str, box: Box | None = None, patience_s: float = PATIENCE_S) -> None:  # type: ignore[no-untyped-def]
    """Wait until the condition holds; fails with what was waited for and what the console said."""
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, f"Waited {patience_s:.0f} s for {what}.\n{box.console if box else ''}"
        time.sleep(0.1)
