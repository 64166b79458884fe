"""Acts on gateways, devices and tags, each kind in a file of its own."""

from telemetry.devices.services.common import (
    BadConfiguration,
    BadEnrolmentCode,
    BadSettings,
    BadTags,
    CodeTaken,
    ForeignDevice,
    GatewayNotActive,
    NoDecision,
    NoReason,
    NoSuchDevice,
    NoSuchGateway,
    NoSuchTag,
)
from telemetry.devices.services.composing import compose_config, edge_settings
from telemetry.devices.services.devices import add_device, change_device, switch_device
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
from telemetry.devices.services.tags import TagWish, add_tag, add_tags, change_tag, switch_tag

__all__ = [
    "BadConfiguration",
    "BadEnrolmentCode",
    "BadSettings",
    "BadTags",
    "CodeTaken",
    "ForeignDevice",
    "GatewayNotActive",
    "NoDecision",
    "NoReason",
    "NoSuchDevice",
    "NoSuchGateway",
    "NoSuchTag",
    "TagWish",
    "accept_history",
    "add_device",
    "add_tag",
    "add_tags",
    "change_device",
    "change_tag",
    "compose_config",
    "edge_settings",
    "end_old_token",
    "enrol_directly",
    "enrol_with_code",
    "issue_enrolment_code",
    "register_gateway",
    "revoke_gateway",
    "rotate_token",
    "set_gateway_config",
    "switch_device",
    "switch_tag",
]
