"""The health list and its doors."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from factory_core.clock import now
from factory_core.processes.beats import beat
from factory_core.processes.models import ProcessBeat
from factory_core.processes.queries import health
from factory_core.processes.rules import Colour, Part

pytestmark = pytest.mark.django_db


def part(name: str, parts: list[Part]) -> Part:
    return next(part for part in parts if part.name == name)


def test_a_beat_is_one_row_that_moves() -> None:
    beat("press")
    first = ProcessBeat.objects.get(name="press")
    beat("press", {"pass": 2})
    again = ProcessBeat.objects.get(name="press")
    assert (again.pk, again.detail) == (first.pk, {"pass": 2})
    assert again.at >= first.at


def test_a_process_that_never_reported_or_fell_silent_is_named() -> None:
    beat("derive")
    at = now()
    assert part("derive", health(at)).colour is Colour.GREEN
    assert part("worker", health(at)).sentence == "worker has never reported; is it running?"
    later = part("derive", health(at + timedelta(seconds=90)))
    assert later.colour is Colour.RED
    assert later.sentence.startswith("derive has been silent for 9")


def test_the_queue_counts_waiting_and_failed_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status) "
            "VALUES ('q', 't', 'todo'), ('q', 't', 'failed')"
        )
    queue = part("queue", health(now()))
    assert queue.colour is Colour.AMBER
    assert queue.sentence.startswith("1 jobs wait, the oldest for 0 s; 1 failed for good")


def test_what_is_not_set_up_is_said_honestly() -> None:
    parts = health(now())
    assert part("backup", parts).colour is Colour.AMBER
    assert part("backup", parts).sentence.startswith("No backup is set up")


def test_anybody_may_ask_whether_it_lives_and_is_ready_but_learns_no_more(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": [{"part": "database", "colour": "green"}, {"part": "migrations", "colour": "green"}],
    }


def test_not_ready_is_503_and_names_the_part(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from factory_core.processes import queries

    monkeypatch.setattr(queries, "_clean_history", set())
    monkeypatch.setattr(queries, "pending_migrations", lambda _connection: ["telemetry.0009_next"])
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"][1] == {"part": "migrations", "colour": "red"}


def test_metrics_are_for_this_machine_and_nobody_behind_a_proxy(client: Client) -> None:
    assert b'millwright_health{part="backup"} 1.0' in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403
