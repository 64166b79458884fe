"""Whoever loses a right is told of at once, however it was taken; what is no right tells nobody."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from guardian.shortcuts import assign_perm

from factory_core.access.identity import acting
from factory_core.access.models import LineGrant
from factory_core.access.services import join, leave, show_object
from factory_core.calendar.models import Shift
from factory_core.people.models import User
from factory_core.people.services import disable_user, service_user
from tests.world.people import a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db(transaction=True)
Listen = Callable[[], list[str]]


@pytest.fixture
def heard() -> Iterator[Listen]:
    """What was said on the channel since the last call."""
    known = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "pool", "prepare_threshold"):
        known.pop(ours, None)
    with psycopg.connect(**known, autocommit=True) as listener:
        listener.execute("LISTEN millwright_access")

        def drain() -> list[str]:
            listener.execute("SELECT 1")
            return [notice.payload for notice in listener.notifies(timeout=0.1)]

        yield drain


@pytest.fixture
def here() -> Plant:
    return a_plant()


def as_plant() -> User:
    return service_user("plant")


def test_roles_given_and_taken_are_told_with_the_person(heard: Listen, here: Plant) -> None:
    paul = a_user("paul")
    heard()
    with acting(as_plant()):
        join(actor=as_plant(), user=paul, role="operator", place=here.line_a)
    assert heard() == [str(paul.pk)]
    with acting(as_plant()):
        leave(actor=as_plant(), user=paul, role="operator", place=here.line_a)
    assert heard() == [str(paul.pk)]


def test_a_grant_changed_by_hand_is_told_for_both_people(heard: Listen, here: Plant) -> None:
    paul, mary = a_user("paul", "operator", here.line_a), a_user("mary")
    heard()
    with acting(as_plant()):
        LineGrant.objects.filter(user=paul).update(user=mary)
    assert sorted(heard()) == sorted([str(paul.pk), str(mary.pk)])


def test_a_single_object_shown_is_told(heard: Listen, here: Plant) -> None:
    paul = a_user("paul")
    heard()
    with acting(as_plant()):
        shift = Shift.objects.create(site=here.site, name="Early", starts="06:00", ends="14:00")
        show_object(actor=as_plant(), user=paul, obj=shift)
    assert heard() == [str(paul.pk)]


def test_a_disabled_person_is_told_but_a_new_name_is_nobodys_right(heard: Listen, here: Plant) -> None:
    paul = a_user("paul")
    heard()
    with acting(as_plant()):
        User.objects.filter(pk=paul.pk).update(display_name="Paul the Great")
    assert heard() == []
    with acting(as_plant()):
        disable_user(actor=as_plant(), user=paul)
    assert heard() == [str(paul.pk)]


def test_an_ended_session_is_told_by_its_key(heard: Listen) -> None:
    session = SessionStore()
    session["who"] = "paul"
    session.save()
    assert heard() == []
    key = session.session_key
    session.delete()
    assert heard() == [f"session:{key}"]


def test_what_is_rolled_back_is_not_told(heard: Listen, here: Plant) -> None:
    paul = a_user("paul")
    heard()
    with pytest.raises(ZeroDivisionError), acting(as_plant()):
        assign_perm("as_operator", paul, here.line_a) and 1 / 0
    assert heard() == []


def test_the_session_engine_is_the_one_that_is_guarded() -> None:
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.db"
