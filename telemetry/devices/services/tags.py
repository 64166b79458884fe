"""Acts on tags: which values are collected, for which decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from telemetry.devices import events
from telemetry.devices.models import Device, Gateway, Tag, TagKind, TagRole
from telemetry.devices.services.common import (
    BadTags,
    CodeTaken,
    ForeignDevice,
    NoDecision,
    NoReason,
    NoSuchTag,
    locked,
)
from telemetry.devices.services.composing import compose_config
from telemetry.devices.services.devices import held_device
from telemetry.edge.devices.common import Tag as EdgeTag

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class TagWish:
    """One value of a device that somebody wants to collect.

    `options` are the gateway's settings for it (type, period_s, scale, offset, deadband, values …).
    """

    address: str
    name: str
    decision: str
    kind: str = TagKind.NUMBER
    role: str = TagRole.VALUE
    unit: str = ""
    machine: Machine | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


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
    """Start to collect a tag that a program sends by its name; `decision` says what somebody decides by it.

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


def add_tags(*, actor: User, device_id: int, wishes: Sequence[TagWish], at: datetime) -> list[Tag]:
    """Start to collect values of a device, all or none; the gateway is told with the same commit.

    Raises NoSuchDevice, BadTags (`errors` has a sentence for each row's field), BadConfiguration.
    """
    device = held_device(actor, device_id)
    gateway = device.gateway
    if not 0 < len(wishes) <= MOST_AT_ONCE:
        raise BadTags(_("Choose 1 to %(most)d values at once.") % {"most": MOST_AT_ONCE}, errors=[])
    tags = [_tag_of(gateway, device, wish) for wish in wishes]
    errors = _faults(gateway, tags, wishes)
    if errors:
        raise BadTags(_("Nothing was saved: the chosen values have faults; `errors` names each."), errors=errors)
    Tag.objects.bulk_create(tags)
    for tag in tags:
        publish(events.TAG_ADDED, about=[tag, gateway], at=at, actor=actor, decision=tag.decision)
    compose_config(actor=actor, gateway=gateway, at=at)
    return tags


def change_tag(*, actor: User, tag_id: int, wish: TagWish, at: datetime) -> Tag:
    """Change what a tag is and how it is read; its name and kind stay, since stored readings rely on them.

    Raises NoSuchTag, BadTags, BadConfiguration.
    """
    tag, gateway = _held_tag(actor, tag_id)
    tag.decision, tag.role, tag.unit, tag.machine = wish.decision.strip(), wish.role, wish.unit, wish.machine
    tag.address, tag.options = wish.address, dict(wish.options)
    errors = list(_own_faults(gateway, tag, wish, 0))
    if errors:
        raise BadTags(_("Nothing was saved: the tag has faults; `errors` names each."), errors=errors)
    tag.version += 1
    fields = ["decision", "role", "unit", "machine", "address", "options"]
    tag.save(update_fields=[*fields, "version", "updated_at"])
    publish(events.TAG_CHANGED, about=[tag, gateway], at=at, actor=actor)
    compose_config(actor=actor, gateway=gateway, at=at)
    return tag


def switch_tag(*, actor: User, tag_id: int, enabled: bool, at: datetime, reason: str | None = None) -> Tag:
    """Start or stop collecting a tag; what was stored stays. A person who stops it says why. Raises NoReason."""
    tag, gateway = _held_tag(actor, tag_id)
    if not enabled and reason is not None and not reason.strip():
        raise NoReason(_("Say why tag %(tag)s is no longer collected.") % {"tag": tag.name})
    tag.enabled = enabled
    tag.version += 1
    tag.save(update_fields=["enabled", "version", "updated_at"])
    why: dict[str, Any] = {"reason": reason.strip()} if reason else {}
    publish(events.TAG_SWITCHED, about=[tag, gateway], at=at, actor=actor, enabled=enabled, **why)
    compose_config(actor=actor, gateway=gateway, at=at)
    return tag


def _held_tag(actor: User, tag_id: int) -> tuple[Tag, Gateway]:
    tag = Tag.objects.filter(pk=tag_id).first()
    if tag is None:
        raise NoSuchTag(_("There is no tag with number %(number)s.") % {"number": tag_id})
    gateway = locked(tag.gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    return Tag.objects.select_for_update().get(pk=tag_id), gateway


def _tag_of(gateway: Gateway, device: Device, wish: TagWish) -> Tag:
    return Tag(
        gateway=gateway, device=device, name=wish.name, address=wish.address, options=dict(wish.options),
        kind=wish.kind, role=wish.role, unit=wish.unit, decision=wish.decision.strip(), machine=wish.machine,
        expected_period_s=wish.options.get("period_s"),
    )  # fmt: skip


def _faults(gateway: Gateway, tags: list[Tag], wishes: Sequence[TagWish]) -> list[dict[str, str]]:
    errors: list[dict[str, str]] = []
    names = [tag.name for tag in tags]
    taken = set(gateway.tags.filter(name__in=names).values_list("name", flat=True))
    for row, (tag, wish) in enumerate(zip(tags, wishes, strict=True)):
        errors.extend(_own_faults(gateway, tag, wish, row))
        if tag.name in taken:
            errors.append(_fault(row, "name", "code_taken", _("The gateway already has a tag of this name.")))
        elif tag.name in names[:row]:
            errors.append(_fault(row, "name", "code_taken", _("This name is already chosen further up.")))
    return errors


def _own_faults(gateway: Gateway, tag: Tag, wish: TagWish, row: int) -> list[dict[str, str]]:
    errors = []
    if not tag.decision:
        sentence = _("Say which decision this value serves; otherwise do not collect it.")
        errors.append(_fault(row, "decision", "no_decision", sentence))
    if tag.machine is not None and tag.machine.line.area.site_id != gateway.site_id:
        errors.append(_fault(row, "machine", "foreign_machine", _("This machine stands at another site.")))
    try:
        tag.clean_fields(exclude=["gateway", "device", "machine", *(() if tag.decision else ("decision",))])
    except ValidationError as error:
        errors += [
            _fault(row, name, "invalid", sentence)
            for name, sentences in error.message_dict.items()
            for sentence in sentences
        ]
    try:
        msgspec.convert({"name": "x", "address": tag.address, **wish.options}, EdgeTag)
    except msgspec.ValidationError as error:
        problem, _at, place = str(error).partition(" - at ")
        name = place.strip("`").removeprefix("$.").split("[")[0] or "options"
        errors.append(_fault(row, name, "invalid", _("This does not fit: %(problem)s.") % {"problem": problem}))
    return errors


def _fault(row: int, name: str, code: str, sentence: str) -> dict[str, str]:
    return {"pointer": f"/tags/{row}/{name}", "code": code, "message": sentence}
