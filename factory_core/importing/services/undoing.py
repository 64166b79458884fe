"""Undo a whole import: list what is reversed, kept and why; then take it back in one transaction, or nothing of it."""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.access.policy import require
from factory_core.errors import Refused
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun, ImportTrace
from factory_core.importing.queries.footprint import Footprint, footprint_of, settle, undo_chain_of
from factory_core.importing.services.moving import locked, move
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.services.tracing import forgetting
from factory_core.importing.states import RunStatus
from factory_core.people.models import User

RUN = "import.run"
CHANNEL = "import"
DAYS = 30
_TOLD = 500


class TooLate(Refused):
    """The import was accepted, or it is older than an undo reaches."""

    code = "undo_too_late"


def rehearse_undo(*, actor: User, run_id: int) -> Footprint:
    """What an undo would reverse and keep; changes nothing. Raises NoSuchImport, NotAllowed."""
    run = locked(actor, run_id)
    _require(actor, run)
    return _footprint(run)


def undo_import(*, actor: User, run_id: int, at: datetime, tell: Tell = tell_nobody) -> ImportRun:
    """Take back what a run did, apart from what people changed or built upon since.

    Added rows go, changed rows get back what they held, removed rows come back; everything in this transaction.
    Raises NoSuchImport, NotAllowed, TooLate, WrongMoment, Stopped.
    """
    run = locked(actor, run_id)
    _require(actor, run)
    if run.ended_at is not None and (at - run.ended_at).days >= DAYS:
        raise TooLate(
            _("%(file)s was imported more than %(days)d days ago; it can no longer be undone as a whole.")
            % {"file": run.file_name, "days": DAYS}
        )
    move(run, RunStatus.UNDOING)
    found = _footprint(run)
    kind = kind_named(run.kind)
    # Under a name of its own in the trail: what was changed and changed back is no change of the run before it.
    with forgetting(run.pk), acting(actor, channel=CHANNEL, correlation=undo_chain_of(run.pk)):
        done = 0
        for table in [*found.added]:
            done += _delete(table, found.free(found.added, table))
            tell(done, found.reversible)
        for table in [*found.changed]:
            done += _restore(run, table, found.free(found.changed, table))
            tell(done, found.reversible)
        for table in [*found.removed]:
            done += _bring_back(run, table, found.free(found.removed, table))
            tell(done, found.reversible)
        if kind is not None and kind.after_undo is not None:
            kind.after_undo(run.pk, found.added)
    ImportTrace.objects.filter(run=run).delete()
    run.undo = told(found)
    run.undone_by, run.undone_at = actor, at
    move(run, RunStatus.UNDONE, "undo", "undone_by", "undone_at")
    publish(
        events.IMPORT_UNDONE, about=[run], at=at, actor=actor, reversed=found.reversible, kept=len(found.kept),
    )  # fmt: skip
    return run


def _require(actor: User, run: ImportRun) -> None:
    """Whoever takes something back needs the right to bring it: an undo gives people and places back what they were."""
    require(actor, RUN, run.site)
    kind = kind_named(run.kind)
    if kind is not None:
        require(actor, kind.capability, run.site if kind.needs_site else None)


def _footprint(run: ImportRun) -> Footprint:
    """What a run did and what of it stays, what the books of its kind still need included."""
    found, kind = footprint_of(run), kind_named(run.kind)
    if kind is not None and kind.before_undo is not None:
        kind.before_undo(run.pk, found.added, found.kept)
        settle(found)
    return found


def told(found: Footprint) -> dict[str, Any]:
    """The list of an undo as the register keeps it: numbers by table, and each row that stays, with why."""
    return {
        "reversed": found.reversible,
        "added": {table: len(found.free(found.added, table)) for table in found.added},
        "changed": {table: len(found.free(found.changed, table)) for table in found.changed},
        "removed": {table: len(found.free(found.removed, table)) for table in found.removed},
        "kept_by_why": Counter(row.why.value for row in found.kept.values()),
        "kept": [[row.table, row.key, row.why.value, row.by] for row in list(found.kept.values())[:_TOLD]],
    }


def _delete(table: str, keys: list[int]) -> int:
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_name(table)} WHERE id = ANY(%s)", [keys])  # noqa: S608 - see _name
    return len(keys)


def _restore(run: ImportRun, table: str, keys: list[int]) -> int:
    """Give rows back what they held before the run touched them first."""
    if not keys:
        return 0
    columns = ", ".join(_columns(table))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {_name(table)} AS now SET ({columns}) = (
                SELECT {columns} FROM jsonb_populate_record(NULL::{_name(table)}, was.before))
              FROM (SELECT DISTINCT ON (key) key, before FROM factory_core_importtrace
                     WHERE run_id = %s AND "table" = %s AND key = ANY(%s) ORDER BY key, id) AS was
             WHERE now.id = was.key
            """,  # noqa: S608 - see _name
            [run.pk, table, keys],
        )
    return len(keys)


def _bring_back(run: ImportRun, table: str, keys: list[int]) -> int:
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {_name(table)} SELECT restored.* FROM (
                SELECT DISTINCT ON (key) before FROM factory_core_importtrace
                 WHERE run_id = %s AND "table" = %s AND key = ANY(%s) ORDER BY key, id) AS was,
                jsonb_populate_record(NULL::{_name(table)}, was.before) AS restored
            """,  # noqa: S608 - see _name
            [run.pk, table, keys],
        )
    return len(keys)


def _columns(table: str) -> list[str]:
    """All columns but the key; a single one in brackets would be no row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            " AND NOT attisdropped AND attname <> 'id' AND attgenerated = '' ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _name(table: str) -> str:
    """Quoted; the names of tables and columns here were written by triggers or come from the catalogue."""
    return connection.ops.quote_name(table)
