"""The edge nodes that were let in, and their chosen tags: held in memory, told at once by the database."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import psycopg

from telemetry.ingest.columns import KINDS, TagInfo
from telemetry.ingest.directory import CHANNEL
from telemetry.sparkplug.rules.topics import name_of

log = logging.getLogger("millwright.sparkplug.admitted")

Key = tuple[str, str]
REREAD_S: Final = 10.0
_GATEWAYS: Final = """SELECT id, source_name, history_from, status = 'active' FROM telemetry_gateway
    WHERE source = 'sparkplug'"""
_TAGS: Final = """SELECT t.gateway_id, t.name, t.address, t.id, t.kind,
    coalesce(t.min_value, '-Infinity'), coalesce(t.max_value, 'Infinity'), t.machine_id, t.enabled FROM telemetry_tag t
    JOIN telemetry_gateway g ON g.id = t.gateway_id WHERE g.source = 'sparkplug'"""


class Admitted(NamedTuple):
    """A node's gateway, and the chosen tags by their address in the node and by their name."""

    gateway_id: int
    history_from_us: int | None
    by_address: Mapping[str, TagInfo]
    by_name: Mapping[str, TagInfo]

    def tag_of(self, address: str) -> TagInfo | None:
        """The tag of a metric; None where nobody chose it, or it is not collected any more."""
        tag = self.by_address.get(address) or self.by_name.get(name_of(address))
        return tag if tag is not None and tag.enabled else None

    @property
    def chosen(self) -> frozenset[int]:
        """The numbers of the tags that are collected."""
        return frozenset(tag.id for tags in (self.by_address, self.by_name) for tag in tags.values() if tag.enabled)


class AdmittedNodes:
    """All nodes that were let in, by group and node."""

    def __init__(self, conninfo: str, on_more: Callable[[Key, bool], None]) -> None:
        """`on_more` hears of nodes newly let in, and (True) of those with further tags, whose values a birth tells."""
        self._conninfo = conninfo
        self._on_more = on_more
        self._known = asyncio.Event()
        self.nodes: dict[Key, Admitted] = {}
        # All that ever were let in, by their gateway: one that was revoked is no newcomer.
        self.gateways: dict[Key, int] = {}

    async def known(self) -> None:
        """Wait until the list was read once."""
        await self._known.wait()

    async def follow(self) -> None:
        """Keep the list true until cancelled; a lost database is waited out."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        await self.read(connection)
                        async for _notice in connection.notifies(timeout=REREAD_S, stop_after=1):
                            pass
            except psycopg.Error as error:
                log.warning("The list of Sparkplug nodes cannot be read: %s", error)
                await asyncio.sleep(0.5)

    async def read(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        """Read everything afresh."""
        by_address: dict[int, dict[str, TagInfo]] = {}
        by_name: dict[int, dict[str, TagInfo]] = {}
        rows = await (await connection.execute(_TAGS)).fetchall()
        for gateway_id, name, address, number, kind, low, high, machine_id, enabled in rows:
            tag = TagInfo(number, KINDS[kind], low, high, machine_id, enabled)
            table, key = (by_address, address) if address else (by_name, name)
            table.setdefault(gateway_id, {})[key] = tag
        nodes: dict[Key, Admitted] = {}
        gateways: dict[Key, int] = {}
        for gateway_id, source_name, history_from, is_active in await (await connection.execute(_GATEWAYS)).fetchall():
            group, _stroke, node = source_name.partition("/")
            gateways[group, node] = gateway_id
            if is_active:
                nodes[group, node] = Admitted(
                    gateway_id, _us(history_from), by_address.get(gateway_id, {}), by_name.get(gateway_id, {})
                )
        before, self.nodes, self.gateways = self.nodes, nodes, gateways
        if self._known.is_set():
            for key, node in nodes.items():
                more = bool(node.chosen - (before[key].chosen if key in before else frozenset()))
                if more or key not in before:
                    self._on_more(key, more)
        self._known.set()


def _us(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000)
