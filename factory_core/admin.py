"""The administration of the floor, room by room."""

from factory_core.calendar import admin as calendar
from factory_core.events import admin as events
from factory_core.jobs import admin as jobs
from factory_core.numbering import admin as numbering
from factory_core.partners import admin as partners
from factory_core.people import admin as people
from factory_core.plant import admin as plant
from factory_core.webhooks import admin as webhooks

__all__ = ["calendar", "events", "jobs", "numbering", "partners", "people", "plant", "webhooks"]
