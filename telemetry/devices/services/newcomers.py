"""Who knocks without being known: listed, bounded, let in or sent away by a named person."""

import json
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Missing
from factory_core.events.services import publish
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from factory_core.plant.models import Site
from telemetry.devices import events
from telemetry.devices.models import Device, Gateway, GatewayStatus, Newcomer, Source
from telemetry.devices.services.common import save
from telemetry.devices.services.gateways import register_gateway

MOST_NEWCOMERS = 200
LARGEST_CLAIMS = 4_000
KNOCK = """INSERT INTO telemetry_newcomer AS had
    (source, name, address, mark, claims, attempts, first_at, last_at)
    VALUES (%(source)s, %(name)s, %(address)s, %(mark)s, %(claims)s, %(attempts)s, %(at)s, %(at)s)
    ON CONFLICT (source, name, mark) DO UPDATE SET attempts = had.attempts + excluded.attempts,
    last_at = excluded.last_at, address = excluded.address, claims = excluded.claims
    RETURNING xmax = 0"""
# Those whom a person sent away are kept apart, so that a flood of names cannot bring them back as new.
TRIM = """DELETE FROM telemetry_newcomer WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER
    (PARTITION BY dismissed_at IS NULL ORDER BY last_at DESC, id DESC) AS place FROM telemetry_newcomer) AS ranked
    WHERE place > %(most)s)"""


class NoSuchNewcomer(Missing):
    """Nobody of this number waits any more."""

    code = "no_such_newcomer"


def knock(
    *,
    source: str,
    name: str,
    at: datetime,
    address: str = "",
    mark: str = "",
    claims: dict[str, Any] | None = None,
    attempts: int = 1,
) -> None:
    """Note that somebody unknown knocked. Bounded in every way: the longest unheard of 200 make room.

    `mark` tells two senders of one name apart (fingerprint of a key). Needs no identity: anybody may knock.
    """
    with connection.cursor() as cursor:
        cursor.execute(KNOCK, knock_row(source, name, at, address, mark, claims or {}, attempts))
        (is_new,) = cursor.fetchone()
        if is_new:
            cursor.execute(TRIM, {"most": MOST_NEWCOMERS})
            nudge("health", t="changed")


def knock_row(
    source: str, name: str, at: datetime, address: str, mark: str, claims: dict[str, Any], attempts: int
) -> dict[str, Any]:
    """What `KNOCK` stores of what a stranger says: short, and nothing PostgreSQL chokes on."""
    said = json.dumps(claims, default=str).replace("\\u0000", "")
    return {
        "source": source if source in Source.values else Source.PUSH.value,
        "name": _clean(name, 200) or "?",
        "address": _clean(address, 64),
        "mark": _clean(mark, 64),
        "claims": said if len(said) <= LARGEST_CLAIMS else json.dumps({"too_long": len(said)}),
        "attempts": attempts,
        "at": at,
    }


def admit_newcomer(*, actor: User, newcomer_id: int, code: str, site: Site, at: datetime, name: str = "") -> Gateway:
    """Let somebody in who waits. Our own agent then needs a one-time code; foreign senders are active at once.

    Raises NoSuchNewcomer, CodeTaken.
    """
    require(actor, "telemetry.gateway.enrol", site)
    newcomer = _locked(newcomer_id)
    gateway = register_gateway(actor=actor, code=code, site=site, name=name, at=at)
    gateway.source = newcomer.source
    if newcomer.source != Source.AGENT:
        gateway.source_name = newcomer.name
        gateway.status = GatewayStatus.ACTIVE
    gateway.full_clean()
    save(gateway, "source", "source_name", "status")
    if newcomer.source == Source.SPARKPLUG:
        # The node is its own device: what its births offer is chosen on the device's page.
        device = Device.objects.create(gateway=gateway, code=code, protocol=Source.SPARKPLUG, address=newcomer.name)
        publish(events.DEVICE_ADDED, about=[device, gateway], at=at, actor=actor)
    Newcomer.objects.filter(source=newcomer.source, name=newcomer.name).delete()
    publish(
        events.NEWCOMER_ADMITTED, about=[gateway, site], at=at, actor=actor,
        name=newcomer.name, address=newcomer.address, source=newcomer.source, mark=newcomer.mark,
    )  # fmt: skip
    nudge("health", t="changed")
    return gateway


def dismiss_newcomer(*, actor: User, newcomer_id: int, at: datetime) -> Newcomer:
    """Send somebody away: it is still counted, but asks nobody any more. Raises NoSuchNewcomer."""
    require(actor, "telemetry.gateway.enrol")
    newcomer = _locked(newcomer_id)
    newcomer.dismissed_at = at
    newcomer.save(update_fields=["dismissed_at"])
    publish(
        events.NEWCOMER_DISMISSED, about=[], at=at, actor=actor,
        name=newcomer.name, address=newcomer.address, source=newcomer.source, mark=newcomer.mark,
    )  # fmt: skip
    nudge("health", t="changed")
    return newcomer


def _locked(newcomer_id: int) -> Newcomer:
    newcomer = Newcomer.objects.select_for_update().filter(pk=newcomer_id).first()
    if newcomer is None:
        raise NoSuchNewcomer(_("Nobody with number %(number)s waits any more.") % {"number": newcomer_id})
    return newcomer


def _clean(text: str, longest: int) -> str:
    """Printable characters only: these words stand on pages and in logs."""
    return "".join(sign for sign in text if sign.isprintable())[:longest].encode(errors="replace").decode().strip()
