"""Small spools, readings and agents for the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from telemetry import wire
from telemetry.edge.config import Gateway, Server
from telemetry.edge.disk import Limits
from telemetry.edge.net import Link
from telemetry.edge.sealing import Reading, unseal
from telemetry.edge.sender import Sender
from telemetry.edge.spool import Spool

REPOSITORY = Path(__file__).resolve().parents[3]
LOGS = REPOSITORY.parent / "shared" / "data" / "machine_logs"
OPEN: list[Link] = []
AT = 1_795_170_000_000
CLOCK = wire.Clock(synced=True, source="test", err_ms=1)
SMALL = Limits(max_bytes=64 * 2**20, segment_bytes=2**20, ballast_bytes=0, min_free_bytes=0)


def readings(first: int, last: int, tag: str = "m.value") -> list[Reading]:
    return [Reading(tag, AT * 1000 + number * 1000, number) for number in range(first, last + 1)]


def fill(spool: Spool, first: int, last: int, lane: str = "s") -> None:
    spool.append(lane, readings(first, last), CLOCK, AT)


def waiting_values(spool: Spool, lane: str = "s") -> list:
    """What a server would get, packet after packet, with gaps as (from, to, reason); acknowledges as it goes."""
    got = []
    for _ in range(100_000):
        keys = spool.waiting(lane)
        if not keys:
            return got
        item = spool.next_to_send(keys[0])
        if isinstance(item, list):
            got += [(gap.from_seq, gap.to_seq, gap.reason) for gap in item]
            spool.acknowledged(keys[0], item[-1].to_seq)
        else:
            got += [row.value for row in unseal(item).rows]
            spool.acknowledged(keys[0], item.last_seq)
    raise AssertionError("the spool never ends")


def a_sender(spool: Spool, url: str, token: str = "secret", lane: str = "s", timeout_s: float = 2.0) -> Sender:
    link = Link(Gateway(server=Server(url=url, token=token, timeout_s=timeout_s)))
    OPEN.append(link)
    return Sender(lane, spool, link, lambda: CLOCK)


def send_all(sender: Sender, spool: Spool, limit: int = 200) -> list[float]:
    """Sends until the spool is idle, without waiting; returns the pauses asked for."""
    pauses: list[float] = []
    while not spool.idle():
        pause = sender.send_one()
        assert pause is not None
        pauses.append(pause)
        assert len(pauses) < limit, "sending never ends"
    return pauses


def write_config(folder: Path, url: str, devices: str = "", agent: str = "", spool: str = "", token: str = "") -> Path:
    path = folder / "gateway.toml"
    identity = token or 'token = "secret"'
    path.write_text(
        f'[server]\nurl = "{url}"\n{identity}\ntimeout_s = 2\nauth_retry_s = 0.3\n'
        f'[spool]\ndir = "spool"\nballast_mb = 0\nmin_free_mb = 0\n{spool}\n'
        f"[agent]\nhealth_s = 0.3\n{agent}\n{devices}\n",
        encoding="utf-8",
    )
    return path


def start_agent(config: Path) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "telemetry.edge", "--config", str(config)]
    with (config.parent / "agent.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, cwd=config.parent, stderr=log, stdout=log)


def log_of(config: Path) -> str:
    return (config.parent / "agent.log").read_text(encoding="utf-8")
