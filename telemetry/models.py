"""The telemetry tables, each defined in its room."""

from telemetry.devices.models import (
    Device,
    Gateway,
    GatewayCertificate,
    GatewayHealth,
    Newcomer,
    RefusedSender,
    Tag,
    TagUse,
)
from telemetry.questions.models import GatewayQuestion
from telemetry.readings.models import (
    DeadLetter,
    DeviceLoss,
    DirtyRange,
    Gap,
    ImportedStretch,
    LatestValue,
    Packet,
    QuarantinedReading,
    Reading,
    ReadingText,
    Stream,
)
from telemetry.sparkplug.models import SparkplugNode
from telemetry.states.models import CounterStep, StateCheckpoint, StateInterval, StateRule

__all__ = [
    "CounterStep",
    "DeadLetter",
    "Device",
    "DeviceLoss",
    "DirtyRange",
    "Gap",
    "Gateway",
    "GatewayCertificate",
    "GatewayHealth",
    "GatewayQuestion",
    "ImportedStretch",
    "LatestValue",
    "Newcomer",
    "Packet",
    "QuarantinedReading",
    "Reading",
    "ReadingText",
    "RefusedSender",
    "SparkplugNode",
    "StateCheckpoint",
    "StateInterval",
    "StateRule",
    "Stream",
    "Tag",
    "TagUse",
]
