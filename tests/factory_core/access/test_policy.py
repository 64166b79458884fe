"""Rows are visible by role and place; the plant's shared rows by role; single exceptions one by one."""

import pytest
from django.contrib.auth.models import AnonymousUser

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden, forget_grants, machine_ids, may, require, users_with, visible
from factory_core.access.services import NotAPlace, PlaceByRole, UnknownRole, hide_object, join, leave, show_object
from factory_core.calendar.models import Shift
from factory_core.events.models import Event
from factory_core.partners.models import Partner
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Area, Line, Machine, Site
from tests.world.people import Cast, a_user
from tests.world.plant import Plant


def test_a_role_at_a_line_opens_its_machines_and_nothing_beside_or_above(cast: Cast, plant: Plant) -> None:
    assert set(visible(cast.operator, Machine.objects.all())) == {plant.press, plant.lathe}
    assert set(visible(cast.operator, Line.objects.all())) == {plant.line_a}
    assert not visible(cast.operator, Area.objects.all()).exists()
    assert not visible(cast.operator, Site.objects.all()).exists()
    assert machine_ids(cast.neighbour, "plant.view") == {plant.robot.pk}


def test_a_role_at_a_site_opens_everything_in_it(cast: Cast, plant: Plant) -> None:
    assert set(visible(cast.owner, Machine.objects.all())) == {plant.press, plant.lathe, plant.robot}


def test_rows_of_the_whole_plant_are_seen_by_role(cast: Cast) -> None:
    with acting(service_user("plant")):
        Partner.objects.create(code="P1", name="Wind & Co")
    assert visible(cast.owner, Partner.objects.all()).count() == 1
    assert visible(cast.owner, User.objects.all()).filter(pk=cast.operator.pk).exists()
    assert not visible(cast.operator, Partner.objects.all()).exists()
    assert not visible(cast.operator, User.objects.all()).exists()


@pytest.mark.parametrize("who", ["stranger", "disabled", None, "anonymous"])
def test_strangers_the_disabled_and_nobody_see_nothing(cast: Cast, plant: Plant, who: str | None) -> None:
    actor = AnonymousUser() if who == "anonymous" else who and getattr(cast, who)
    for model in (Machine, Line, Site, User, Partner, Event):
        assert not visible(actor, model.objects.all()).exists()
    assert not may(actor, "plant.view")
    assert not may(actor, "plant.view", plant.press)
    with pytest.raises(Forbidden):
        require(actor, "plant.view", plant.press)


def test_a_single_object_is_seen_but_not_acted_upon(cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin):
        early, late = (
            Shift.objects.create(site=plant.site, name=name, starts="06:00", ends="14:00") for name in ("Early", "Late")
        )
        show_object(actor=cast.it_admin, user=cast.stranger, obj=early)
    assert set(visible(cast.stranger, Shift.objects.all())) == {early}
    assert not may(cast.stranger, "plant.manage", early)
    assert not visible(cast.stranger, Site.objects.all()).exists()
    assert late not in visible(cast.stranger, Shift.objects.all())

    with acting(cast.it_admin):
        hide_object(actor=cast.it_admin, user=cast.stranger, obj=early)
    assert not visible(cast.stranger, Shift.objects.all()).exists()


def test_a_place_is_no_single_object(cast: Cast, plant: Plant) -> None:
    with pytest.raises(PlaceByRole), acting(cast.it_admin):
        show_object(actor=cast.it_admin, user=cast.stranger, obj=plant.press)


def test_joining_and_leaving_need_the_right_at_that_place(cast: Cast, plant: Plant) -> None:
    local = a_user("local", "it_admin", plant.line_a)
    with acting(local):
        join(actor=local, user=cast.stranger, role="operator", place=plant.line_a)
        with pytest.raises(Forbidden):
            join(actor=local, user=cast.stranger, role="operator", place=plant.line_b)
    assert set(visible(cast.stranger, Machine.objects.all())) == {plant.press, plant.lathe}
    with acting(local):
        leave(actor=local, user=cast.stranger, role="operator", place=plant.line_a)
        leave(actor=local, user=cast.stranger, role="operator", place=plant.line_a)
    assert not visible(cast.stranger, Machine.objects.all()).exists()


def test_roles_and_places_that_do_not_exist_are_refused(cast: Cast, plant: Plant) -> None:
    with acting(cast.it_admin):
        with pytest.raises(UnknownRole):
            join(actor=cast.it_admin, user=cast.stranger, role="king", place=plant.line_a)
        with pytest.raises(NotAPlace):
            join(actor=cast.it_admin, user=cast.stranger, role="operator", place=cast.owner)


def test_a_capability_nobody_declared_is_a_fault_not_an_answer(cast: Cast) -> None:
    with pytest.raises(KeyError):
        may(cast.it_admin, "plant.veiw")


def test_whoever_holds_a_right_at_a_place_or_above_is_found(cast: Cast, plant: Plant) -> None:
    assert set(users_with("production.count.report", plant.press)) == {cast.operator, cast.supervisor}
    assert set(users_with("plant.manage", plant.robot)) == {cast.it_admin}


def test_rights_are_remembered_for_one_request_only(cast: Cast, plant: Plant) -> None:
    assert not may(cast.stranger, "plant.view")
    elsewhere = User.objects.get(pk=cast.stranger.pk)
    with acting(cast.it_admin):
        join(actor=cast.it_admin, user=elsewhere, role="operator", place=plant.line_a)
    assert may(elsewhere, "plant.view")
    forget_grants(cast.stranger)
    assert may(cast.stranger, "plant.view")
