"""Holding a downtime still while it changes, and telling the screens afterwards."""

from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing, Refused, StaleVersion
from factory_core.people.models import User
from factory_core.plant.models import Machine
from factory_core.web.display import milliseconds
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.queries import band_of, reason_by_word
from production.downtime.rules import is_micro
from production.downtime.states import ReasonSource


class NoSuchDowntime(Missing):
    """The downtime does not exist, or the asker may not see it."""

    code = "no_such_downtime"


class NoLongerStands(Refused):
    """The downtime was merged into another one, or late data showed that the machine ran."""

    code = "no_longer_stands"


def locked_machine(machine_id: int) -> Machine:
    """The machine, held so that nobody else changes its downtimes until this act is through."""
    # "of self" and "no key": whoever stores readings or orders for this machine must not wait.
    rows = Machine.objects.select_for_update(of=("self",), no_key=True).select_related("line__area__site")
    return rows.get(pk=machine_id)


def locked_downtime(actor: User, downtime_id: int, version: int | None = None) -> Downtime:
    """A downtime that stands, held still. Raises NoSuchDowntime, NoLongerStands, StaleVersion."""
    found = visible(actor, Downtime.objects.all()).filter(pk=downtime_id).values_list("machine_id", flat=True).first()
    if found is None:
        raise NoSuchDowntime(_("There is no such stop that you may see."))
    locked_machine(found)
    downtime = Downtime.objects.select_related("machine__line", "reason", "explained_by", "order").get(pk=downtime_id)
    if not downtime.stands:
        raise NoLongerStands(_("This stop became part of another one or was withdrawn. Look at the list again."))
    check_version(downtime, version)
    return downtime


def check_version(downtime: Downtime, version: int | None) -> None:
    """Refuse when the asker read an older version than the one that stands. Raises StaleVersion."""
    if version is not None and version != downtime.version:
        raise StaleVersion(
            _("This stop was changed in the meantime: now %(now)s. Look again, then decide.")
            % {"now": described(downtime)},
            current={
                "version": downtime.version,
                "reason": downtime.reason.code if downtime.reason else None,
                "explained_by": downtime.explained_by.name if downtime.explained_by else None,
                "started_at": downtime.started_at.isoformat(),
                "ended_at": downtime.ended_at.isoformat() if downtime.ended_at else None,
            },
        )


def described(downtime: Downtime) -> str:
    """The reason of a downtime and who gave it, for a sentence."""
    if downtime.reason is None:
        return str(_("without a reason"))
    by = downtime.explained_by.name if downtime.explained_by else _("the machine")
    return str(_("%(reason)s, given by %(by)s") % {"reason": downtime.reason.name, "by": by})


def clear_reason(downtime: Downtime) -> None:
    """Take the reason off; what the machine itself said counts again."""
    downtime.reason = None
    downtime.reason_source = ""
    downtime.explained_by = None
    downtime.explained_at = None
    give_machine_reason(downtime, [downtime.word], reason_by_word())


def give_machine_reason(downtime: Downtime, words: list[str], by_word: dict[str, DowntimeReason]) -> bool:
    """Give the reason that the first known word of the machine stands for. A person's reason is left alone."""
    if downtime.reason is not None:
        return False
    named = [word for word in words if word.casefold() in by_word]
    if not named:
        return False
    downtime.word = named[0][:80]
    downtime.reason = by_word[named[0].casefold()]
    downtime.reason_source = ReasonSource.MACHINE
    return True


def store(downtime: Downtime, *fields: str) -> None:
    """Save what changed with a new version; whether it is a short stop follows from the rest."""
    limit_s = downtime.machine.stop_limit_s
    explained = downtime.reason_id is not None
    # A part that somebody cut out on purpose wants its reason, however short it is.
    cut_out = downtime.split_from_id is not None
    downtime.is_micro = not cut_out and is_micro(downtime.started_at, downtime.ended_at, explained, limit_s)
    downtime.version += 1
    downtime.save(update_fields=[*fields, "is_micro", "version", "updated_at"])


def live(machine: Machine) -> dict[str, Any]:
    """How the machine looks now, for the screens."""
    band = band_of(machine)
    since = {"since": milliseconds(band.since)} if band.since else {}
    return {"s": band.state, "w": str(band.word), **since}


REASON_FIELDS = ("reason", "reason_source", "explained_by", "explained_at")
