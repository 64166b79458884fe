"""Without an actor nothing changes; the trail and the facts can only grow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, connections, models, transaction

from audit.trail.triggers import faults
from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.events.models import Event
from factory_core.people.models import User, UserKind
from factory_core.people.services import service_user
from factory_core.plant.models import Machine, Site
from tests.world.plant import Plant, a_plant


@contextmanager
def refused(code: str, sentence: str) -> Iterator[None]:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        yield
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.sqlstate == code
    assert str(caught.value).splitlines()[0] == sentence


def assert_refused_to_replicas(change: Callable[[], object], code: str) -> None:
    """In the mode that skips ordinary triggers: an owner may not enter it, and a superuser meets the guard anyway."""

    def in_replica_mode() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            change()

    with pytest.raises(DatabaseError) as caught:
        in_replica_mode()
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.sqlstate in {code, "42501"}


def an_event() -> Event:
    with acting(service_user("plant"), channel="test"):
        return Event.objects.create(name="test.happened", at=now(), recorded_at=now(), actor=service_user("plant"))


def test_an_insert_without_an_actor_is_refused(plant: Plant) -> None:
    with refused("MW001", "Nobody acts: insert of factory_core_site needs a known person or service."):
        Site.objects.create(code="nobody", name="Nobody's")

    assert not Site.objects.filter(code="nobody").exists()


def test_an_update_and_a_delete_without_an_actor_are_refused(plant: Plant) -> None:
    before = LogEntry.objects.count()
    with refused("MW001", "Nobody acts: update of factory_core_machine needs a known person or service."):
        Machine.objects.filter(pk=plant.press.pk).update(name="x")
    with refused("MW001", "Nobody acts: delete of factory_core_machine needs a known person or service."):
        Machine.objects.filter(pk=plant.press.pk).delete()

    assert Machine.objects.get(pk=plant.press.pk).name == "Press 1"
    assert LogEntry.objects.count() == before


def test_replica_mode_does_not_let_anybody_past(plant: Plant) -> None:
    assert_refused_to_replicas(lambda: Machine.objects.filter(pk=plant.press.pk).update(name="x"), "MW001")

    assert Machine.objects.get(pk=plant.press.pk).name == "Press 1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgenabled::text FROM pg_trigger WHERE tgname LIKE 'millwright%'")
        assert cursor.fetchall() == [("A",)]


def test_only_the_plant_itself_may_come_from_nowhere(db: None) -> None:
    plant = service_user("plant")

    entry = LogEntry.objects.get_for_object(plant).get()
    assert (entry.actor, entry.object_repr) == (plant, "service.plant")
    for username, kind, active in (
        ("service.other", UserKind.SERVICE, False),
        ("mallory", UserKind.PERSON, True),
    ):
        with refused("MW001", "Nobody acts: insert of factory_core_user needs a known person or service."):
            User.objects.create(username=username, kind=kind, is_active=active)


def test_signing_in_notes_its_time_without_an_act(plant: Plant) -> None:
    person = service_user("plant")
    User.objects.filter(pk=person.pk).update(last_login=now())

    assert LogEntry.objects.get_for_object(person).count() == 1


def test_facts_can_only_be_added(plant: Plant) -> None:
    event = an_event()
    with refused("MW002", "factory_core_event keeps facts: rows are only added, update is refused."):
        Event.objects.filter(pk=event.pk).update(name="test.other")
    with refused("MW002", "factory_core_event keeps facts: rows are only added, delete is refused."):
        Event.objects.filter(pk=event.pk).delete()
    assert_refused_to_replicas(lambda: Event.objects.filter(pk=event.pk).delete(), "MW002")

    event.refresh_from_db()
    assert event.name == "test.happened"


@pytest.mark.parametrize("table", ["factory_core_event", "factory_core_site", "auditlog_logentry"])
def test_no_table_is_ever_emptied(plant: Plant, table: str) -> None:
    with pytest.raises(DatabaseError, match="is never emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")


def test_the_trail_itself_can_only_grow_and_only_by_the_database(plant: Plant) -> None:
    before = list(LogEntry.objects.order_by("pk").values())
    text = "auditlog_logentry keeps facts: rows are only added, {} is refused."
    with refused("MW002", text.format("update")):
        LogEntry.objects.update(object_repr="somebody else")
    with refused("MW002", text.format("delete")):
        LogEntry.objects.all()._raw_delete("default")
    assert_refused_to_replicas(lambda: LogEntry.objects.all()._raw_delete("default"), "MW002")
    by_hand = "auditlog_logentry is written by the database alone; an entry made by hand is refused."
    with refused("MW004", by_hand), acting(service_user("plant"), channel="test"):
        LogEntry.objects.create(
            content_type=ContentType.objects.get_for_model(Site), object_pk="1", object_repr="forged", action=0
        )

    assert list(LogEntry.objects.order_by("pk").values()) == before


def test_a_person_in_the_trail_cannot_be_deleted(plant: Plant) -> None:
    with acting(service_user("plant"), channel="test"):
        paul = User.objects.create(username="paul")
    with acting(paul, channel="test"):
        Machine.objects.filter(pk=plant.press.pk).update(name="Paul's")
    with pytest.raises((DatabaseError, models.ProtectedError)), acting(service_user("plant"), channel="test"):
        paul.delete()

    assert LogEntry.objects.get_for_object(plant.press).latest("pk").actor == paul


@pytest.mark.django_db(transaction=True)
def test_the_identity_ends_with_its_transaction_and_not_with_the_connection() -> None:
    plant = a_plant("pool")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_setting('millwright.actor', true)")
        first = cursor.fetchone()
    with refused("MW001", "Nobody acts: update of factory_core_machine needs a known person or service."):
        Machine.objects.filter(pk=plant.press.pk).update(name="leaked")
    with acting(service_user("plant"), channel="test"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_setting('millwright.actor', true)")
        acted = cursor.fetchone()
    connections["default"].close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_setting('millwright.actor', true)")
        after = cursor.fetchone()

    assert first[0] == acted[0]
    assert acted[1] == str(service_user("plant").pk)
    assert (first[1] or "", after[1] or "") == ("", "")


@pytest.mark.django_db(transaction=True)
def test_after_a_flush_every_guard_stands_again() -> None:
    assert faults() == []
