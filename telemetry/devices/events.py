"""What happens to gateways, devices and tags."""

from django.utils.translation import gettext_lazy as _

from factory_core.events.types import EventType

GATEWAY_REGISTERED = EventType("telemetry.gateway_registered", _("Gateway {about[0]} was registered"))
HISTORY_ACCEPTED = EventType(
    "telemetry.history_accepted", _("Gateway {about[0]} may send readings from {history_from} on")
)
ENROLMENT_CODE_ISSUED = EventType(
    "telemetry.enrolment_code_issued", _("A one-time enrolment code was made for gateway {about[0]}")
)
GATEWAY_ENROLLED = EventType("telemetry.gateway_enrolled", _("Gateway {about[0]} was enrolled"))
GATEWAY_TOKEN_ROTATED = EventType("telemetry.gateway_token_rotated", _("Gateway {about[0]} got a new token"))
OLD_TOKEN_ENDED = EventType("telemetry.old_token_ended", _("The old token of gateway {about[0]} ended"))
GATEWAY_REVOKED = EventType("telemetry.gateway_revoked", _("Gateway {about[0]} was revoked: {reason}"))
GATEWAY_CONFIGURED = EventType(
    "telemetry.gateway_configured", _("Gateway {about[0]} got configuration {config_version}")
)
DEVICE_ADDED = EventType("telemetry.device_added", _("Device {about[0]} was added to gateway {about[1]}"))
DEVICE_CHANGED = EventType("telemetry.device_changed", _("The settings of device {about[0]} were changed"))
DEVICE_SWITCHED = EventType(
    "telemetry.device_switched",
    _("Reading device {about[0]}: {enabled}"),
    {"enabled": {"True": _("yes"), "False": _("no")}},
)
TAG_ADDED = EventType("telemetry.tag_added", _("Tag {about[0]} is collected for: {decision}"))
TAG_CHANGED = EventType("telemetry.tag_changed", _("Tag {about[0]} was changed"))
TAG_SWITCHED = EventType(
    "telemetry.tag_switched",
    _("Collecting tag {about[0]}: {enabled}"),
    {"enabled": {"True": _("yes"), "False": _("no")}},
)
CERTIFICATE_ISSUED = EventType(
    "telemetry.certificate_issued",
    _("Gateway {about[0]} got certificate {serial}, valid until {until}: {issued_for}"),
    {"issued_for": {"enrolment": _("enrolment"), "renewal": _("renewal")}},
)
CERTIFICATE_REVOKED = EventType(
    "telemetry.certificate_revoked", _("Certificate {serial} of gateway {about[0]} was revoked: {reason}")
)
TWIN_SUSPECTED = EventType(
    "telemetry.twin_suspected", _("The credential of gateway {about[0]} is used in two places at once: {note}")
)
NEWCOMER_ADMITTED = EventType(
    "telemetry.newcomer_admitted", _("{name}, who had knocked from {address}, was let in as gateway {about[0]}")
)
NEWCOMER_DISMISSED = EventType(
    "telemetry.newcomer_dismissed", _("{name}, who had knocked from {address}, was sent away")
)
