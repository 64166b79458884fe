"""The work on a run begins: what is little is done at once, what is much by the worker."""

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.pages import sheet_named
from factory_core.importing.services.fixing import forget_rehearsal
from factory_core.importing.services.flow import recheck
from factory_core.importing.services.working import carry_out, compare_what_came, want
from factory_core.importing.states import RunStatus, Work
from factory_core.importing.tasks import ask
from factory_core.people.models import User

# Nobody waits longer than a second or two for so many rows.
AT_ONCE = 2000


def begin(run: ImportRun, act: Work, user: User) -> None:
    """Do an act on a run, or ask the worker for it; how it went stands on `run.work`. Raises as `working.want`."""
    at = now()
    with acting(user, channel="web"):
        if not is_little(run):
            ask(actor=user, run_id=run.pk, act=act, at=at)
            return
        work, is_new = want(actor=user, run_id=run.pk, act=act, at=at)
    if is_new:
        carry_out(run_id=run.pk, turn=work.turn, at=at)
        compare_what_came(run_id=run.pk, at=at)


def check_again(run: ImportRun, user: User) -> None:
    """After something was put right. Raises as `flow.recheck`, and `working.want`."""
    if is_little(run):
        with acting(user, channel="web"):
            recheck(actor=user, run_id=run.pk, at=now())
            forget_rehearsal(run)
    else:
        begin(run, Work.CHECK, user)


def is_little(run: ImportRun) -> bool:
    """Whether the rows of a run are so few that a person can wait."""
    rows = run.rows if run.status != RunStatus.MAPPING and run.rows else sheet_named(run, run.sheet).get("rows", 0)
    return rows <= AT_ONCE
