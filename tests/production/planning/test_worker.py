"""Plans computed by the worker: started by a person of a large plant or by the night, one after the other, told."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from factory_core.access.identity import acting
from factory_core.people.services import service_user
from production.planning import services, tasks
from production.planning.models import PlanningRun, PlanPart
from production.planning.queries import listing
from tests.production.planning.conftest import TODAY, Joinery


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """Jobs of planning that wait: name, lock, arguments."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, lock, args FROM procrastinate_jobs WHERE task_name LIKE 'planning.%%' ORDER BY id"
        )
        return [(name, lock, json.loads(arguments)) for name, lock, arguments in cursor.fetchall()]


def started(joinery: Joinery) -> PlanningRun:
    with acting(joinery.cast.planner, channel="test"):
        return services.start_run(
            actor=joinery.cast.planner, site=joinery.plant.site, starts_on=TODAY, weeks=12, at=joinery.clock()
        )


@pytest.mark.django_db
def test_the_worker_computes_the_plan_of_a_large_plant(joinery: Joinery, monkeypatch: pytest.MonkeyPatch) -> None:
    joinery.sell("10", 24)
    # Everything is large where nothing may be: the first item is one too many.
    monkeypatch.setattr(listing, "LARGE", 0)
    client = Client()
    client.force_login(joinery.cast.planner, "django.contrib.auth.backends.ModelBackend")
    client.post("/plan/run/", {"site": joinery.plant.site.code})
    run = PlanningRun.objects.get()
    assert (run.status, joinery.planned()) == ("RUNNING", [])
    ((name, lock, arguments),) = jobs()
    assert (name, lock) == ("planning.carry_out", f"planning.{joinery.plant.site.pk}")
    tasks.compute(**arguments)
    run.refresh_from_db()
    assert (run.status, run.proposals, run.by) == ("DONE", 4, joinery.cast.planner)
    assert len(joinery.planned()) == 4


@pytest.mark.django_db
def test_a_run_that_breaks_says_why_and_keeps_the_proposals(joinery: Joinery, monkeypatch: pytest.MonkeyPatch) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    run = started(joinery)

    def broken(**_wish: Any) -> None:
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(tasks, "carry_out", broken)
    with pytest.raises(RuntimeError):
        tasks.compute(run_id=run.pk, user_id=run.by_id)
    run.refresh_from_db()
    assert (run.status, run.findings) == ("FAILED", ["The disk is full."])
    assert len(joinery.planned()) == 4


@pytest.mark.django_db
def test_a_run_that_the_database_cuts_off_goes_on_and_is_tried_again(
    joinery: Joinery, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(joinery)

    def cut_off(**_wish: Any) -> None:
        raise OperationalError from psycopg.errors.AdminShutdown("terminating connection")

    with monkeypatch.context() as while_away:
        while_away.setattr(tasks, "carry_out", cut_off)
        with pytest.raises(OperationalError):
            tasks.compute(run_id=run.pk, user_id=run.by_id)
    run.refresh_from_db()
    assert (run.status, run.findings) == ("RUNNING", [])
    tasks.compute(run_id=run.pk, user_id=run.by_id)
    run.refresh_from_db()
    assert run.status == "DONE"


@pytest.mark.django_db
def test_the_night_plans_again_what_was_planned_before(joinery: Joinery) -> None:
    tasks.plan_all(0)
    assert jobs() == []
    joinery.sell("10", 24)
    joinery.plan(weeks=9)
    tasks.plan_all(0)
    ((_name, _lock, arguments),) = jobs()
    tasks.compute(**arguments)
    run = PlanningRun.objects.latest("pk")
    assert (run.status, run.weeks, run.by, run.proposals) == ("DONE", 9, service_user("planning"), 4)


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_waits_for_the_other(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    runs, together = [started(joinery), started(joinery)], Barrier(2, timeout=30)

    def work(run: PlanningRun) -> None:
        try:
            together.wait()
            tasks.compute(run_id=run.pk, user_id=run.by_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, runs))
    latest = PlanningRun.objects.latest("pk")
    assert (latest.status, latest.proposals) == ("DONE", 4)
    # Whichever was first: the older one is done before, or was overtaken. The proposals are those of one plan.
    assert set(PlanPart.objects.values_list("run", flat=True)) <= {run.pk for run in runs}
    assert sum(PlanPart.objects.values_list("count", flat=True)) == 4
