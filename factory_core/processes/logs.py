"""Output of the plant's processes: everything into files, warnings also to the person at the console. Plain Python."""

import re
import sys
import time
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 10 * 1024 * 1024
KEPT = 3
SHOWN_LINES = 6
SHOWN_WITHIN_S = 60.0
_WORTH_SHOWING = re.compile(rb"\b(WARNING|ERROR|CRITICAL|FATAL)\b|^Traceback |^\w*(Error|Exception)\b")


class ProcessLog:
    """One process's log: a file of at most 10 MiB and three older ones."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.path = folder / f"{name}.log"
        self._file: BinaryIO = self.path.open("ab")
        self._half_line = b""
        self.last_line = ""
        self._shown = 0
        self._shown_since = 0.0

    def take(self, chunk: bytes) -> None:
        """Keep what the process wrote, and show its warnings."""
        if self._file.tell() > LIMIT_BYTES:
            self._turn()
        self._file.write(chunk)
        self._file.flush()
        *lines, self._half_line = (self._half_line + chunk).split(b"\n")
        # A process that never ends its line must not fill our memory.
        self._half_line = self._half_line[-4096:]
        for line in lines:
            self.last_line = line.decode(errors="replace").strip() or self.last_line
            if _WORTH_SHOWING.search(line):
                self._show(line)

    def close(self) -> None:
        self._file.close()

    def _show(self, line: bytes) -> None:
        moment = time.monotonic()
        if moment - self._shown_since > SHOWN_WITHIN_S:
            self._shown_since, self._shown = moment, 0
        self._shown += 1
        # One fault often repeats with every request: the console stays readable, the file has it all.
        if self._shown <= SHOWN_LINES:
            say(f"{self.name:8} | {line.decode(errors='replace').rstrip()}")
        elif self._shown == SHOWN_LINES + 1:
            say(f"{self.name:8} | … more in {self.path}")

    def _turn(self) -> None:
        self._file.close()
        for number in range(KEPT - 1, 0, -1):
            older = self.path.with_suffix(f".log.{number}")
            if older.exists():
                older.replace(self.path.with_suffix(f".log.{number + 1}"))
        self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("ab")


def say(sentence: str) -> None:
    """Tell the person at the console."""
    try:
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The console was closed; the plant goes on, its log files say the rest.
        sys.stdout = open("/dev/null", "w")  # noqa: SIM115  # stays open for the life of the process
