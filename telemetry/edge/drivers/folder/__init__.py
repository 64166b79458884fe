"""CSV files that machines drop into a folder."""

from telemetry.edge.drivers.folder.gathering import ask, session

__all__ = ["ask", "session"]
