"""Plans are computed by the worker where a plant is large, and for every planned site in the night."""

from procrastinate.contrib.django import app

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.jobs.patience import database_was_away
from factory_core.people.models import User
from factory_core.people.services import service_user
from production.planning.models import PlanningRun
from production.planning.queries.listing import planned_sites
from production.planning.services import carry_out, fail, start_run
from production.planning.services.running import run_or_missing


@app.task(name="planning.carry_out")
def compute(*, run_id: int, user_id: int, **_newer: object) -> None:
    """Compute a run that a person started; what breaks is told on it."""
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
            fail(actor=user, run=run_or_missing(user, run_id), reason=str(error)[:400], at=now())
        raise


def compute_later(run: PlanningRun) -> None:
    """Let the worker compute a run that was started; runs of one site one after the other."""
    compute.configure(lock=f"planning.{run.site_id}").defer(run_id=run.pk, user_id=run.by_id)


@app.periodic(cron="7 2 * * *")
@app.task(name="planning.nightly", queueing_lock="planning.nightly", pass_context=False)
def plan_all(timestamp: int) -> None:
    """Plan anew every site that was planned before, as far ahead as its last plan looked; each tells how it went."""
    planner = service_user("planning")
    for site, weeks in planned_sites(planner):
        at = now()
        with acting(planner, channel="worker"):
            run = start_run(
                actor=planner, site=site, starts_on=at.astimezone(site.zone).date(), weeks=weeks, at=at
            )  # fmt: skip
            compute_later(run)
