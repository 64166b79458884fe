"""The folder of packets the server could not read: kept for people to look at, never sent again by themselves."""

from __future__ import annotations

import logging
from pathlib import Path

log = logging.getLogger("millwright.edge.spool")

_MOST_FILES = 500


def park(folder: Path, name: str, body: bytes, why: str) -> None:
    """Keeps the packet as it was sent and beside it why; the oldest give way. A full disk only costs this copy."""
    try:
        (folder / f"{name}.json.gz").write_bytes(body)
        (folder / f"{name}.txt").write_text(why[:4000], encoding="utf-8")
        for old in sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime)[:-_MOST_FILES]:
            old.unlink()
    except OSError as error:
        log.error("Packet %s could not be parked (%s); its rows are declared as lost.", name, error)


def parked(folder: Path) -> int:
    """How many packets are parked."""
    return sum(1 for _ in folder.glob("*.json.gz"))
