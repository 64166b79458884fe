"""EtherNet/IP controls (Rockwell Logix), read only (beta): tags read by name, several in one request."""

from telemetry.edge.drivers.ethernetip.asking import ask
from telemetry.edge.drivers.ethernetip.reading import session

__all__ = ["ask", "session"]
