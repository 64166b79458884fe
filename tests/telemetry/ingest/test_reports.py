"""Heartbeats, configuration, and senders without a buffer."""

from typing import Any

import msgspec
import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from telemetry.devices.services import set_gateway_config
from telemetry.edge.report import config_digest
from telemetry.models import (
    DirtyRange,
    GatewayHealth,
    LatestValue,
    QuarantinedReading,
    Reading,
    ReadingText,
    Stream,
)
from tests.telemetry.ingest.conftest import Sender
from tests.world.plant import Plant
from tests.world.telemetry import now_ms

pytestmark = pytest.mark.django_db(transaction=True)


def report(**more: Any) -> bytes:
    """A heartbeat as the edge agent sends it."""
    return msgspec.json.encode({
        "schema": "millwright.health/1", "version": "0.1.0", "uptime_s": 12.5, "spool_rows": 7, "spool_bytes": 900,
        "oldest_ms": 1_795_170_000_000, "lanes": {"s": {"sent_seq": 9, "acked_seq": 2, "last_seq": 9}}, "gaps": 1,
        "devices": [{"code": "press", "driver": "simulator", "connected": True}], "disk_free": 10**9,
        "now_ms": now_ms() + 700, "clock": {"synced": True, "source": "ntp", "err_ms": 2}, "latest": [], **more,
    })  # fmt: skip


def test_a_heartbeat_is_kept_and_answered(sender: Sender) -> None:
    answer = sender.post("/ingest/v1/health", report())
    assert answer.status_code == 200
    assert set(answer.json()) == {"config_version", "server_ms"}
    health = GatewayHealth.objects.get(gateway=sender.gateway)
    assert (health.version, health.spool_rows, health.spool_bytes, health.clock_source) == ("0.1.0", 7, 900, "ntp")
    assert health.clock_offset_ms == pytest.approx(700, abs=300)
    assert health.devices[0]["code"] == "press"
    assert health.detail["lanes"]["s"]["acked_seq"] == 2
    assert health.last_seen_at == health.reported_at


def test_newest_values_come_with_the_heartbeat(sender: Sender) -> None:
    at = now_ms() - 100
    latest = [
        ["press.current", at, 4.5, 192], ["press.program", at, "P-1", 192], ["no.such.tag", at, 1, 192],
        ["lathe.current", at + 3_600_000, 9, 192], ["press.running", at, "yes", 192],
    ]  # fmt: skip
    sender.post("/ingest/v1/health", report(latest=latest))
    found = LatestValue.objects.select_related("tag")
    assert {v.tag.name: (v.number, v.text) for v in found} == {
        "press.current": (4.5, None), "press.program": (None, "P-1"),
    }  # fmt: skip
    assert not Reading.objects.filter(tag__gateway=sender.gateway).exists()
    sender.post("/ingest/v1/health", report(latest=[["press.current", at - 1, 1.0, 192]]))
    assert LatestValue.objects.get(tag__name="press.current").number == 4.5


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), (report(schema="other"), 422), (report(spool_rows="x"), 422),
     (report(spool_rows=10**40, version="\0" * 99, devices=[{"code": "\0", "driver": "d"}]), 200)],
)  # fmt: skip
def test_bad_heartbeats_are_told_so(sender: Sender, body: bytes, status: int) -> None:
    assert sender.post("/ingest/v1/health", body).status_code == status
    assert GatewayHealth.objects.filter(gateway=sender.gateway, reported_at__isnull=False).exists() is (status == 200)


def test_a_heartbeat_nudges_the_screens(sender: Sender) -> None:
    import psycopg

    from telemetry.ingest.address import conninfo

    with psycopg.connect(conninfo(), autocommit=True) as listener:
        listener.execute("LISTEN millwright_live")
        sender.post("/ingest/v1/health", report())
        notices = [notice.payload for notice in listener.notifies(timeout=30, stop_after=1)]
    assert f'"gateway:{sender.gateway.pk}"' in notices[0]


def test_the_configuration_is_fetched_with_its_version(sender: Sender) -> None:
    wish = {"devices": [{"driver": "simulator", "code": "press"}]}
    actor = service_user("plant")
    with acting(actor, channel="test"):
        set_gateway_config(actor=actor, gateway_id=sender.gateway.pk, config=wish, at=sender.gateway.created_at)
    answer = sender.client.get(sender.base + "/ingest/v1/config", headers={"authorization": f"Bearer {sender.token}"})
    digest = config_digest(answer.json()["config"])
    assert answer.json() == {"config_version": 1, "config": wish, "digest": digest}
    sender.knows()
    assert sender.send([[0, 0, 1.0]]).json()["config_version"] == 1


def simple(*rows: tuple[str, str, Any]) -> bytes:
    """A body of a simple sender."""
    return msgspec.json.encode({"readings": [{"tag": tag, "at": at, "value": value} for tag, at, value in rows]})


def test_simple_senders_store_each_value_once(sender: Sender, plant: Plant) -> None:
    from datetime import UTC, datetime, timedelta

    at = datetime.now(UTC) - timedelta(minutes=1)
    stamp = at.isoformat()
    later = (at + timedelta(seconds=1)).isoformat()
    body = simple(
        ("press.current", stamp, 1.5), ("press.current", stamp, 1.5), ("press.current", stamp, 2.5),
        ("press.program", stamp, "P-1"), ("no.such.tag", stamp, 1), ("lathe.current", later, None),
    )  # fmt: skip
    first = sender.post("/ingest/v1/readings", body).json()
    assert (first["new"], first["known"], first["rejected"]) == (4, 1, [{"index": 4, "code": "unknown_tag"}])
    again = sender.post("/ingest/v1/readings", body).json()
    assert (again["new"], again["known"]) == (0, 5)
    assert sorted(Reading.objects.filter(tag__gateway=sender.gateway).values_list("value", "seq"), key=str) == [
        (1.5, 1), (2.5, 2), (None, 3),
    ]  # fmt: skip
    assert ReadingText.objects.get(tag__gateway=sender.gateway).seq == 4
    assert QuarantinedReading.objects.get(stream__gateway=sender.gateway).code == "unknown_tag"
    assert Stream.objects.get(gateway=sender.gateway).acked_seq == 5
    assert set(DirtyRange.objects.values_list("machine", flat=True)) == {plant.press.pk, plant.lathe.pk}
    assert LatestValue.objects.get(tag__name="press.program").text == "P-1"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"{}", 422), (simple(("press.current", "2026-11-20T10:00:00", 1)), 422),
     (simple(("press.current", "yesterday", 1)), 422), (simple(*[("a", "2026-11-20T10:00:00Z", 1)] * 1001), 413)],
)  # fmt: skip
def test_bad_simple_bodies_are_told_so(sender: Sender, body: bytes, status: int) -> None:
    assert sender.post("/ingest/v1/readings", body).status_code == status
    assert not Reading.objects.filter(tag__gateway=sender.gateway).exists()


def test_every_door_asks_who_comes(sender: Sender) -> None:
    for method, path in (("POST", "readings"), ("POST", "health"), ("GET", "config"), ("POST", "packets")):
        answer = sender.client.request(
            method, f"{sender.base}/ingest/v1/{path}", headers={"authorization": "Bearer no"}
        )
        assert answer.status_code == 401
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM telemetry_stream")
        assert cursor.fetchone() == (0,)
