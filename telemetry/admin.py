"""Telemetry in the administration, composed from its topics."""

from telemetry.devices import admin as devices
from telemetry.readings import admin as readings
from telemetry.sparkplug import admin as sparkplug

__all__ = ["devices", "readings", "sparkplug"]
