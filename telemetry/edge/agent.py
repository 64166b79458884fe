"""The supervisor: opens the spool, keeps drivers and threads alive, and stops everything in the right order."""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from telemetry import wire
from telemetry.edge.asking import Asking
from telemetry.edge.children import Child, families, key_of
from telemetry.edge.config import Gateway, remote_devices
from telemetry.edge.devices import Device
from telemetry.edge.disk import Limits
from telemetry.edge.health import Heart, RemoteConfig
from telemetry.edge.memory import give_back
from telemetry.edge.mqtt_way import MqttWay
from telemetry.edge.net import Link
from telemetry.edge.report import DeviceHealth
from telemetry.edge.sender import Sender
from telemetry.edge.spool import Spool
from telemetry.edge.timekeeping import ClockWatch
from telemetry.edge.writer import Writer

log = logging.getLogger("millwright.edge")

_TICK_S = 0.2
_LAST_SENDING_S = 2.0
_HEARD_OUT_S = 1.0
_TIDY_AFTER_S, _TIDY_EVERY_S = 3.0, 300.0


def limits_of(gateway: Gateway) -> Limits:
    """The spool's limits in bytes. A segment is at most a sixteenth of it, so that dropping one is a small loss."""
    mib = 2**20
    settings = gateway.spool
    return Limits(
        max_bytes=round(settings.max_mb * mib),
        segment_bytes=round(min(settings.segment_mb, settings.max_mb / 16) * mib),
        ballast_bytes=round(settings.ballast_mb * mib),
        min_free_bytes=round(settings.min_free_mb * mib),
        deadband=settings.deadband_percent / 100,
    )


class Agent:
    """One gateway at work."""

    def __init__(self, gateway: Gateway) -> None:
        """Opens the spool. Raises SpoolLocked if another agent has it."""
        self._gateway = gateway
        self._spool = Spool(gateway.path(gateway.spool.dir), limits_of(gateway))
        self._link = Link(gateway)
        self._watch = ClockWatch()
        self._children: list[Child] = []
        self._changes = threading.Lock()
        self._writer = Writer(self._spool, self._watch.clock, self._children)
        self._broker = MqttWay(gateway) if gateway.server.mqtt else None
        way = self._broker or self._link
        self._senders = [Sender(lane, self._spool, way, self._watch.clock) for lane in wire.LANES]
        remote = RemoteConfig(gateway.folder / "gateway.remote.json", self._take_remote)
        self._heart = Heart(
            *(self._spool, self._link, self._watch, self._device_health, self._writer.latest, self._troubles, remote),
            period_s=gateway.agent.health_s,
        )
        json_log = gateway.agent.log == "json"
        self._asking = Asking(self._link, gateway.place, lambda: remote.version, remote.pull, json_log)
        self._use(gateway.device)
        remote.load_kept()
        self._stop_asked = threading.Event()

    def run(self) -> int:
        """Works until a signal, or until all recordings are played and acknowledged; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._signalled)
        log.info("The gateway agent works for %s with %d devices.", self._link.settings.url, len(self._device_health()))
        threads: list[threading.Thread] = [self._writer, *self._senders, self._heart, self._asking]
        for thread in threads:
            thread.start()
        code, tidy_at = 0, time.monotonic() + _TIDY_AFTER_S
        while not self._stop_asked.wait(_TICK_S):
            if time.monotonic() > tidy_at:
                tidy_at += _TIDY_EVERY_S
                give_back()
            with self._changes:
                for child in self._children:
                    child.supervise()
            dead = [thread.name for thread in threads if not thread.is_alive()]
            if dead:
                # The spool is safe on disk; the service manager starts the agent again.
                log.critical("The thread %s ended unexpectedly; the agent stops.", dead[0])
                code = 1
                break
            if self._gateway.agent.exit_when_done and self._all_done():
                log.info("Every recording is played and acknowledged.")
                break
        self._close()
        return code

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked.set()

    def _all_done(self) -> bool:
        with self._changes:
            return all(child.finished for child in self._children) and self._writer.is_empty and self._spool.idle()

    def _close(self) -> None:
        _stop(self._children)
        self._writer.stop()
        self._writer.join(5)
        self._heart.stop()
        self._asking.stop()
        for sender in self._senders:
            sender.stop()
        for thread in (*self._senders, self._heart):
            thread.join(_LAST_SENDING_S)
        # Breaks off requests that still hang, so that nobody uses the spool while it is closed.
        self._link.close()
        if self._broker is not None:
            self._broker.close()
        for sender in self._senders:
            sender.join(1)
        self._spool.close()
        log.info("The gateway agent has stopped; the spool is closed.")

    def _troubles(self) -> list[str]:
        return [f"Lane {each.lane} waits: {each.state}." for each in self._senders if each.state not in ("", "ok")]

    def _device_health(self) -> list[DeviceHealth]:
        return [health for child in list(self._children) for health in child.health.values()]

    def _take_remote(self, raw: dict[str, Any]) -> None:
        self._use(remote_devices(raw, self._gateway.device, self._gateway.place))

    def _use(self, devices: list[Device]) -> None:
        """Goes over to these devices: families that stay as they are run on, the others change, end or begin."""
        wanted = {key_of(family[0]): family for family in families(devices)}
        with self._changes:
            ending = [each for each in self._children if not (each.key in wanted and each.change(wanted[each.key]))]
            _stop(ending)
            for child in ending:
                child.wait_heard_out(_HEARD_OUT_S)
                self._children.remove(child)
            running = {child.key for child in self._children}
            settings = self._gateway.agent
            for key, family in wanted.items():
                if key not in running:
                    self._children.append(Child(family, settings.hang_after_s, self._writer.wakeup, settings.log))


def _stop(children: list[Child]) -> None:
    """Ends several drivers in the time of the slowest."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()
