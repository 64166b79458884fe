"""Production in the administration, composed from its topics."""

from production.downtime import admin as downtime

__all__ = ["downtime"]
