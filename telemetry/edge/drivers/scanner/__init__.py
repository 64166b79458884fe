"""Barcode scanners: on a serial line, or keyboards that type codes."""

from telemetry.edge.drivers.scanner.reading import session

__all__ = ["session"]
