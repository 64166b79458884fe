"""The Health page: worst first, one sentence over all, for those who may see it."""

import contextlib
import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.models import Event
from factory_core.events.services import publish
from factory_core.jobs.tasks import react
from factory_core.plant.events import PLACE_CHANGED
from factory_core.processes import pages
from factory_core.processes.pages import Overall, overall
from factory_core.processes.rules import Colour, Part
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db
PARTS = [
    Part("database", Colour.GREEN, "PostgreSQL answers.", needed=True),
    Part("derive", Colour.GREEN, "derive works."),
    Part("worker", Colour.RED, "worker has been silent for 90 s."),
    Part("backup", Colour.AMBER, "No backup is set up."),
]


def test_one_sentence_says_how_the_whole_stands() -> None:
    assert overall(PARTS) == Overall("stop", "1 part does not work.")
    assert overall(PARTS[:2]) == Overall("run", "Everything works.")
    assert overall([PARTS[3], PARTS[3]]) == Overall("slow", "2 parts need attention.")


def test_the_worst_line_stands_first(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "health", lambda at: PARTS)
    client.force_login(cast.it_admin)
    answer = client.get("/health/")
    groups = {group.name: [line.key for line in group.lines] for group in answer.context["groups"]}
    assert groups == {"What runs": ["worker", "derive"], "What it stands on": ["backup", "database"]}
    assert "worker has been silent for 90 s." in answer.content.decode()


def test_the_lines_come_alone_for_the_live_page(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "health", lambda at: PARTS)
    client.force_login(cast.it_admin)
    body = client.get("/health/lines/").content.decode().strip()
    assert body.startswith('<div class="list" id="health"')
    assert "<html" not in body


def test_an_operator_and_a_stranger_see_nothing_of_it(client: Client, cast: Cast) -> None:
    for person in (cast.operator, cast.stranger):
        client.force_login(person)
        assert client.get("/health/").status_code == 403
        assert client.get("/health/lines/").status_code == 403


@pytest.fixture
def poisoned(cast: Cast, plant: Plant) -> ProcrastinateJob:
    """A follow-up that failed for good."""
    with acting(cast.it_admin):
        event = publish(PLACE_CHANGED, about=[plant.press], at=now(), actor=cast.it_admin)
    key = react.configure().defer(event_id=event.pk, reaction="rooms.follow_it")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE id = %s", [key])
    return ProcrastinateJob.objects.get(pk=key)


def test_what_failed_for_good_is_told_with_its_event_to_those_who_may_know_it(
    client: Client, cast: Cast, poisoned: ProcrastinateJob
) -> None:
    client.force_login(cast.it_admin)
    page = client.get("/health/").content.decode()
    sentence = (
        f"“The set-up of Press 1 was changed” was not followed up: job {poisoned.pk}, rooms.follow_it, failed 5 times."
    )
    assert sentence in page
    assert f"/health/jobs/{poisoned.pk}/retry/" in page
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command("doctor", stdout=out)
    assert sentence in out.getvalue()

    client.force_login(a_user("supervisor.elsewhere", "supervisor", a_plant().line_b))
    page = client.get("/health/").content.decode()
    assert f"Job {poisoned.pk}, rooms.follow_it, failed 5 times." in page
    assert "Press 1" not in page
    assert f"/health/jobs/{poisoned.pk}/retry/" not in page


def test_a_failed_job_is_tried_again_by_a_button(client: Client, cast: Cast, poisoned: ProcrastinateJob) -> None:
    client.force_login(cast.it_admin)
    answer = client.post(f"/health/jobs/{poisoned.pk}/retry/", follow=True)

    assert f"Job {poisoned.pk} is tried again." in answer.content.decode()
    assert ProcrastinateJob.objects.get(pk=poisoned.pk).status == "todo"
    assert Event.objects.get(name="jobs.retried").actor == cast.it_admin
    assert client.post(f"/health/jobs/{poisoned.pk}/retry/").status_code == 404


def test_a_failed_job_is_given_up_with_a_reason_only(client: Client, cast: Cast, poisoned: ProcrastinateJob) -> None:
    client.force_login(cast.it_admin)
    assert client.post(f"/health/jobs/{poisoned.pk}/dismiss/", {"reason": "  "}).status_code == 422
    assert ProcrastinateJob.objects.filter(pk=poisoned.pk).exists()

    client.post(f"/health/jobs/{poisoned.pk}/dismiss/", {"reason": "old version"})
    assert not ProcrastinateJob.objects.filter(pk=poisoned.pk).exists()
    assert Event.objects.get(name="jobs.dismissed").payload["reason"] == "old version"


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "auditor", "terminal"])
def test_others_repair_nothing(client: Client, cast: Cast, poisoned: ProcrastinateJob, who: str) -> None:
    client.force_login(getattr(cast, who))
    for act in ("retry", "dismiss"):
        assert client.post(f"/health/jobs/{poisoned.pk}/{act}/", {"reason": "x"}).status_code == 403
    assert ProcrastinateJob.objects.get(pk=poisoned.pk).status == "failed"
