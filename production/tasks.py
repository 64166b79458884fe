"""Background tasks of production; importing them here is what makes the worker know them."""

from production.downtime.tasks import follow_shifts

__all__ = ["follow_shifts"]
