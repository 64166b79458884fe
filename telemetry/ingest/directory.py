"""Gateways and tags as the door knows them: held in memory, told at once by the database when they change."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg_pool import AsyncConnectionPool

from telemetry.ingest import polls
from telemetry.ingest.columns import KINDS, TagInfo

log = logging.getLogger("millwright.ingest.directory")

CHANNEL = "millwright_devices"
# Even without a notice nothing is older than this.
REREAD_S = 10.0
_GATEWAYS = """SELECT id, code, status, token_hash, next_token_hash, config_version, history_from, site_id
    FROM telemetry_gateway"""
# What ended long ago is a stranger's.
_CERTIFICATES = """SELECT serial, gateway_id, revoked_at IS NOT NULL FROM telemetry_gatewaycertificate
    WHERE not_after > now() - interval '90 days'"""
_TAGS = """SELECT gateway_id, name, id, kind, coalesce(min_value, '-Infinity'), coalesce(max_value, 'Infinity'),
    machine_id, enabled FROM telemetry_tag"""


class GatewayInfo(NamedTuple):
    """A gateway and the tags it may send."""

    id: int
    code: str
    is_active: bool
    config_version: int
    history_from_us: int | None
    tags: Mapping[str, TagInfo]


class CertificateInfo(NamedTuple):
    """A certificate on record and whose it is."""

    gateway: GatewayInfo
    is_revoked: bool


def digest_of(token: str) -> str:
    """How tokens are kept (the same as `devices.rules.digest_of`)."""
    return hashlib.sha256(token.encode()).hexdigest()


class Directory:
    """All gateways by the digest of their tokens."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._by_digest: dict[str, GatewayInfo] = {}
        self._by_code: dict[str, GatewayInfo] = {}
        self._by_serial: dict[str, CertificateInfo] = {}
        # Asked after every reading: what hangs on who is let in.
        self.followers: list[Callable[[], None]] = []
        # Gateways that wait to be asked something; they also look when their configuration may have changed.
        self.polls = polls.Polls()
        self._asked = asyncio.Event()
        self._known = asyncio.Event()
        self._reading = asyncio.Lock()

    @property
    def is_known(self) -> bool:
        """False until the directory was read once."""
        return self._known.is_set()

    def gateway_of(self, token: str) -> GatewayInfo | None:
        """Whose token this is; revoked gateways are told apart by `is_active`."""
        return self._by_digest.get(digest_of(token))

    def gateway_named(self, code: str) -> GatewayInfo | None:
        """A gateway by its code, for ways in where the certificate names it."""
        return self._by_code.get(code)

    def certificate(self, serial: str) -> CertificateInfo | None:
        """A certificate by its serial number, hexadecimal as TLS libraries tell it."""
        return self._by_serial.get(serial)

    def certificates(self) -> Mapping[str, CertificateInfo]:
        """All certificates on record by their serial numbers, as last read."""
        return self._by_serial

    async def refresh(self, pool: AsyncConnectionPool) -> None:
        """Read afresh now, so that whoever was just enrolled is known when it hears so. Raises psycopg.Error."""
        async with pool.connection(timeout=3) as connection:
            await self.read(connection)

    def gateways(self) -> Mapping[str, GatewayInfo]:
        """All gateways by their codes, as last read."""
        return self._by_code

    async def follow(self) -> None:
        """Keep the directory true until cancelled; a lost database is waited out."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}; LISTEN {polls.CHANNEL}")
                    while True:
                        await self.read(connection)
                        self.polls.wake_all()
                        while await self._only_questions(connection):
                            pass
            except psycopg.Error as error:
                log.warning("The directory of gateways cannot be read: %s", error)
                await asyncio.sleep(0.5)

    async def _only_questions(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> bool:
        """Waits for a notice; False when it is time to read afresh."""
        channels = set()
        async for notice in connection.notifies(timeout=REREAD_S, stop_after=1):
            channels.add(notice.channel)
            if notice.channel == polls.CHANNEL:
                self.polls.wake(int(notice.payload))
        return channels == {polls.CHANNEL}

    async def read(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        """Read all gateways and tags afresh."""
        async with self._reading:
            tags: dict[int, dict[str, TagInfo]] = {}
            for gateway_id, name, number, kind, low, high, machine_id, enabled in await _rows(connection, _TAGS):
                tag = TagInfo(number, KINDS[kind], low, high, machine_id, enabled)
                tags.setdefault(gateway_id, {})[name] = tag
            found: dict[str, GatewayInfo] = {}
            named: dict[str, GatewayInfo] = {}
            numbered: dict[int, GatewayInfo] = {}
            for row in await _rows(connection, _GATEWAYS):
                number, code, status, token, next_token, config_version, history_from, _site = row
                info = GatewayInfo(
                    number, code, status == "active", config_version, _us(history_from), tags.get(number, {})
                )
                named[code] = numbered[number] = info
                found.update((digest, info) for digest in (token, next_token) if digest)
            serials = {
                serial: CertificateInfo(numbered[gateway_id], is_revoked)
                for serial, gateway_id, is_revoked in await _rows(connection, _CERTIFICATES)
                if gateway_id in numbered
            }
            self._by_digest, self._by_code, self._by_serial = found, named, serials
            self._known.set()
        for follow in self.followers:
            follow()


async def _rows(connection: psycopg.AsyncConnection[tuple[Any, ...]], sql: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(sql)).fetchall()


def _us(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000)
