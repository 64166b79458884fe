"""Places are added and changed by acts: under a right, told in the story, refused in whole sentences."""

from datetime import UTC, datetime

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.events.models import Event
from factory_core.people.models import User
from factory_core.plant import services
from factory_core.plant.models import Line, Machine, Site
from tests.world.people import Cast, a_user
from tests.world.plant import Plant

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_line_is_added_and_the_story_tells_it(cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin):
        line = services.add_place(actor=cast.it_admin, place=Line(code="L9", name="Line 9", area=plant.area), at=START)

    event = Event.objects.get(name="plant.place_added")
    assert (str(event.sentence), event.actor, event.at) == ("Line 9 was added to the plant", cast.it_admin, START)
    assert Line.objects.get(code="L9") == line


def test_a_change_stores_the_named_fields_one_version_further(cast: Cast, plant: Plant) -> None:
    press = Machine.objects.get(pk=plant.press.pk)
    press.name, press.stop_limit_s = "Press 7", 999
    with acting(cast.it_admin):
        services.change_place(actor=cast.it_admin, place=press, fields=["name"], at=START)

    stored = Machine.objects.get(pk=press.pk)
    assert (stored.name, stored.stop_limit_s, stored.version) == ("Press 7", plant.press.stop_limit_s, 2)
    assert Event.objects.get(name="plant.place_changed").payload == {"level": "machine", "fields": ["name"]}


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "auditor", "terminal"])
def test_without_the_right_nothing_is_added_or_changed(cast: Cast, plant: Plant, who: str) -> None:
    person: User = getattr(cast, who)
    press = Machine.objects.get(pk=plant.press.pk)
    press.name = "Mine"
    with pytest.raises(Forbidden), acting(person):
        services.change_place(actor=person, place=press, fields=["name"], at=START)
    with pytest.raises(Forbidden), acting(person):
        services.add_place(actor=person, place=Line(code="L9", name="Line 9", area=plant.area), at=START)
    assert Machine.objects.get(pk=press.pk).name == "Press 1"
    assert not Line.objects.filter(code="L9").exists()
    assert not Event.objects.filter(name__startswith="plant.").exists()


def test_nothing_is_added_or_moved_outside_ones_own_places(cast: Cast, plant: Plant) -> None:
    local = a_user("local", "it_admin", plant.line_a)
    press = Machine.objects.get(pk=plant.press.pk)
    press.line = plant.line_b
    with pytest.raises(Forbidden), acting(local):
        services.change_place(actor=local, place=press, fields=["line"], at=START)
    with pytest.raises(Forbidden), acting(local):
        services.add_place(actor=local, place=Line(code="L9", name="Line 9", area=plant.area), at=START)
    assert Machine.objects.get(pk=press.pk).line == plant.line_a
    assert not Line.objects.filter(code="L9").exists()


def test_a_site_is_added_by_superusers_and_in_a_time_zone_of_this_world(cast: Cast, plant: Plant) -> None:
    with pytest.raises(services.SiteBySuperuser) as refused, acting(cast.it_admin):
        services.add_place(actor=cast.it_admin, place=Site(code="N", name="North"), at=START)
    assert "Only a superuser may add a site" in refused.value.sentence
    root = a_user("root", superuser=True)
    with pytest.raises(services.UnknownTimeZone), acting(root):
        services.add_place(actor=root, place=Site(code="N", name="North", time_zone="Mars/Base"), at=START)
    assert not Site.objects.filter(code="N").exists()
    with acting(root):
        services.add_place(actor=root, place=Site(code="N", name="North"), at=START)
    assert Site.objects.get(code="N").time_zone == "Europe/Berlin"
