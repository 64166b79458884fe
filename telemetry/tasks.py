"""Where procrastinate looks for this app's tasks."""

from telemetry.questions.tasks import forget

__all__ = ["forget"]
