"""Acts on gateways' certificates: enrol with a key, renew, revoke, tell everybody who is revoked."""

import socket
from datetime import datetime
from typing import NamedTuple

from cryptography.x509 import CertificateSigningRequest
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Busy, Invalid, Missing
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.processes.specs import ingest_url, is_loopback
from telemetry.devices import events
from telemetry.devices.authority import certificates
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.devices.models import CertificateReason, Gateway, GatewayCertificate
from telemetry.devices.queries import revoked_certificates
from telemetry.devices.services.common import locked, must_be_active
from telemetry.devices.services.gateways import enrol_with_code

REVOKED_CHANNEL = "millwright_revoked"


class BadCertificateRequest(Invalid):
    """The request for a certificate is not one the plant signs."""

    code = "bad_certificate_request"


class NoAuthority(Busy):
    """The plant's authority cannot sign now."""

    code = "no_authority"
    status = 503


class NoSuchCertificate(Missing):
    """There is no certificate with this number, or it was revoked already."""

    code = "no_such_certificate"


class Identity(NamedTuple):
    """What an enrolled gateway gets: token, certificate with its chain, and the root it trusts; PEM texts."""

    gateway: Gateway
    token: str
    certificate: str
    ca: str


def authority(at: datetime) -> Authority:
    """The plant's authority, made if there is none yet. Raises NoAuthority."""
    try:
        found = Authority.of(settings.DATA_DIR)
        found.ensure(at)
    except (AuthorityError, OSError) as error:
        raise NoAuthority(str(error)) from error
    return found


def enrolment_lines(code: str, at: datetime) -> list[str]:
    """What to write into a gateway's gateway.toml, under [server]. Raises NoAuthority."""
    url = ingest_url(settings.BIND, settings.INGEST_PORT, settings.INGEST_TLS)
    if settings.HTTPS and not settings.INGEST_TLS:
        # A proxy in front holds the certificate and passes `/ingest/` on.
        url = settings.SITE_URLS[0].rstrip("/")
    elif not is_loopback(settings.BIND):
        url = f"{url.split('://')[0]}://{socket.gethostname()}:{settings.INGEST_PORT}"
    lines = [f'url = "{url}"']
    if settings.INGEST_TLS:
        lines.append(f'ca_fingerprint = "{authority(at).fingerprint()}"')
    return [*lines, f'enrol_code = "{code}"']


def enrol_with_request(*, actor: User, code: str, request: bytes, at: datetime) -> Identity:
    """Turn a one-time code and a certificate request into an identity, given back once; earlier ones end.

    A request that is refused leaves the code as it was. Raises BadEnrolmentCode, BadCertificateRequest, NoAuthority.
    """
    gateway, token = enrol_with_code(actor=actor, code=code, at=at)
    chain, ca = _issue(actor, gateway, request, CertificateReason.ENROLMENT, at)
    return Identity(gateway, token, chain, ca)


def renew_certificate(*, actor: User, gateway_id: int, request: bytes, at: datetime) -> Identity:
    """A further certificate for a gateway that showed its present one; the present one stays good until its end.

    Raises GatewayNotActive, BadCertificateRequest, NoAuthority.
    """
    gateway = locked(gateway_id)
    require(actor, "telemetry.gateway.enrol", gateway)
    must_be_active(gateway)
    chain, ca = _issue(actor, gateway, request, CertificateReason.RENEWAL, at)
    return Identity(gateway, "", chain, ca)


def revoke_certificate(*, actor: User, certificate_id: int, at: datetime, reason: str) -> GatewayCertificate:
    """End one certificate, for example of a copied key; the gateway's token is not touched."""
    certificate = (
        GatewayCertificate.objects.select_for_update()
        .select_related("gateway")
        .filter(pk=certificate_id, revoked_at=None)
        .first()
    )
    if certificate is None:
        raise NoSuchCertificate(_("This certificate is not there or was revoked already."))
    require(actor, "telemetry.gateway.enrol", certificate.gateway)
    certificate.revoked_at, certificate.reason = at, reason[:200]
    certificate.version += 1
    certificate.save(update_fields=["revoked_at", "reason", "version", "updated_at"])
    publish(
        events.CERTIFICATE_REVOKED, about=[certificate.gateway], at=at, actor=actor, serial=certificate.serial,
        reason=reason,
    )  # fmt: skip
    return certificate


def refresh_revocations(at: datetime) -> bool:
    """Write the list of revoked certificates afresh when it is not true or half its life is over; whether it was.

    Everybody who holds sessions of gateways (the broker's keeper) then hears it on `millwright_revoked`.
    Raises NoAuthority.
    """
    keeper = authority(at)
    try:
        revoked = {int(row.serial, 16): row for row in revoked_certificates(at)}
        written = keeper.list_written_at()
        known = keeper.revoked_serials()
        if known == set(revoked) and written is not None and at - written < certificates.LIST_LIFE / 2:
            return False
        keeper.write_revocations([(serial, row.revoked_at or at) for serial, row in revoked.items()], at)
    except (AuthorityError, OSError, ValueError) as error:
        raise NoAuthority(str(error)) from error
    with connection.cursor() as cursor:
        for code in sorted({row.gateway.code for serial, row in revoked.items() if serial not in known}) or [""]:
            cursor.execute("SELECT pg_notify(%s, %s)", [REVOKED_CHANNEL, code])
    return True


def _issue(
    actor: User, gateway: Gateway, request: bytes, issued_for: CertificateReason, at: datetime
) -> tuple[str, str]:
    keeper = authority(at)
    try:
        certificate = keeper.sign_gateway(_checked(request, gateway), gateway.code, at)
        chain, root = keeper.chain(certificate), certificates.pem(keeper.root())
    except (AuthorityError, OSError) as error:
        raise NoAuthority(str(error)) from error
    serial, until = certificates.serial_text(certificate.serial_number), certificate.not_valid_after_utc
    event = publish(
        events.CERTIFICATE_ISSUED, about=[gateway], at=at, actor=actor, serial=serial, until=until,
        issued_for=issued_for.value,
    )  # fmt: skip
    GatewayCertificate.objects.create(
        gateway=gateway, serial=serial, not_before=certificate.not_valid_before_utc, not_after=until,
        fingerprint=certificates.fingerprint(certificate),
        key_fingerprint=certificates.key_fingerprint(certificate.public_key()),  # type: ignore[arg-type]  # only EC keys are signed
        issued_for=issued_for, issued_by=event,
    )  # fmt: skip
    return chain.decode(), root.decode()


def _checked(request: bytes, gateway: Gateway) -> CertificateSigningRequest:
    try:
        return certificates.read_request(request, gateway.code)
    except certificates.BadRequest as refused:
        raise BadCertificateRequest(str(refused)) from refused
