"""Everything is rolled up at once where it is little, and by the worker where it takes minutes."""

from datetime import date, datetime

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.jobs.patience import database_was_away
from factory_core.people.models import User
from production.costing.models import RollupRun
from production.costing.services.everything import carry_out, fail, start_run


@app.task(name="costing.roll_up_all")
def compute(*, run_id: int, user_id: int, **_newer: object) -> None:
    """Carry out a run that a person started; what breaks is told on it."""
    user = User.objects.get(pk=user_id)
    try:
        with acting(user, channel="worker"):
            carry_out(actor=user, run_id=run_id, at=now())
    except Exception as error:
        if database_was_away(error):
            # The queue tries again when it is back.
            raise
        # Whatever it was: the person waits for this run, and must not wait for ever.
        with acting(user, channel="worker"):
            fail(actor=user, run_id=run_id, reason=str(error)[:400], at=now())
        raise


def roll_up_everything(*, actor: User, on: date, at: datetime, later: bool) -> RollupRun:
    """Roll up everything, now or (`later`) by the worker. Raises Forbidden, RollupUnderWay."""
    run = start_run(actor=actor, on=on, at=at)
    if not later:
        return carry_out(actor=actor, run_id=run.pk, at=at)
    compute.configure(lock="costing.roll_up_all").defer(run_id=run.pk, user_id=actor.pk)
    return run
