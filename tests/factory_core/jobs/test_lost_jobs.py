"""A killed worker's jobs are done by the next one, and those of a living worker are left alone."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app

from factory_core.jobs.services import take_back_lost_jobs


def a_job_being_done(heartbeat_s_ago: int, lock: str = "press") -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s * interval '1 second') RETURNING id",
            [heartbeat_s_ago],
        )
        worker = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id, lock)"
            " VALUES ('reactions', 'factory_core.react', 'doing', %s, %s) RETURNING id",
            [worker, lock],
        )
        return cursor.fetchone()[0]


def status_of(job: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [job])
        return cursor.fetchone()[0]


@pytest.mark.usefixtures("empty_queue")
@pytest.mark.parametrize(("heartbeat_s_ago", "taken", "status"), [(9, 1, "todo"), (3, 0, "doing")])
def test_only_jobs_of_a_silent_worker_are_taken_back(heartbeat_s_ago, taken, status):
    job = a_job_being_done(heartbeat_s_ago)
    assert async_to_sync(take_back_lost_jobs)(app, silent_for_s=8) == taken
    assert status_of(job) == status


@pytest.mark.usefixtures("empty_queue")
def test_a_lost_job_that_waits_again_already_gives_way_and_holds_up_no_other():
    twin, other = a_job_being_done(9), a_job_being_done(10, lock="mill")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET queueing_lock = 'tick' WHERE id = %s", [twin])
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock) VALUES ('reactions', 'tick', 'tick')"
        )
    assert async_to_sync(take_back_lost_jobs)(app, silent_for_s=8) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status, attempts, queueing_lock FROM procrastinate_jobs ORDER BY queueing_lock")
        left = cursor.fetchall()
    assert left == [(twin + 2, "todo", 0, "tick"), (other, "todo", 0, None)]
