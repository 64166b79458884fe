"""Calls for help: who waits where, and who is coming."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import Text, duration
from production.shopfloor.models import HelpCall
from production.shopfloor.screens import CALLED, HELP_KINDS

# How long a station goes on saying that somebody is coming.
COMING_SHOWN = timedelta(minutes=15)
# What a person's name is made of.
NAMES = ("display_name", "first_name", "last_name", "username")
KIND_NAMES = {option.code: option.name for option in HELP_KINDS}


@dataclass(frozen=True)
class OpenCall:
    """Somebody at a machine waits for somebody since `at`. `kind` is the word of whom they wait for."""

    id: int
    machine_id: int
    machine_name: str
    kind: Text
    at: datetime
    by: str
    may_answer: bool


@dataclass(frozen=True)
class StationCall:
    """What the station says about a call; `coming` once somebody answered."""

    sentence: str
    coming: bool


def with_calls(machines: QuerySet[Machine], actor: User) -> QuerySet[Machine]:
    """Machines together with their open calls, in one query; `open_calls` reads them out."""
    # Asked for each call, of which there are few, not for each machine.
    mine = visible(actor, HelpCall.objects.filter(pk=OuterRef("pk")), "production.help.call")
    rows = HelpCall.objects.filter(machine=OuterRef("pk"), answered_at=None).annotate(mine=Exists(mine)).order_by()
    call = JSONObject(id="id", kind="kind", at="at", mine="mine", **{name: f"called_by__{name}" for name in NAMES})
    return machines.annotate(waiting=ArraySubquery(rows.values(call=call)))


def open_calls(machines: Iterable[Machine]) -> list[OpenCall]:
    """The calls nobody answered yet at machines that came through `with_calls`, the longest waiting first."""
    found = []
    for machine in machines:
        for call in getattr(machine, "waiting", ()):
            by = User(**{name: call[name] for name in NAMES}).name
            since = datetime.fromisoformat(call["at"])
            kind = KIND_NAMES[call["kind"]]
            found.append(OpenCall(call["id"], machine.pk, machine.name, kind, since, by, call["mine"]))
    return sorted(found, key=lambda call: (call.at, call.id))


def station_calls(machine: Machine, at: datetime) -> list[StationCall]:
    """The open calls of a machine and those lately answered, newest first."""
    lately = Q(answered_at=None) | Q(answered_at__gt=at - COMING_SHOWN)
    rows = HelpCall.objects.filter(lately, machine=machine).select_related("answered_by").order_by("-at", "-id")
    return [_told(call, at) for call in rows]


def _told(call: HelpCall, at: datetime) -> StationCall:
    if call.answered_by is not None:
        return StationCall(_("%(name)s is coming") % {"name": call.answered_by.name}, coming=True)
    ago = duration((at - call.at).total_seconds())
    return StationCall(str(CALLED[call.kind]) % {"ago": ago}, coming=False)
