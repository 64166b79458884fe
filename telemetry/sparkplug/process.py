"""The Sparkplug host: hears every node, keeps what was chosen, asks for births, says whether it is there."""

import asyncio
import contextlib
import json
import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import psycopg
from django.conf import settings as django_settings
from psycopg_pool import AsyncConnectionPool

from factory_core.clock import now
from factory_core.processes.beats import beat_for_ever
from telemetry.ingest.address import conninfo
from telemetry.ingest.committer import PATIENCE_S, Unavailable
from telemetry.ingest.partitions import keep_ahead
from telemetry.ingest.pools import lasting_pool
from telemetry.sparkplug.admitted import AdmittedNodes, Key
from telemetry.sparkplug.broker import Broker
from telemetry.sparkplug.keeping import Keeper
from telemetry.sparkplug.rules.host import Arrived, Host, Work
from telemetry.sparkplug.settings import BrokerSettings

log = logging.getLogger("millwright.sparkplug")

TICK_S: Final = 0.05
AT_ONCE: Final = 500
SIGNS_EVERY_S: Final = 5.0
TOGETHER_S: Final = 1.0
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.1, 2.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SIGN: Final = """INSERT INTO telemetry_gatewayhealth
    (gateway_id, last_seen_at, reported_at, devices, detail, version, clock_source, clone_note)
    SELECT g.id, v.seen, v.said, v.devices, v.detail, 'Sparkplug B', '', '' FROM
    unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[], %s::jsonb[])
    AS v(id, seen, said, devices, detail) JOIN telemetry_gateway g ON g.id = v.id
    ON CONFLICT (gateway_id) DO UPDATE SET devices = excluded.devices, detail = excluded.detail,
    reported_at = excluded.reported_at, version = excluded.version,
    last_seen_at = coalesce(excluded.last_seen_at, telemetry_gatewayhealth.last_seen_at)"""


def microseconds(at: datetime) -> int:
    """A time as microseconds since 1970."""
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Process:
    """Broker, rules and database put together."""

    def __init__(self, pool: AsyncConnectionPool, address: str, broker: BrokerSettings, horizon_days: int) -> None:
        loop = asyncio.get_running_loop()
        self._pool = pool
        self._wake = asyncio.Event()
        self._host = Host()
        self._keeper = Keeper(pool, horizon_days)
        self._admitted = AdmittedNodes(address, self._more_chosen)
        self._broker = Broker(
            broker, lambda: microseconds(now()), lambda: loop.call_soon_threadsafe(self._wake.set)
        )  # fmt: skip
        self._signs_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until asked to stop; what was heard before is kept."""
        helpers = [asyncio.create_task(self._admitted.follow())]
        try:
            if await self._remember(stop):
                self._broker.start()
                helpers.append(asyncio.create_task(self._ask()))
                try:
                    while not stop.is_set():
                        await self._round(stop)
                finally:
                    await asyncio.to_thread(self._broker.stop)
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _remember(self, stop: asyncio.Event) -> bool:
        """Go on where the last host ended: no node needs to be born again for that."""
        while not stop.is_set():
            try:
                tables = await self._keeper.remembered()
                await asyncio.wait_for(self._admitted.known(), 5)
            except (psycopg.Error, TimeoutError) as error:
                log.warning("What is known of Sparkplug nodes cannot be read yet: %s", error)
                await asyncio.sleep(LONGEST_WAIT_S)
                continue
            for each in tables:
                self._host.knows(each, microseconds(now()), time.monotonic())
            self._host.expects(self._admitted.nodes, microseconds(now()), time.monotonic())
            return True
        return False

    async def _round(self, stop: asyncio.Event) -> None:
        self._wake.clear()
        arrived = self._broker.take(AT_ONCE)
        for each in arrived:
            self._take(each)
        at = now()
        self._host.tick(microseconds(at), time.monotonic(), self._broker.connected)
        work = self._host.collect()
        if work:
            if any(node.tables.births_changed for node in work.nodes):
                self._signs_at = 0.0
            await self._keep(work, stop)
            self._broker.ack(work.tokens)
        await self._give_signs()
        if len(arrived) < AT_ONCE:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_S)

    def _take(self, arrived: Arrived) -> None:
        try:
            self._host.take(arrived, self._admitted.nodes)
        except Exception as error:
            # Our own fault: a message that ends the process would do so again at every start.
            log.exception("A message on %s failed in our own code", arrived.topic[:200])
            self._host.give_up(arrived, repr(error))

    async def _ask(self) -> None:
        """Ask whoever is due for births, beside the commits: a slow disk does not bunch the questions."""
        while True:
            at_us, at_s = microseconds(now()), time.monotonic()
            if self._broker.connected and (key := self._host.asks(at_us, at_s)):
                log.info("Asking %s for its births: %s", "/".join(key), self._host.nodes[key].need)
                self._broker.ask(*key)
            await asyncio.sleep(TICK_S)

    async def _keep(self, work: Work, stop: asyncio.Event) -> None:
        """Until it is committed; meanwhile what arrives waits in line, and nothing is acknowledged."""
        wait_s, told = SHORTEST_WAIT_S, False
        while True:
            try:
                await self._keeper.keep(work, self._admitted, now(), time.monotonic())
                return
            except Unavailable as error:
                if not told:
                    log.warning("What Sparkplug nodes said waits for the database: %s", error)
                told = True
            if stop.is_set():
                raise Unavailable("the database did not come back before the end")
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    async def _give_signs(self) -> None:
        """A node that has nothing to tell is silent and well: its life is the broker's word, not its values."""
        if time.monotonic() < self._signs_at:
            return
        self._signs_at = time.monotonic() + SIGNS_EVERY_S
        at = now()
        rows = [self._sign(key, gateway.gateway_id, at) for key, gateway in self._admitted.nodes.items()]
        if rows:
            try:
                async with self._pool.connection(timeout=PATIENCE_S) as connection:
                    await connection.execute(_SIGN, [list(column) for column in zip(*rows, strict=True)])
            except psycopg.Error as error:
                log.warning("Signs of life of Sparkplug nodes wait for the database: %s", error)

    def _sign(self, key: Key, gateway_id: int, at: datetime) -> tuple[Any, ...]:
        node = self._host.nodes.get(key)
        tables = node.tables if node else None
        alive = tables is not None and tables.born and self._broker.connected and not tables.memory.unheard
        devices = [
            {"code": device or key[1], "driver": "sparkplug", "connected": alive and source.online}
            for device, source in (tables.sources.items() if tables else ())
        ]
        detail = {"sparkplug": {"broker_connected": self._broker.connected, "dropped": self._broker.dropped}}
        return (gateway_id, at if alive else None, at, json.dumps(devices[:500]), json.dumps(detail))

    def _more_chosen(self, key: Key, more: bool) -> None:
        self._host.expects([key], microseconds(now()), time.monotonic())
        node = self._host.nodes[key]
        node.changed = True
        if more and node.tables.born:
            # Tags are seldom chosen one by one: one birth for all of them.
            node.wants("further tags were chosen", time.monotonic())
            node.throttle.not_before_s = max(node.throttle.not_before_s, time.monotonic() + TOGETHER_S)


Beating = Callable[[str, Any], None]


async def host_until_signal(broker: BrokerSettings, beating: Beating = beat_for_ever) -> None:
    """Be the host until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, stop.set)
    await host(broker, stop, beating)


async def host(
    broker: BrokerSettings, stop: asyncio.Event, beating: Callable[[str, Any], None] = beat_for_ever
) -> None:
    """Be the host until `stop`."""
    address = conninfo()
    pool = lasting_pool(address, min_size=1, max_size=3)
    await pool.open(wait=False)
    ahead = asyncio.create_task(keep_ahead(pool, now))
    ended = threading.Event()
    threading.Thread(target=beating, args=("sparkplug", ended.wait), daemon=True).start()
    try:
        await Process(pool, address, broker, django_settings.READING_HORIZON_DAYS).run(stop)
    finally:
        ended.set()
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)
        await pool.close(timeout=2)
