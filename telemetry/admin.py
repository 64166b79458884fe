"""Telemetry in the administration, composed from its topics."""

from telemetry.devices import admin as devices
from telemetry.readings import admin as readings

__all__ = ["devices", "readings"]
