"""The hands of the clock: planned time begins and ends without a machine saying so."""

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.downtime.queries import machines_at_shift_border
from production.downtime.services import align_downtimes


@app.periodic(cron="* * * * *")
@app.task(
    name="production.follow_shifts", queue="reactions", queueing_lock="production.follow_shifts", pass_context=False
)
def follow_shifts(timestamp: int) -> None:
    """Open the downtime of a machine that stands when its shift begins; end it when the shift does."""
    service, at = service_user("downtime"), now()
    for machine_id, moved_at in machines_at_shift_border(at):
        with acting(service, channel="worker"):
            align_downtimes(actor=service, machine_id=machine_id, started_at=moved_at, ended_at=None, at=at)
