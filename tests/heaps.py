"""`python -m tests.heaps`: every check and every test, in heaps that a few workers share until none is left.

Each heap is a run of its own with a database of its own. What takes longest comes first, so that all are busy to the
end. A check that fails ends everything; tests that fail do not keep the others from running.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests import cluster
from tests.world.patterns import migrated_database, prepared_plant

LOGS = cluster.CHECKOUT / ".make" / "tests"
CHECKS = "checks"
# Whatever lies in none of these is in the last heap.
FOLDERS = {
    "browser": ("browser",),
    "production": ("production",),
    "plants": ("factory_core/processes", "faults", "stories"),
    "telemetry": ("telemetry",),
    "inventory": ("inventory",),
}
MOST_WORKERS = 4
KINDS = ("failed", "error", "passed", "skipped", "xfailed", "xpassed", "deselected")
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b")


@dataclass
class Heaps:
    """What is still to be done, what runs, and what came of the rest."""

    waiting: Iterator[tuple[str, list[str]]]
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    failed: bool = False
    faults: list[str] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: bool = False

    def work(self) -> None:
        """Take one heap after the other until none is left."""
        while (heap := self._begin()) is not None:
            name, log, process = heap
            code = process.wait()
            with self.lock:
                self.running.discard(process)
                self._tell(name, log, code)
                if name == CHECKS and code:
                    self._end()

    def _begin(self) -> tuple[str, Path, subprocess.Popen[bytes]] | None:
        with self.lock:
            name, command = next(self.waiting, ("", []))
            if not name or self.ended:
                return None
            log = LOGS / f"{name}.log"
            # The checks are few lines, and whoever waits wants to see something.
            with log.open("wb") as file:
                process = subprocess.Popen(
                    command,
                    cwd=cluster.CHECKOUT,
                    env={**os.environ, "TEST_DB": name},
                    stdin=subprocess.DEVNULL,
                    stdout=None if name == CHECKS else file,
                    stderr=None if name == CHECKS else subprocess.STDOUT,
                    start_new_session=True,
                )
            self.running.add(process)
            return name, log, process

    def _tell(self, name: str, log: Path, code: int) -> None:
        said = log.read_text(errors="replace").rstrip()
        print(f"== tests: {name}\n{said}" if said else f"== {name}: {'failed' if code else 'passed'}", flush=True)
        self.failed |= code != 0
        self.faults += re.findall(r"^(?:FAILED|ERROR) tests/.*", said, re.MULTILINE)
        for count, what in _COUNT.findall(said.rsplit("\n", 1)[-1]):
            self.counted[what.removesuffix("s") if what == "errors" else what] += int(count)

    def _end(self) -> None:
        self.ended = True
        for process in self.running:
            # Its whole session: a test may have started a plant.
            os.killpg(process.pid, signal.SIGTERM)

    def end(self) -> None:
        """End what runs and begin nothing more."""
        with self.lock:
            self._end()


def heaps() -> Iterator[tuple[str, list[str]]]:
    """Each heap by name, with its command."""
    yield CHECKS, [".ci/test", "quick"]
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    for name, folders in FOLDERS.items():
        yield name, [*pytest, *(f"tests/{folder}" for folder in folders)]
    elsewhere = [f"--ignore=tests/{folder}" for folders in FOLDERS.values() for folder in folders]
    yield "rest", [*pytest, "tests", *elsewhere]


def main() -> int:
    """Runs all; 0 when everything passed."""
    server = cluster.join()
    LOGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    work = Heaps(heaps())
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    workers = [
        threading.Thread(target=work.work, daemon=True) for _ in range(min(max(2, os.cpu_count() or 2), MOST_WORKERS))
    ]
    try:
        # The checks begin; the others wait until what they copy is made, which no test's own limit of time foresees.
        workers[0].start()
        migrated_database(server)
        prepared_plant()
        for worker in workers[1:]:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        work.end()
    for line in work.faults:
        print(line)
    counts = ", ".join(f"{work.counted[what]} {what}" for what in KINDS if work.counted[what])
    print(f"{counts or 'no tests were run'} in {time.monotonic() - began:.2f}s")
    return 1 if work.failed else 0


if __name__ == "__main__":
    sys.exit(main())
