"""The history of a record: in words, for those who may see the record, at a constant number of queries."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.trail.queries import history_of, thing_of
from audit.trail.wording import Change, told
from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Machine
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def address(machine: Machine) -> str:
    return f"/history/factory_core.machine/{machine.pk}/"


@pytest.fixture
def changed(cast: Cast, plant: Plant) -> Plant:
    with acting(cast.it_admin, channel="admin", reason="moved over the weekend"):
        plant.press.line, plant.press.is_active, plant.press.version = plant.line_b, False, 2
        plant.press.save()
    return plant


def test_a_change_is_told_in_words(changed: Plant, cast: Cast) -> None:
    newest = told(cast.supervisor, history_of(cast.it_admin, changed.press))[0]

    assert (newest.who, newest.channel, newest.action, newest.reason) == (
        "Ines",
        "administration",
        "changed",
        "moved over the weekend",
    )
    assert newest.changes == [Change("In use", "yes", "no"), Change("Line", "Line A", "#" + str(changed.line_b.pk))]
    everything = told(cast.it_admin, history_of(cast.it_admin, changed.press))[0]
    assert everything.changes == [Change("In use", "yes", "no"), Change("Line", "Line A", "Line B")]


def test_the_panel_shows_who_when_how_and_why(changed: Plant, cast: Cast) -> None:
    answer = as_(cast.neighbour).get(address(changed.press))

    text = answer.content.decode()
    assert answer.status_code == 200
    for expected in (
        "Ines",
        "(administration)",
        "<del>yes</del>",
        "<ins>no</ins>",
        "moved over the weekend",
        "Press 1",
    ):
        assert expected in text


def test_secrets_never_appear(cast: Cast) -> None:
    entries = told(cast.it_admin, history_of(cast.it_admin, cast.operator))

    shown = {change.label: change.new for change in entries[0].changes}
    assert (shown["Badge"], shown["Password"], shown["PIN (hashed)"]) == ("•••", "•••", "•••")


@pytest.mark.parametrize("who", ["stranger", "neighbour", "disabled"])
def test_a_record_of_another_place_does_not_exist(cast: Cast, plant: Plant, who: str) -> None:
    user = getattr(cast, who)
    with pytest.raises(Missing):
        thing_of(user, "factory_core.machine", plant.press.pk)
    assert as_(user).get(address(plant.press)).status_code in {401, 403, 404, 302}


def test_nobody_is_asked_to_sign_in(plant: Plant) -> None:
    answer = Client().get(address(plant.press))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/sign-in/")
    assert Client().get(address(plant.press), headers={"HX-Request": "true"}).status_code == 401


def test_seeing_a_record_is_not_yet_seeing_its_history(plant: Plant) -> None:
    panel = a_user("panel", "terminal", plant.site)
    assert thing_of(panel, "factory_core.machine", plant.press.pk) == plant.press
    with pytest.raises(Forbidden):
        history_of(panel, plant.press)


@pytest.mark.parametrize(
    "label", ["factory_core.event", "factory_core.processbeat", "auth.group", "no.such", "nonsense"]
)
def test_what_is_no_record_has_no_history(cast: Cast, label: str) -> None:
    assert as_(cast.it_admin).get(f"/history/{label}/1/").status_code == 404


def test_long_histories_come_page_by_page_with_as_many_queries_as_short_ones(cast: Cast, plant: Plant) -> None:
    client = as_(cast.it_admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address(plant.press)).status_code == 200
        return len(asked)

    with acting(cast.it_admin):
        for line in (plant.line_b, plant.line_a):
            Machine.objects.filter(pk=plant.press.pk).update(line=line)
        queries()
        few = queries()
        for n in range(30):
            Machine.objects.filter(pk=plant.press.pk).update(line=(plant.line_b, plant.line_a)[n % 2])

    assert queries() == few
    first = client.get(address(plant.press)).content.decode()
    older = first.split('hx-get="')[1].split('"')[0]
    assert first.count('<li id="entry-') == 25
    assert client.get(older).content.decode().count('<li id="entry-') == 8
