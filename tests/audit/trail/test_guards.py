"""Guards come from the models by themselves, are repaired where they differ, and cost nothing where they do not."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.trail.checks import check_triggers
from audit.trail.tables import secret_fields
from audit.trail.triggers import expected_guards, faults, install_triggers
from factory_core.clock import now
from factory_core.people.models import ApiToken, User
from factory_core.processes.queries import health
from factory_core.processes.rules import Colour

AUDIT = {"millwright_audit_insert", "millwright_audit_update", "millwright_audit_delete", "millwright_truncate"}
KEEP = {"millwright_append_only", "millwright_truncate"}

pytestmark = pytest.mark.django_db


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_each_kind_of_table_gets_its_guards() -> None:
    guards = {table: set(found) for table, found in expected_guards().items()}

    records = (
        "factory_core_user",
        "factory_core_apitoken",
        "factory_core_sitegrant",
        "factory_core_areagrant",
        "factory_core_linegrant",
        "factory_core_machinegrant",
        "factory_core_machine",
        "auth_group",
        "guardian_userobjectpermission",
        "guardian_groupobjectpermission",
        "factory_core_user_groups",
        "factory_core_user_user_permissions",
        "auth_group_permissions",
    )
    assert {table: guards[table] for table in records} == dict.fromkeys(records, AUDIT)
    assert guards["factory_core_event"] == KEEP
    assert guards["auditlog_logentry"] == KEEP | {"millwright_only_triggers"}
    assert guards["factory_core_processbeat"] == set()


def test_what_opens_a_door_is_known_by_its_name() -> None:
    assert secret_fields(User) == {"password", "pin", "badge"}
    assert secret_fields(ApiToken) == {"digest"}


def test_a_database_as_migrated_has_no_fault_and_a_second_look_changes_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert install_triggers() == []

    assert faults() == []
    assert all(query["sql"].split()[0] == "SELECT" for query in asked.captured_queries)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (
            "DROP TRIGGER millwright_audit_update ON factory_core_site",
            "factory_core_site has no trigger millwright_audit_update.",
        ),
        (
            "ALTER TABLE factory_core_site DISABLE TRIGGER millwright_audit_insert",
            "Trigger millwright_audit_insert on factory_core_site is switched off or can be skipped.",
        ),
        (
            "ALTER TABLE factory_core_event ENABLE TRIGGER millwright_append_only",
            "Trigger millwright_append_only on factory_core_event is switched off or can be skipped.",
        ),
        (
            "DROP TRIGGER millwright_append_only ON factory_core_event; CREATE TRIGGER millwright_append_only"
            " BEFORE DELETE ON factory_core_event FOR EACH ROW EXECUTE FUNCTION millwright_append_only()",
            "Trigger millwright_append_only on factory_core_event is not the one the model asks for.",
        ),
        (
            "CREATE TRIGGER millwright_append_only BEFORE DELETE ON factory_core_processbeat FOR EACH ROW"
            " EXECUTE FUNCTION millwright_append_only()",
            "factory_core_processbeat has a trigger millwright_append_only that nothing asks for.",
        ),
    ],
)
def test_a_harmed_guard_is_named_and_put_right(harm: str, sentence: str) -> None:
    run(harm)
    assert [fault.sentence for fault in faults()] == [sentence]
    assert [(warning.id, warning.msg) for warning in check_triggers(databases=["default"])] == [("mw.W010", sentence)]
    with pytest.raises(CommandError, match="1 guards are not as they should be"):
        call_command("audit_triggers", "--verify", stdout=StringIO())
    part = next(part for part in health(now()) if part.name == "trail")
    assert (part.colour, sentence in part.sentence) == (Colour.RED, True)

    told = StringIO()
    call_command("audit_triggers", stdout=told)

    assert told.getvalue() == f"{sentence}\nEvery record is audited and every fact can only be added.\n"
    assert faults() == []
    assert next(part for part in health(now()) if part.name == "trail").colour is Colour.GREEN


def test_a_partitioned_table_is_seen_to_have_guards_of_its_own() -> None:
    run("ALTER TABLE telemetry_reading DISABLE TRIGGER never_emptied")
    assert [fault.sentence for fault in faults()] == [
        "telemetry_reading is partitioned and has no trigger BEFORE TRUNCATE."
    ]
    with pytest.raises(CommandError, match="1 guards are not as they should be"):
        call_command("audit_triggers", stdout=StringIO())
