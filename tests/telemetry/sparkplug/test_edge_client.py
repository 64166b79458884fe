"""npm sparkplug-client through a real Mosquitto into the tables: births, data, deaths; broker and host killed."""

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.utils.timezone import now

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from telemetry.devices.services import revoke_gateway
from telemetry.models import (
    DeadLetter,
    DeviceLoss,
    GatewayHealth,
    LatestValue,
    Newcomer,
    Reading,
    ReadingText,
    SparkplugNode,
)
from tests.telemetry.sparkplug.running import HostProcess, a_broker, a_host, a_node, a_peer, chosen, needs_peers
from tests.world.plant import Plant
from tests.world.running import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), needs_peers]
LONG = bool(os.environ.get("LONG_FAULTS"))
KILLS, BETWEEN = (5, 180) if LONG else (1, 40)


def numbers(tag: object) -> list[float | None]:
    """What is stored of a tag, in the order of the device's time."""
    return list(Reading.objects.filter(tag=tag).order_by("at", "seq").values_list("value", flat=True))


def test_a_node_from_its_first_words_to_its_death(live_plant: Plant, tmp_path: Path) -> None:
    with (
        a_broker(tmp_path) as broker,
        a_host(broker.url, SPARKPLUG_HOST_ID="hall", SPARKPLUG_OLD_STATE="1"),
        a_peer("spb_evil.js", broker.url) as listener,
        a_peer("spb_edge.js", broker.url, "plant", "line1", "oven") as edge,
    ):
        listener.until("ready")
        edge.until("born")
        wait_for(lambda: Newcomer.objects.filter(claims__metrics=4).exists(), 10, "the newcomer")
        waiting = Newcomer.objects.get()
        assert (waiting.source, waiting.name, waiting.claims["devices"]) == ("sparkplug", "plant/line1", ["oven"])
        assert not SparkplugNode.objects.exclude(gateway=None).exists()

        gateway = a_node(live_plant.site, "plant/line1")
        count = chosen(gateway, "oven/count", live_plant.press, "counter")
        level = chosen(gateway, "oven-level", live_plant.press, address="oven/level")
        state = chosen(gateway, "oven/state", live_plant.press, "text")
        load = chosen(gateway, "load", live_plant.press)
        # Values that do not change are told at a birth: whoever is chosen asks for one.
        edge.until("asked", most=1)
        wait_for(lambda: numbers(level) == [-5.0] and numbers(load) == [0.5], 20, "the values of the birth")
        assert [(t.value, t.quality) for t in ReadingText.objects.filter(tag=state)] == [("00123", 192)]

        edge.tell(do="count", to=50, every=4)
        edge.until("counted")
        edge.tell(do="packed", level=-7, algorithm="GZIP")
        edge.tell(do="packed", level=-8, algorithm="DEFLATE")
        wait_for(lambda: numbers(level)[-2:] == [-7.0, -8.0], 10, "the packed values")
        assert [value for value in numbers(count) if value] == [float(n) for n in range(1, 51)]

        edge.tell(do="device death")
        wait_for(lambda: LatestValue.objects.get(tag=count).quality == 24, 5, "the device's death")
        assert (LatestValue.objects.get(tag=count).number, LatestValue.objects.get(tag=load).quality) == (None, 192)
        edge.kill()
        wait_for(lambda: LatestValue.objects.get(tag=load).quality == 24, 10, "the node's death")
        node = SparkplugNode.objects.get()
        assert (node.name, node.gateway_id, node.state, node.bd_seq) == ("plant/line1", gateway.pk, "dead", 0)
        assert (node.seq_jumps, node.unknown_aliases, node.undecodable, node.rebirths_asked <= 2) == (0, 0, 0, True)
        health = GatewayHealth.objects.get(gateway=gateway)
        assert {each["code"]: each["driver"] for each in health.devices} == {"line1": "sparkplug", "oven": "sparkplug"}
        assert not DeadLetter.objects.exists()
        states = [(e["topic"], e["text"]) for e in listener.events("state")]
    wanted = states[-1][1] if states[-1][0].startswith("spBv1.0") else states[-2][1]
    assert {topic for topic, _text in states} == {"spBv1.0/STATE/hall", "STATE/hall"}
    assert '"online": true' in wanted


def test_the_broker_is_killed_and_the_host_too(live_plant: Plant, tmp_path: Path) -> None:
    gateway = a_node(live_plant.site, "plant/line1")
    count = chosen(gateway, "oven/count", live_plant.press, "counter")
    with a_broker(tmp_path) as broker, a_peer("spb_edge.js", broker.url, "plant", "line1", "oven") as edge:
        host = HostProcess(broker.url, tmp_path / "host.log")
        host.start()
        try:
            edge.until("born")
            wait_for(lambda: SparkplugNode.objects.filter(state="alive").exists(), 20, "the birth")
            edge.tell(do="count", to=100_000, every=10)
            # The host is killed and comes back: its tables are whole, so nobody needs to be born again.
            edge.until("sent", most=20)
            asked = SparkplugNode.objects.get().rebirths_asked
            host.end(signal.SIGKILL)
            host.start()
            sent_at = len(edge.events("sent"))
            wait_for(lambda: Reading.objects.filter(tag=count, value__gt=sent_at + 5).exists(), 20, "data again")
            back = SparkplugNode.objects.get()
            # What the killed process had received and not committed is lost, and declared.
            assert (back.rebirths_asked, back.need, back.seq_jumps <= 1) == (asked, "", True)
            for kill in range(KILLS):
                edge.until("sent", most=len(edge.events("sent")) + BETWEEN)
                broker.kill()
                edge.until("closed", most=kill + 1)
                time.sleep(0.3)
                broker.start()
                edge.until("born", most=kill + 2)
            # The node is back before the host; what it says in between is lost.
            back_at = edge.events("sent")[-1]["count"]
            wait_for(lambda: Reading.objects.filter(tag=count, value__gt=back_at).exists(), 20, "data at last")
            edge.tell(do="enough")
            last = edge.until("counted")["count"]
            wait_for(lambda: Reading.objects.filter(tag=count, value=last).exists(), 15, "the last value")
        finally:
            code = host.end()
        assert code == 0, (tmp_path / "host.log").read_text()
        stored = [int(value) for value in numbers(count) if value is not None]
        sent = {event["count"] for event in edge.events("sent")}
        births = len(edge.events("born"))
        asked_at = [event["at"] for event in edge.events("asked")]
    node = SparkplugNode.objects.get()
    print(
        f"sent {len(sent)}, stored {len(set(stored) & sent)}, births {births}, asked {asked_at}, jumps {node.seq_jumps}"
    )
    assert set(stored) - sent <= {0} | set(range(1, last + 1))
    # A birth tells the present count again, with its own time: nothing else may stand twice.
    assert len(stored) - len(set(stored)) <= births
    # Only what was said while the broker or its connection to the host was away may be missing, and that is declared.
    windows = [(loss.started_at.timestamp(), loss.ended_at.timestamp()) for loss in DeviceLoss.objects.all()]
    lost = [event for event in edge.events("sent") if event["count"] not in set(stored)]
    outside = [e for e in lost if not any(start - 1 < e["at"] / 1000 < end + 1 for start, end in windows)]
    assert (outside, len(windows) >= KILLS) == ([], True), windows
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(asked_at))


def test_the_database_is_gone_for_moments(live_plant: Plant, tmp_path: Path) -> None:
    gateway = a_node(live_plant.site, "plant/line1")
    count = chosen(gateway, "oven/count", live_plant.press, "counter")
    with (
        a_broker(tmp_path) as broker,
        a_host(broker.url),
        a_peer("spb_edge.js", broker.url, "plant", "line1", "oven") as edge,
    ):
        wait_for(lambda: SparkplugNode.objects.filter(state="alive").exists(), 20, "the birth")
        edge.tell(do="count", to=120, every=10)
        for _time in range(6):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'millwright ingest'"
                )
            time.sleep(0.2)
        edge.until("counted")
        wait_for(lambda: Reading.objects.filter(tag=count, value=120).exists(), 20, "the last value")
        stored = [value for value in numbers(count) if value]
    assert sorted(set(stored)) == [float(n) for n in range(1, 121)]
    # A birth on the way tells the present count once more.
    assert len(stored) - 120 <= len(edge.events("born"))
    assert SparkplugNode.objects.get().seq_jumps == 0


def test_a_revoked_node_is_stored_no_more_and_is_no_newcomer(live_plant: Plant, tmp_path: Path) -> None:
    gateway = a_node(live_plant.site, "plant/line1")
    count = chosen(gateway, "oven/count", live_plant.press, "counter")
    with (
        a_broker(tmp_path) as broker,
        a_host(broker.url),
        a_peer("spb_edge.js", broker.url, "plant", "line1", "oven") as edge,
    ):
        wait_for(lambda: LatestValue.objects.filter(tag=count).exists(), 20, "the birth")
        with acting(service_user("plant"), channel="test"):
            revoke_gateway(actor=service_user("plant"), gateway_id=gateway.pk, at=now(), reason="sold")
        time.sleep(0.5)
        before = numbers(count)
        seen = SparkplugNode.objects.get().seen_at
        edge.tell(do="count", to=10, every=1)
        wait_for(lambda: SparkplugNode.objects.get().seen_at > seen, 10, "the node being heard")
        assert (numbers(count), Newcomer.objects.exists()) == (before, False)
        assert SparkplugNode.objects.get().gateway_id == gateway.pk
