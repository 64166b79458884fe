"""Acts on devices: what a gateway reads, and how it reaches it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import StaleVersion
from factory_core.events.services import publish
from factory_core.people.models import User
from telemetry.devices import events
from telemetry.devices.models import Device
from telemetry.devices.protocols import PROTOCOLS, SettingMistakes, place_of, read_settings
from telemetry.devices.services.common import BadSettings, CodeTaken, NoReason, NoSuchDevice, locked
from telemetry.devices.services.composing import compose_config


def add_device(
    *,
    actor: User,
    gateway_id: int,
    code: str,
    protocol: str,
    at: datetime,
    address: str = "",
    settings: Mapping[str, Any] | None = None,
) -> Device:
    """Add a device behind a gateway; with settings, the gateway reads it from now on.

    Without settings it is described in the gateway's own file. Raises CodeTaken, BadSettings.
    """
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    if gateway.devices.filter(code=code).exists():
        raise CodeTaken(
            _("Gateway %(gateway)s already has a device '%(code)s'.") % {"gateway": gateway.code, "code": code}
        )
    device = Device(gateway=gateway, code=code, protocol=protocol, address=address)
    if settings is not None:
        _take(device, settings)
    try:
        device.full_clean()
    except ValidationError as error:
        raise _as_settings(error) from error
    device.save()
    publish(events.DEVICE_ADDED, about=[device, gateway], at=at, actor=actor)
    compose_config(actor=actor, gateway=gateway, at=at)
    return device


def change_device(
    *, actor: User, device_id: int, settings: Mapping[str, Any], at: datetime, version: int | None = None
) -> Device:
    """Change how a device is reached; its code and protocol stay. Raises NoSuchDevice, StaleVersion, BadSettings."""
    device = held_device(actor, device_id)
    if version is not None and version != device.version:
        raise StaleVersion(
            _("Somebody changed device %(device)s meanwhile. Look at it again, then repeat your change.")
            % {"device": device.code},
            version=device.version,
            settings=device.settings,
        )
    _take(device, settings)
    device.version += 1
    device.save(update_fields=["settings", "address", "version", "updated_at"])
    publish(events.DEVICE_CHANGED, about=[device, device.gateway], at=at, actor=actor)
    compose_config(actor=actor, gateway=device.gateway, at=at)
    return device


def switch_device(*, actor: User, device_id: int, enabled: bool, at: datetime, reason: str = "") -> Device:
    """Read a device again, or no longer; what was stored stays. Raises NoSuchDevice, NoReason."""
    device = held_device(actor, device_id)
    if not enabled and not reason.strip():
        raise NoReason(_("Say why device %(device)s is no longer read.") % {"device": device.code})
    device.enabled = enabled
    device.version += 1
    device.save(update_fields=["enabled", "version", "updated_at"])
    about = [device, device.gateway]
    publish(events.DEVICE_SWITCHED, about=about, at=at, actor=actor, enabled=enabled, reason=reason.strip())
    compose_config(actor=actor, gateway=device.gateway, at=at)
    return device


def held_device(actor: User, device_id: int) -> Device:
    """A device to be changed, its gateway locked with it. Raises NoSuchDevice, Forbidden."""
    device = Device.objects.filter(pk=device_id).first()
    if device is None:
        raise NoSuchDevice(_("There is no device with number %(number)s.") % {"number": device_id})
    gateway = locked(device.gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    device = Device.objects.select_for_update().get(pk=device_id)
    device.gateway = gateway
    return device


def _take(device: Device, settings: Mapping[str, Any]) -> None:
    protocol = PROTOCOLS.get(device.protocol)
    if protocol is None:
        sentence = _("'%(given)s' is not a protocol. Expected one of: %(known)s.") % {
            "given": device.protocol,
            "known": ", ".join(PROTOCOLS),
        }
        raise BadSettings(sentence, errors=[_error("/protocol", sentence)])
    try:
        device.settings = read_settings(protocol, settings)
    except SettingMistakes as mistakes:
        errors = [_error(f"/settings/{name}", sentence) for name, sentence in mistakes.found.items()]
        raise BadSettings(_("The settings have faults; `errors` names each."), errors=errors) from mistakes
    device.address = place_of(protocol, device.settings)


def _as_settings(error: ValidationError) -> BadSettings:
    errors = [_error(f"/{name}", sentence) for name, sentences in error.message_dict.items() for sentence in sentences]
    return BadSettings(_("The device has faults; `errors` names each."), errors=errors)


def _error(pointer: str, sentence: str) -> dict[str, str]:
    return {"pointer": pointer, "code": "bad_settings", "message": sentence}
