"""The Health page: worst first, one sentence over all, for those who may see it."""

import pytest
from django.test import Client

from factory_core.processes import pages
from factory_core.processes.pages import Overall, overall
from factory_core.processes.rules import Colour, Part
from tests.world.people import Cast

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
