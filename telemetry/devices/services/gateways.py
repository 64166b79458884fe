"""Acts on gateways: register, enrol, exchange tokens, revoke, configure."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Site
from telemetry.devices import events
from telemetry.devices.models import Gateway, GatewayHealth, GatewayStatus
from telemetry.devices.rules import CODE_LIFETIME, digest_of, new_enrolment_code, new_gateway_token
from telemetry.devices.services.common import (
    BadEnrolmentCode,
    CodeTaken,
    GatewayNotActive,
    end_certificates,
    locked,
    must_be_active,
    save,
)
from telemetry.devices.services.composing import check_config, compose_config


def register_gateway(
    *, actor: User, code: str, site: Site, at: datetime, name: str = "", history_from: datetime | None = None
) -> Gateway:
    """Make a gateway known. It waits until it is enrolled. Raises CodeTaken."""
    require(actor, "telemetry.gateway.enrol", site)
    if Gateway.objects.filter(code=code).exists():
        raise CodeTaken(_("There already is a gateway '%(code)s'. Choose another code.") % {"code": code})
    gateway = Gateway(code=code, name=name or code, site=site, history_from=history_from)
    gateway.full_clean()
    gateway.save()
    publish(events.GATEWAY_REGISTERED, about=[gateway, site], at=at, actor=actor)
    return gateway


def accept_history(*, actor: User, gateway_id: int, history_from: datetime, at: datetime) -> Gateway:
    """Let a gateway send readings older than the plant's horizon, for recorded logs."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    gateway.history_from = history_from
    save(gateway, "history_from")
    publish(events.HISTORY_ACCEPTED, about=[gateway], at=at, actor=actor, history_from=history_from)
    return gateway


def issue_enrolment_code(*, actor: User, gateway_id: int, at: datetime) -> str:
    """A one-time code for 15 minutes, given back once; an earlier code ends. Works for a revoked gateway too."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    code = new_enrolment_code()
    gateway.enrol_code_hash = digest_of(code)
    gateway.enrol_expires_at = at + CODE_LIFETIME
    save(gateway, "enrol_code_hash", "enrol_expires_at")
    publish(events.ENROLMENT_CODE_ISSUED, about=[gateway], at=at, actor=actor)
    return code


def enrol_with_code(*, actor: User, code: str, at: datetime) -> tuple[Gateway, str]:
    """Turn a one-time code into a token, given back once. Raises BadEnrolmentCode."""
    gateway = Gateway.objects.select_for_update().filter(enrol_code_hash=digest_of(code)).first()
    if gateway is None or gateway.enrol_expires_at is None or gateway.enrol_expires_at <= at:
        raise BadEnrolmentCode(
            _("This enrolment code is unknown, used or too old. Ask an administrator for a new one.")
        )
    require(actor, "telemetry.gateway.enrol", gateway)
    return gateway, _enrol(gateway, actor, at)


def enrol_directly(*, actor: User, gateway_id: int, at: datetime) -> str:
    """Give a gateway its token without a code, for an administrator at the server; earlier tokens end."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    return _enrol(gateway, actor, at)


def rotate_token(*, actor: User, gateway_id: int, at: datetime) -> str:
    """Give a gateway a new token while the present one stays valid. Raises GatewayNotActive."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    must_be_active(gateway)
    token = new_gateway_token()
    gateway.token_hash = gateway.next_token_hash or gateway.token_hash
    gateway.next_token_hash = digest_of(token)
    save(gateway, "token_hash", "next_token_hash")
    publish(events.GATEWAY_TOKEN_ROTATED, about=[gateway], at=at, actor=actor)
    return token


def end_old_token(*, actor: User, gateway_id: int, at: datetime) -> Gateway:
    """End the older of two valid tokens. Raises GatewayNotActive when there is only one."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    if not gateway.next_token_hash:
        raise GatewayNotActive(_("Gateway %(gateway)s has only one token.") % {"gateway": gateway.code})
    gateway.token_hash, gateway.next_token_hash = gateway.next_token_hash, ""
    save(gateway, "token_hash", "next_token_hash")
    publish(events.OLD_TOKEN_ENDED, about=[gateway], at=at, actor=actor)
    return gateway


def revoke_gateway(*, actor: User, gateway_id: int, at: datetime, reason: str) -> Gateway:
    """Close the door to a gateway: tokens, certificates and codes end, live sessions are cut within two seconds."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    gateway.status = GatewayStatus.REVOKED
    gateway.enrol_code_hash, gateway.enrol_expires_at = "", None
    # The token hashes stay, so that a revoked gateway is told apart from a stranger.
    save(gateway, "status", "enrol_code_hash", "enrol_expires_at")
    end_certificates(gateway, at, reason)
    publish(events.GATEWAY_REVOKED, about=[gateway], at=at, actor=actor, reason=reason)
    return gateway


def set_gateway_config(*, actor: User, gateway_id: int, config: dict[str, Any], at: datetime) -> Gateway:
    """Write by hand what a gateway shall do, besides the devices set up on the page. Raises BadConfiguration."""
    gateway = locked(gateway_id)
    require(actor, "telemetry.device.manage", gateway)
    check_config(config)
    gateway.own_config, version = config, gateway.config_version
    if compose_config(actor=actor, gateway=gateway, at=at).config_version == version:
        save(gateway, "own_config")
    return gateway


def _enrol(gateway: Gateway, actor: User, at: datetime) -> str:
    token = new_gateway_token()
    gateway.status = GatewayStatus.ACTIVE
    gateway.token_hash, gateway.next_token_hash = digest_of(token), ""
    gateway.enrol_code_hash, gateway.enrol_expires_at = "", None
    save(gateway, "status", "token_hash", "next_token_hash", "enrol_code_hash", "enrol_expires_at")
    end_certificates(gateway, at, "enrolled again")
    GatewayHealth.objects.filter(gateway=gateway).update(twin_suspected_at=None, twin_note="")
    publish(events.GATEWAY_ENROLLED, about=[gateway], at=at, actor=actor)
    return token
