"""What downtimes do when something happened elsewhere."""

from datetime import datetime

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from production.downtime.services import align_downtimes, tell_screens_again


def follow_machine_state(event: EventRecord) -> None:
    """Bring the downtimes of a machine in line with its redrawn states."""
    service = service_user("downtime")
    redrawn_to = event.payload["redrawn_to"]
    with acting(service, channel="worker", correlation=event.correlation):
        plan = align_downtimes(
            actor=service,
            machine_id=event.payload["machine_id"],
            started_at=datetime.fromisoformat(event.payload["redrawn_from"]),
            ended_at=datetime.fromisoformat(redrawn_to) if redrawn_to else None,
            at=now(),
        )
        if not (plan.closes or plan.corrections or plan.opens):
            tell_screens_again(machine_id=event.payload["machine_id"], after=event.id)
