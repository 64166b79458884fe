"""Everything is rolled up in a run that tells who wanted it and how it went: here, or later by the worker."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.people.models import User
from production.costing import events
from production.costing.models import RollupRun
from production.costing.queries.everything import run_under_way
from production.costing.services.rollups import MANAGE, roll_up_all, somewhere
from production.costing.states import RollupStatus

# A run nobody has worked on for so long was lost with its process and its job.
LOST_AFTER = timedelta(hours=6)


class RollupUnderWay(Refused):
    """Everything is being rolled up already."""

    code = "rollup_under_way"


def start_run(*, actor: User, on: date, at: datetime) -> RollupRun:
    """Say that everything is to be rolled up for a day; `carry_out` does it. Raises Forbidden, RollupUnderWay."""
    require(actor, MANAGE)
    lost = RollupRun.objects.filter(status=RollupStatus.RUNNING, started_at__lt=at - LOST_AFTER)
    # Whoever works on a run holds its row.
    for run in lost.select_for_update(skip_locked=True):
        _end(run, RollupStatus.FAILED, reason=_("The program ended before everything was rolled up."))
    try:
        with transaction.atomic():
            return RollupRun.objects.create(on=on, by=actor, started_at=at)
    except IntegrityError as clash:
        raise _under_way() from clash


def carry_out(*, actor: User, run_id: int, at: datetime) -> RollupRun:
    """Roll up everything a run was started for; one that ended already stays as it is. Raises Forbidden."""
    run = RollupRun.objects.select_for_update().get(pk=run_id)
    if run.status != RollupStatus.RUNNING:
        return run
    return _end(run, RollupStatus.DONE, items=roll_up_all(actor=actor, on=run.on, at=at))


def fail(*, actor: User, run_id: int, reason: str, at: datetime) -> None:
    """End a run that could not be carried out, with the reason; one that ended already stays as it is."""
    run = RollupRun.objects.select_for_update().get(pk=run_id)
    if run.status == RollupStatus.RUNNING:
        _end(run, RollupStatus.FAILED, reason=reason)
        publish(events.ROLL_UP_FAILED, about=somewhere(), at=at, actor=actor, on=run.on.isoformat(), reason=reason)


def _end(run: RollupRun, status: RollupStatus, *, items: int = 0, reason: str = "") -> RollupRun:
    run.status, run.items, run.reason = status.value, items, reason
    run.version += 1
    run.save(update_fields=["status", "items", "reason", "version", "updated_at"])
    return run


def _under_way() -> RollupUnderWay:
    run = run_under_way()
    who = run.by.name if run is not None else _("somebody")
    return RollupUnderWay(
        _("Everything is being rolled up already, started by %(who)s. Wait until that is done.") % {"who": who}
    )
