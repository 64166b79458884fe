"""Acts on gateways, devices and tags, each kind in a file of its own."""

from telemetry.devices.services.common import (
    BadConfiguration,
    BadEnrolmentCode,
    CodeTaken,
    ForeignDevice,
    GatewayNotActive,
    NoDecision,
    NoSuchGateway,
)
from telemetry.devices.services.devices import add_device, add_tag, switch_tag
from telemetry.devices.services.gateways import (
    accept_history,
    end_old_token,
    enrol_directly,
    enrol_with_code,
    issue_enrolment_code,
    register_gateway,
    revoke_gateway,
    rotate_token,
    set_gateway_config,
)

__all__ = [
    "BadConfiguration",
    "BadEnrolmentCode",
    "CodeTaken",
    "ForeignDevice",
    "GatewayNotActive",
    "NoDecision",
    "NoSuchGateway",
    "accept_history",
    "add_device",
    "add_tag",
    "end_old_token",
    "enrol_directly",
    "enrol_with_code",
    "issue_enrolment_code",
    "register_gateway",
    "revoke_gateway",
    "rotate_token",
    "set_gateway_config",
    "switch_tag",
]
