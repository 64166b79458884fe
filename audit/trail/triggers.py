"""Puts the guards on the tables, and says where one is missing.

Run after every migration and by `manage.py audit_triggers`; it changes the schema only where something differs, so a
restart costs one query.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditlog.models import LogEntry
from django.db import connection

from audit.trail.tables import guarded_tables
from factory_core.tables import TableKind

TRAIL = LogEntry._meta.db_table


@dataclass(frozen=True)
class Guard:
    """One trigger as PostgreSQL tells it back (`pg_get_triggerdef`)."""

    table: str
    name: str
    definition: str


@dataclass(frozen=True)
class Fault:
    """A guard that is missing, switched off or different, or one that should not be there."""

    table: str
    name: str
    sentence: str
    repairable: bool = True


def _guard(table: str, name: str, when: str, each: str, function: str) -> Guard:
    definition = f"CREATE TRIGGER {name} {when} ON {table} {each} EXECUTE FUNCTION {function}"
    return Guard(table, name, definition)


def _record_guards(table: str, argument: str) -> Iterator[Guard]:
    call = f"millwright_audit({_literal(argument)})"
    old, new = "OLD TABLE AS old_rows", "NEW TABLE AS new_rows"
    for act, rows in (("INSERT", new), ("UPDATE", f"{old} {new}"), ("DELETE", old)):
        name = f"millwright_audit_{act.lower()}"
        yield _guard(table, name, f"AFTER {act}", f"REFERENCING {rows} FOR EACH STATEMENT", call)
    yield _guard(table, "millwright_truncate", "BEFORE TRUNCATE", "FOR EACH STATEMENT", "millwright_no_truncate()")


def _fact_guards(table: str, *, goes_with_import: bool = False) -> Iterator[Guard]:
    call = "millwright_append_only()"
    # For each row: an update or delete that finds no row has changed no fact.
    yield _guard(table, "millwright_append_only", "BEFORE DELETE OR UPDATE", "FOR EACH ROW", call)
    if goes_with_import:
        each = "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT"
        yield _guard(table, "millwright_traced", "AFTER INSERT", each, "millwright_traced_fact()")
    yield _guard(table, "millwright_truncate", "BEFORE TRUNCATE", "FOR EACH STATEMENT", "millwright_no_truncate()")


def expected_guards() -> dict[str, dict[str, Guard]]:
    """The guards every table should have, by table and name; projections are listed with none."""
    found: dict[str, dict[str, Guard]] = {}
    for table in guarded_tables():
        if table.kind is TableKind.RECORD:
            guards = list(_record_guards(table.table, table.argument))
        elif table.kind is TableKind.FACT:
            guards = list(_fact_guards(table.table, goes_with_import=table.goes_with_import))
        else:
            guards = []
        found[table.table] = {guard.name: guard for guard in guards}
    own = [
        *_fact_guards(TRAIL),
        _guard(TRAIL, "millwright_only_triggers", "BEFORE INSERT", "FOR EACH STATEMENT", "millwright_only_triggers()"),
    ]
    found[TRAIL] = {guard.name: guard for guard in own}
    return found


def functions_exist() -> bool:
    """Whether the migration that brings the trigger functions has run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT to_regproc('millwright_traced_fact') IS NOT NULL AND to_regclass(%s) IS NOT NULL", [TRAIL]
        )
        return bool(cursor.fetchone()[0])


def _tables_and_guards() -> dict[str, tuple[bool, dict[str, tuple[str, str]]]]:
    """Of every table: whether it is partitioned, and its triggers with state and definition."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relkind = 'p', t.tgname, t.tgenabled::text, pg_get_triggerdef(t.oid, true)
              FROM pg_class c LEFT JOIN pg_trigger t
                ON t.tgrelid = c.oid AND NOT t.tgisinternal
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
            """
        )
        tables: dict[str, tuple[bool, dict[str, tuple[str, str]]]] = {}
        for table, partitioned, name, enabled, definition in cursor.fetchall():
            guards = tables.setdefault(table, (partitioned, {}))[1]
            if name is not None:
                guards[name] = (enabled, definition)
        return tables


def faults() -> list[Fault]:
    """Where the guards on the tables differ from what the models say; an empty list is the healthy answer."""
    found: list[Fault] = []
    standing = _tables_and_guards()
    for table, guards in expected_guards().items():
        if table not in standing:
            continue
        partitioned, present = standing[table]
        if partitioned:
            found.extend(_faults_of_partitioned(table, present, has_guards=bool(guards)))
            continue
        for name, guard in guards.items():
            enabled, definition = present.get(name, ("", ""))
            if not definition:
                found.append(Fault(table, name, f"{table} has no trigger {name}."))
            elif definition != guard.definition:
                found.append(Fault(table, name, f"Trigger {name} on {table} is not the one the model asks for."))
            elif enabled != "A":
                found.append(Fault(table, name, f"Trigger {name} on {table} is switched off or can be skipped."))
        found.extend(
            Fault(table, name, f"{table} has a trigger {name} that nothing asks for.")
            for name in present.keys() - guards.keys()
            if name.startswith(("millwright_audit", "millwright_append", "millwright_traced", "millwright_truncate"))
        )
    return found


def _faults_of_partitioned(table: str, present: dict[str, tuple[str, str]], *, has_guards: bool) -> Iterator[Fault]:
    # Whoever makes the partitions makes their guards, under names of their own; here is only seen that they stand.
    standing = " ".join(definition for enabled, definition in present.values() if enabled == "A")
    for act in ("BEFORE DELETE OR UPDATE", "BEFORE TRUNCATE") if has_guards else ():
        if f"{act} ON {table}" not in standing:
            sentence = f"{table} is partitioned and has no trigger {act}."
            yield Fault(table, act, sentence, repairable=False)


def install_triggers() -> list[Fault]:
    """Make the guards what the models say; gives back what had to be put right. Does nothing before its migration."""
    if not functions_exist():
        return []
    wanted, repaired = expected_guards(), []
    for fault in faults():
        if not fault.repairable:
            continue
        guard = wanted[fault.table].get(fault.name)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER IF EXISTS {fault.name} ON {fault.table}")
            if guard is not None:
                cursor.execute(guard.definition)
                cursor.execute(f"ALTER TABLE {guard.table} ENABLE ALWAYS TRIGGER {guard.name}")
        repaired.append(fault)
    return repaired


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
