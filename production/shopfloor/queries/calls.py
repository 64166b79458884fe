"""Calls for help: who waits where, and who is coming."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import Text, duration
from production.shopfloor.models import HelpCall
from production.shopfloor.screens import CALLED, HELP_KINDS

# How long a station goes on saying that somebody is coming.
COMING_SHOWN = timedelta(minutes=15)
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


def open_calls(names: Mapping[int, str], actor: User) -> list[OpenCall]:
    """The calls nobody answered yet at machines `actor` was shown (`names` by id), the longest waiting first."""
    mine = visible(actor, HelpCall.objects.filter(pk=OuterRef("pk")), "production.help.call")
    rows = HelpCall.objects.filter(machine__among=names, answered_at=None).select_related("called_by")
    return [
        OpenCall(
            id=call.pk,
            machine_id=call.machine_id,
            machine_name=names[call.machine_id],
            kind=KIND_NAMES[call.kind],
            at=call.at,
            by=call.called_by.name,
            may_answer=call.mine,
        )
        for call in rows.annotate(mine=Exists(mine)).order_by("at", "id")
    ]


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
