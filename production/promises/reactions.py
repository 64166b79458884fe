"""What forecasts do when a stop, an order or a purchase changes: they are made anew, once for many changes."""

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from factory_core.events.types import EventRecord
from production.promises.queries.pages import site_of_event
from production.promises.tasks import forecast_one

# What comes within these seconds is looked at together.
TOGETHER_S = 15


def forecast_again(event: EventRecord) -> None:
    """Ask for a new forecast of the site where it happened, unless one is asked for already."""
    site_id = site_of_event(event.id)
    if site_id is None:
        return
    lock = f"production.forecast_site:{site_id}"
    try:
        # Whoever is second is refused by the queue; only that step is undone, not the mark of this reaction.
        with transaction.atomic():
            forecast_one.configure(queueing_lock=lock, schedule_in={"seconds": TOGETHER_S}).defer(site_id=site_id)
    except AlreadyEnqueued:
        return
