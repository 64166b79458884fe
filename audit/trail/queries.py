"""Who changed what: the entries of one thing, and the whole trail for those who may read all of it."""

from dataclasses import dataclass
from datetime import datetime

from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from audit.trail.tables import kind_of
from factory_core.access.policy import Forbidden, may, require, visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Site
from factory_core.tables import TableKind

PAGE = 25


class NothingToTell(Missing):
    """There is no such record, it keeps no history, or the asker may not know of it."""

    code = "no_history"


class WholePlantOnly(Forbidden):
    """The whole trail belongs to those who hold the right in every site of the plant."""

    code = "whole_plant_only"


@dataclass(frozen=True)
class TrailFilter:
    """What the reader of the whole trail looks for; empty means everything."""

    person: User | None = None
    kind: ContentType | None = None
    thing: str = ""
    number: int | None = None
    channel: str = ""
    action: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    chain: str = ""


def thing_of(actor: User | AnonymousUser, label: str, key: int) -> Model:
    """The record named "app.model" and its number, if the actor may see it. Raises NothingToTell."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError) as unknown:
        raise NothingToTell(_("There is nothing at this address that you may see.")) from unknown
    if kind_of(model) is not TableKind.RECORD or not hasattr(model, "scope_path"):
        raise NothingToTell(_("There is nothing at this address that you may see."))
    thing: Model | None = visible(actor, model._default_manager.filter(pk=key)).first()
    if thing is None:
        raise NothingToTell(_("There is nothing at this address that you may see."))
    return thing


def history_of(actor: User | AnonymousUser, thing: Model) -> QuerySet[LogEntry]:
    """The changes of one thing, newest first. Raises Forbidden."""
    require(actor, "trail.view", thing)
    kind = ContentType.objects.get_for_model(thing)
    return _newest_first(LogEntry.objects.filter(content_type=kind, object_id=thing.pk))


def trail(actor: User | AnonymousUser, wanted: TrailFilter) -> QuerySet[LogEntry]:
    """The whole trail, newest first, cut down by a filter. Raises WholePlantOnly."""
    require(actor, "trail.all")
    if not may_read_all(actor):
        raise WholePlantOnly(_("The whole trail is for people who may read it in every site of the plant."))
    entries = LogEntry.objects.all()
    if wanted.person is not None:
        entries = entries.filter(actor=wanted.person)
    if wanted.kind is not None:
        entries = entries.filter(content_type=wanted.kind)
    if wanted.number is not None:
        entries = entries.filter(object_id=wanted.number)
    if wanted.thing:
        entries = entries.filter(object_repr__icontains=wanted.thing)
    if wanted.channel:
        entries = entries.filter(additional_data__channel=wanted.channel)
    if wanted.action is not None:
        entries = entries.filter(action=wanted.action)
    if wanted.since is not None:
        entries = entries.filter(timestamp__gte=wanted.since)
    if wanted.until is not None:
        entries = entries.filter(timestamp__lt=wanted.until)
    if wanted.chain:
        entries = entries.filter(cid=wanted.chain)
    return _newest_first(entries)


def may_read_all(actor: User | AnonymousUser) -> bool:
    """Whether there is no site of the plant in which the actor may not read the whole trail."""
    if not may(actor, "trail.all"):
        return False
    return not Site.objects.exclude(pk__in=visible(actor, Site.objects.all(), "trail.all").values("pk")).exists()


def page_of(entries: QuerySet[LogEntry], before: int | None) -> tuple[list[LogEntry], int | None]:
    """One page of entries older than a number, and the number with which the next page begins."""
    older = entries if before is None else entries.filter(pk__lt=before)
    rows = list(older[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def _newest_first(entries: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
    return entries.select_related("actor", "content_type").order_by("-pk")
