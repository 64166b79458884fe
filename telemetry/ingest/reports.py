"""POST /ingest/v1/health and GET /ingest/v1/config: how a gateway feels, and what it shall do."""

import json
from datetime import datetime

import msgspec
import psycopg

from telemetry import wire
from telemetry.edge.report import HEALTH_SCHEMA, ConfigAnswer, Health, HealthAnswer, config_digest
from telemetry.ingest.columns import judge
from telemetry.ingest.directory import GatewayInfo
from telemetry.ingest.door import Door, no_database
from telemetry.ingest.http import Answer, Request, json_answer, whole
from telemetry.ingest.rules import shift_of, window_of
from telemetry.ingest.store import moment, upsert_latest

_SHOWN_APART = {"schema", "version", "spool_rows", "spool_bytes", "oldest_ms", "devices", "latest"}
_LARGEST_SEQ = 2**63 - 1
_REPORT = """INSERT INTO telemetry_gatewayhealth
    (gateway_id, last_seen_at, reported_at, version, spool_rows, spool_bytes, oldest_at, clock_offset_ms,
    clock_source, devices, detail, clone_note)
    VALUES (%(gateway)s, %(at)s, %(at)s, %(version)s, %(rows)s, %(bytes)s, %(oldest)s, %(offset)s, %(source)s,
    %(devices)s, %(detail)s, '')
    ON CONFLICT (gateway_id) DO UPDATE SET last_seen_at = excluded.last_seen_at, reported_at = excluded.reported_at,
    version = excluded.version, spool_rows = excluded.spool_rows, spool_bytes = excluded.spool_bytes,
    oldest_at = excluded.oldest_at, clock_offset_ms = excluded.clock_offset_ms,
    clock_source = excluded.clock_source, devices = excluded.devices, detail = excluded.detail"""


async def health(door: Door, request: Request) -> Answer:
    """Takes a heartbeat; its newest values reach the screens even while a backlog drains."""
    gateway = door.gateway(request)
    with door.admitted(gateway):
        return await take_health(door, gateway, await request.body())


async def take_health(door: Door, gateway: GatewayInfo, body: bytes) -> Answer:
    """Keep one heartbeat, over whatever way it came. Raises wire.WireError, and Problem 503 without a database."""
    report = whole(body, Health)
    if report.schema != HEALTH_SCHEMA:
        raise wire.Invalid(f"schema is {report.schema[:80]!r}, expected {HEALTH_SCHEMA!r}")
    door.twins.saw(gateway.id, "run", report.run_id[:32])
    at = door.now()
    server_ms = round(at.timestamp() * 1000)
    latest = _latest(door, gateway, report, server_ms)
    try:
        async with door.pool.connection(timeout=3) as connection, connection.transaction():
            # Tags before gateways, as every commit locks them.
            await upsert_latest(connection, latest, at)
            await connection.execute(_REPORT, _columns(gateway, report, at, server_ms))
            notice = {"topic": f"gateway:{gateway.id}", "t": "changed", "at": server_ms}
            await connection.execute("SELECT pg_notify('millwright_live', %s)", [json.dumps(notice)])
    except psycopg.Error as error:
        raise no_database() from error
    return json_answer(HealthAnswer(config_version=gateway.config_version, server_ms=server_ms))


async def config(door: Door, request: Request) -> Answer:
    """The configuration an administrator wrote, with its version."""
    gateway = door.gateway(request)
    try:
        async with door.pool.connection(timeout=3) as connection:
            cursor = await connection.execute(
                "SELECT config_version, config FROM telemetry_gateway WHERE id = %s", [gateway.id]
            )
            row = await cursor.fetchone()
    except psycopg.Error as error:
        raise no_database() from error
    version, content = row or (0, {})
    return json_answer(ConfigAnswer(config_version=version, config=content, digest=config_digest(content)))


def _columns(gateway: GatewayInfo, report: Health, at: datetime, server_ms: int) -> dict[str, object]:
    plain = msgspec.to_builtins(report)
    oldest = report.oldest_ms
    return {
        "gateway": gateway.id,
        "at": at,
        "version": _clean(report.version, 40),
        "rows": _bounded(report.spool_rows),
        "bytes": _bounded(report.spool_bytes),
        "oldest": moment(oldest * 1000) if oldest is not None and 0 <= oldest <= wire.MAX_TIME_MS else None,
        "offset": _bounded(report.now_ms - server_ms) if report.now_ms else None,
        "source": _clean(report.clock.source, 40),
        "devices": _json(plain["devices"]),
        "detail": _json({name: value for name, value in plain.items() if name not in _SHOWN_APART}),
    }


def _latest(door: Door, gateway: GatewayInfo, report: Health, server_ms: int) -> list[tuple[object, ...]]:
    """The newest values as judged by the same rules as packets; what is refused here is simply left out."""
    shift = shift_of(server_ms, report.now_ms, report.clock.synced) if report.now_ms else shift_of(0, 0, True)
    rows = report.latest[: wire.MAX_ROWS]
    packet = wire.Packet(
        epoch="", lane="s", first_seq=1, count=len(rows), sent_ms=server_ms, t0=0, tags=[row[0] for row in rows],
        rows=[wire.Row(place, row[1], row[2], row[3]) for place, row in enumerate(rows)],
    )  # fmt: skip
    window = window_of(server_ms, door.horizon_days, gateway.history_from_us)
    good = judge(packet, gateway.tags, window, shift_ms=shift.ms, uncertain=shift.uncertain)
    newest: dict[int, tuple[object, ...]] = {}
    for tag, at_us, value, null, quality in zip(
        good.tag.tolist(), good.at.tolist(), good.value.tolist(), good.null.tolist(), good.quality.tolist(), strict=True
    ):
        newest[tag] = (tag, moment(at_us), None if null else value, None, quality)
    for row in good.texts:
        newest[row.tag_id] = (row.tag_id, moment(row.at_us), None, row.value, row.quality)
    return [newest[tag] for tag in sorted(newest)]


def _clean(text: str, longest: int) -> str:
    return text.replace("\0", "")[:longest]


def _bounded(number: int) -> int:
    return max(-_LARGEST_SEQ, min(number, _LARGEST_SEQ))


def _json(content: object) -> str:
    # PostgreSQL's jsonb refuses the zero character.
    return json.dumps(content).replace("\\u0000", "")
