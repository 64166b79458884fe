"""What the door writes beside the packets: who is alive, who was refused, what nobody could read. Always bounded."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from telemetry.devices.services.newcomers import KNOCK, MOST_NEWCOMERS, TRIM, knock_row
from telemetry.ingest.metrics import BACKLOG_S, DEAD_LETTERS, REFUSED
from telemetry.ingest.rules import Allowance

log = logging.getLogger("millwright.ingest.background")

EVERY_S = 1.0
MOST_SENDERS = 200
LARGEST_LETTER = 64 * 1024
LETTERS_PER_S, LETTERS_BURST = 1.0, 60.0

_SEEN = """INSERT INTO telemetry_gatewayhealth
    (gateway_id, last_seen_at, address, devices, detail, version, clock_source, clone_note)
    SELECT g.id, %s, seen.address, '[]', '{}', '', '', '' FROM telemetry_gateway g
    JOIN unnest(%s::bigint[], %s::text[]) AS seen(id, address) ON seen.id = g.id
    ON CONFLICT (gateway_id) DO UPDATE SET last_seen_at = excluded.last_seen_at, address = excluded.address"""
_REFUSED = """INSERT INTO telemetry_refusedsender AS had
    (gateway_id, address, mark, why, attempts, first_at, last_at)
    SELECT (SELECT id FROM telemetry_gateway WHERE id = %s), %s, %s, %s, %s, %s, %s
    ON CONFLICT (address, mark) DO UPDATE SET attempts = had.attempts + excluded.attempts,
    last_at = excluded.last_at, why = excluded.why, gateway_id = excluded.gateway_id"""
_TRIM = """DELETE FROM telemetry_refusedsender WHERE id NOT IN
    (SELECT id FROM telemetry_refusedsender ORDER BY last_at DESC, id DESC LIMIT %s)"""
_LETTER = """INSERT INTO telemetry_deadletter (gateway_id, source, body, error, received_at)
    SELECT id, %s, %s, %s, %s FROM telemetry_gateway WHERE id = %s"""
_LOOK_AGAIN = """SELECT pg_notify('millwright_live', '{"topic":"health","t":"changed"}')"""
_BACKLOG = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM telemetry_dirtyrange"


class Background:
    """Collects in memory, writes once a second."""

    def __init__(self, pool: AsyncConnectionPool, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._now = now
        self._seen: dict[int, str] = {}
        self._refused: dict[tuple[str, str], tuple[int | None, str, int]] = {}
        self._newcomers: dict[tuple[str, str, str], tuple[str, dict[str, Any], int]] = {}
        self._letters: list[tuple[str, bytes, str, datetime, int]] = []
        self._allowed: dict[int, Allowance] = {}
        self._writing = asyncio.Lock()
        self.backlog_age_s = 0.0

    def saw(self, gateway_id: int, address: str) -> None:
        """Something came from a gateway."""
        self._seen[gateway_id] = address[:64]

    def refused(self, address: str, token: str, why: str, gateway_id: int | None = None) -> None:
        """Somebody was not let in."""
        REFUSED.labels(why).inc()
        # Strangers may guess: beyond a bound they are counted together.
        mark = hashlib.sha256(token.encode()).hexdigest()[:12] if token else ""
        key = (address[:64], mark)
        if key not in self._refused and len(self._refused) >= MOST_SENDERS:
            key = (address[:64] if len(self._refused) < 2 * MOST_SENDERS else "", "others")
        known = self._refused.get(key, (gateway_id, why, 0))
        self._refused[key] = (gateway_id, why, known[2] + 1)

    def knocked(
        self,
        source: str,
        name: str,
        address: str,
        credential: str,
        mark: str = "",
        claims: dict[str, Any] | None = None,
    ) -> None:
        """Somebody unknown who says a name. `credential` is marked by its digest, a `mark` stands as it is."""
        mark = mark or (hashlib.sha256(credential.encode()).hexdigest()[:12] if credential else "")
        key = (source, name[:200], mark)
        if key in self._newcomers or len(self._newcomers) < MOST_SENDERS:
            count = self._newcomers.get(key, ("", {}, 0))[2]
            self._newcomers[key] = (address, claims or {}, count + 1)

    def dead_letter(self, gateway_id: int, source: str, body: bytes, error: str, at: float) -> bool:
        """Keep the beginning of an unreadable body, unless this gateway already sent very many; whether it is kept."""
        DEAD_LETTERS.inc()
        allowance = self._allowed.setdefault(gateway_id, Allowance(LETTERS_PER_S, LETTERS_BURST))
        if allowance.take(at) != 0 or len(self._letters) >= 1000:
            return False
        kept = error.replace("\0", "").encode(errors="replace").decode()[:400]
        self._letters.append((source, body[:LARGEST_LETTER], kept, self._now(), gateway_id))
        return True

    async def run(self) -> None:
        """Write what was collected, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.write()
            except psycopg.Error as error:
                log.warning("Signs of life wait for the database: %s", error)

    async def write(self) -> None:
        """Write what was collected; what could not be written is kept for the next time."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        seen, refused, letters = dict(self._seen), dict(self._refused), list(self._letters)
        newcomers = dict(self._newcomers)
        at = self._now()
        async with self._pool.connection(timeout=2) as connection, connection.transaction():
            if seen:
                numbers = sorted(seen)
                await connection.execute(_SEEN, [at, numbers, [seen[number] for number in numbers]])
            for (address, mark), (gateway_id, why, count) in refused.items():
                await connection.execute(_REFUSED, [gateway_id, address, mark, why, count, at, at])
            if refused:
                await connection.execute(_TRIM, [MOST_SENDERS])
            for (source, name, mark), (address, claims, count) in newcomers.items():
                await connection.execute(KNOCK, knock_row(source, name, at, address, mark, claims, count))
            if newcomers:
                await connection.execute(TRIM, {"most": MOST_NEWCOMERS})
                await connection.execute(_LOOK_AGAIN)
            for source, body, error, received_at, gateway_id in letters:
                await connection.execute(_LETTER, [source, body, error, received_at, gateway_id])
            row = await (await connection.execute(_BACKLOG)).fetchone()
        self.backlog_age_s = max(float(row[0]), 0.0) if row else 0.0
        BACKLOG_S.set(self.backlog_age_s)
        self._seen = {number: address for number, address in self._seen.items() if seen.get(number) != address}
        del self._letters[: len(letters)]
        for place, (address, claims, count) in newcomers.items():
            if more := self._newcomers[place][2] - count:
                self._newcomers[place] = (address, claims, more)
            else:
                del self._newcomers[place]
        for key, (gateway_id, why, count) in refused.items():
            left = self._refused[key][2] - count
            if left:
                self._refused[key] = (gateway_id, why, left)
            else:
                del self._refused[key]
