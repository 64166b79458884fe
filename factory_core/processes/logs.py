"""Output of the plant's processes: everything into files, warnings also to the person at the console. Plain Python."""

import re
import sys
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 10 * 1024 * 1024
KEPT = 3
_WORTH_SHOWING = re.compile(rb"\b(WARNING|ERROR|CRITICAL|FATAL)\b|^Traceback |^\w*(Error|Exception)\b")


class ProcessLog:
    """One process's log: a file of at most 10 MiB and three older ones."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.path = folder / f"{name}.log"
        self._file: BinaryIO = self.path.open("ab")
        self._half_line = b""

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
            if _WORTH_SHOWING.search(line):
                say(f"{self.name:8} | {line.decode(errors='replace').rstrip()}")

    def close(self) -> None:
        self._file.close()

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
