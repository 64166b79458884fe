"""What the acts of this room share: their refusals, and a gateway locked and saved."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.errors import Invalid, Missing, NotAllowed, Refused
from telemetry.devices.models import Gateway, GatewayStatus


class CodeTaken(Refused):
    """Another gateway, device or tag already has this name."""

    code = "code_taken"


class NoSuchGateway(Missing):
    """There is no gateway with this number."""

    code = "no_such_gateway"


class BadEnrolmentCode(NotAllowed):
    """The code is unknown, used or too old; which of these is not told."""

    code = "bad_enrolment_code"


class GatewayNotActive(Refused):
    """The act needs an enrolled gateway."""

    code = "gateway_not_active"


class NoDecision(Invalid):
    """A tag that serves no decision is not collected."""

    code = "no_decision"


class BadConfiguration(Invalid):
    """The gateway could not use this configuration."""

    code = "bad_configuration"


class ForeignDevice(Invalid):
    """The device hangs on another gateway."""

    code = "foreign_device"


class NoSuchDevice(Missing):
    """There is no device with this number."""

    code = "no_such_device"


class NoSuchTag(Missing):
    """There is no tag with this number."""

    code = "no_such_tag"


class BadSettings(Invalid):
    """A device cannot be reached by these settings; ``errors`` has a sentence for each."""

    code = "bad_settings"


class BadTags(Invalid):
    """Some of the values to be collected have faults; nothing was saved, ``errors`` has a sentence for each."""

    code = "bad_tags"


class NoReason(Invalid):
    """Whoever ends something says why."""

    code = "no_reason"


def locked(gateway_id: int) -> Gateway:
    """A gateway to be changed. Raises NoSuchGateway."""
    gateway = Gateway.objects.select_for_update().filter(pk=gateway_id).first()
    if gateway is None:
        raise NoSuchGateway(_("There is no gateway with number %(number)s.") % {"number": gateway_id})
    return gateway


def must_be_active(gateway: Gateway) -> None:
    """Raises GatewayNotActive."""
    if gateway.status != GatewayStatus.ACTIVE:
        raise GatewayNotActive(
            _("Gateway %(gateway)s is not active. Enrol it with a one-time code first.") % {"gateway": gateway.code}
        )


def save(gateway: Gateway, *fields: str) -> None:
    """Write these fields, with the next version."""
    gateway.version += 1
    gateway.save(update_fields=[*fields, "version", "updated_at"])


def end_certificates(gateway: Gateway, at: datetime, reason: str) -> None:
    """Revoke every certificate of a gateway that is still good; each stands in the trail."""
    for certificate in gateway.certificates.select_for_update().filter(revoked_at=None, not_after__gt=at):
        certificate.revoked_at, certificate.reason = at, reason[:200]
        certificate.version += 1
        certificate.save(update_fields=["revoked_at", "reason", "version", "updated_at"])
