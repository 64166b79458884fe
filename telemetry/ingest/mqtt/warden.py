"""Keeps the broker's papers true: rights, certificates, and who is revoked, within a second of the change.

A list of revoked certificates does not end a session that is open. So whoever was revoked also loses every right, and
the session is taken over by the server under the gateway's own name, which makes the broker cut it.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from pathlib import Path

import paho.mqtt.client as paho
import psycopg
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from factory_core.processes.broker import BrokerFiles, Papers, look_again, rights
from factory_core.processes.data_dir import write_whole
from telemetry.ingest.directory import Directory, GatewayInfo

log = logging.getLogger("millwright.ingest.mqtt")

# Told, with the gateway's code, when a certificate was revoked; the gateway itself may go on with another one.
CHANNEL = "millwright_revoked"
EVERY_S = 0.3
# A gateway whose certificate is not yet on the list comes back once or twice.
CUT_AGAIN_S = (0.0, 1.0, 3.0, 8.0)
CUT_PATIENCE_S = 2.0


class Warden:
    """Looks at the directory of gateways and at the files of the certificate authority."""

    def __init__(self, directory: Directory, files: BrokerFiles, papers: Papers) -> None:
        self._directory = directory
        self._files = files
        self._papers = papers
        self._looked_at: Mapping[str, GatewayInfo] | None = None
        self._revoked: set[str] = set()
        self._seen = self._stamps()
        self._cuts: list[tuple[float, str]] = []

    async def run(self) -> None:
        """Keep watch until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except OSError as error:
                log.warning("The broker's files cannot be kept true: %s", error)

    async def look(self) -> None:
        """One look; tells the broker what changed and cuts sessions of revoked gateways."""
        changed = self._look_at_gateways()
        stamps = self._stamps()
        if changed or stamps != self._seen:
            self._seen = stamps
            look_again(self._files)
        due = [code for at, code in self._cuts if at <= time.monotonic()]
        self._cuts = [(at, code) for at, code in self._cuts if at > time.monotonic()]
        for code in dict.fromkeys(due):
            await asyncio.to_thread(cut, self._files.socket, code)

    async def listen(self, conninfo: str) -> None:
        """Hear of single certificates that were revoked, until cancelled; a lost database is waited out."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notice in connection.notifies():
                        # After the broker has read the new list.
                        self._cuts.append((time.monotonic() + 2 * EVERY_S, notice.payload))
            except psycopg.Error as error:
                log.warning("Revoked certificates cannot be heard of: %s", error)
                await asyncio.sleep(1)

    def _look_at_gateways(self) -> bool:
        gateways = self._directory.gateways()
        if not self._directory.is_known or gateways is self._looked_at:
            return False
        self._looked_at = gateways
        revoked = {code for code, gateway in gateways.items() if not gateway.is_active}
        # A consumer that starts does not know who still has a session; it asks for each of them once.
        for code in revoked - self._revoked:
            self._cuts += [(time.monotonic() + delay, code) for delay in CUT_AGAIN_S]
        self._revoked = revoked
        return write_whole(self._files.rights, rights(revoked).encode())

    def _stamps(self) -> list[tuple[int, int]]:
        paths = (self._papers.ca, self._papers.certificate, self._papers.key, self._papers.revoked)
        return [_stamp(path) for path in paths]


def cut(socket: Path, code: str) -> bool:
    """End the open session of a gateway, if it has one; False when the broker could not be told."""
    client = paho.Client(CallbackAPIVersion.VERSION2, code, protocol=MQTTProtocolVersion.MQTTv5, transport="unix")
    try:
        client.connect(str(socket), 1, clean_start=True)
        until = time.monotonic() + CUT_PATIENCE_S
        while not client.is_connected() and time.monotonic() < until:
            client.loop(0.05)
        done = client.is_connected()
        client.disconnect()
        client.loop(0.05)
    except OSError as error:
        log.warning("The session of %s cannot be ended: %s", code, error)
        return False
    return done


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
