"""A reaction follows its event exactly once, retries a few times, and then waits for a person."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import ReactionDone
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.jobs import wiring
from factory_core.jobs.queries import poisoned_jobs
from factory_core.jobs.services import NoSuchPoisonedJob, dismiss_job, retry_job
from factory_core.jobs.tasks import react
from factory_core.jobs.wiring import Reaction
from factory_core.people.services import service_user
from factory_core.wiring import WIRING

RANG = EventType("test.bell_rang", "{about[0]} rang {times} times")
heard: list[int] = []


def hear(event):
    heard.append(event.payload["times"])


def stumble(event):
    raise RuntimeError("the ear is blocked")


@pytest.fixture
def wired(monkeypatch):
    heard.clear()
    monkeypatch.setattr(
        wiring,
        "_table",
        {RANG.name: [Reaction(f"{__name__}.hear", in_order_of="machine_id"), Reaction(f"{__name__}.stumble")]},
    )


def ring(plant, times=3):
    actor = service_user("test")
    with acting(actor):
        return publish(
            RANG, about=[plant.press], at=plant.press.created_at, actor=actor, times=times, machine_id=plant.press.pk
        )


@pytest.mark.django_db
def test_a_job_is_queued_for_every_reaction_in_the_events_own_transaction(plant, wired):
    event = ring(plant)
    jobs = ProcrastinateJob.objects.order_by("id")
    assert [job.args for job in jobs] == [
        {"event_id": event.pk, "reaction": f"{__name__}.hear"},
        {"event_id": event.pk, "reaction": f"{__name__}.stumble"},
    ]
    assert jobs[0].lock == f"{__name__}.hear:{plant.press.pk}"


@pytest.mark.django_db
def test_an_act_that_fails_leaves_neither_event_nor_job(plant, wired):
    def half_done():
        with acting(service_user("test")):
            ring(plant)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db
def test_a_reaction_has_its_effect_once_however_often_the_job_runs(plant, wired):
    event = ring(plant)
    for _ in range(3):
        react(event_id=event.pk, reaction=f"{__name__}.hear")
    assert heard == [3]
    assert ReactionDone.objects.filter(event=event).count() == 1


@pytest.mark.django_db
def test_a_reaction_that_fails_is_not_marked_done(plant, wired):
    event = ring(plant)
    with pytest.raises(RuntimeError, match="blocked"):
        react(event_id=event.pk, reaction=f"{__name__}.stumble")
    assert not ReactionDone.objects.exists()


@pytest.mark.django_db
def test_what_failed_for_good_is_shown_and_can_be_tried_again_or_given_up(plant, cast, wired):
    event = ring(plant)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE args->>'reaction' LIKE '%stumble'"
        )
    (bad,) = poisoned_jobs()
    assert (bad.reaction, bad.event) == (f"{__name__}.stumble", event)
    assert bad.event.sentence == "Press 1 rang 3 times"

    with pytest.raises(Forbidden), acting(cast.stranger):
        retry_job(actor=cast.stranger, job_id=bad.id)
    assert ProcrastinateJob.objects.get(pk=bad.id).status == "failed"

    with acting(cast.it_admin):
        retry_job(actor=cast.it_admin, job_id=bad.id)
    assert ProcrastinateJob.objects.get(pk=bad.id).status == "todo"
    with pytest.raises(NoSuchPoisonedJob), acting(cast.it_admin):
        dismiss_job(actor=cast.it_admin, job_id=bad.id, reason="seen")


def test_every_reaction_that_the_house_names_is_there():
    named = {reaction for reactions in WIRING.values() for reaction in reactions}
    assert {f"{reaction.function.__module__}.{reaction.function.__qualname__}" for reaction in named} == {
        reaction.name for reaction in named
    }
