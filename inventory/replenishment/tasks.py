"""The rules look by themselves, each hour."""

import logging

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from inventory.replenishment.queries import sites_to_refill
from inventory.replenishment.services import suggest

log = logging.getLogger(__name__)
MOST_TOLD = 20


@app.periodic(cron="23 * * * *")
@app.task(name="inventory.suggest", queueing_lock="inventory.suggest", pass_context=False)
def look_at_all(timestamp: int) -> None:
    """Renew the suggestions of every site; a rule that cannot be followed is told, the others are not held up."""
    planner = service_user("replenishment")
    for site in sites_to_refill(planner):
        with acting(planner, channel="worker"):
            run = suggest(actor=planner, site=site, at=now())
        for trouble in run.troubles[:MOST_TOLD]:
            log.warning("%s: %s", site.code, trouble)
