"""Plain MQTT topics of other programs, sensors and controls."""

from telemetry.edge.drivers.mqtt.listening import session
from telemetry.edge.drivers.mqtt.looking import ask

__all__ = ["ask", "session"]
