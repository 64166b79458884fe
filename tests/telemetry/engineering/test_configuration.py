"""Devices and tags of the page become the gateway's configuration, whole or not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.events.models import Event
from factory_core.people.models import User
from telemetry.devices import services
from telemetry.devices.models import Device, Gateway, Tag
from telemetry.devices.services import TagWish
from telemetry.edge.config import remote_devices
from tests.telemetry.engineering.conftest import a_device, some_tags
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
STATE = TagWish("holding:0", "CNC01.state", "Is the machine running?", role="state", options={"type": "uint16"})


def act(actor: User, service: Callable[..., Any], **wish: Any) -> Any:
    """One act under a name."""
    with acting(actor, channel="test"):
        return service(actor=actor, **wish)


def test_a_new_device_is_in_the_configuration_with_the_next_version(gateway: Gateway, cast: Cast, clock: Clock) -> None:
    device = a_device(gateway, cast, clock, port="1502", unit="", baud="9600")
    gateway.refresh_from_db()
    assert (device.settings, device.address) == ({"host": "10.0.0.5", "port": 1502}, "10.0.0.5:1502")
    assert gateway.config == {
        "devices": [{"driver": "modbus", "code": "CNC01", "host": "10.0.0.5", "port": 1502, "tags": []}]
    }
    assert gateway.config_version == 1
    assert list(Event.objects.order_by("-id").values_list("name", flat=True)[:2]) == [
        "telemetry.gateway_configured", "telemetry.device_added",
    ]  # fmt: skip


def test_tags_follow_their_device_and_what_was_written_by_hand_stays_first(
    gateway: Gateway, cast: Cast, clock: Clock, plant: Plant
) -> None:
    by_hand = {"code": "SIM", "driver": "simulator"}
    act(cast.it_admin, services.set_gateway_config, gateway_id=gateway.pk, config={"devices": [by_hand]}, at=clock())
    device = a_device(gateway, cast, clock)
    count = TagWish(
        "holding:1", "CNC01.part_count", "How many pieces?", kind="counter", role="count", machine=plant.press
    )
    some_tags(device, cast, clock, STATE, count)
    gateway.refresh_from_db()
    first, second = gateway.config["devices"]
    assert first == by_hand
    assert second["tags"] == [
        {"name": "CNC01.part_count", "address": "holding:1"},
        {"name": "CNC01.state", "address": "holding:0", "type": "uint16"},
    ]
    assert gateway.config_version == 3
    assert [device.code for device in remote_devices(gateway.config, [])] == ["SIM", "CNC01"]
    act(cast.it_admin, services.set_gateway_config, gateway_id=gateway.pk, config={}, at=clock())
    gateway.refresh_from_db()
    assert [entry["code"] for entry in gateway.config["devices"]] == ["CNC01"]


def test_what_changes_nothing_for_the_gateway_is_not_sent(gateway: Gateway, cast: Cast, clock: Clock) -> None:
    wish = {"gateway_id": gateway.pk, "code": "SIM", "protocol": "simulator", "at": clock()}
    act(cast.it_admin, services.add_device, **wish)
    gateway.refresh_from_db()
    assert (gateway.config, gateway.own_config, gateway.config_version) == ({}, None, 0)
    act(cast.it_admin, services.set_gateway_config, gateway_id=gateway.pk, config={}, at=clock())
    gateway.refresh_from_db()
    assert (gateway.config, gateway.own_config, gateway.config_version) == ({}, {}, 0)


def test_what_is_switched_off_leaves_the_configuration_and_comes_back(
    gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    (tag,) = some_tags(device, cast, clock, STATE)

    def entry() -> list[Any]:
        gateway.refresh_from_db()
        return gateway.config.get("devices", [])

    act(cast.it_admin, services.switch_tag, tag_id=tag.pk, enabled=False, reason="wrong register", at=clock())
    assert entry()[0]["tags"] == []
    act(cast.it_admin, services.switch_device, device_id=device.pk, enabled=False, reason="sold", at=clock())
    assert entry() == []
    act(cast.it_admin, services.switch_device, device_id=device.pk, enabled=True, at=clock())
    act(cast.it_admin, services.switch_tag, tag_id=tag.pk, enabled=True, at=clock())
    assert len(entry()[0]["tags"]) == 1
    version = gateway.config_version
    act(cast.it_admin, services.switch_tag, tag_id=tag.pk, enabled=True, at=clock())
    gateway.refresh_from_db()
    assert gateway.config_version == version


@pytest.mark.parametrize(
    ("protocol", "settings", "pointers"),
    [
        ("modbus", {}, {"/settings/host"}),
        ("modbus", {"host": "a", "serial": "/dev/ttyS0"}, {"/settings/host"}),
        ("modbus", {"host": "a", "port": "70000", "unit": "many"}, {"/settings/port", "/settings/unit"}),
        ("opcua", {}, {"/settings/url"}),
        ("opcua", {"url": "http://10.0.0.5"}, {"/settings/url"}),
        ("opcua", {"url": "opc.tcp://a:4840", "security": "perhaps"}, {"/settings/security"}),
        ("push", {"port": "8080"}, {"/settings/token_file"}),
        ("mqtt", {"host": "broker", "tls": "maybe"}, {"/settings/tls"}),
        ("modbus", {"host": "a", "password": "x"}, {"/settings/password"}),
        ("telepathy", {}, {"/protocol"}),
    ],
)
def test_settings_are_refused_with_a_sentence_each(
    gateway: Gateway, cast: Cast, clock: Clock, protocol: str, settings: dict[str, Any], pointers: set[str]
) -> None:
    wish = {"gateway_id": gateway.pk, "code": "X1", "protocol": protocol, "settings": settings, "at": clock()}
    with pytest.raises(services.BadSettings) as refused:
        act(cast.it_admin, services.add_device, **wish)
    assert {error["pointer"] for error in refused.value.details["errors"]} == pointers
    assert all(error["message"].endswith(".") for error in refused.value.details["errors"])
    gateway.refresh_from_db()
    assert (Device.objects.count(), gateway.config, gateway.config_version) == (0, {}, 0)


def test_tags_are_saved_all_or_none_with_a_sentence_per_row(
    gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    some_tags(device, cast, clock, STATE)
    foreign = a_plant("other").press
    wishes = [
        TagWish("holding:2", "CNC01.good", "How many pieces?"),
        TagWish("holding:3", "CNC01.state", "Is the machine running?"),
        TagWish("holding:4", "CNC01.good", " "),
        TagWish("", "has a space", "Why?", machine=foreign),
        TagWish("holding:5", "CNC01.x", "Why?", options={"period_s": 0}),
    ]
    gateway.refresh_from_db()
    before = gateway.config
    with pytest.raises(services.BadTags) as refused:
        act(cast.it_admin, services.add_tags, device_id=device.pk, wishes=wishes, at=clock())
    told = {(error["pointer"], error["code"]) for error in refused.value.details["errors"]}
    assert told == {
        ("/tags/1/name", "code_taken"), ("/tags/2/name", "code_taken"), ("/tags/2/decision", "no_decision"),
        ("/tags/3/name", "invalid"), ("/tags/3/machine", "foreign_machine"), ("/tags/3/address", "invalid"),
        ("/tags/4/period_s", "invalid"),
    }  # fmt: skip
    gateway.refresh_from_db()
    assert (Tag.objects.count(), gateway.config) == (1, before)


def test_a_configuration_too_large_undoes_the_tags_that_made_it(
    gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    def wishes(start: int) -> list[TagWish]:
        return [
            TagWish(f"holding:{n}", f"CNC01.{'x' * 150}{n}", "How many pieces?", options={"values": {"a" * 100: 1}})
            for n in range(start, start + 150)
        ]

    some_tags(device, cast, clock, *wishes(0))
    gateway.refresh_from_db()
    version = gateway.config_version
    with pytest.raises(services.BadConfiguration):
        act(cast.it_admin, services.add_tags, device_id=device.pk, wishes=wishes(500), at=clock())
    gateway.refresh_from_db()
    assert (Tag.objects.count(), gateway.config_version) == (150, version)


def test_a_change_of_a_device_that_was_read_too_early_is_refused(
    gateway: Gateway, device: Device, cast: Cast, clock: Clock
) -> None:
    new = {"host": "10.0.0.6", "unit": 3}
    changed = act(cast.it_admin, services.change_device, device_id=device.pk, settings=new, version=1, at=clock())
    assert (changed.settings, changed.address, changed.version) == (new, "10.0.0.6", 2)
    with pytest.raises(StaleVersion):
        act(cast.it_admin, services.change_device, device_id=device.pk, settings={"host": "b"}, version=1, at=clock())
    gateway.refresh_from_db()
    assert gateway.config["devices"][0]["host"] == "10.0.0.6"


def test_whoever_ends_something_says_why(device: Device, cast: Cast, clock: Clock) -> None:
    (tag,) = some_tags(device, cast, clock, STATE)
    with pytest.raises(services.NoReason):
        act(cast.it_admin, services.switch_device, device_id=device.pk, enabled=False, reason=" ", at=clock())
    with pytest.raises(services.NoReason):
        act(cast.it_admin, services.switch_tag, tag_id=tag.pk, enabled=False, reason=" ", at=clock())
    assert (Device.objects.get().enabled, Tag.objects.get().enabled) == (True, True)


@pytest.mark.parametrize("who", ["operator", "supervisor", "auditor", "stranger", "neighbour"])
def test_only_who_sets_up_devices_at_the_site_may(
    gateway: Gateway, device: Device, cast: Cast, clock: Clock, who: str
) -> None:
    (tag,) = some_tags(device, cast, clock, STATE)
    gateway.refresh_from_db()
    before = gateway.config
    for service, wish in (
        (services.add_device, {"gateway_id": gateway.pk, "code": "B", "protocol": "modbus", "settings": {"host": "b"}}),
        (services.change_device, {"device_id": device.pk, "settings": {"host": "b"}}),
        (services.switch_device, {"device_id": device.pk, "enabled": False, "reason": "b"}),
        (services.add_tags, {"device_id": device.pk, "wishes": [TagWish("a", "b.c", "d")]}),
        (services.change_tag, {"tag_id": tag.pk, "wish": STATE}),
        (services.switch_tag, {"tag_id": tag.pk, "enabled": False}),
    ):
        with pytest.raises(Forbidden):
            act(getattr(cast, who), service, at=clock(), **wish)
    gateway.refresh_from_db()
    assert gateway.config == before
