"""Where procrastinate looks for this app's tasks."""

from inventory.replenishment.tasks import look_at_all

__all__ = ["look_at_all"]
