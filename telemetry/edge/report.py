"""What gateway and server tell each other beside the packets: heartbeat, configuration, enrolment."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec

from telemetry.wire import Clock, Value

VERSION = "0.1.0"
HEALTH_SCHEMA = "millwright.health/1"


class LaneHealth(msgspec.Struct, kw_only=True):
    """How far one lane is: last row sealed (`sent_seq`: last row sent at least once) and last row acknowledged."""

    sent_seq: int = 0
    acked_seq: int = 0
    last_seq: int = 0


class DeviceHealth(msgspec.Struct, kw_only=True):
    """One driver's own view of its device; `latency_ms`: 95 of 100 requests were answered within it."""

    code: str
    driver: str
    connected: bool = False
    polls: int = 0
    errors: int = 0
    restarts: int = 0
    last_value_ms: int | None = None
    latency_ms: float | None = None
    last_error: str = ""


class Health(msgspec.Struct, kw_only=True):
    """The gateway's heartbeat, every 5 s; `latest` rows are [tag, at_ms, value, quality]."""

    schema: str = HEALTH_SCHEMA
    version: str = ""
    boot_id: str = ""
    uptime_s: float = 0
    spool_rows: int = 0
    spool_bytes: int = 0
    oldest_ms: int | None = None
    disk_state: str = "ok"
    lanes: dict[str, LaneHealth] = {}
    gaps: int = 0
    thinned: int = 0
    quarantined: int = 0
    notes: list[str] = []
    devices: list[DeviceHealth] = []
    disk_free: int = 0
    now_ms: int = 0
    clock: Clock = Clock()
    config_version: int = 0
    # Of the configuration in use, as the server's answer named it; empty when the local file applies.
    config_digest: str = ""
    config_trouble: str = ""
    # Tells two agents with one credential apart; made anew at every start.
    run_id: str = ""
    certificate_end_ms: int | None = None
    latest: list[tuple[str, int | float, Value, int]] = []


class HealthAnswer(msgspec.Struct, kw_only=True):
    """The server's answer to a heartbeat; `server_ms` is its clock, from which the gateway measures its own error."""

    config_version: int = 0
    server_ms: int = 0


class ConfigAnswer(msgspec.Struct, kw_only=True):
    """The configuration an administrator wrote for this gateway; `{}` means: keep the local file's."""

    config_version: int = 0
    config: dict[str, Any] = {}
    digest: str = ""


def config_digest(config: dict[str, Any]) -> str:
    """SHA-256 of a configuration, whatever the order of its names: what was wanted is what is in use."""
    text = json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class EnrolAnswer(msgspec.Struct, kw_only=True):
    """A one-time code turned into an identity: the gateway's code and its token, shown this once.

    To a certificate request also the certificate with its chain and the plant's root, PEM; a renewal brings no token.
    """

    gateway: str
    token: str = ""
    certificate: str = ""
    ca: str = ""
