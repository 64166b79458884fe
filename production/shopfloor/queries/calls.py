"""Calls for help: who waits where, and who is coming."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import Text, duration
from production.shopfloor.models import HelpCall
from production.shopfloor.rules.response import Called, response_of
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
    level: int = 0


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
            level=call.level,
        )
        for call in rows.annotate(mine=Exists(mine)).order_by("at", "id")
    ]


def station_calls(machine: Machine, at: datetime) -> list[StationCall]:
    """The open calls of a machine and those lately answered, newest first."""
    lately = Q(answered_at=None) | Q(answered_at__gt=at - COMING_SHOWN)
    rows = HelpCall.objects.filter(lately, machine=machine).select_related("answered_by").order_by("-at", "-id")
    return [_told(call, at) for call in rows]


@dataclass(frozen=True)
class CallRow:
    """A call of a list with all its moments; waits in words."""

    id: int
    machine_name: str
    kind: Text
    by: str
    at: datetime
    answered_by: str
    waited: str
    done_at: datetime | None
    level: int
    is_open: bool
    may_end: bool


@dataclass(frozen=True)
class KindFigures:
    """How fast one kind of call was answered."""

    kind: Text
    calls: int
    answered: int
    median: str
    longest: str
    help: str


def calls_of(names: Mapping[int, str], actor: User, since: datetime, at: datetime) -> list[HelpCall]:
    """The calls at machines since a moment, and those of before that are not over; newest first."""
    mine = visible(actor, HelpCall.objects.filter(pk=OuterRef("pk")), "production.help.call")
    rows = HelpCall.objects.filter(Q(at__gte=since) | Q(answered_at=None), machine__among=names, at__lte=at)
    return list(rows.select_related("called_by", "answered_by").annotate(mine=Exists(mine)).order_by("-at", "-id"))


def rows_of(calls: Sequence[HelpCall], names: Mapping[int, str], at: datetime) -> list[CallRow]:
    """Calls as a list shows them."""
    return [
        CallRow(
            id=call.pk,
            machine_name=names[call.machine_id],
            kind=KIND_NAMES[call.kind],
            by=call.called_by.name,
            at=call.at,
            answered_by=call.answered_by.name if call.answered_by else "",
            waited=duration(((call.answered_at or at) - call.at).total_seconds()),
            done_at=call.done_at,
            level=call.level,
            is_open=call.answered_at is None,
            may_end=call.done_at is None and call.mine,  # type: ignore[attr-defined]  # annotated by calls_of
        )
        for call in calls
    ]


def figures_by_kind(calls: Sequence[HelpCall]) -> list[KindFigures]:
    """Response times of each kind that was called."""
    found = []
    for kind, word in KIND_NAMES.items():
        mine = [Called(call.at, call.answered_at, call.done_at) for call in calls if call.kind == kind]
        if mine:
            times = response_of(mine)
            told = [
                "–" if value is None else duration(value) for value in (times.median_s, times.longest_s, times.help_s)
            ]
            found.append(KindFigures(word, times.calls, times.answered, *told))
    return found


def _told(call: HelpCall, at: datetime) -> StationCall:
    if call.answered_by is not None:
        return StationCall(_("%(name)s is coming") % {"name": call.answered_by.name}, coming=True)
    sentence = str(CALLED[call.kind]) % {"ago": duration((at - call.at).total_seconds())}
    if call.level:
        sentence = _("%(call)s · told on: %(level)d") % {"call": sentence, "level": call.level}
    return StationCall(sentence, coming=False)
