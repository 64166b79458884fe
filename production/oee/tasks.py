"""Keeping accounts current and closing them, and looking for counts that came late."""

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from production.oee.queries.accounts import REOPEN_DAYS, followed_machines
from production.oee.services import keep_accounts, take_in_late_counts

# So far back a count that comes late is noticed; those beyond the site's days wait for a person.
LONGEST_LATE_DAYS = 60


@app.periodic(cron="*/3 * * * *")
@app.task(
    name="production.keep_accounts", queue="reactions", queueing_lock="production.keep_accounts", pass_context=False
)
def keep_time_accounts(timestamp: int) -> None:
    """Bring every machine's accounts up to now, each in a transaction of its own."""
    service = service_user("oee")
    for machine_id in followed_machines():
        with acting(service, channel="worker"):
            keep_accounts(actor=service, machine_id=machine_id, at=now())


@app.periodic(cron="7-59/10 * * * *")
@app.task(name="production.late_counts", queue="reactions", queueing_lock="production.late_counts", pass_context=False)
def follow_late_counts(timestamp: int) -> None:
    """Take in pieces that were counted or reported after their account was closed."""
    service = service_user("oee")
    with acting(service, channel="worker"):
        take_in_late_counts(actor=service, at=now(), days=REOPEN_DAYS)


@app.periodic(cron="23 2 * * *")
@app.task(
    name="production.very_late_counts",
    queue="reactions",
    queueing_lock="production.very_late_counts",
    pass_context=False,
)
def follow_very_late_counts(timestamp: int) -> None:
    """Once a night the same, further back."""
    service = service_user("oee")
    with acting(service, channel="worker"):
        take_in_late_counts(actor=service, at=now(), days=LONGEST_LATE_DAYS)
