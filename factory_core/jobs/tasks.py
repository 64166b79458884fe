"""The one background task behind all reactions: run it once per event, try a few times, then show it."""

from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from factory_core.access.identity import begin_correlation
from factory_core.clock import now
from factory_core.events.models import Event, ReactionDone
from factory_core.events.types import EventRecord
from factory_core.jobs.wiring import reaction_named

# Five tries over about a minute; what still fails then waits for a person under "Needs a look". A try that the database
# cut off does not count (patience.py).
TRIES = RetryStrategy(max_attempts=5, exponential_wait=2)


@app.task(name="factory_core.react", queue="reactions", retry=TRIES)
def react(*, event_id: int, reaction: str, **_newer: object) -> None:
    """Carry out one reaction to one event, exactly once: effect and mark share a transaction."""
    event = Event.objects.get(pk=event_id)
    begin_correlation(event.correlation)
    with transaction.atomic():
        _mark, first = ReactionDone.objects.get_or_create(event=event, reaction=reaction, defaults={"done_at": now()})
        if first:
            reaction_named(reaction).function(
                EventRecord(event.pk, event.name, event.at, event.actor_id, event.correlation, event.payload)
            )
