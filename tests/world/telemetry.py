"""Builders of gateways and tags, and packets as a gateway seals them."""

import gzip
import secrets
import time
from datetime import datetime
from typing import Any

import msgspec
from django.utils.timezone import now

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Machine, Site
from telemetry.devices.models import Gateway, Newcomer, Source, Tag
from telemetry.devices.services import add_tag, enrol_directly, register_gateway
from telemetry.devices.services.newcomers import admit_newcomer


def a_gateway(site: Site, code: str = "", **more: Any) -> tuple[Gateway, str]:
    """An active gateway and its token."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        gateway = register_gateway(actor=actor, code=code or f"gw-{secrets.token_hex(4)}", site=site, at=now(), **more)
        token = enrol_directly(actor=actor, gateway_id=gateway.pk, at=now())
    gateway.refresh_from_db()
    return gateway, token


def a_tag(gateway: Gateway, name: str, machine: Machine | None = None, kind: str = "number", **more: Any) -> Tag:
    """One more tag that a gateway may send."""
    actor = service_user("plant")
    with acting(actor, channel="test"):
        return add_tag(
            actor=actor,
            gateway_id=gateway.pk,
            name=name,
            decision="see whether it runs",
            at=now(),
            kind=kind,
            machine=machine,
            **more,
        )


def now_ms() -> int:
    """The wall clock, as gateways tell it."""
    return time.time_ns() // 1_000_000


def new_epoch() -> str:
    """An epoch nobody used yet."""
    return secrets.token_hex(8)


def a_packet(rows: list[list[Any]], *, tags: list[str], epoch: str, first_seq: int = 1, **more: Any) -> dict[str, Any]:
    """A packet of the contract as plain JSON content; anything of it may be overruled."""
    at = now_ms()
    return {
        "schema": "millwright.packet/1",
        "epoch": epoch,
        "lane": "s",
        "first_seq": first_seq,
        "count": len(rows),
        "sent_ms": at,
        "clock": {"synced": True, "source": "ntp", "err_ms": 4},
        "t0": at - 10_000,
        "tags": tags,
        "rows": rows,
        **more,
    }


def sealed(packet: dict[str, Any]) -> bytes:
    """The packet as it travels."""
    return gzip.compress(msgspec.json.encode(packet), 1)


def a_node_let_in(actor: User, site: Site, at: datetime, name: str = "hall/line1", code: str = "line1") -> Gateway:
    """The gateway of a Sparkplug node that knocked and waits."""
    newcomer = Newcomer.objects.get(source=Source.SPARKPLUG, name=name)
    with acting(actor, channel="test"):
        return admit_newcomer(actor=actor, newcomer_id=newcomer.pk, code=code, site=site, at=at, name=name)
