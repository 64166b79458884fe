"""Siemens S7 controls, read only (beta): bytes of blocks read in groups, each with its period."""

from telemetry.edge.drivers.s7.reading import ask, session

__all__ = ["ask", "session"]
