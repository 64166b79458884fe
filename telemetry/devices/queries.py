"""Which gateways, devices and tags there are, how they feel, and who knocks without being known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Max, Q, QuerySet

from factory_core.access.policy import visible
from factory_core.people.models import User
from telemetry.devices.models import (
    Gateway,
    GatewayCertificate,
    GatewayHealth,
    GatewayStatus,
    Newcomer,
    RefusedSender,
    Tag,
)
from telemetry.devices.rules import TWIN_ALARM, is_silent

Actor = User | AnonymousUser


@dataclass(frozen=True)
class GatewayView:
    """A gateway with its health as of a moment; `health` is None when it never reported."""

    gateway: Gateway
    health: GatewayHealth | None
    is_silent: bool
    tags: int

    @property
    def clone_suspected(self) -> bool:
        """Whether two senders of one buffer were seen."""
        return self.health is not None and self.health.clone_suspected_at is not None

    @property
    def config_in_use(self) -> int:
        """The version of the configuration the gateway works with; the wanted one is the gateway's own field."""
        return int(self._said("config_version") or 0)

    @property
    def config_trouble(self) -> str:
        """Why the gateway does not take the wanted configuration; empty when it does."""
        return str(self._said("config_trouble") or "")

    @property
    def certificate_ends_at(self) -> datetime | None:
        """When its latest certificate ends; None for a gateway known by its token. One query."""
        good = GatewayCertificate.objects.filter(gateway=self.gateway, revoked_at=None)
        return good.order_by("-not_after").values_list("not_after", flat=True).first()

    def _said(self, word: str) -> Any:
        return self.health.detail.get(word) if self.health is not None else None


def inventory(actor: Actor, at: datetime) -> list[GatewayView]:
    """Every gateway the actor may see, with its health. Two queries."""
    gateways = visible(actor, Gateway.objects.all()).select_related("site", "health")
    counts: dict[int, int] = {}
    for gateway_id in Tag.objects.filter(gateway__in=gateways, enabled=True).values_list("gateway_id", flat=True):
        counts[gateway_id] = counts.get(gateway_id, 0) + 1
    return [gateway_view(gateway, at, counts.get(gateway.pk, 0)) for gateway in gateways]


def silent_gateways(at: datetime, actor: Actor | None = None) -> list[Gateway]:
    """Active gateways that have not been heard for longer than they should; all of them when no actor is named."""
    gateways = Gateway.objects.filter(status=GatewayStatus.ACTIVE).select_related("health")
    if actor is not None:
        gateways = visible(actor, gateways)
    return [gateway for gateway in gateways if is_silent(_last_seen(gateway), at)]


def waiting_gateways(actor: Actor) -> QuerySet[Gateway]:
    """Registered gateways that were never enrolled."""
    return visible(actor, Gateway.objects.filter(status=GatewayStatus.WAITING))


def refused_senders(actor: Actor) -> QuerySet[RefusedSender]:
    """Who knocked and was not let in, newest first. A stranger has no place: whoever manages devices sees it."""
    if visible(actor, Gateway.objects.all(), "telemetry.device.manage").exists():
        return RefusedSender.objects.select_related("gateway")
    return visible(actor, RefusedSender.objects.select_related("gateway"))


def certificate_ends(at: datetime, gateways: QuerySet[Gateway] | None = None) -> dict[int, datetime]:
    """When the certificate of each active gateway ends, the latest of several; gateways without one are left out.

    Those that ended within 90 days are told too: such a gateway stands at the door.
    """
    active = Gateway.objects.filter(status=GatewayStatus.ACTIVE) if gateways is None else gateways
    certificates = GatewayCertificate.objects.filter(
        revoked_at=None, gateway__in=active, not_after__gt=at - timedelta(days=90)
    )
    found = certificates.values("gateway_id").annotate(ends_at=Max("not_after")).order_by("gateway_id")
    return {row["gateway_id"]: row["ends_at"] for row in found}


def twin_suspicions(at: datetime) -> QuerySet[GatewayHealth]:
    """Active gateways whose credential was in use in two places at once, lately."""
    return GatewayHealth.objects.filter(
        gateway__status=GatewayStatus.ACTIVE, twin_suspected_at__gt=at - TWIN_ALARM
    ).select_related("gateway")


def revoked_certificates(at: datetime) -> QuerySet[GatewayCertificate]:
    """Certificates that would still be good had nobody revoked them."""
    revoked = GatewayCertificate.objects.exclude(revoked_at=None)
    return revoked.filter(not_after__gt=at).select_related("gateway").order_by("id")


def newcomers(actor: Actor, *, dismissed: bool = False) -> QuerySet[Newcomer]:
    """Who waits to be let in (or was sent away), newest first, for those who may enrol."""
    return visible(actor, Newcomer.objects.filter(dismissed_at__isnull=not dismissed))


def visible_tags(actor: Actor) -> QuerySet[Tag]:
    """The tags of machines the actor may follow, and those without a machine of gateways the actor may see."""
    of_machines = visible(actor, Tag.objects.all()).values("pk")
    of_gateways = visible(actor, Gateway.objects.all()).values("pk")
    return Tag.objects.filter(Q(pk__in=of_machines) | Q(machine=None, gateway__in=of_gateways))


def gateway_view(gateway: Gateway, at: datetime, tags: int) -> GatewayView:
    """A gateway whose health was read with it, as of a moment; `tags` is how many it sends. No query."""
    silent = gateway.status == GatewayStatus.ACTIVE and is_silent(_last_seen(gateway), at)
    return GatewayView(gateway, getattr(gateway, "health", None), silent, tags)


def _last_seen(gateway: Gateway) -> datetime | None:
    health: GatewayHealth | None = getattr(gateway, "health", None)
    return health.last_seen_at if health else None
