"""Keeps the plant's processes running and ends them in order. Plain Python, one thread: the kernel's
`die with your parent` watches the thread that started a child."""

import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import psutil

from factory_core.processes import children
from factory_core.processes.data_dir import DataDir, Recorded
from factory_core.processes.gate import Gate
from factory_core.processes.logs import ProcessLog, say
from factory_core.processes.postgres import EmbeddedPostgres
from factory_core.processes.postgres_home import NoEmbeddedPostgres
from factory_core.processes.specs import CHECKOUT, READINGS_ONLY, ProcessSpec

# The first new try is immediate: a process killed by accident is back before anybody notices.
BACK_OFF_S = (0.2, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
PROVEN_AFTER_S = 60.0
TICK_S = 0.2


@dataclass
class BackOff:
    """How long to wait before the next try; forgotten once a process has proven itself."""

    tries: int = 0

    def next_delay(self, lived_s: float) -> float:
        """Seconds to wait after a life of `lived_s` seconds."""
        if lived_s >= PROVEN_AFTER_S:
            self.tries = 0
        delay = BACK_OFF_S[min(self.tries, len(BACK_OFF_S) - 1)]
        self.tries += 1
        return delay


@dataclass
class _Child:
    spec: ProcessSpec
    log: ProcessLog
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    restarts: int = 0
    back_off: BackOff = field(default_factory=BackOff)


class Supervisor:
    """Starts the table of processes, watches them, stops them. Use from the main thread only."""

    def __init__(self, data: DataDir, environment: dict[str, str], postgres: EmbeddedPostgres | None) -> None:
        self._data = data
        self._environment = environment
        self._postgres = postgres
        self._postgres_again_at: float | None = None
        self._postgres_back_off = BackOff()
        self._children: list[_Child] = []
        # Open it when the plant is prepared.
        self.gate = Gate()
        self._output = selectors.DefaultSelector()

    def start(self, table: list[ProcessSpec]) -> None:
        """Start every process of the table."""
        for spec in table:
            child = _Child(spec, ProcessLog(self._data.logs, spec.name))
            self._children.append(child)
            self._launch(child)
        self._record()

    def tick(self) -> None:
        """Pass on output, notice who ended, start again who is due. Call it for ever; waits at most a moment."""
        self._pass_on(TICK_S)
        now = time.monotonic()
        self._watch_postgres(now)
        for child in self._children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._ended(child, code, now)
            if child.start_again_at is not None and now >= child.start_again_at:
                child.restarts += 1
                self._launch(child)
                self._record()

    def stop(self) -> None:
        """End every process, last started first, then PostgreSQL; each within its own patience."""
        # Who waits in front of it would not hear that it shall end.
        self.gate.open()
        for child in reversed(self._children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self._children):
            self._wait_for_end(child)
            child.log.close()
        if self._postgres is not None:
            self._postgres.stop()
        self._data.record([])

    def _launch(self, child: _Child) -> None:
        early = child.spec.loads_early
        told = {**(self.gate.told if early else {}), **(READINGS_ONLY if child.spec.readings_only else {})}
        child.process = subprocess.Popen(
            child.spec.command,
            cwd=CHECKOUT,
            env={**self._environment, **told},
            pass_fds=(self.gate.handle,) if early else (),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Ctrl-C goes to the terminal's whole group; we want to end the processes in our own order.
            start_new_session=True,
            preexec_fn=children.dies_with_parent(signal.SIGTERM),
        )
        child.started_at = time.monotonic()
        child.start_again_at = None
        output = cast(IO[bytes], child.process.stdout)
        os.set_blocking(output.fileno(), False)
        self._output.register(output, selectors.EVENT_READ, child)

    def _pass_on(self, patience_s: float) -> None:
        if not self._output.get_map():
            time.sleep(patience_s)
            return
        for key, _ in self._output.select(patience_s):
            chunk = os.read(key.fd, 65536)
            if chunk:
                key.data.log.take(chunk)
            else:
                self._output.unregister(key.fileobj)

    def _ended(self, child: _Child, code: int, now: float) -> None:
        how = _how_it_ended(code)
        self._drain(child)
        delay = child.back_off.next_delay(now - child.started_at)
        child.process = None
        child.start_again_at = now + delay
        say(f"{child.spec.name} ended by itself ({how}); starting it again in {delay:g} s. Its log: {child.log.path}")
        if code != 0 and child.log.last_line:
            say(f"{child.spec.name:8} | {child.log.last_line}")

    def _drain(self, child: _Child) -> None:
        stdout = child.process.stdout if child.process else None
        if stdout is None:
            return
        # A grandchild may hold the pipe open for ever: take what is there, do not wait for its end.
        while chunk := stdout.read(65536):
            child.log.take(chunk)
        if stdout in {key.fileobj for key in self._output.get_map().values()}:
            self._output.unregister(stdout)
        stdout.close()

    def _wait_for_end(self, child: _Child) -> None:
        if child.process is None:
            return
        until = time.monotonic() + child.spec.stop_patience_s
        while child.process.poll() is None and time.monotonic() < until:
            self._pass_on(0.05)
        if child.process.poll() is None:
            say(f"{child.spec.name} did not end within {child.spec.stop_patience_s:g} s and is ended by force.")
            children.end(children.with_descendants(psutil.Process(child.process.pid)), first=signal.SIGKILL)
            child.process.wait(timeout=5)
        self._drain(child)
        child.process = None

    def _watch_postgres(self, now: float) -> None:
        if self._postgres is None:
            return
        if self._postgres_again_at is None and self._postgres.has_ended():
            delay = self._postgres_back_off.next_delay(0)
            self._postgres_again_at = now + delay
            say(f"PostgreSQL ended by itself; starting it again in {delay:g} s. Its logs: {self._postgres.home.logs}")
        if self._postgres_again_at is not None and now >= self._postgres_again_at:
            try:
                self._postgres.start()
            except (NoEmbeddedPostgres, OSError, psutil.Error) as error:
                # Whatever it was, the plant goes on trying: it must not end because its database ended twice.
                self._postgres_again_at = now + self._postgres_back_off.next_delay(0)
                say(str(error))
                return
            self._postgres_again_at = None
            say("PostgreSQL works again.")
            self._record()

    def _record(self) -> None:
        running = [
            Recorded.of(child.spec.name, child.process.pid, child.restarts)
            for child in self._children
            if child.process is not None and child.process.poll() is None
        ]
        self._data.record(running)


def end_orphans(data: DataDir) -> list[str]:
    """End what a killed start left running; the names of what was found."""
    found = [(entry.name, children.same_process(entry.pid, entry.created_at)) for entry in data.recorded()]
    alive = [(name, process) for name, process in found if process is not None]
    children.end([member for _, process in alive for member in children.with_descendants(process)])
    data.record([])
    return [name for name, _ in alive]


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def log_tail(path: Path, lines: int = 8) -> str:
    """The end of a log, for a message that must explain itself."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
