"""Checking, rehearsing, bringing in, comparing and undoing run in the worker; screens and API ask for them here."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from factory_core.clock import now
from factory_core.importing.models import ImportRun
from factory_core.importing.register_models import ImportWork
from factory_core.importing.services.moving import ImportBusy
from factory_core.importing.services.opening import runs_to_undo
from factory_core.importing.services.working import TASK, carry_out, compare_what_came, fail, next_undo, want
from factory_core.importing.states import Work
from factory_core.jobs.aside import aside
from factory_core.people.models import User

# A database that went away for a moment, two who locked each other out: nothing stayed, so it is simply done again.
PASSES = (OperationalError, InterfaceError, ImportBusy)
MOST_TRIES = 5
TRIES = RetryStrategy(max_attempts=MOST_TRIES, wait=3, retry_exceptions=PASSES)


@app.task(name=TASK, retry=TRIES, pass_context=True)
def work_on_import(
    context: JobContext, /, *, run_id: int, turn: int, then: Sequence[int] = (), **_newer: object
) -> None:
    """Carry out what was asked for a run, one thing at a time for each run; `then` are runs to undo after this one."""
    try:
        aside(partial(_work_on, run_id, turn))
        if then:
            _go_on(run_id, turn, then)
    except Exception as error:
        # Whatever it was: the person waits for this run, and must not wait for ever.
        if not isinstance(error, PASSES) or context.job.attempts >= MOST_TRIES - 1:
            why = str(error).strip().split("\n")[0][:300] or type(error).__name__
            fail(run_id=run_id, turn=turn, why=_("It broke off and nothing stayed: %(why)s") % {"why": why}, at=now())
        raise


def _work_on(run_id: int, turn: int) -> None:
    carry_out(run_id=run_id, turn=turn, at=now())
    compare_what_came(run_id=run_id, at=now())


def _go_on(run_id: int, turn: int, then: Sequence[int]) -> None:
    with transaction.atomic():
        following = next_undo(run_id=run_id, turn=turn, then=then, at=now())
        if following is not None and following[1]:
            _defer(following[0], then[1:])


def ask(*, actor: User, run_id: int, act: Work, at: datetime) -> ImportWork:
    """Have the worker do something with a run; asked for twice it is done once. Raises as `services.working.want`."""
    work, is_new = want(actor=actor, run_id=run_id, act=act, at=at)
    if is_new:
        _defer(work)
    return work


def undo_opening(*, actor: User, opening_id: int, at: datetime) -> list[ImportRun]:
    """Have all runs of an opening undone, the last one first, each before the next; gives them in that order.

    The same again goes on where it ended. Raises as `services.opening.runs_to_undo` and `services.working.want`.
    """
    runs = runs_to_undo(actor=actor, opening_id=opening_id)
    if runs:
        work, is_new = want(actor=actor, run_id=runs[0].pk, act=Work.UNDO, at=at)
        if is_new:
            _defer(work, [run.pk for run in runs[1:]])
    return runs


def _defer(work: ImportWork, then: Sequence[int] = ()) -> None:
    more: dict[str, Any] = {"then": list(then)} if then else {}
    work_on_import.configure(lock=f"import:{work.run_id}").defer(run_id=work.run_id, turn=work.turn, **more)
