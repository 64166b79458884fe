"""Acts on devices and tags: what is connected, and which of its values are collected."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.devices import events
from telemetry.devices.models import Device, Tag, TagKind
from telemetry.devices.services.common import CodeTaken, ForeignDevice, NoDecision, locked


def add_device(*, actor: User, gateway_id: int, code: str, protocol: str, at: datetime, address: str = "") -> Device:
    """Add a device behind a gateway. Raises CodeTaken."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    if gateway.devices.filter(code=code).exists():
        raise CodeTaken(
            _("Gateway %(gateway)s already has a device '%(code)s'.") % {"gateway": gateway.code, "code": code}
        )
    device = Device(gateway=gateway, code=code, protocol=protocol, address=address)
    device.full_clean()
    device.save()
    publish(events.DEVICE_ADDED, about=[device, gateway], at=at, actor=actor)
    return device


def add_tag(
    *,
    actor: User,
    gateway_id: int,
    name: str,
    decision: str,
    at: datetime,
    kind: str = TagKind.NUMBER,
    machine: Machine | None = None,
    device: Device | None = None,
    unit: str = "",
    expected_period_s: float | None = None,
    min_value: float | None = None,
    max_value: float | None = None,
) -> Tag:
    """Start to collect a tag; `decision` says what somebody decides by it.

    Raises NoDecision, CodeTaken, ForeignDevice.
    """
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    if not decision.strip():
        raise NoDecision(_("Say which decision tag '%(name)s' serves; otherwise do not collect it.") % {"name": name})
    if device is not None and device.gateway_id != gateway.pk:
        raise ForeignDevice(_("Device '%(device)s' hangs on another gateway.") % {"device": device.code})
    if gateway.tags.filter(name=name).exists():
        raise CodeTaken(
            _("Gateway %(gateway)s already has a tag '%(name)s'.") % {"gateway": gateway.code, "name": name}
        )
    tag = Tag(
        gateway=gateway, name=name, decision=decision.strip(), kind=kind, machine=machine, device=device, unit=unit,
        expected_period_s=expected_period_s, min_value=min_value, max_value=max_value,
    )  # fmt: skip
    tag.full_clean()
    tag.save()
    publish(events.TAG_ADDED, about=[tag, gateway], at=at, actor=actor, decision=tag.decision)
    return tag


def switch_tag(*, actor: User, tag_id: int, enabled: bool, at: datetime) -> Tag:
    """Start or stop collecting a tag; what was stored stays."""
    tag = Tag.objects.select_for_update().get(pk=tag_id)
    require(actor, "telemetry.device.manage", tag.gateway)
    tag.enabled = enabled
    tag.version += 1
    tag.save(update_fields=["enabled", "version", "updated_at"])
    publish(events.TAG_SWITCHED, about=[tag, tag.gateway], at=at, actor=actor, enabled=enabled)
    return tag
