"""Checking, rehearsing, bringing in, comparing and undoing run in the worker; screens and API ask for them here."""

from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from factory_core.clock import now
from factory_core.importing.register_models import ImportWork
from factory_core.importing.services.moving import ImportBusy
from factory_core.importing.services.working import TASK, carry_out, fail, want
from factory_core.importing.states import Work
from factory_core.people.models import User

# A database that went away for a moment, two who locked each other out: nothing stayed, so it is simply done again.
PASSES = (OperationalError, InterfaceError, ImportBusy)
MOST_TRIES = 5
TRIES = RetryStrategy(max_attempts=MOST_TRIES, wait=3, retry_exceptions=PASSES)


@app.task(name=TASK, retry=TRIES, pass_context=True)
def work_on_import(context: JobContext, /, *, run_id: int, turn: int, **_newer: object) -> None:
    """Carry out what was asked for a run; one thing at a time for each run."""
    try:
        carry_out(run_id=run_id, turn=turn, at=now())
    except Exception as error:
        # Whatever it was: the person waits for this run, and must not wait for ever.
        if not isinstance(error, PASSES) or context.job.attempts >= MOST_TRIES - 1:
            why = str(error).strip().split("\n")[0][:300] or type(error).__name__
            fail(run_id=run_id, turn=turn, why=_("It broke off and nothing stayed: %(why)s") % {"why": why}, at=now())
        raise


def ask(*, actor: User, run_id: int, act: Work, at: datetime) -> ImportWork:
    """Have the worker do something with a run; asked for twice it is done once. Raises as `services.working.want`."""
    work, is_new = want(actor=actor, run_id=run_id, act=act, at=at)
    if is_new:
        work_on_import.configure(lock=f"import:{run_id}").defer(run_id=run_id, turn=work.turn)
    return work
