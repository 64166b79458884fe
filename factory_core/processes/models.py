"""Signs of life of the processes on the box."""

from django.db import models

from factory_core.tables import PLANT_WIDE, Projection


class ProcessBeat(Projection):
    """When a process last said that it works, and what it said."""

    scope_path = PLANT_WIDE
    view_capability = "health.view"

    name = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)
