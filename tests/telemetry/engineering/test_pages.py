"""The engineer's pages: who sees them, what they say, what they cost."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from telemetry.devices.models import Device, Gateway, Tag, TagUse
from telemetry.devices.services import TagWish
from telemetry.readings.models import DeviceLoss, LatestValue, Stream
from telemetry.states.models import StateRule
from tests.telemetry.engineering.conftest import a_device, reported, some_tags
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.telemetry import a_gateway, a_tag, new_epoch

pytestmark = pytest.mark.django_db
STATE = TagWish("holding:0", "CNC01.state", "Is the machine running?", kind="text", role="state")
PAGES = ["", "rows/", "unused/", "GW1/", "GW1/rows/", "GW1/devices/CNC01/", "GW1/devices/CNC01/rows/"]
SETUP = ["GW1/add/", "GW1/add/?protocol=opcua", "GW1/devices/CNC01/edit/"]


def text_of(client: Client, path: str) -> str:
    answer = client.get(f"/gateways/{path}")
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def queries(client: Client, path: str) -> int:
    client.get(f"/gateways/{path}")
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"/gateways/{path}").status_code == 200
    return len(seen)


def stored(tag: Tag, clock: Clock, **value: Any) -> None:
    quality = value.pop("quality", 192)
    LatestValue.objects.create(tag=tag, at=clock(), received_at=clock(), quality=quality, **value)


@pytest.mark.parametrize(("who", "sees", "sets_up"), [("it_admin", True, True), ("auditor", True, False)])
def test_who_may_see_and_who_may_set_up(
    client: Client, cast: Cast, device: Device, who: str, sees: bool, sets_up: bool
) -> None:
    client.force_login(getattr(cast, who))
    for path in PAGES:
        assert (path, client.get(f"/gateways/{path}").status_code == 200) == (path, sees)
    for path in SETUP:
        assert (path, client.get(f"/gateways/{path}").status_code == 200) == (path, sets_up)
    page = text_of(client, "GW1/devices/CNC01/")
    assert ("Name the chosen values" in page, "Settings</a>" in page) == (sets_up, sets_up)


def test_the_stranger_and_the_operator_find_nothing(client: Client, cast: Cast, device: Device) -> None:
    for who in (cast.operator, cast.stranger, cast.terminal):
        client.force_login(who)
        for path in PAGES + SETUP:
            assert client.get(f"/gateways/{path}").status_code in (403, 404)


def test_another_site_is_like_nothing_at_all(
    client: Client, cast: Cast, device: Device, clock: Clock, other_engineer: User
) -> None:
    (tag,) = some_tags(device, cast, clock, STATE)
    client.force_login(other_engineer)
    assert "GW1" not in text_of(client, "")
    for path in [*PAGES[3:], *SETUP, f"GW1/tags/{tag.pk}/"]:
        assert (path, client.get(f"/gateways/{path}").status_code) == (path, 404)
        assert client.get("/gateways/" + path.replace("GW1", "NONE")).status_code == 404
    for path in ("choose/", "tags/", "switch/"):
        assert client.post(f"/gateways/GW1/devices/CNC01/{path}", {"reason": "x"}).status_code == 404
    assert client.post(f"/gateways/GW1/tags/{tag.pk}/switch/", {"reason": "x"}).status_code == 404
    assert client.post("/gateways/GW1/add/", {"protocol": "modbus", "code": "X", "s_host": "h"}).status_code == 404
    assert (Device.objects.count(), Device.objects.get().enabled, Tag.objects.get().enabled) == (1, True, True)


def test_the_list_tells_state_and_devices(it: Client, gateway: Gateway, device: Device, clock: Clock) -> None:
    reported(gateway, clock, {"code": "CNC01", "connected": True}, {"code": "OWN", "driver": "replay"})
    row = text_of(it, "rows/")
    assert "Hall 1" in row
    assert "talks" in row
    assert '<td class="number">1 / 2</td>' in row
    assert ">7</td>" in row
    clock.move(seconds=21)
    assert "silent" in text_of(it, "rows/")
    assert '<td class="number">0 / 2</td>' in text_of(it, "rows/")


def test_a_device_says_what_its_driver_said(it: Client, gateway: Gateway, device: Device, clock: Clock) -> None:
    said = "10.0.0.5:502 does not answer. Is the machine switched on?"
    reported(gateway, clock, {"code": "CNC01", "connected": False, "errors": 3, "last_error": said}, {"code": "OWN"})
    page = text_of(it, "GW1/")
    assert "not connected" in page
    assert said in page
    assert "in the gateway's own file" in page
    assert said in text_of(it, "GW1/devices/CNC01/")


def test_values_are_told_with_age_and_quality(
    it: Client, gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    wishes = [STATE, TagWish("holding:1", "CNC01.power", "How much energy?", unit="kW", role="energy")]
    state, power = some_tags(device, cast, clock, *wishes)
    stored(state, clock, text="ACTIVE")
    stored(power, clock, number=None, quality=24)
    clock.move(seconds=65)
    rows = text_of(it, "GW1/devices/CNC01/rows/")
    assert "<output>ACTIVE</output>" in rows
    assert "1 min" in rows
    assert "<strong>no communication</strong>" in rows


def test_what_a_device_lost_is_told(it: Client, gateway: Gateway, device: Device, clock: Clock) -> None:
    assert "What was lost" not in text_of(it, "GW1/devices/CNC01/")
    stream = Stream.objects.create(gateway=gateway, epoch=new_epoch(), lane="e")
    for seq, code in enumerate(("CNC01", "OTHER"), start=1):
        times = {"started_at": clock(), "ended_at": clock() + timedelta(seconds=5), "received_at": clock()}
        DeviceLoss.objects.create(stream=stream, seq=seq, device_code=code, reason=f"queue of {code} ran over", **times)
    page = text_of(it, "GW1/devices/CNC01/")
    assert "queue of CNC01 ran over" in page
    assert "OTHER" not in page


def test_pages_cost_the_same_however_much_there_is(
    it: Client, gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    some_tags(device, cast, clock, STATE)
    before = {path: queries(it, path) for path in PAGES}
    for number in range(5):
        more, _token = a_gateway(gateway.site, f"GW{number + 2}")
        a_device(gateway, cast, clock, f"CNC1{number}")
        a_device(more, cast, clock)
        (tag,) = some_tags(device, cast, clock, TagWish(f"holding:{number + 5}", f"CNC01.t{number}", "Why?"))
        stored(tag, clock, number=1.5)
    reported(gateway, clock, *({"code": f"CNC1{n}", "connected": True} for n in range(5)))
    assert {path: queries(it, path) for path in PAGES} == before
    assert max(before.values()) <= 14


def test_a_device_is_added_by_its_form_and_mistakes_stay_beside_their_fields(it: Client, gateway: Gateway) -> None:
    page = text_of(it, "GW1/add/?protocol=modbus")
    assert "Address in the network" in page
    assert 'name="s_port" value="502"' in page
    wrong = {"protocol": "modbus", "code": "CNC 01", "s_host": "10.0.0.5", "s_port": "99999"}
    answer = it.post("/gateways/GW1/add/", wrong)
    assert answer.status_code == 422
    assert "Expected a number from 1 to 65535." in answer.content.decode()
    assert Device.objects.count() == 0
    answer = it.post("/gateways/GW1/add/", {**wrong, "code": "CNC01", "s_port": "1502"})
    assert (answer.status_code, answer["Location"]) == (302, "/gateways/GW1/devices/CNC01/")
    again = it.post("/gateways/GW1/add/", {**wrong, "code": "CNC01", "s_port": "1502"})
    assert again.status_code == 422
    assert "already has a device" in again.content.decode()
    assert Device.objects.get().settings == {"host": "10.0.0.5", "port": 1502}


def test_a_device_is_changed_by_its_form(it: Client, device: Device) -> None:
    page = text_of(it, "GW1/devices/CNC01/edit/")
    assert 'name="s_host" value="10.0.0.5"' in page
    wish = {"s_host": "10.0.0.9", "s_unit": "4", "version": "1"}
    assert it.post("/gateways/GW1/devices/CNC01/edit/", wish).status_code == 302
    device.refresh_from_db()
    assert device.settings == {"host": "10.0.0.9", "unit": 4}
    late = it.post("/gateways/GW1/devices/CNC01/edit/", {**wish, "s_host": "10.0.0.1"})
    assert late.status_code == 422
    assert "Somebody changed device CNC01 meanwhile" in late.content.decode()
    assert it.post("/gateways/GW1/devices/CNC01/switch/", {"enabled": "no"}).status_code == 422
    assert it.post("/gateways/GW1/devices/CNC01/switch/", {"enabled": "no", "reason": "sold"}).status_code == 302
    device.refresh_from_db()
    assert (device.enabled, device.settings["host"]) == (False, "10.0.0.9")


def picked(**said: Any) -> str:
    return json.dumps({"address": "holding:1", "name": "PartCount", "kind": "number", "type": "uint16", **said})


def test_chosen_values_come_with_proposals_and_without_a_decision(it: Client, device: Device, plant: Plant) -> None:
    wish = {"pick": [picked(), "rubbish", picked(name="State", kind="text")], "machine": plant.press.pk}
    page = it.post("/gateways/GW1/devices/CNC01/choose/", wish).content.decode()
    assert f'value="{plant.press.code}.part_count"' in page
    assert f'value="{plant.press.code}.state"' in page
    assert '<option value="count" selected>' in page
    assert '<option value="counter" selected>' in page
    assert page.count('name="t1-') > 5
    assert 'name="t2-' not in page
    assert 'id="id_t0-decision" value' not in page
    assert Tag.objects.count() == 0


def rows(**said: str) -> dict[str, str]:
    first = {
        "address": "holding:1",
        "name": "CNC01.part_count",
        "role": "count",
        "kind": "counter",
        "decision": "Many?",
    }
    return {"rows": "3", **{f"t0-{name}": value for name, value in (first | said).items()}}


def test_values_are_collected_all_or_none(it: Client, gateway: Gateway, device: Device, plant: Plant) -> None:
    second = {
        "t2-address": "holding:2", "t2-name": "CNC01.power", "t2-role": "energy", "t2-kind": "number",
        "t2-scale": "0,1", "t2-period_s": "2.0", "t2-unit": "kW", "t2-machine": str(plant.press.pk),
    }  # fmt: skip
    answer = it.post("/gateways/GW1/devices/CNC01/tags/", {**rows(), **second})
    assert answer.status_code == 422
    assert "Say which decision this value serves" in answer.content.decode()
    assert 'value="CNC01.part_count"' in answer.content.decode()
    assert Tag.objects.count() == 0
    answer = it.post("/gateways/GW1/devices/CNC01/tags/", {**rows(), **second, "t2-decision": "Energy?"})
    assert answer.status_code == 302
    gateway.refresh_from_db()
    assert gateway.config["devices"][0]["tags"] == [
        {"name": "CNC01.part_count", "address": "holding:1"},
        {"name": "CNC01.power", "address": "holding:2", "period_s": 2.0, "scale": 0.1},
    ]
    again = it.post("/gateways/GW1/devices/CNC01/tags/", rows())
    assert again.status_code == 422
    assert "already has a tag of this name" in again.content.decode()
    assert it.post("/gateways/GW1/devices/CNC01/tags/", {"rows": "3", "t0-name": "CNC01."}).status_code == 422
    untouched = {"t1-name": "CNC01.", "t1-role": "value", "t1-kind": "number"}
    wish = {**rows(address="holding:7", name="CNC01.b"), **untouched}
    assert it.post("/gateways/GW1/devices/CNC01/tags/", wish).status_code == 302
    assert Tag.objects.count() == 3


def test_scans_and_alarms_go_the_way_on_which_nothing_is_left_out(it: Client, gateway: Gateway) -> None:
    wish = {"protocol": "scanner", "code": "SCAN1", "s_port": "/dev/ttyACM0", "s_kind": "serial"}
    assert it.post("/gateways/GW1/add/", wish).status_code == 302
    page = it.post("/gateways/GW1/devices/SCAN1/choose/", {"by_hand": "yes"}).content.decode()
    assert 'value="SCAN1.scan"' in page
    assert "t1-name" not in page
    scan = rows(address="scan", name="SCAN1.scan", kind="text", role="value")
    assert it.post("/gateways/GW1/devices/SCAN1/tags/", scan).status_code == 302
    gateway.refresh_from_db()
    assert gateway.config["devices"][0]["tags"] == [{"name": "SCAN1.scan", "address": "scan", "lane": "e"}]


def test_raw_words_are_sent_as_they_were_named(it: Client, gateway: Gateway, device: Device, plant: Plant) -> None:
    row = {"address": "holding:0", "name": "CNC01.mode", "kind": "text", "role": "state", "decision": "Does it run?"}
    wrong = it.post("/gateways/GW1/devices/CNC01/tags/", rows(**row, values="1 = RUNNING\nnothing"))
    assert wrong.status_code == 422
    assert "does not say RAW = VALUE" in wrong.text
    assert not Tag.objects.exists()
    said = rows(**row, values="1 = RUNNING\n2=STOPPED\n 7 = 0.5 ", scale="0,1")
    assert it.post("/gateways/GW1/devices/CNC01/tags/", said).status_code == 302
    tag = Tag.objects.get()
    assert tag.options == {"values": {"1": "RUNNING", "2": "STOPPED", "7": 0.5}, "scale": 0.1}
    assert "1 = RUNNING\n2 = STOPPED" in it.get(f"/gateways/GW1/tags/{tag.pk}/").text


def test_a_tag_is_changed_and_stopped_by_its_page(
    it: Client, gateway: Gateway, device: Device, cast: Cast, clock: Clock, plant: Plant
) -> None:
    (tag,) = some_tags(device, cast, clock, STATE)
    assert "CNC01.state" in text_of(it, f"GW1/tags/{tag.pk}/")
    wish = {"address": "holding:9", "role": "state", "decision": "Does it run?", "machine": plant.press.pk}
    assert it.post(f"/gateways/GW1/tags/{tag.pk}/", wish).status_code == 302
    tag.refresh_from_db()
    assert (tag.address, tag.decision, tag.machine, tag.name) == (
        "holding:9",
        "Does it run?",
        plant.press,
        "CNC01.state",
    )
    gateway.refresh_from_db()
    assert gateway.config["devices"][0]["tags"][0]["address"] == "holding:9"
    assert it.post(f"/gateways/GW1/tags/{tag.pk}/", {**wish, "decision": ""}).status_code == 422
    assert it.post(f"/gateways/GW1/tags/{tag.pk}/switch/", {"enabled": "no"}).status_code == 422
    assert it.post(f"/gateways/GW1/tags/{tag.pk}/switch/", {"enabled": "no", "reason": "double"}).status_code == 302
    tag.refresh_from_db()
    assert not tag.enabled


def test_words_get_their_meaning(it: Client, device: Device, cast: Cast, clock: Clock, plant: Plant) -> None:
    count = TagWish("holding:1", "CNC01.part_count", "How many?", kind="counter", role="count", machine=plant.press)
    state = TagWish("holding:0", "CNC01.state", "Runs?", kind="text", role="state", machine=plant.press)
    _state, counter = some_tags(device, cast, clock, state, count)
    address = f"GW1/devices/CNC01/map/{plant.press.code}/"
    assert "What CNC01.state says" in text_of(it, address)
    wish = {
        "tag": "CNC01.state", "word": ["Run", "Fault", ""], "state": ["PRODUCING", "FAULT", ""], "otherwise": "IDLE",
        f"counts-{counter.pk}": "pieces",
    }  # fmt: skip
    nothing = it.post(f"/gateways/{address}", {**wish, "state": ["", "", ""]})
    assert nothing.status_code == 422
    assert "Say of at least one word" in nothing.content.decode()
    assert StateRule.objects.count() == 0
    answer = it.post(f"/gateways/{address}", wish)
    assert (answer.status_code, answer["Location"]) == (302, "/gateways/GW1/devices/CNC01/")
    rule = StateRule.objects.get()
    assert (rule.machine, rule.valid_from) == (plant.press, clock())
    assert rule.definition["sources"] == [
        {"kind": "words", "tag": "CNC01.state", "words": {"Run": "PRODUCING", "Fault": "FAULT"}, "otherwise": "IDLE"}
    ]
    assert rule.definition["counters"] == [{"tag": "CNC01.part_count", "counts": "pieces"}]
    assert it.get(f"/gateways/GW1/devices/CNC01/map/{plant.lathe.code}/").status_code == 404


def test_tags_nobody_reads_are_listed_and_stopped(
    it: Client, gateway: Gateway, device: Device, cast: Cast, clock: Clock, plant: Plant
) -> None:
    names = ("ruled", "asked", "alarm", "long_ago", "never")
    wishes = [
        TagWish(
            f"holding:{n}", f"CNC01.{name}", "Why?", role="alarm" if name == "alarm" else "value", machine=plant.press
        )
        for n, name in enumerate(names)
    ]
    tags = dict(zip(names, some_tags(device, cast, clock, *wishes), strict=True))
    it.post(
        f"/gateways/GW1/devices/CNC01/map/{plant.press.code}/",
        {"tag": "CNC01.ruled", "word": ["1"], "state": ["PRODUCING"], "otherwise": "IDLE"},
    )
    begun = Tag.objects.order_by("created_at").values_list("created_at", flat=True)[0]
    clock.set(begun + timedelta(days=1))
    asked = {"from": clock().isoformat(), "to": (clock() + timedelta(hours=1)).isoformat()}
    assert it.get(f"/api/v1/tags/{tags['long_ago'].pk}/series", asked).status_code == 200
    clock.set(begun + timedelta(days=92))
    for _twice in range(2):
        assert it.get(f"/api/v1/tags/{tags['asked'].pk}/series", asked).status_code == 200
    assert TagUse.objects.get(tag=tags["asked"]).read_on == clock().date()
    new = a_tag(gateway, "CNC01.new", plant.press)
    with acting(cast.it_admin, channel="test"):
        Tag.objects.filter(pk=new.pk).update(created_at=clock())
    page = text_of(it, "unused/")
    listed = {name for name in (*names, "new") if f"CNC01.{name}<" in page}
    assert listed == {"long_ago", "never"}
    assert it.post("/gateways/unused/stop/", {"tag": [tags["never"].pk, tags["asked"].pk]}).status_code == 302
    assert set(Tag.objects.filter(enabled=False)) == {tags["never"]}
    assert it.get("/gateways/unused/").content.decode().count('name="tag"') == 1
