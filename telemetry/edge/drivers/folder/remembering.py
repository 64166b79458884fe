"""Which contents were stored already: a small file in the folder itself, so that it stays with the files."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from telemetry.edge.drivers.session import Trouble

NAME = ".millwright-read"
_MOST, _KEPT = 100_000, 50_000
_LINE = re.compile(r"([0-9a-f]{64}) \S+ .*\n\Z")


class Remembered:
    """Fingerprints of the last contents stored; a line each, written through to the disk. Raises Trouble."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True) if self._path.exists() else []
            # A line cut off by a power failure is forgotten; its file is read again.
            lines = [line for line in lines if _LINE.match(line)]
            if len(lines) > _MOST:
                lines = lines[-_KEPT:]
                fresh = self._path.with_suffix(".new")
                fresh.write_text("".join(lines), encoding="utf-8")
                fresh.replace(self._path)
        except (OSError, UnicodeDecodeError) as error:
            raise Trouble(
                f"{self._path} cannot be read ({error}). It says which files were stored already; "
                "remove it only if files stored twice do no harm."
            ) from error
        self._known = {line[:64] for line in lines}

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._known

    def add(self, fingerprint: str, name: str) -> None:
        """Remembers a content for good. Raises Trouble."""
        words = name.encode("utf-8", "replace").decode().replace("\n", " ")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        try:
            with self._path.open("a+b") as file:
                # After a power failure the last line may be without its end.
                if file.seek(0, os.SEEK_END) and not _ends_well(file.fileno(), file.tell()):
                    file.write(b"\n")
                file.write(f"{fingerprint} {stamp} {words}\n".encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Trouble(
                f"{self._path} cannot be written: {error}. Expected a folder this gateway may write to."
            ) from error
        self._known.add(fingerprint)


def _ends_well(number: int, length: int) -> bool:
    return os.pread(number, 1, length - 1) == b"\n"
