"""One transaction for what a host heard: readings, states of nodes, newcomers, what nobody could read."""

import json
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool

from telemetry import wire
from telemetry.devices.models import Source
from telemetry.devices.services.newcomers import KNOCK, MOST_NEWCOMERS, TRIM, knock_row
from telemetry.ingest.columns import Columns, TagInfo, judge
from telemetry.ingest.committer import PATIENCE_S, Committer, Unavailable, Unstorable
from telemetry.ingest.rules import Allowance, window_of
from telemetry.ingest.store import Connection, moment
from telemetry.ingest.unnumbered import store_unnumbered
from telemetry.sparkplug.admitted import Admitted, AdmittedNodes, Key
from telemetry.sparkplug.rules.host import Letter, Work
from telemetry.sparkplug.rules.node import Node
from telemetry.sparkplug.rules.tables import Counts, Sample, Tables, unpacked
from telemetry.sparkplug.rules.topics import address_of

log = logging.getLogger("millwright.sparkplug.keeping")

# No packet can name this epoch, since epochs of packets are hexadecimal.
EPOCH: Final = "sparkplug"
LARGEST_LETTER: Final = 64 * 1024
LETTERS_PER_S, LETTERS_BURST = 1.0, 60.0
NEWCOMER_EVERY_S: Final = 5.0
_COUNTS: Final = msgspec.structs.fields(Counts)
_COUNT_NAMES: Final = [field.name for field in _COUNTS]
_STATE: Final = ["state", "bd_seq", "expected_seq", "born_at", "died_at", "seen_at", "need", *_COUNT_NAMES, "memory"]
_NODE: Final = f"""INSERT INTO telemetry_sparkplugnode AS had (name, gateway_id, {", ".join(_STATE)}, births)
    VALUES (%s, (SELECT id FROM telemetry_gateway WHERE id = %s), {", ".join(["%s"] * len(_STATE))}, %s)
    ON CONFLICT (name) DO UPDATE SET gateway_id = excluded.gateway_id,
    {", ".join(f"{name} = excluded.{name}" for name in _STATE)},
    births = CASE WHEN %s THEN excluded.births ELSE had.births END"""  # noqa: S608 - names from this file only
_NODES: Final = f"SELECT name, births, memory, {', '.join(_COUNT_NAMES)} FROM telemetry_sparkplugnode"  # noqa: S608 - as above
_LETTER: Final = """INSERT INTO telemetry_deadletter (gateway_id, source, body, error, received_at)
    VALUES ((SELECT id FROM telemetry_gateway WHERE id = %s), 'sparkplug', %s, %s, %s)"""
_LOSS: Final = """INSERT INTO telemetry_deviceloss
    (stream_id, seq, device_code, started_at, ended_at, reason, received_at)
    SELECT id, acked_seq, %s, %s, %s, %s, %s FROM telemetry_stream WHERE id = %s"""
_NUDGE: Final = "SELECT pg_notify('millwright_live', %s)"


class Keeper:
    """Writes what came together, whole or not at all."""

    def __init__(self, pool: AsyncConnectionPool, horizon_days: int) -> None:
        self._pool = pool
        self._horizon_days = horizon_days
        self._streams = Committer(pool)
        self._letters: dict[Key, Allowance] = {}
        self._listed: dict[Key, float] = {}

    async def remembered(self) -> list[Tables]:
        """All nodes as they were last kept. Raises psycopg.Error."""
        async with self._pool.connection(timeout=PATIENCE_S) as connection:
            rows = await (await connection.execute(_NODES)).fetchall()
        found = []
        for name, births, memory, *counts in rows:
            group, _stroke, node = name.partition("/")
            try:
                kept = unpacked(group, node, births, Counts(*counts), memory)
            except msgspec.DecodeError:
                log.warning("What was known of Sparkplug node %s cannot be read; it is asked again.", name)
                kept = Tables(group, node, counts=Counts(*counts))
            found.append(kept)
        return found

    async def keep(self, work: Work, admitted: AdmittedNodes, at: datetime, at_s: float) -> None:
        """Commit. Raises Unavailable when nothing was kept and it should be tried again."""
        try:
            await self._commit_twice(work, admitted, at, at_s)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            await self._one_by_one(work, admitted, at, at_s, error)
        except (psycopg.Error, Unavailable, Unstorable) as error:
            raise self._later(error) from error
        except Exception as error:
            # Our own fault: the same values again for ever cannot help.
            log.exception("What Sparkplug nodes said failed in our own code")
            await self._one_by_one(work, admitted, at, at_s, error)
        for node in work.nodes:
            node.tables.births_changed = False

    async def _commit_twice(self, work: Work, admitted: AdmittedNodes, at: datetime, at_s: float) -> None:
        try:
            await self._commit(work, admitted, at, at_s)
        except (psycopg.errors.UndefinedTable, psycopg.errors.CheckViolation):
            # A day was dropped by retention since we last looked.
            self._streams.days.forget()
            await self._commit(work, admitted, at, at_s)

    async def _one_by_one(
        self, work: Work, admitted: AdmittedNodes, at: datetime, at_s: float, error: Exception
    ) -> None:
        """One node's impossible values must not take the others' with them."""
        if len(work.samples) > 1:
            for key, samples in work.samples.items():
                await self.keep(Work({key: samples}, [], [], [], []), admitted, at, at_s)
            await self.keep(work._replace(samples={}), admitted, at, at_s)
            return
        log.error("The database does not take what a Sparkplug node said: %s", error)
        letters = [
            Letter(key, "/".join(key), repr(samples[:20]).encode(), f"cannot be stored: {error}", samples[0].at_us)
            for key, samples in work.samples.items()
        ]
        try:
            await self._commit(work._replace(samples={}, letters=letters), admitted, at, at_s)
        except psycopg.Error as again:
            raise self._later(again) from again

    def _later(self, error: Exception) -> Unavailable:
        self._streams.forget_streams()
        self._streams.days.forget()
        return Unavailable(str(error))

    async def _commit(self, work: Work, admitted: AdmittedNodes, at: datetime, at_s: float) -> None:
        async with self._pool.connection(timeout=PATIENCE_S) as connection:
            judged: list[tuple[int, int, Columns, bool]] = []
            for key in sorted(work.samples):
                if (gateway := admitted.nodes.get(key)) is not None:
                    for live in (False, True):
                        columns = self._judged(work.samples[key], gateway, at, live=live)
                        if columns is not None:
                            stream = await self._streams.stream_of(gateway.gateway_id, EPOCH, "s")
                            await self._streams.days.make(connection, self._streams.days.missing(columns))
                            judged.append((gateway.gateway_id, stream, columns, live))
            losses = [
                (await self._streams.stream_of(admitted.nodes[key].gateway_id, EPOCH, "s"), key, loss)
                for key, loss in work.losses
                if key in admitted.nodes
            ]
            async with connection.transaction():
                for gateway_id, stream, columns, live in judged:
                    await store_unnumbered(connection, self._streams.days, gateway_id, stream, columns, at, live=live)
                for stream, key, loss in losses:
                    told = [key[1][:60], moment(loss.from_us), moment(loss.to_us), loss.reason, at, stream]
                    await connection.execute(_LOSS, told)
                await self._keep_letters(connection, work.letters, admitted, at_s)
                await self._keep_nodes(connection, work.nodes, admitted, at, at_s)

    def _judged(
        self, samples: Sequence[Sample], gateway: Admitted, at: datetime, *, live: bool
    ) -> Columns | None:  # fmt: skip
        rows: list[wire.Row] = []
        raws: list[Sample] = []
        names: dict[str, int] = {}
        known: dict[str, TagInfo] = {}
        for sample in samples:
            address = address_of(sample.device, sample.metric)
            tag = gateway.tag_of(address) if sample.historical is not live else None
            if tag is None:
                continue
            known[address] = tag
            place = names.setdefault(address, len(names))
            rows.append(wire.Row(place, sample.at_us / 1000, sample.value, sample.quality))
            raws.append(sample)
        if not rows:
            return None
        packet = wire.Packet(
            epoch=EPOCH, lane="s", first_seq=1, count=len(rows), sent_ms=0, t0=0, tags=list(names), rows=rows
        )
        window = window_of(round(at.timestamp() * 1000), self._horizon_days, gateway.history_from_us)
        columns = judge(packet, known, window)
        columns.bad = [row._replace(raw=_raw(raws[row.offset])) for row in columns.bad]
        return columns

    async def _keep_letters(
        self, connection: Connection, letters: Iterable[Letter], admitted: AdmittedNodes, at_s: float
    ) -> None:
        for letter in letters:
            allowance = self._letters.setdefault(letter.key, Allowance(LETTERS_PER_S, LETTERS_BURST))
            if allowance.take(at_s) == 0:
                gateway = admitted.nodes.get(letter.key)
                said = f"{letter.topic}: {letter.error}".replace("\0", "").encode(errors="replace").decode()[:400]
                body = letter.body[:LARGEST_LETTER]
                await connection.execute(
                    _LETTER, [gateway.gateway_id if gateway else None, body, said, moment(letter.at_us)]
                )

    async def _keep_nodes(
        self, connection: Connection, nodes: Iterable[Node], admitted: AdmittedNodes, at: datetime, at_s: float
    ) -> None:
        for node in nodes:
            tables = node.tables
            key = (tables.group, tables.node)
            gateway_id = admitted.gateways.get(key)
            new = tables.births_changed
            births = tables.pack_births().decode() if new else "{}"
            await connection.execute(_NODE, ["/".join(key), gateway_id, *_row(node), births, new])
            if gateway_id is None and (new or at_s >= self._listed.get(key, 0.0) + NEWCOMER_EVERY_S):
                self._listed[key] = at_s
                knock = knock_row(Source.SPARKPLUG, "/".join(key), at, "", "", _claims(tables), 1)
                await connection.execute(KNOCK, knock)
                await connection.execute(TRIM, {"most": MOST_NEWCOMERS})
            if gateway_id is not None and new:
                topic = f"gateway:{gateway_id}"
                told = {"topic": topic, "at": round(at.timestamp() * 1000), "t": "changed", "m": topic}
                await connection.execute(_NUDGE, [json.dumps(told)])


def _row(node: Node) -> list[Any]:
    tables = node.tables
    memory = tables.memory
    state = "alive" if tables.born else "dead" if memory.died_us and "" in tables.sources else "unborn"
    return [
        state, memory.bd_seq, memory.expected, _at(memory.born_us), _at(memory.died_us), _at(memory.seen_us or None),
        node.need[:100], *(getattr(tables.counts, name) for name in _COUNT_NAMES), tables.pack_memory().decode(),
    ]  # fmt: skip


def _at(us: int | None) -> datetime | None:
    return None if us is None else moment(us)


def _claims(tables: Tables) -> dict[str, Any]:
    """What a newcomer says of itself, short."""
    names = [address_of(device, name) for device, source in tables.sources.items() for name in source.metrics]
    return {
        "devices": sorted(device for device in tables.sources if device)[:20],
        "metrics": len(names),
        "first_metrics": names[:10],
    }


def _raw(sample: Sample) -> str:
    return msgspec.json.encode(sample).decode()[:2000]
