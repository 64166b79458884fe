"""Calling for help, escalating while nobody answers, coming, and having helped."""

from datetime import datetime

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine
from production.shopfloor import events
from production.shopfloor.models import HelpCall
from production.shopfloor.queries.escalation import steps_reached
from production.shopfloor.states import HelpKind


class UnknownHelp(Invalid):
    """Nobody of that kind can be called."""

    code = "unknown_help"


class NoSuchCall(Missing):
    """The call does not exist, or the asker may not see it."""

    code = "no_such_call"


def call_help(*, actor: User, machine: Machine, kind: str, at: datetime) -> HelpCall:
    """Call somebody to a machine. While the same call is open, calling again changes nothing."""
    require(actor, "production.help.call", machine)
    if kind not in set(HelpKind):
        raise UnknownHelp(
            _("'%(kind)s' cannot be called. Choose one of: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(HelpKind)}
        )
    call, first = HelpCall.objects.get_or_create(
        machine=machine, kind=kind, answered_at=None, defaults={"called_by": actor, "at": at}
    )
    if first:
        publish(events.HELP_CALLED, about=[call, machine], at=at, actor=actor, whom=kind)
    return call


def answer_call(*, actor: User, call_id: int, at: datetime) -> HelpCall:
    """Say that one is coming; the first to answer has it. Answering again changes nothing."""
    call = _locked(actor, call_id)
    if call.answered_at is not None:
        return call
    call.answered_by, call.answered_at = actor, max(at, call.at)
    _save(call, "answered_by", "answered_at")
    publish(events.HELP_ANSWERED, about=[call, call.machine], at=at, actor=actor, whom=call.kind)
    return call


def end_call(*, actor: User, call_id: int, at: datetime) -> HelpCall:
    """Say that help was given. Who came without saying so has answered now. Ending again changes nothing."""
    call = _locked(actor, call_id)
    if call.done_at is not None:
        return call
    if call.answered_at is None:
        call.answered_by, call.answered_at = actor, max(at, call.at)
    call.done_at = max(at, call.answered_at)
    _save(call, "answered_by", "answered_at", "done_at")
    publish(events.HELP_DONE, about=[call, call.machine], at=at, actor=actor, whom=call.kind)
    return call


def escalate_call(*, actor: User, call_id: int, at: datetime) -> HelpCall | None:
    """Tell the next in the chain about a call that nobody answered; None where nothing is to be told.

    Escalating twice in one moment tells each step once: the level says how many have heard of it.
    """
    calls = HelpCall.objects.select_related("machine__line__area").select_for_update(of=("self",))
    call = calls.filter(pk=call_id, answered_at=None).first()
    if call is None:
        return None
    require(actor, "production.help.call", call)
    due = steps_reached(call, at)
    told = due[call.level :]
    if not told:
        return None
    call.level, call.escalated_at = len(due), at
    _save(call, "level", "escalated_at")
    for step in told:
        publish(
            events.HELP_ESCALATED,
            about=[call, call.machine],
            at=at,
            actor=actor,
            whom=call.kind,
            role=step.role,
            minutes=int((at - call.at).total_seconds() // 60),
        )
    return call


def _locked(actor: User, call_id: int) -> HelpCall:
    rows = visible(actor, HelpCall.objects.select_related("machine")).filter(pk=call_id)
    call = rows.select_for_update(of=("self",)).first()
    if call is None:
        raise NoSuchCall(_("There is no such call that you may see."))
    require(actor, "production.help.call", call)
    return call


def _save(call: HelpCall, *fields: str) -> None:
    call.version += 1
    call.save(update_fields=[*fields, "version", "updated_at"])
