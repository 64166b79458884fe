"""What lies where in a plant's data directory. Plain Python: the settings read it."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil


class AlreadyRunning(Exception):
    """Another start holds this data directory; the message names its process."""


@dataclass(frozen=True)
class Recorded:
    """A process `up` started: enough to recognise it after a crash of `up` itself."""

    name: str
    pid: int
    created_at: float
    restarts: int = 0

    @classmethod
    def of(cls, name: str, pid: int, restarts: int = 0) -> "Recorded":
        return cls(name, pid, psutil.Process(pid).create_time(), restarts)


@dataclass(frozen=True)
class DataDir:
    """The files and folders of one plant on this machine."""

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def demo(self) -> Path:
        return self.root / "demo"

    @property
    def demo_gateway(self) -> Path:
        return self.demo / "gateway.toml"

    @property
    def plant_gateway(self) -> Path:
        """The configuration of the gateway that runs on the server itself."""
        return self.root / "gateway" / "gateway.toml"

    @property
    def demo_accounts(self) -> Path:
        """How to sign in to the demo plant, as shown at every start."""
        return self.demo / "accounts.txt"

    @property
    def secret_key_file(self) -> Path:
        return self.root / "secret_key"

    @property
    def _processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def _demo_mark(self) -> Path:
        return self.demo / "loaded"

    @property
    def _demo_begun(self) -> Path:
        return self.demo / "loading"

    def make(self) -> None:
        """Make the folders and, on the first run, the secret key."""
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self.secret_key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(64))

    def secret_key(self) -> str:
        """The plant's key, or nothing before the first start."""
        try:
            return self.secret_key_file.read_text().strip()
        except FileNotFoundError:
            return ""

    def hold(self) -> IO[str]:
        """Take the directory for one start; keep the answer open as long as it is used. Raises AlreadyRunning."""
        file = (self.root / "up.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise AlreadyRunning(
                f"Millwright already runs on the data in {self.root} (process {holder}). "
                "Stop it first, or choose another DATA_DIR."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        return file

    def record(self, processes: list[Recorded]) -> None:
        """Remember what runs, in one step: a crash leaves the old list or the new one, never half of it."""
        fresh = self._processes.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(process) for process in processes]))
        fresh.replace(self._processes)

    def recorded(self) -> list[Recorded]:
        """What the last start said it runs."""
        try:
            return [Recorded(**entry) for entry in json.loads(self._processes.read_text())]
        except (FileNotFoundError, ValueError):
            return []

    def holds_demo(self) -> bool:
        """Whether the demo plant was loaded here: such a plant is marked DEMO for ever."""
        return self._demo_mark.exists()

    def demo_was_interrupted(self) -> bool:
        """Whether loading the demo plant began and did not end."""
        return self._demo_begun.exists()

    def begin_demo(self) -> None:
        """Note that the demo plant is being loaded."""
        self.demo.mkdir(parents=True, exist_ok=True)
        self._demo_begun.touch()

    def finish_demo(self) -> None:
        """Note that the demo plant is complete."""
        self._demo_begun.replace(self._demo_mark)


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> bool:
    """Write a file so that it is there whole or not at all; False when it holds this content already."""
    if path.exists() and path.read_bytes() == content:
        return False
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return True
