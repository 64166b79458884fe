"""The story of the factory: one row a happening, written in the transaction that made it happen."""

import re
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from factory_core.events.types import sentence_of
from factory_core.plant.models import Machine, Site
from factory_core.tables import Fact, Projection

# As DjangoJSONEncoder and isoformat write a moment: with its distance from UTC.
MOMENT = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def _readable(value: Any) -> Any:
    # Payloads keep moments as programs write them; a sentence tells them by the clock on the wall.
    moment = parse_datetime(value) if isinstance(value, str) and MOMENT.fullmatch(value) else None
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}" if moment else value


class Event(Fact):
    """It happened. `at` is when in the plant, `recorded_at` when we wrote it down."""

    scope_path = "machine|site"
    view_capability = "event.view"

    name = models.CharField(_("what"), max_length=80)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    channel = models.CharField(_("channel"), max_length=20)
    correlation = models.CharField(_("correlation"), max_length=64)
    machine = models.ForeignKey(
        Machine, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("machine")
    )
    # What happened at a site but at no machine: stock, buying, selling.
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("site"))
    about = models.JSONField(_("about"), default=list)
    payload = models.JSONField(_("payload"), default=dict)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["machine", "-at"], name="event_machine_at"),
            models.Index(fields=["-id", "name"], name="event_newest"),
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """The event told in one sentence."""
        return sentence_of(self.name, self.about, {key: _readable(value) for key, value in self.payload.items()})


class EventSubject(Fact):
    """Which thing an event is about, so that the story of one thing is one index walk."""

    scope_path = "event__machine|event__site"
    view_capability = "event.view"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="subjects")
    kind = models.CharField(max_length=80)
    key = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["kind", "key", "-event"], name="event_subject_thing")]


class ReactionDone(Projection):
    """That a reaction has had its effect; written in the transaction of the effect, so it happens once."""

    scope_path = "event__machine|event__site"
    view_capability = "health.view"

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    reaction = models.CharField(max_length=120)
    done_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "reaction"], name="reaction_once")]
