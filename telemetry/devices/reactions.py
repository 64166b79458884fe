"""What gateways do when something happens in the plant."""

from django.conf import settings

from factory_core.access.identity import acting
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from factory_core.processes.data_dir import DataDir
from telemetry.devices.plant_gateway import keep_enrolled


def enrol_plant_gateway(event: EventRecord) -> None:
    """With its first site a plant can have gateways: its own begins at once."""
    folder = DataDir(settings.DATA_DIR).plant_gateway.parent
    if event.payload.get("level") != "site" or not folder.exists():
        return
    actor = service_user("plant")
    with acting(actor, channel="worker", correlation=event.correlation):
        keep_enrolled(actor=actor, folder=folder, at=event.at)
