"""Machines count without telling: their pieces are asked for from time to time."""

from datetime import timedelta

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.materials.queries.counting import counted_by_machine
from production.materials.services import backflush_step

# A run that just ended is asked once more; a gateway that was cut off brings its counts days late.
JUST_ENDED, LATE = timedelta(minutes=10), timedelta(days=14)


@app.periodic(cron="* * * * *")
@app.task(
    name="production.take_material", queue="reactions", queueing_lock="production.take_material", pass_context=False
)
def take_material(timestamp: int) -> None:
    """Take the material of what machines counted on orders that run now."""
    _settle(JUST_ENDED)


@app.periodic(cron="7 * * * *")
@app.task(
    name="production.take_material_late", queue="reactions", queueing_lock="production.take_material_late",
    pass_context=False,
)  # fmt: skip
def take_material_late(timestamp: int) -> None:
    """Take the material of counts that came late, for orders that are not settled."""
    _settle(LATE)


def _settle(back: timedelta) -> None:
    service, at = service_user("materials"), now()
    for operation in counted_by_machine(at - back):
        with acting(service, channel="worker"):
            backflush_step(actor=service, operation=operation, at=at)
