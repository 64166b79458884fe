"""Where procrastinate looks for this app's tasks."""

from factory_core.jobs.tasks import react

__all__ = ["react"]
