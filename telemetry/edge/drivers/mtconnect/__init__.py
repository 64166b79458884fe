"""MTConnect agents, read over HTTP as the standard's parts 1 to 3 say."""

from telemetry.edge.drivers.mtconnect.following import session
from telemetry.edge.drivers.mtconnect.looking import ask

__all__ = ["ask", "session"]
