"""Everything rolled up by the worker where it is much: told while it goes on, told when it fails, never two at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from production.costing import tasks
from production.costing.models import CostRollup, RollupRun
from production.costing.queries import everything
from production.costing.services import RollupUnderWay
from production.costing.services.everything import LOST_AFTER, carry_out, start_run
from tests.world.clock import Clock
from tests.world.costing import AT, a_cost
from tests.world.inventory import an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom

pytestmark = pytest.mark.django_db
TODAY = AT.date()
ROLLUPS = "/costing/rollups/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def jobs() -> list[dict[str, Any]]:
    """The arguments of the roll-ups the worker was asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'costing.roll_up_all' AND lock = task_name"
        )
        return [json.loads(arguments) for (arguments,) in cursor.fetchall()]


@pytest.fixture
def made(plant: Plant, clock: Clock) -> None:
    """Two items made of steel."""
    steel = an_item("STEEL")
    a_cost(steel, "5")
    for number in ("A", "B"):
        a_bom(an_item(number), {steel: "1"})


@pytest.fixture
def large(made: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plant in which the second item is one too many."""
    monkeypatch.setattr(everything, "LARGE", 1)


def started(cast: Cast) -> RollupRun:
    with acting(cast.controller, channel="test"):
        return start_run(actor=cast.controller, on=TODAY, at=AT)


def test_what_is_little_is_rolled_up_at_once(made: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(everything, "LARGE", 2)
    for _again in range(2):
        assert as_(cast.controller).post(ROLLUPS + "all/").status_code == 302
    assert jobs() == []
    assert list(RollupRun.objects.values_list("status", "items", "by")) == [("DONE", 2, cast.controller.pk)] * 2
    assert CostRollup.objects.count() == 2
    assert "rollup-progress" not in as_(cast.controller).get(ROLLUPS).content.decode()


def test_the_worker_rolls_up_what_is_much_and_the_page_says_by_whom(large: None, cast: Cast) -> None:
    controller, owner = as_(cast.controller), as_(cast.owner)
    assert controller.post(ROLLUPS + "all/").status_code == 302
    assert CostRollup.objects.count() == 0
    shown = owner.get(ROLLUPS).content.decode()
    assert f"Everything is being rolled up for {cast.controller.name}" in shown
    assert "Roll up everything made" not in controller.get(ROLLUPS).content.decode()
    assert "rollup-progress" in owner.get(ROLLUPS + "progress/").content.decode()
    ((arguments),) = jobs()
    for _again in range(2):
        tasks.compute(**arguments)
    run = RollupRun.objects.get()
    assert (run.status, run.items, run.by, run.version) == ("DONE", 2, cast.controller, 2)
    assert sorted(CostRollup.objects.values_list("item__number", "version")) == [("A", 1), ("B", 1)]
    assert owner.get(ROLLUPS + "progress/").headers["HX-Redirect"] == ROLLUPS
    assert "Roll up everything made" in controller.get(ROLLUPS).content.decode()


def test_two_at_once_are_refused(large: None, cast: Cast) -> None:
    client = as_(cast.controller)
    client.post(ROLLUPS + "all/")
    answer = client.post(ROLLUPS + "all/")
    assert (answer.status_code, len(jobs())) == (409, 1)
    assert f"already, started by {cast.controller.name}" in answer.content.decode()
    answer = client.post("/api/v1/cost-rollups", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"], len(jobs())) == (409, "rollup_under_way", 1)
    with pytest.raises(RollupUnderWay):
        started(cast)
    assert RollupRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_start_at_the_same_moment_one_is_refused(large: None, cast: Cast) -> None:
    together = Barrier(2, timeout=30)

    def start(_turn: int) -> str:
        try:
            together.wait()
            return started(cast).status
        except RollupUnderWay as no:
            return no.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(start, range(2))) == ["RUNNING", "rollup_under_way"]
    assert RollupRun.objects.count() == 1


def test_what_breaks_is_told_and_nothing_of_it_stays(large: None, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = started(cast)

    def broken(**wish: Any) -> None:
        carry_out(**wish)
        raise RuntimeError("The disk is full.")

    monkeypatch.setattr(tasks, "carry_out", broken)
    with pytest.raises(RuntimeError):
        tasks.compute(run_id=run.pk, user_id=run.by_id)
    run.refresh_from_db()
    assert (run.status, run.reason, CostRollup.objects.count()) == ("FAILED", "The disk is full.", 0)
    assert Event.objects.get(name="costing.roll_up_failed").payload["reason"] == "The disk is full."
    shown = as_(cast.controller).get(ROLLUPS).content.decode()
    assert "but: The disk is full." in shown
    assert "Roll up everything made" in shown


def test_a_run_that_was_lost_gives_way(large: None, cast: Cast) -> None:
    lost = started(cast)
    with pytest.raises(RollupUnderWay), acting(cast.controller, channel="test"):
        start_run(actor=cast.controller, on=TODAY, at=AT + LOST_AFTER)
    with acting(cast.controller, channel="test"):
        newer = start_run(actor=cast.controller, on=TODAY, at=AT + LOST_AFTER + timedelta(seconds=1))
    tasks.compute(run_id=lost.pk, user_id=lost.by_id)
    assert list(RollupRun.objects.order_by("pk").values_list("pk", "status")) == [
        (lost.pk, "FAILED"), (newer.pk, "RUNNING"),
    ]  # fmt: skip
    assert CostRollup.objects.count() == 0


def test_the_api_answers_with_the_run_to_follow(large: None, cast: Cast) -> None:
    client = as_(cast.controller)
    answer = client.post("/api/v1/cost-rollups", {"on": "2026-11-21"}, content_type="application/json")
    assert (answer.status_code, answer.json()["status"], answer.json()["on"]) == (202, "RUNNING", "2026-11-21")
    ((arguments),) = jobs()
    tasks.compute(**arguments)
    run = client.get(f"/api/v1/cost-rollup-runs/{answer.json()['id']}").json()
    assert (run["status"], run["items"], run["by"]) == ("DONE", 2, cast.controller.pk)
    assert client.get("/api/v1/cost-rollup-runs?status=RUNNING").json()["results"] == []
    one = client.post("/api/v1/cost-rollups", {"item": "A"}, content_type="application/json")
    assert (one.status_code, len(one.json())) == (201, 1)


@pytest.mark.parametrize("who", ["operator", "planner", "owner", "stranger"])
def test_nobody_else_starts_and_no_stranger_to_costs_sees_a_run(large: None, cast: Cast, who: str) -> None:
    run, actor = started(cast), getattr(cast, who)
    with pytest.raises(Forbidden), acting(actor, channel="test"):
        start_run(actor=actor, on=TODAY, at=AT)
    client = as_(actor)
    assert client.post(ROLLUPS + "all/").status_code == 403
    assert client.post("/api/v1/cost-rollups", {}, content_type="application/json").status_code == 403
    seen = who == "owner"
    assert client.get(ROLLUPS + "progress/").status_code == (200 if seen else 403)
    assert client.get(f"/api/v1/cost-rollup-runs/{run.pk}").status_code in ((200,) if seen else (403, 404))
    assert (jobs(), RollupRun.objects.count(), CostRollup.objects.count()) == ([], 1, 0)
