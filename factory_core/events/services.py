"""`publish`: the last line of every act."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from factory_core.access.identity import current_correlation, current_identity
from factory_core.clock import now
from factory_core.events.models import Event, EventSubject
from factory_core.events.types import EventType
from factory_core.jobs.wiring import reactions_to
from factory_core.live.nudge import nudge
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site


def publish(
    kind: EventType,
    /,
    *,
    about: Sequence[models.Model],
    at: datetime,
    actor: User,
    live: dict[str, Any] | None = None,
    **payload: Any,
) -> Event:
    """Write down what happened, in the transaction of the act: story, reactions and screens follow from this row.

    `about`: the things concerned, the main one first; the first that is a machine, or has one, gives the event its
    place, and where there is none the first that is a site or has one. `live`: fields of a state message for the
    screens of that machine ({"s": "stop", "since": …}); without it they are told only that something changed. The
    payload must be JSON-able.
    """
    identity = current_identity()
    machine = next((m for m in map(_machine_of, about) if m is not None), None)
    site_id = None if machine else next((pk for pk in map(_site_of, about) if pk is not None), None)
    event = Event.objects.create(
        name=kind.name,
        at=at,
        recorded_at=now(),
        actor=actor,
        channel=identity.channel if identity else "",
        correlation=identity.correlation if identity else current_correlation(),
        machine=machine,
        site_id=site_id,
        about=[{"kind": thing._meta.label_lower, "id": thing.pk, "label": str(thing)} for thing in about],
        payload=json.loads(json.dumps(payload, cls=DjangoJSONEncoder)),
    )
    EventSubject.objects.bulk_create(
        [EventSubject(event=event, kind=thing._meta.label_lower, key=thing.pk) for thing in about]
    )
    for reaction in reactions_to(kind.name):
        reaction.defer(event)
    if machine is not None:
        message = {"t": "state", **live} if live else {"t": "changed"}
        nudge(f"machine:{machine.pk}", **message, m=machine.code, v=event.pk, e=kind.name)
    elif site_id is not None:
        nudge(f"site:{site_id}", t="changed", v=event.pk, e=kind.name)
    return event


def _site_of(thing: models.Model) -> int | None:
    return thing.pk if isinstance(thing, Site) else getattr(thing, "site_id", None)


def _machine_of(thing: models.Model) -> Machine | None:
    return thing if isinstance(thing, Machine) else getattr(thing, "machine", None)
