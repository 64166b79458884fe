"""The story of a thing, and the plant's latest news."""

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import QuerySet

from factory_core.access.policy import may, visible
from factory_core.events.models import Event
from factory_core.people.models import User


def story_of(actor: User | AnonymousUser, thing: models.Model) -> QuerySet[Event]:
    """What happened to a thing, newest first, as far as the actor may know it.

    What happened at no place (a price changed, a partner was added) belongs to whoever may see the thing itself.
    """
    events = Event.objects.filter(subjects__kind=thing._meta.label_lower, subjects__key=thing.pk)
    seen = visible(actor, events)
    if may(actor, "event.view") and may(actor, type(thing).view_capability, thing):  # type: ignore[attr-defined]  # every model of ours says it
        seen = seen | events.filter(machine=None, site=None)
    return seen.select_related("actor").order_by("-at", "-id")
