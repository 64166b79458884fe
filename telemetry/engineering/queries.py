"""What the engineer's page shows: gateways, their devices with health, tags with live values, tags nobody reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import display_state, display_word
from telemetry.devices.models import Device, Gateway, GatewayStatus, Source, Tag, TagKind, TagRole
from telemetry.devices.protocols import PROTOCOLS
from telemetry.devices.queries import GatewayView, gateway_view
from telemetry.engineering.shown import quality_word, value_text
from telemetry.readings.models import DeviceLoss, LatestValue, Reading, ReadingText
from telemetry.sparkplug.models import NodeState
from telemetry.sparkplug.queries import loss_sentence, node_of
from telemetry.states.models import StateRule
from telemetry.states.queries import current_states
from telemetry.states.rules.definition import RuleMistake, read_definition, tags_of

UNREAD_FOR = timedelta(days=90)
LOOK_BACK = timedelta(days=1)
MOST_WORDS = 20
LOSSES_SHOWN = 10
MOST_LOOKED_AT = 5000


@dataclass(frozen=True)
class GatewayRow:
    """A line of the list: how a gateway feels, how many of its devices are connected."""

    view: GatewayView
    state: str
    word: str
    connected: int
    devices: int

    @property
    def gateway(self) -> Gateway:
        """The gateway itself."""
        return self.view.gateway


@dataclass(frozen=True)
class DeviceRow:
    """A device with what its driver last said of it."""

    device: Device
    protocol: str
    state: str
    word: str
    heard_at: datetime | None
    errors: int
    trouble: str
    tags: int


@dataclass(frozen=True)
class TagRow:
    """A tag with its newest value. `age_s` counts from the device's own time."""

    tag: Tag
    value: str
    at: datetime | None
    age_s: float | None
    quality: str
    is_good: bool


@dataclass(frozen=True)
class UnusedTag:
    """A collected tag that no rule uses and nobody looked at."""

    tag: Tag
    read_on: Any


def gateway_rows(actor: User, at: datetime) -> list[GatewayRow]:
    """Every gateway the actor may see. Two queries."""
    gateways = visible(actor, Gateway.objects.all()).select_related("site", "health")
    tags = Count("tags", filter=Q(tags__enabled=True), distinct=True)
    devices = Count("devices", filter=Q(devices__enabled=True), distinct=True)
    return [_gateway_row(gateway, at) for gateway in gateways.annotate(tag_count=tags, device_count=devices)]


def gateway_of(actor: User, code: str, capability: str = "telemetry.device.view") -> Gateway | None:
    """One gateway on whose site the actor holds the capability."""
    return visible(actor, Gateway.objects.all(), capability).select_related("site", "health").filter(code=code).first()


def gateway_row(gateway: Gateway, at: datetime) -> GatewayRow:
    """One gateway as a line of the list. Two queries."""
    gateway.tag_count = gateway.tags.filter(enabled=True).count()  # type: ignore[attr-defined]  # as annotated
    gateway.device_count = gateway.devices.filter(enabled=True).count()  # type: ignore[attr-defined]  # as annotated
    return _gateway_row(gateway, at)


def certificate_until(gateway: Gateway, at: datetime) -> datetime | None:
    """When the newest valid certificate of a gateway ends; None where it comes with a token."""
    valid = gateway.certificates.filter(not_after__gt=at, not_before__lte=at, revoked_at=None)
    return valid.order_by("-not_after").values_list("not_after", flat=True).first()


def device_rows(gateway: Gateway, at: datetime) -> list[DeviceRow]:
    """The devices of a gateway, and those of its own file that only its reports know. One query."""
    collected = Count("tags", filter=Q(tags__enabled=True))
    said = _said(gateway)
    rows = [
        _device_row(device, said.pop(device.code, None), gateway, at, device.tag_count)
        for device in gateway.devices.annotate(tag_count=collected).order_by("code")
    ]
    strangers = [
        Device(gateway=gateway, code=code, protocol=str(report.get("driver", ""))) for code, report in said.items()
    ]
    return rows + [_device_row(device, said[device.code], gateway, at, 0) for device in strangers]


def device_of(gateway: Gateway, code: str) -> Device | None:
    """One device behind a gateway."""
    device: Device | None = gateway.devices.filter(code=code).first()
    if device is not None:
        device.gateway = gateway
    return device


def losses_of(device: Device) -> list[DeviceLoss]:
    """The newest readings lost inside a device, as its protocol told the gateway."""
    known = DeviceLoss.objects.filter(stream__gateway=device.gateway_id, device_code=device.code)
    return list(known.order_by("-ended_at")[:LOSSES_SHOWN])


def device_row(device: Device, at: datetime) -> DeviceRow:
    """One device with what its driver said."""
    count = device.tags.filter(enabled=True).count()
    return _device_row(device, _said(device.gateway).get(device.code), device.gateway, at, count)


def tag_rows(device: Device, at: datetime) -> list[TagRow]:
    """The tags of a device with their newest values. One query."""
    tags = device.tags.select_related("machine", "latest").order_by("-enabled", "name")
    return [_tag_row(tag, at) for tag in tags]


def tag_of(gateway: Gateway, number: int) -> Tag | None:
    """One tag of a gateway."""
    tag: Tag | None = gateway.tags.select_related("device", "machine").filter(pk=number).first()
    return tag


def machines_at(actor: User, gateway: Gateway) -> list[Machine]:
    """The machines of the gateway's site to which the actor may tie tags, in the order of the lines."""
    machines = visible(actor, Machine.objects.filter(is_active=True), "telemetry.device.manage")
    return list(
        machines.filter(line__area__site=gateway.site_id)
        .select_related("line__area__site")
        .order_by("line__area__name", "line__name", "position", "code")
    )


def machines_of(device: Device) -> list[Machine]:
    """The machines that tags of a device belong to."""
    found = Machine.objects.filter(tags__device=device, tags__enabled=True).distinct()
    return list(found.select_related("line__area__site").order_by("code"))


def states_of(machines: Iterable[Machine]) -> list[tuple[Machine, str, Any]]:
    """Machines with the display family and the word of their state now. One query."""
    known = list(machines)
    spans = current_states([machine.pk for machine in known])
    states = {machine.pk: spans[machine.pk].state if machine.pk in spans else "NO_DATA" for machine in known}
    return [
        (one, display_state(states[one.pk]), display_word(states[one.pk], display_state(states[one.pk])))
        for one in known
    ]


def rule_in_force(machine: Machine, at: datetime) -> StateRule | None:
    """The newest state rule of a machine, also one that takes over later."""
    return StateRule.objects.filter(machine=machine).order_by("-valid_from").first()


def tags_to_map(machine: Machine) -> list[Tag]:
    """The tags of a machine from which its state may follow, those named states first."""
    order = {TagRole.STATE: 0, TagRole.COUNT: 1, TagRole.ALARM: 2, TagRole.ENERGY: 3, TagRole.VALUE: 4}
    tags = machine.tags.filter(enabled=True).select_related("latest", "gateway")
    return sorted(tags, key=lambda tag: (order[TagRole(tag.role)], tag.name))


def words_said(tag: Tag, at: datetime) -> list[str]:
    """The different words (or numbers) a tag said within a day, the newest first, at most twenty. One query."""
    model: Any = ReadingText if tag.kind == TagKind.TEXT else Reading
    said = model.objects.filter(tag_id=tag.pk, at__gte=at - LOOK_BACK, at__lte=at + timedelta(hours=1))
    found = said.exclude(value=None).order_by("-at").values_list("value", flat=True)[:MOST_LOOKED_AT]
    words = (value.strip() if isinstance(value, str) else f"{value:g}" for value in found)
    return list(dict.fromkeys(word for word in words if word))[:MOST_WORDS]


def unused_tags(actor: User, at: datetime, capability: str = "telemetry.device.view") -> list[UnusedTag]:
    """Tags collected for 90 days and more that nobody read in that time. Three queries.

    A tag is read when a state rule in force (or one to come) uses it, or when somebody asked for its curve. Alarms
    are listened for: that they stay away says nothing.
    """
    gateways = visible(actor, Gateway.objects.all(), capability)
    before = at - UNREAD_FOR
    tags = (
        Tag.objects.filter(gateway__in=gateways, enabled=True, created_at__lt=before)
        .exclude(role=TagRole.ALARM)
        .filter(Q(use=None) | Q(use__read_on__lt=before.astimezone(UTC).date()))
        .select_related("gateway", "machine", "use", "device")
        .order_by("gateway__code", "name")
    )
    found = list(tags)
    used = _used_by_rules({tag.machine_id for tag in found if tag.machine_id}, at)
    return [
        UnusedTag(tag, getattr(getattr(tag, "use", None), "read_on", None))
        for tag in found
        if (tag.machine_id, tag.name) not in used
    ]


def _used_by_rules(machine_ids: Iterable[int], at: datetime) -> set[tuple[int | None, str]]:
    used: set[tuple[int | None, str]] = set()
    newest: dict[int, bool] = {}
    rules: QuerySet[StateRule] = StateRule.objects.filter(machine__in=list(machine_ids)).order_by("-valid_from")
    for rule in rules:
        if newest.get(rule.machine_id):
            continue
        newest[rule.machine_id] = rule.valid_from <= at
        try:
            used |= {(rule.machine_id, name) for name in tags_of(read_definition(rule.definition))}
        except RuleMistake:
            # A rule nobody can read derives nothing, so it uses nothing.
            continue
    return used


def _gateway_row(gateway: Any, at: datetime) -> GatewayRow:
    view = gateway_view(gateway, at, gateway.tag_count)
    said = _said(gateway)
    connected = 0 if view.is_silent else sum(1 for report in said.values() if report.get("connected"))
    state, word = {
        GatewayStatus.WAITING: ("plan", _("waits for enrolment")),
        GatewayStatus.REVOKED: ("off", _("revoked")),
    }.get(gateway.status, ("off", _("silent")) if view.is_silent else ("run", _("talks")))
    return GatewayRow(view, state, word, connected, max(gateway.device_count, len(said)))


def _said(gateway: Gateway) -> dict[str, dict[str, Any]]:
    """What the last report said of each device."""
    health = getattr(gateway, "health", None)
    reports = health.devices if health is not None and isinstance(health.devices, list) else []
    return {str(report["code"]): report for report in reports if isinstance(report, dict) and report.get("code")}


def _device_row(device: Device, report: dict[str, Any] | None, gateway: Gateway, at: datetime, tags: int) -> DeviceRow:
    if device.protocol == Source.SPARKPLUG:
        return _node_row(device, gateway, tags)
    view = gateway_view(gateway, at, 0)
    known = PROTOCOLS.get(device.protocol)
    report = report or {}
    if not device.enabled:
        state, word = "plan", _("not read")
    elif view.is_silent or gateway.status != GatewayStatus.ACTIVE:
        state, word = "off", _("gateway silent")
    elif report.get("connected"):
        state, word = "run", _("connected")
    elif report:
        state, word = "stop", _("not connected")
    else:
        state, word = "wait", _("the gateway does not know it yet")
    heard = report.get("last_value_ms")
    heard_at = datetime.fromtimestamp(heard / 1000, UTC) if isinstance(heard, int | float) and heard > 0 else None
    errors = report.get("errors")
    return DeviceRow(
        device, str(known.name) if known else device.protocol, state, word, heard_at,
        errors if isinstance(errors, int) else 0, str(report.get("last_error") or ""), tags,
    )  # fmt: skip


def _node_row(device: Device, gateway: Gateway, tags: int) -> DeviceRow:
    """A Sparkplug node: no agent reports on it, its own births and deaths do."""
    node = node_of(gateway)
    state = NodeState(node.state) if node else NodeState.UNBORN
    shown = {NodeState.ALIVE: "run", NodeState.DEAD: "stop", NodeState.UNBORN: "wait"}[state]
    heard_at = node.seen_at if node else None
    errors = node.undecodable + node.refused_values if node else 0
    return DeviceRow(
        device, str(Source.SPARKPLUG.label), shown, str(state.label), heard_at, errors, loss_sentence(), tags
    )


def _tag_row(tag: Tag, at: datetime) -> TagRow:
    latest: LatestValue | None = getattr(tag, "latest", None)
    if latest is None:
        return TagRow(tag, "–", None, None, _("no value yet"), False)
    age = max(0.0, (at - latest.at).total_seconds())
    return TagRow(tag, value_text(tag, latest), latest.at, age, quality_word(latest.quality), latest.quality >= 192)


def addresses_of(device: Device) -> dict[str, str]:
    """The addresses of a device that are collected already, with the names of their tags."""
    return dict(device.tags.filter(enabled=True).exclude(address="").values_list("address", "name"))
