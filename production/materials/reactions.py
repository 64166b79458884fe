"""What material does when something was counted."""

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.types import EventRecord
from factory_core.people.services import service_user
from production.materials.queries.counting import operation_of_report, order_of_event
from production.materials.services import backflush_step, settle_finished


def follow_count(event: EventRecord) -> None:
    """Pieces were reported, or a report was taken back: the material of the step follows.

    The count stands whatever the store holds; so this comes after it and never in its way.
    """
    operation = operation_of_report(event.id)
    if operation is None:
        return
    service = service_user("materials")
    with acting(service, channel="worker", correlation=event.correlation):
        backflush_step(actor=service, operation=operation, at=now())


def follow_finish(event: EventRecord) -> None:
    """An order is over, by whichever way it was finished: what its pieces used is taken."""
    order_id = order_of_event(event.id)
    if order_id is None:
        return
    service = service_user("materials")
    with acting(service, channel="worker", correlation=event.correlation):
        settle_finished(actor=service, order_id=order_id, at=now())
