"""The heartbeat every few seconds, the enrolment before it, and the configuration it brings."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from telemetry import wire
from telemetry.edge.config import ConfigError
from telemetry.edge.enrolling import Enrolling, EnrolRefused
from telemetry.edge.lean import httpx
from telemetry.edge.net import Backoff, Link
from telemetry.edge.report import VERSION, ConfigAnswer, DeviceHealth, Health, HealthAnswer, LaneHealth, config_digest
from telemetry.edge.sealing import Reading
from telemetry.edge.spool import Key, Spool
from telemetry.edge.stream import Stream
from telemetry.edge.timekeeping import ClockWatch, boot_id, now_ms, now_us

log = logging.getLogger("millwright.edge.health")
_BACKLOG_ROWS = 5_000
_BACKLOG_PERIOD_S = 2.0


def look_at(spool: Spool) -> Health:
    """The part of the heartbeat the spool knows: rows, bytes, oldest reading, lanes, gaps."""
    health = Health(version=VERSION, boot_id=boot_id(), now_ms=now_ms())

    def see(streams: dict[Key, Stream], live: dict[str, Stream]) -> None:
        oldest = []
        for stream in streams.values():
            rows, at_us = stream.summary()
            health.spool_rows += rows
            health.gaps += len(stream.entry.gaps)
            if at_us is not None:
                oldest.append(at_us // 1000)
        health.oldest_ms = min(oldest, default=None)
        for lane, stream in live.items():
            health.lanes[lane] = LaneHealth(
                sent_seq=stream.sent_seq, acked_seq=stream.acked_seq, last_seq=stream.high_seq
            )

    spool.look(see)
    health.spool_bytes = spool.bytes()
    health.disk_state = spool.disk_state().name.lower()
    health.disk_free = spool.policy.free()
    health.thinned = spool.policy.thinned
    health.quarantined = spool.quarantined()
    health.notes = list(spool.notes.values())
    return health


class Heart(threading.Thread):
    """The thread that beats. It enrols first if it must, and pulls a new configuration when the server has one."""

    def __init__(
        self,
        spool: Spool,
        link: Link,
        watch: ClockWatch,
        devices: Callable[[], list[DeviceHealth]],
        latest: dict[str, Reading],
        troubles: Callable[[], list[str]],
        remote: RemoteConfig,
        period_s: float,
    ) -> None:
        super().__init__(name="health", daemon=True)
        self._spool = spool
        self._link = link
        self._watch = watch
        self._devices = devices
        self._latest = latest
        self._troubles = troubles
        self._remote = remote
        self._period_s = period_s
        self._backlog = False
        self._stop_asked = threading.Event()
        self._begun_at = time.monotonic()
        self._warned = ""
        self._enrolling = Enrolling(link)
        # Another agent with the same credential would have another one.
        self._run_id = secrets.token_hex(8)

    def stop(self) -> None:
        """Ends the thread after the request under way."""
        self._stop_asked.set()

    def run(self) -> None:
        """Beats until stopped."""
        backoff = Backoff()
        while (self._enrolling.wants or not self._link.has_token) and not self._stop_asked.is_set():
            try:
                self._enrolling.enrol()
            except EnrolRefused as error:
                self._say(str(error))
                if self._enrolling.wants or not self._link.has_token:
                    self._stop_asked.wait(self._link.settings.auth_retry_s)
                self._link.reread_token()
            except httpx.HTTPError as error:
                self._say(f"The server cannot be reached for the enrolment: {error}")
                self._stop_asked.wait(backoff.failed())
        while not self._stop_asked.is_set():
            self.beat()
            self._renew()
            # While a backlog drains, the heartbeat alone brings the values of this moment.
            self._stop_asked.wait(min(self._period_s, _BACKLOG_PERIOD_S) if self._backlog else self._period_s)

    def beat(self) -> None:
        """One heartbeat; a failure is said once and tried again at the next."""
        health = look_at(self._spool)
        self._backlog = health.spool_rows > _BACKLOG_ROWS
        health.uptime_s = round(time.monotonic() - self._begun_at, 1)
        health.devices = self._devices()
        health.notes += self._troubles()
        health.clock = self._watch.clock()
        health.config_version = self._remote.in_use
        health.config_digest, health.config_trouble = self._remote.digest, self._remote.trouble
        health.run_id = self._run_id
        if (life := self._link.identity.life) is not None:
            health.certificate_end_ms = round(life.ends * 1000)
        health.latest = [
            (each.tag, each.at_us / 1000, each.value, each.quality) for each in list(self._latest.values())
        ]
        sent = now_us()
        try:
            response = self._link.post(wire.HEALTH_PATH, msgspec.json.encode(health))
            received = now_us()
            if response.status_code != 200:
                self._say(f"The server answered a heartbeat with {response.status_code}.")
                return
            answer = msgspec.json.decode(response.content, type=HealthAnswer)
            if answer.server_ms:
                self._watch.heard(answer.server_ms, sent, received)
            if answer.config_version != self._remote.version:
                self._remote.pull(self._link)
            self._warned = ""
        except httpx.HTTPError as error:
            self._say(f"The server cannot be reached: {error or type(error).__name__}")
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._say(f"The answer to a heartbeat is none of ours: {error}")

    def _renew(self) -> None:
        try:
            self._enrolling.renew_if_due()
        except httpx.HTTPError as error:
            log.warning("The certificate waits for its renewal: %s", error or type(error).__name__)

    def _say(self, text: str) -> None:
        if text != self._warned:
            log.warning("%s", text)
        self._warned = text


class RemoteConfig:
    """The devices an administrator set on the server: checked before use, the last good ones kept in a file."""

    def __init__(self, path: Path, use: Callable[[dict[str, Any]], None]) -> None:
        """`use` takes the configuration into service, or raises ConfigError and changes nothing."""
        # The version last looked at, and the one in use, which is older while a bad one stands on the server.
        self.version = self.in_use = 0
        self.digest = self.trouble = ""
        self._path = path
        self._use = use
        self._pulling = threading.Lock()

    def load_kept(self) -> None:
        """Takes the last good configuration, so that a restart without the server changes nothing."""
        if not self._path.exists():
            return
        try:
            kept = msgspec.json.decode(self._path.read_bytes(), type=ConfigAnswer)
            self._use(kept.config)
            self.version = self.in_use = kept.config_version
            self.digest = config_digest(kept.config)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, ConfigError) as error:
            log.error("The kept configuration %s cannot be used (%s); gateway.toml applies.", self._path, error)

    def pull(self, link: Link) -> None:
        """Fetches the configuration and takes it if it is good. Raises httpx.HTTPError, msgspec.MsgspecError.

        The heartbeat and the questions both may notice that it changed.
        """
        with self._pulling:
            self._pull(link)

    def _pull(self, link: Link) -> None:
        response = link.get(wire.CONFIG_PATH)
        if response.status_code != 200:
            log.warning("The server answered %d when asked for the configuration.", response.status_code)
            return
        answer = msgspec.json.decode(response.content, type=ConfigAnswer)
        if answer.config_version == self.version:
            return
        digest = config_digest(answer.config)
        if answer.digest and answer.digest != digest:
            log.error("Configuration %d arrived damaged; the last good configuration stays.", answer.config_version)
            return
        try:
            self._use(answer.config)
        except ConfigError as error:
            self.trouble = str(error)[:400]
            log.error("%s The last good configuration stays.", error)
        else:
            self.in_use, self.digest, self.trouble = answer.config_version, digest, ""
            draft = self._path.with_suffix(".new")
            draft.write_bytes(response.content)
            draft.replace(self._path)
            log.info("Configuration %d of the server is in use.", answer.config_version)
        # A bad version is not fetched again with every heartbeat; the next one is.
        self.version = answer.config_version
