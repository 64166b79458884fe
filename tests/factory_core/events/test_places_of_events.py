"""An event belongs to a machine, else to a site, else to whoever may see the thing."""

from datetime import UTC, datetime

import pytest
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from factory_core.access.identity import acting
from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.events.queries import story_of
from factory_core.events.services import publish
from factory_core.events.types import EventType
from factory_core.people.models import User
from factory_core.web import links
from factory_core.web.links import link_to, links_of, offer_link
from factory_core.web.stories import story_for
from tests.world.inventory import a_location, a_partner
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TIDIED = EventType("test.tidied", _("{about[0]} was tidied"))


def tidied(actor: User, *about: Model) -> Event:
    with acting(actor, channel="test"):
        return publish(TIDIED, about=about, at=NOON, actor=actor)


def test_what_happens_at_a_location_belongs_to_its_site(plant: Plant, cast: Cast) -> None:
    event = tidied(cast.storekeeper, a_location(plant.site, "A-01"))
    assert (event.machine_id, event.site_id) == (None, plant.site.pk)
    elsewhere = a_user("far", "storekeeper", a_plant("far").site)
    assert visible(cast.storekeeper, Event.objects.filter(pk=event.pk)).exists()
    assert not visible(elsewhere, Event.objects.filter(pk=event.pk)).exists()


def test_a_machine_says_the_place_better_than_a_site(plant: Plant, cast: Cast) -> None:
    event = tidied(cast.supervisor, plant.site, plant.press)
    assert (event.machine_id, event.site_id) == (plant.press.pk, None)


def test_what_happens_nowhere_is_told_to_those_who_see_the_thing(plant: Plant, cast: Cast) -> None:
    partner = a_partner("P1", supplier=True)
    event = tidied(cast.buyer, partner)
    assert list(story_of(cast.buyer, partner)) == [event]
    assert list(story_of(cast.operator, partner)) == []  # reads stories, but sees no partners
    assert list(story_of(cast.stranger, partner)) == []


def test_a_story_leads_to_the_other_things_concerned(plant: Plant, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_addresses", {})
    place = a_location(plant.site, "A-02")
    offer_link("factory_core.site", lambda key, label: f"/sites/{key}/")
    tidied(cast.storekeeper, place, plant.site)
    told = story_for(cast.storekeeper, place)["story"][0]
    assert told.sentence == "A-02 was tidied"
    assert told.links == [{"label": plant.site.name, "url": f"/sites/{plant.site.pk}/"}]
    assert link_to("no.kind", 1, "x") == ""
    assert links_of([{"kind": "no.kind", "id": 1, "label": "x"}]) == [{"label": "x", "url": ""}]


@pytest.mark.parametrize("count", [1, 3])
def test_a_long_story_says_that_there_is_more(plant: Plant, cast: Cast, count: int) -> None:
    place = a_location(plant.site)
    for _turn in range(count):
        tidied(cast.storekeeper, place)
    assert story_for(cast.storekeeper, place, limit=2)["story_is_longer"] is (count > 2)
