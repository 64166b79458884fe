"""What a gateway is told to do: what was written by hand, and the devices and tags set up on the page."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from telemetry.devices import events
from telemetry.devices.models import Device, Gateway, Tag
from telemetry.devices.protocols import PROTOCOLS
from telemetry.devices.services.common import BadConfiguration, locked, save
from telemetry.edge.config import ConfigError, remote_devices

LARGEST_CONFIG = 64 * 1024


def edge_settings(device: Device, tags: Iterable[Tag] = ()) -> dict[str, Any]:
    """A device as the gateway's configuration says it."""
    settings = {name: value for name, value in device.settings.items() if name not in ("code", "driver", "tags")}
    entry = {"driver": device.protocol, "code": device.code, **settings}
    return {**entry, "tags": [{"name": tag.name, "address": tag.address, **tag.options} for tag in tags]}


def composed(gateway: Gateway) -> dict[str, Any]:
    """The whole configuration of a gateway. Two queries.

    Devices of protocols without a driver here (the demo's simulators) are described in the gateway's own file.
    """
    by_hand: dict[str, Any] = gateway.config if gateway.own_config is None else gateway.own_config
    devices = gateway.devices.filter(enabled=True, protocol__in=PROTOCOLS).order_by("code")
    tags: dict[int, list[Tag]] = {}
    for tag in Tag.objects.filter(device__in=devices, enabled=True).exclude(address="").order_by("name"):
        tags.setdefault(tag.device_id or 0, []).append(tag)
    ours = [edge_settings(device, tags.get(device.pk, ())) for device in devices]
    if not ours:
        return by_hand
    rest = {name: value for name, value in by_hand.items() if name not in ("device", "devices")}
    return {**rest, "devices": [*(by_hand.get("devices") or by_hand.get("device") or []), *ours]}


def compose_config(*, actor: User, gateway: Gateway, at: datetime) -> Gateway:
    """Give a gateway (locked by the caller) its configuration afresh; nothing happens where nothing changed.

    The database tells the ingest process at the commit, and that the gateway. Raises BadConfiguration, so that
    whatever led to it is undone too.
    """
    config = composed(gateway)
    if config == gateway.config:
        return gateway
    check_config(config)
    if gateway.own_config is None:
        gateway.own_config = gateway.config
    gateway.config = config
    gateway.config_version += 1
    save(gateway, "config", "own_config", "config_version")
    publish(events.GATEWAY_CONFIGURED, about=[gateway], at=at, actor=actor, config_version=gateway.config_version)
    return gateway


def tell_gateway(*, actor: User, gateway_id: int, at: datetime) -> Gateway:
    """Give a gateway its configuration afresh, after its devices or tags were changed by hand."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    return compose_config(actor=actor, gateway=gateway, at=at)


def check_config(config: dict[str, Any]) -> None:
    """Check a configuration as the gateway will. Raises BadConfiguration."""
    if len(json.dumps(config)) > LARGEST_CONFIG:
        raise BadConfiguration(
            _("A gateway's configuration has at most 64 KiB. Collect fewer tags here, or use a second gateway.")
        )
    try:
        remote_devices(config, [])
    except ConfigError as error:
        raise BadConfiguration(str(error)) from error
