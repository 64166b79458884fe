"""Shifts and holidays are set up by acts: under a right, told in the story, refused in whole sentences."""

from datetime import UTC, date, datetime, time

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.calendar import services
from factory_core.calendar.models import Holiday, Shift
from factory_core.events.models import Event
from factory_core.plant.models import Area, Line, Site
from tests.world.people import Cast, a_user
from tests.world.plant import Plant

START = datetime(2026, 11, 20, 10, tzinfo=UTC)


def early(plant: Plant, **changes: object) -> Shift:
    return Shift(**{"site": plant.site, "name": "Early", "starts": time(6), "ends": time(14), **changes})


def test_a_shift_is_added_and_changed_and_the_story_tells_both(cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin):
        shift = services.add_shift(actor=cast.it_admin, shift=early(plant), at=START)
        shift.ends, shift.name = time(15), "not stored"
        services.change_shift(actor=cast.it_admin, shift=shift, fields=["ends"], at=START)

    stored = Shift.objects.get()
    assert (stored.name, stored.ends, stored.version) == ("Early", time(15), 2)
    told = Event.objects.filter(name__startswith="calendar.").order_by("pk")
    assert [event.name for event in told] == ["calendar.shift_added", "calendar.shift_changed"]
    assert str(told[0].sentence) == f"The shift Early was added at {plant.site}"


def test_a_line_of_another_site_does_not_work_the_shift(plant: Plant) -> None:
    root = a_user("root", superuser=True)
    with acting(root):
        north = Site.objects.create(code="N", name="North")
        line = Line.objects.create(
            code="N1", name="North 1", area=Area.objects.create(code="NH", name="North hall", site=north)
        )
    with pytest.raises(services.LineElsewhere), acting(root):
        services.add_shift(actor=root, shift=early(plant, line=line), at=START)
    assert not Shift.objects.exists()


def test_a_holiday_comes_changes_and_goes(cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin):
        day = services.add_holiday(
            actor=cast.it_admin, holiday=Holiday(site=plant.site, on=date(2026, 12, 25), name="Xmas"), at=START
        )
        day.name = "Christmas"
        services.change_holiday(actor=cast.it_admin, holiday=day, fields=["name"], at=START)
        assert Holiday.objects.get().name == "Christmas"
        services.remove_holiday(actor=cast.it_admin, holiday=day, at=START)

    assert not Holiday.objects.exists()
    removed = Event.objects.get(name="calendar.holiday_removed")
    assert str(removed.sentence) == f"The holiday 2026-12-25 Christmas at {plant.site} was removed"


@pytest.mark.parametrize("who", ["stranger", "operator", "supervisor", "auditor", "terminal"])
def test_without_the_right_nothing_is_set_up(cast: Cast, plant: Plant, who: str) -> None:
    person = getattr(cast, who)
    with acting(cast.it_admin):
        day = services.add_holiday(
            actor=cast.it_admin, holiday=Holiday(site=plant.site, on=date(2026, 12, 25), name="Xmas"), at=START
        )
    with pytest.raises(Forbidden), acting(person):
        services.add_shift(actor=person, shift=early(plant), at=START)
    with pytest.raises(Forbidden), acting(person):
        services.remove_holiday(actor=person, holiday=day, at=START)
    assert (Shift.objects.count(), Holiday.objects.count()) == (0, 1)
