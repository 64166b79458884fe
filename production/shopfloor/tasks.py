"""The hands of the clock: a call that nobody answers is told to the next in its chain."""

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.shopfloor.queries.escalation import unanswered_calls
from production.shopfloor.services.calls import escalate_call


@app.periodic(cron="* * * * *")
@app.task(
    name="production.escalate_calls", queue="reactions", queueing_lock="production.escalate_calls", pass_context=False
)
def escalate_calls(timestamp: int) -> None:
    """Raise the level of every call whose next step has come."""
    service, at = service_user("andon"), now()
    for call_id in unanswered_calls():
        with acting(service, channel="worker"):
            escalate_call(actor=service, call_id=call_id, at=at)
