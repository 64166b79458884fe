"""A database that dies under a job costs it no try: it is done again, once, and what it queued dies with its act."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException

from factory_core.access.identity import acting
from factory_core.events.models import Event, ReactionDone
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.jobs import patience, wiring
from factory_core.jobs.patience import database_was_away
from factory_core.jobs.tasks import TRIES
from factory_core.jobs.wiring import Reaction
from factory_core.management.commands.work import patient_worker
from factory_core.people.models import User
from factory_core.people.services import service_user

ASKED = EventType("test.asked", "{about[0]} was asked")
ANSWERED = EventType("test.answered", "{about[0]} answered")
MORE_THAN_TRIES = TRIES.max_attempts + 2
tried: list[int] = []


def lose_the_database(event):
    """Acts, and loses its connection more often than a reaction may fail."""
    tried.append(event.id)
    service = service_user("test")
    with acting(service, channel="worker"):
        publish(ANSWERED, about=[service], at=event.at, actor=service)
        if len(tried) <= MORE_THAN_TRIES:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def answer_and_stumble(event):
    service = service_user("test")
    with acting(service, channel="worker"):
        publish(ANSWERED, about=[service], at=event.at, actor=service)
        # Whoever looks from outside sees neither the event nor what follows from it.
        with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}) as outside:
            tried.append(outside.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()[0])
        raise RuntimeError("the voice breaks")


def hear(_event):
    tried.append(-1)


@pytest.fixture
def asked(empty_queue, monkeypatch, request):
    """An event to which the reaction of the test is queued; answers are heard."""
    tried.clear()
    table = {ASKED.name: [Reaction(f"{__name__}.{request.param}")], ANSWERED.name: [Reaction(f"{__name__}.hear")]}
    monkeypatch.setattr(wiring, "_table", table)
    # No minute passes, and nothing is tried again before the test says so.
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})
    monkeypatch.setattr(patience, "FIRST_WAIT_S", 3600.0)
    monkeypatch.setattr(patience, "LONGEST_WAIT_S", 3600.0)
    service = service_user("test")
    with acting(service):
        return publish(ASKED, about=[service], at=User.objects.get(pk=service.pk).date_joined, actor=service)


def work() -> None:
    """The worker begins what waits, whenever it was to be tried again, and ends when how it went is told."""

    async def once() -> None:
        with patient_worker() as (worker_app, jobs):
            async with worker_app.open_async():
                await worker_app.run_worker_async(
                    wait=False, listen_notify=False, install_signal_handlers=False,
                    delete_jobs="successful", worker_middleware=[jobs.notice],
                )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    asyncio.run(once())


@pytest.mark.parametrize("asked", ["lose_the_database"], indirect=True)
def test_a_reaction_that_the_database_cuts_off_is_done_again_uncounted_and_once(asked):
    for lost in range(1, MORE_THAN_TRIES + 1):
        work()
        job = ProcrastinateJob.objects.get()
        assert (len(tried), job.status, job.attempts) == (lost, "todo", 0)
        assert job.scheduled_at > datetime.now(UTC)
        assert not ReactionDone.objects.exists()
        assert not Event.objects.filter(name=ANSWERED.name).exists()
    work()
    work()
    assert tried == [asked.pk] * (MORE_THAN_TRIES + 1) + [-1]
    assert not ProcrastinateJob.objects.exists()
    assert Event.objects.filter(name=ANSWERED.name).count() == 1
    assert ReactionDone.objects.filter(event=asked).count() == 1


@pytest.mark.parametrize("asked", ["answer_and_stumble"], indirect=True)
def test_what_a_failing_reaction_queued_in_the_worker_is_undone_with_it(asked):
    work()
    assert tried == [1]
    job = ProcrastinateJob.objects.get()
    assert (job.args["event_id"], job.status, job.attempts) == (asked.pk, "todo", 1)
    assert not Event.objects.filter(name=ANSWERED.name).exists()


@pytest.mark.parametrize("asked", ["hear"], indirect=True)
def test_the_queue_is_told_again_when_the_connection_breaks_at_that_moment(asked, monkeypatch):
    monkeypatch.setattr(patience, "SAY_AGAIN_AFTER_S", (0.0, 0.0))
    told, real = [], patience.JobManager.finish_job_by_id_async

    async def breaks_once(self, *args, **more):
        told.append(args)
        if len(told) == 1:
            raise ConnectorException from psycopg.errors.AdminShutdown("terminating connection")
        await real(self, *args, **more)

    monkeypatch.setattr(patience.JobManager, "finish_job_by_id_async", breaks_once)
    work()
    assert (len(told), tried) == (2, [-1])
    assert not ProcrastinateJob.objects.exists()


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (psycopg.errors.AdminShutdown("terminating connection due to administrator command"), True),
        (psycopg.errors.CrashShutdown("terminating connection because of crash of another server process"), True),
        (psycopg.errors.CannotConnectNow("the database system is in recovery mode"), True),
        (psycopg.errors.TooManyConnections("sorry, too many clients already"), True),
        (psycopg.errors.ConnectionFailure(""), True),
        (psycopg.OperationalError("connection failed: the database system is starting up"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (raised(ConnectorException(), raised(RuntimeError(), psycopg.OperationalError("server closed"))), True),
        (psycopg.errors.DeadlockDetected("deadlock detected"), False),
        (psycopg.errors.QueryCanceled("canceling statement due to statement timeout"), False),
        (psycopg.errors.UniqueViolation("duplicate key"), False),
        (psycopg.InterfaceError("the cursor is closed"), False),
        (RuntimeError("the ear is blocked"), False),
    ],
)
def test_only_an_absent_database_is_one(error, away):
    assert database_was_away(error) is away
