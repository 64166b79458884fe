"""A gateway with one device of each state, looked at by an engineer."""

from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.people.models import User
from telemetry.devices.models import Device, Gateway, GatewayHealth
from telemetry.devices.services import TagWish, add_device, add_tags
from tests.world.clock import Clock
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant
from tests.world.telemetry import a_gateway


@pytest.fixture
def gateway(plant: Plant, clock: Clock) -> Gateway:
    gateway, _token = a_gateway(plant.site, "GW1", name="Hall 1")
    return gateway


def a_device(gateway: Gateway, cast: Cast, clock: Clock, code: str = "CNC01", **settings: Any) -> Device:
    """A Modbus device as the page adds it."""
    with acting(cast.it_admin, channel="test"):
        return add_device(
            actor=cast.it_admin, gateway_id=gateway.pk, code=code, protocol="modbus", at=clock(),
            settings={"host": "10.0.0.5", **settings},
        )  # fmt: skip


def some_tags(device: Device, cast: Cast, clock: Clock, *wishes: TagWish) -> list[Any]:
    """Tags as the page adds them."""
    with acting(cast.it_admin, channel="test"):
        return add_tags(actor=cast.it_admin, device_id=device.pk, wishes=wishes, at=clock())


@pytest.fixture
def device(gateway: Gateway, cast: Cast, clock: Clock) -> Device:
    return a_device(gateway, cast, clock)


def reported(gateway: Gateway, clock: Clock, *devices: dict[str, Any]) -> GatewayHealth:
    """What the gateway last said of its devices."""
    return GatewayHealth.objects.create(
        gateway=gateway, last_seen_at=clock(), reported_at=clock(), version="1.0", spool_rows=7, devices=list(devices)
    )


@pytest.fixture
def it(cast: Cast, client: Client) -> Client:
    client.force_login(cast.it_admin)
    return client


@pytest.fixture
def other_engineer(gateway: Gateway) -> User:
    """Sets up devices at another site."""
    return a_user("other.engineer", "it_admin", a_plant().site)
