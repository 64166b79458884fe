"""Devices that post their values to this gateway over HTTP."""

from telemetry.edge.drivers.push.receiving import session

__all__ = ["session"]
