"""A Sparkplug node on the engineer's pages: its births are looked through, and chosen with a decision."""

import json

import msgspec
import pytest
from django.test import Client

from telemetry.devices.models import Device, Gateway, Source, Tag
from telemetry.devices.services.newcomers import knock
from telemetry.sparkplug.models import SparkplugNode
from telemetry.sparkplug.rules import tables
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_node_let_in

pytestmark = pytest.mark.django_db
Known = tables.Known
BIRTHS = {
    "": tables.Source(True, {"load": Known(10, None, "A", "spindle", 0.5)}),
    "oven": tables.Source(True, {"temp": Known(9, 1, "°C", "", 21.5)}),
}
PAGE = "/gateways/line1/devices/line1/"


@pytest.fixture
def gateway(cast: Cast, plant: Plant, clock: Clock) -> Gateway:
    knock(source=Source.SPARKPLUG, name="hall/line1", at=clock.at, claims={"metrics": 2})
    return a_node_let_in(cast.it_admin, plant.site, clock.at)


@pytest.fixture
def node(gateway: Gateway, clock: Clock) -> SparkplugNode:
    births = msgspec.json.encode(BIRTHS).decode()
    return SparkplugNode.objects.create(
        name="hall/line1", gateway=gateway, state="alive", seen_at=clock.at, births=births
    )


def test_a_node_let_in_is_a_device_that_says_what_can_be_lost(it: Client, node: SparkplugNode) -> None:
    page = it.get(PAGE).text
    assert "alive" in page
    assert "Loss possible during a broker outage" in page
    assert "Look into the device" in page
    assert Device.objects.get(gateway=node.gateway).protocol == "sparkplug"


def test_its_births_are_looked_through_without_asking_anybody(it: Client, node: SparkplugNode) -> None:
    top = it.post(f"{PAGE}browse/").text
    assert "oven" in top
    assert "load" in top
    inside = it.post(f"{PAGE}browse/", {"address": "oven"}).text
    assert "temp" in inside
    assert "21.5" in inside
    assert "21.5" in it.post(f"{PAGE}read/", {"address": ["oven/temp"]}).text


def test_before_a_birth_the_page_says_so(it: Client, gateway: Gateway) -> None:
    assert "No birth of this node was heard yet" in it.post(f"{PAGE}browse/").text


def test_a_metric_is_collected_with_its_decision(it: Client, node: SparkplugNode, plant: Plant) -> None:
    pick = json.dumps({"address": "oven/temp", "name": "temp", "kind": "number", "type": "float", "unit": "°C"})
    form = it.post(f"{PAGE}choose/", {"pick": pick, "machine": plant.press.pk}).text
    assert 'value="oven/temp"' in form
    assert "Multiplied by" not in form
    wish = {
        "t0-address": "oven/temp", "t0-name": "oven.temp", "t0-decision": "Is the oven hot enough?", "t0-role": "value",
        "t0-kind": "number", "t0-machine": plant.press.pk, "t0-unit": "°C", "rows": 1,
    }  # fmt: skip
    assert it.post(f"{PAGE}tags/", {**wish, "t0-decision": ""}).status_code == 422
    assert not Tag.objects.exists()
    assert it.post(f"{PAGE}tags/", wish).status_code == 302
    tag = Tag.objects.get()
    assert (tag.address, tag.name, tag.machine, tag.gateway) == ("oven/temp", "oven.temp", plant.press, node.gateway)


def test_strangers_look_into_no_node(client: Client, node: SparkplugNode, cast: Cast) -> None:
    for who in (cast.stranger, cast.operator, cast.auditor):
        client.force_login(who)
        assert client.post(f"{PAGE}browse/").status_code in (403, 404)
