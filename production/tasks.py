"""Background tasks of production; importing them here is what makes the worker know them."""

from production.downtime.tasks import follow_shifts
from production.shopfloor.tasks import escalate_calls

__all__ = ["escalate_calls", "follow_shifts"]
