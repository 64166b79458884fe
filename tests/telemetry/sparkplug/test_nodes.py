"""Edge nodes for people: who waits, who is let in, what births offer, how it is shown; and the broker's settings."""

from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from factory_core.access.identity import acting
from factory_core.errors import NotAllowed
from factory_core.processes.rules import Colour
from factory_core.processes.specs import plant_settings, process_table
from telemetry.devices.models import Gateway, GatewayStatus, Newcomer, Source, Tag
from telemetry.devices.services import BadTags, TagWish, add_tags
from telemetry.devices.services.newcomers import knock
from telemetry.sparkplug.checks import sparkplug_part
from telemetry.sparkplug.models import SparkplugNode
from telemetry.sparkplug.queries import birth_metrics, browse_births, node_of, sparkplug_nodes
from telemetry.sparkplug.rules import tables
from telemetry.sparkplug.settings import BadAddress, broker_settings
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_node_let_in

Known = tables.Known
BIRTHS = {
    "": tables.Source(True, {"load": Known(10, None, "A", "spindle", 0.5), "axis/x": Known(3, 4), "axis/y": Known(3)}),
    "oven": tables.Source(True, {"temp": Known(9, 1, "°C", "", 20.0), "image": Known(17), "door open": Known(11)}),
}


@pytest.fixture
def node(plant: Plant, clock: Clock) -> SparkplugNode:
    knock(source=Source.SPARKPLUG, name="hall/line1", at=clock.at, claims={"metrics": 6})
    return SparkplugNode.objects.create(
        name="hall/line1", state="alive", seen_at=clock.at, births=msgspec.json.encode(BIRTHS).decode()
    )


@pytest.fixture
def gateway(node: SparkplugNode, cast: Cast, plant: Plant, clock: Clock) -> Gateway:
    made = a_node_let_in(cast.it_admin, plant.site, clock.at)
    node.gateway = made
    node.save()
    return made


def test_a_node_is_let_in_by_a_named_person(gateway: Gateway) -> None:
    assert (gateway.source, gateway.source_name, gateway.status) == ("sparkplug", "hall/line1", GatewayStatus.ACTIVE)
    assert (gateway.token_hash, Newcomer.objects.count()) == ("", 0)
    device = gateway.devices.get()
    assert (device.code, device.protocol, device.address) == ("line1", "sparkplug", "hall/line1")


def test_others_let_nobody_in(node: SparkplugNode, cast: Cast, plant: Plant, clock: Clock) -> None:
    for who in (cast.operator, cast.stranger, cast.auditor):
        with pytest.raises(NotAllowed):
            a_node_let_in(who, plant.site, clock.at)
    assert (Gateway.objects.count(), Newcomer.objects.count()) == (0, 1)


def test_what_births_offer(node: SparkplugNode) -> None:
    found = {each.address: (each.name, each.path, each.kind, each.unit, each.value) for each in birth_metrics(node)}
    assert found == {
        "/load": ("load", "", "number", "A", 0.5), "/axis/x": ("x", "axis", "number", "", None),
        "/axis/y": ("y", "axis", "number", "", None), "oven/temp": ("temp", "oven", "number", "°C", 20.0),
        "oven/image": ("image", "oven", "", "", None), "oven/door open": ("door open", "oven", "bool", "", None),
    }  # fmt: skip
    top = browse_births(node)
    assert [(each.address, each.name, each.has_children) for each in top.found] == [
        ("/axis", "axis", True), ("/load", "load", False), ("oven", "oven", True),
    ]  # fmt: skip
    assert [each.address for each in browse_births(node, "/axis").found] == ["/axis/x", "/axis/y"]
    assert [each.address for each in browse_births(node, "oven").found] == ["oven/door open", "oven/image", "oven/temp"]
    assert browse_births(node, "nothing").found == []
    node.births = "{}"
    assert browse_births(node).trouble


def test_a_metric_is_chosen_with_a_decision(gateway: Gateway, cast: Cast, plant: Plant, clock: Clock) -> None:
    def choose(address: str, **more: Any) -> Tag:
        said = {"name": "oven.x", "decision": "see whether the door stands open", "machine": plant.press, **more}
        wish = TagWish(address=address, **said)
        with acting(cast.it_admin, channel="test"):
            return add_tags(
                actor=cast.it_admin, device_id=gateway.devices.get().pk, wishes=[wish], at=clock.at
            )[0]  # fmt: skip

    tag = choose("oven/door open", name="oven.door", kind="bool")
    tag.refresh_from_db()
    assert (tag.name, tag.address, tag.kind, tag.machine) == ("oven.door", "oven/door open", "bool", plant.press)
    with pytest.raises(BadTags):
        choose("/load", kind="number", decision=" ")
    assert Tag.objects.count() == 1
    assert node_of(gateway) == SparkplugNode.objects.get()


def test_who_sees_nodes(node: SparkplugNode, cast: Cast, plant: Plant, clock: Clock) -> None:
    assert list(sparkplug_nodes(cast.stranger)) == []
    with acting(cast.it_admin, channel="test"):
        from tests.world.telemetry import a_gateway

        a_gateway(plant.site)
    assert list(sparkplug_nodes(cast.it_admin)) == [node]
    assert list(sparkplug_nodes(cast.stranger)) == []


def test_the_administration_shows_nodes_and_says_what_can_be_lost(gateway: Gateway, cast: Cast, client: Client) -> None:
    client.force_login(cast.it_admin)
    assert "hall/line1" in client.get("/admin/telemetry/sparkplugnode/").content.decode()
    number = SparkplugNode.objects.get().pk
    page = client.get(f"/admin/telemetry/sparkplugnode/{number}/change/").content.decode()
    assert "Loss possible during a broker outage" in page
    assert "oven/door_open · boolean" in page
    assert "oven/image" not in page
    client.force_login(cast.stranger)
    assert client.get(f"/admin/telemetry/sparkplugnode/{number}/change/").status_code in (302, 403, 404)


def test_the_line_on_the_health_page(gateway: Gateway) -> None:
    node = SparkplugNode.objects.get()
    part = sparkplug_part()
    assert part is not None
    assert (part.colour, part.sentence) == (
        Colour.GREEN, "1 Sparkplug node is alive. Loss is possible during a broker outage.",
    )  # fmt: skip
    node.need = "messages are missing"
    node.save()
    assert sparkplug_part().colour is Colour.AMBER
    node.state = "dead"
    node.save()
    assert sparkplug_part().sentence.startswith("1 of 1 Sparkplug nodes is not there: its values are shown as stale.")
    SparkplugNode.objects.all().delete()
    assert sparkplug_part() is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mqtt://broker", "mqtt://broker:1883"), ("mqtts://me:secret@broker:9883", "mqtts://broker:9883"),
        ("unix:///run/b.sock", "unix:///run/b.sock"),
    ],
)  # fmt: skip
def test_addresses_of_brokers(address: str, shown: str) -> None:
    assert broker_settings(address, {}).shown == shown


@pytest.mark.parametrize(
    ("address", "environment"),
    [
        ("", {}), ("http://broker", {}), ("mqtt://", {}), ("mqtt://broker:99999", {}),
        ("mqtt://broker", {"SPARKPLUG_HOST_ID": "a/b"}), ("mqtt://broker", {"SPARKPLUG_CA": "/no/such/file"}),
        ("mqtt://broker", {"SPARKPLUG_MQTT_VERSION": "3"}),
    ],
)  # fmt: skip
def test_addresses_that_are_none(address: str, environment: dict[str, str]) -> None:
    with pytest.raises(BadAddress):
        broker_settings(address, environment)


def test_the_command_takes_its_broker_from_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    asked = []

    async def host(broker: object) -> None:
        asked.append(broker)

    monkeypatch.setattr("telemetry.management.commands.sparkplug.host_until_signal", host)
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("SPARKPLUG_BROKER", "mqtt://me@broker")
    monkeypatch.setenv("SPARKPLUG_PASSWORD_FILE", str(tmp_path / "secret"))
    call_command("sparkplug")
    call_command("sparkplug", broker="mqtt://other:1884")
    assert [(b.shown, b.user, b.secret, b.host_id) for b in asked] == [
        ("mqtt://broker:1883", "me", "s3cret", "millwright"), ("mqtt://other:1884", "", "s3cret", "millwright"),
    ]  # fmt: skip
    with pytest.raises(CommandError, match="expected mqtt://"):
        call_command("sparkplug", broker="nonsense")


def test_the_plant_runs_a_host_where_a_broker_is_named(tmp_path: Any) -> None:
    def names(**more: str) -> list[str]:
        return [each.name for each in process_table(plant_settings({"DATA_DIR": str(tmp_path), **more}))]

    assert "sparkplug" in names(SPARKPLUG_BROKER="mqtt://broker")
    assert "sparkplug" not in names()
