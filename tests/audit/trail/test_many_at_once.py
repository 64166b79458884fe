"""Many rows of one statement are told by another statement than few; what the trail says is the same."""

from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from audit.trail.tables import guarded_tables
from factory_core.access.identity import acting
from factory_core.importing.models import ExternalId
from factory_core.people.models import User
from factory_core.tables import TableKind
from tests.world.people import Cast

pytestmark = pytest.mark.django_db
MANY = 70


def told(model: type[Any], action: int) -> dict[str, tuple[str, dict[str, list[str]], dict[str, Any]]]:
    """By key: the row's name, its changes and the circumstances, of all that the trail tells of a table."""
    kind = ContentType.objects.get_for_model(model)
    rows = LogEntry.objects.filter(content_type=kind, action=action)
    return {row.object_pk: (row.object_repr, row.changes, row.additional_data) for row in rows}


def some(count: int, start: int = 0) -> list[ExternalId]:
    texts = ["plain", 'with "quotes" and \\ and €', "line\nbreak", "tab\t", "None", "", "x" * 120]
    return [
        ExternalId(kind="items", column=f"c{place}", text=texts[place % len(texts)], key=f"k{place}", record=place)
        for place in range(start, start + count)
    ]


def test_many_rows_are_told_as_few_are(cast: Cast) -> None:
    with acting(cast.it_admin, channel="test", reason="why"):
        few = [row for place in range(MANY) for row in ExternalId.objects.bulk_create(some(1, place))]
        single = told(ExternalId, LogEntry.Action.CREATE)
        ExternalId.objects.filter(pk__in=[row.pk for row in few[:30]]).delete()
        ExternalId.objects.filter(pk__in=[row.pk for row in few[30:]]).delete()
        gone = told(ExternalId, LogEntry.Action.DELETE)
        many = ExternalId.objects.bulk_create(some(MANY))
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM factory_core_externalid")
    created, deleted = told(ExternalId, LogEntry.Action.CREATE), told(ExternalId, LogEntry.Action.DELETE)
    assert len(single) == len(gone) == MANY
    assert len(created) == len(deleted) == 2 * MANY
    for one, other in zip(few, many, strict=True):
        for few_told, many_told in ((single, created), (gone, deleted)):
            (name, changes, about), (as_name, as_changes, as_about) = few_told[str(one.pk)], many_told[str(other.pk)]
            assert (name, as_name) == (f"externalid {one.pk}", f"externalid {other.pk}")
            assert about == as_about
            assert _without(changes) == _without(as_changes)
            assert changes.keys() == as_changes.keys()
            assert about["reason"] == "why"


def test_secrets_truth_and_nothing_are_told_in_the_same_words(cast: Cast) -> None:
    def people(count: int, start: int) -> list[User]:
        return [User(username=f"u{n}", password="s" if n % 2 else "", badge=None, is_active=bool(n % 3))
                for n in range(start, start + count)]  # fmt: skip

    with acting(cast.it_admin, channel="test"):
        few = [row for place in range(6) for row in User.objects.bulk_create(people(1, place))]
        many = User.objects.bulk_create(people(MANY, 6))
    entries = told(User, LogEntry.Action.CREATE)
    for one, other in zip(few, many, strict=False):
        name, changes, _about = entries[str(one.pk)]
        as_name, as_changes, _as_about = entries[str(other.pk)]
        assert changes["is_active"] == as_changes["is_active"] == ["None", str(one.is_active)]
        assert changes["password"] == as_changes["password"] == ["None", "•••" if one.password else ""]
        assert changes.keys() == as_changes.keys()
        assert (name.startswith(f"{one.username}"), as_name.startswith(f"{other.username}")) == (True, True)


def test_a_statement_can_be_made_for_every_record() -> None:
    records = [table for table in guarded_tables() if table.kind is TableKind.RECORD]
    assert len(records) > 40
    assert {table.table for table in records} <= {
        model._meta.db_table for model in apps.get_models(include_auto_created=True)
    }
    with connection.cursor() as cursor:
        for table in records:
            for act, rows in (("INSERT", "new_rows"), ("DELETE", "old_rows")):
                cursor.execute(
                    "SELECT millwright_statement(%s::regclass, %s, '{}', ARRAY['id'], '{}', '{}')", [table.table, act]
                )
                (statement,) = cursor.fetchone()
                asked = statement.partition("FROM (")[2].partition(" OFFSET 0")[0].replace(rows, f'"{table.table}"')
                cursor.execute(asked)


def _without(changes: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: said for name, said in changes.items() if name not in ("id", "created_at")}
