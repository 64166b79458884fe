"""What costing does when an order is closed by another way than settling it."""

from factory_core.access.identity import acting
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from production.costing.services.settling import freeze_closed


def freeze_cost(event: EventRecord) -> None:
    """Freeze the cost of an order that was closed; settling it has done so already."""
    service = service_user("costing")
    with acting(service, channel="worker", correlation=event.correlation):
        freeze_closed(actor=service, event_id=event.id, at=event.at)
