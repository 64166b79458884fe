"""Modbus TCP and RTU: registers read in groups, each with its period."""

from telemetry.edge.drivers.modbus.asking import ask
from telemetry.edge.drivers.modbus.polling import session

__all__ = ["ask", "session"]
