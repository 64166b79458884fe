"""What an import run did to the tables, what later work stands on it, and so what of it an undo can take back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from factory_core.importing.models import ImportRun
from factory_core.importing.states import RunStatus
from factory_core.tables import Projection, TableKind

_NONE = "{}"


class Why(StrEnum):
    """Why something stays."""

    CHANGED_SINCE = "changed_since"
    USED_SINCE = "used_since"
    BELONGS = "belongs"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that an undo leaves as it is: whose, why, and what stands on it."""

    table: str
    key: int
    why: Why
    by: str = ""


@dataclass(slots=True)
class Footprint:
    """The rows of a run by table: those it added (and that are there), changed and took away, and what is kept."""

    added: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    changed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    removed: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    kept: dict[tuple[str, int], Kept] = field(default_factory=dict)

    @property
    def reversible(self) -> int:
        """How many rows an undo would take back."""
        rows = sum(len(keys) for part in (self.added, self.changed, self.removed) for keys in part.values())
        return rows - len(self.kept)

    def keep(self, rows: Iterable[Kept]) -> bool:
        """Note what stays; whether anything new was said."""
        before = len(self.kept)
        for row in rows:
            self.kept.setdefault((row.table, row.key), row)
        return len(self.kept) > before

    def free(self, part: dict[str, set[int]], table: str) -> list[int]:
        """The rows of a part in a table that nothing keeps."""
        return sorted(key for key in part.get(table, ()) if (table, key) not in self.kept)


def footprint_of(run: ImportRun) -> Footprint:
    """Everything a run did, and what of it stays at an undo because of what came later."""
    found = _traced(run)
    found.keep(_touched_since(run, found))
    settle(found)
    return found


def settle(found: Footprint) -> None:
    """What stays keeps what it refers to, and so on up."""
    while found.keep(_standing_on(found)):
        continue


def _traced(run: ImportRun) -> Footprint:
    found = Footprint()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT "table", key, bool_or(act = 'INSERT'), bool_or(act = 'DELETE'), bool_or(act = 'UPDATE')
              FROM factory_core_importtrace WHERE run_id = %s GROUP BY "table", key
            """,
            [run.pk],
        )
        for table, key, added, removed, _changed in cursor:
            if added and not removed:
                found.added[table].add(key)
            elif removed and not added:
                found.removed[table].add(key)
            elif not added:
                found.changed[table].add(key)
    return found


def _touched_since(run: ImportRun, found: Footprint) -> list[Kept]:
    """Rows that somebody changed or deleted after the run, by the trail; what was taken back since is no change."""
    kept, chain = [], chain_of(run.pk)
    undone = ImportRun.objects.filter(status=RunStatus.UNDONE).values_list("pk", flat=True)
    taken_back = [name for key in undone for name in (chain_of(key), undo_chain_of(key))]
    for table in {*found.added, *found.changed}:
        model = record_of(table)
        if model is None:
            continue
        keys = [*found.added.get(table, ()), *found.changed.get(table, ())]
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT DISTINCT ON (later.object_id) later.object_id, person.username, later.action
                  FROM auditlog_logentry later JOIN factory_core_user person ON person.id = later.actor_id
                 WHERE later.content_type_id = %s AND later.object_id = ANY(%s)
                   AND later.id > (SELECT max(own.id) FROM auditlog_logentry own WHERE own.cid = %s)
                   AND later.cid IS DISTINCT FROM %s AND coalesce(later.cid, '') <> ALL(%s)
                 ORDER BY later.object_id, later.id DESC
                """,
                [ContentType.objects.get_for_model(model).pk, keys, chain, chain, taken_back],
            )
            for key, person, action in cursor.fetchall():
                kept.append(Kept(table, key, Why.GONE if action == 2 else Why.CHANGED_SINCE, person))
    return kept


def _standing_on(found: Footprint) -> list[Kept]:
    """Rows the run added that rows it did not add, or rows that stay, refer to."""
    kept = []
    # One text for each table: a dozen tables refer to an order, and tens of thousands of keys take long to write out.
    free = {table: _array(found.free(found.added, table)) for table in [*found.added]}
    for source, column, target in _references():
        wanted = free.get(target, _NONE)
        if wanted == _NONE:
            continue
        own = free.get(source, _NONE)
        with connection.cursor() as cursor:
            # The names come from the database's own catalogue.
            cursor.execute(
                f"SELECT DISTINCT ON (s.{column}) s.{column}, s.id FROM {source} s"  # noqa: S608 - see above
                f" WHERE s.{column} = ANY(%s) AND s.id <> ALL(%s) ORDER BY s.{column}, s.id",
                [wanted, own],
            )
            for key, by in cursor.fetchall():
                why = Why.BELONGS if by in found.added.get(source, ()) else Why.USED_SINCE
                kept.append(Kept(target, key, why, f"{source} {by}"))
    return kept


def _array(keys: list[int]) -> str:
    """Keys as the database writes an array."""
    return f"{{{','.join(map(str, keys))}}}"


def _references() -> list[tuple[str, str, str]]:
    """(table, column, table it points at) for every reference between tables with one key, the trail's excepted, and
    those of tables that are made anew after an undo."""
    anew = [each._meta.db_table for each in apps.get_models() if issubclass(each, Projection) and each.goes_with_import]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.conrelid::regclass::text, quote_ident(a.attname), c.confrelid::regclass::text
              FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND cardinality(c.conkey) = 1 AND c.conparentid = 0
               AND c.conrelid::regclass::text NOT LIKE 'auditlog%%'
               AND c.conrelid::regclass::text <> ALL(%s)
               AND EXISTS (SELECT 1 FROM pg_attribute i WHERE i.attrelid = c.conrelid AND i.attname = 'id')
            """,
            [anew],
        )
        return list(cursor.fetchall())


def chain_of(run_id: int) -> str:
    """The name of the chain of acts under which a run changes anything: how the trail knows its own entries."""
    return f"import:{run_id}"


def undo_chain_of(run_id: int) -> str:
    """The name of the chain of acts by which a run is taken back."""
    return f"{chain_of(run_id)}:undo"


def record_of(table: str) -> type[models.Model] | None:
    """The record kept in a table; None for facts, projections and tables that only tie two records together."""
    for model in apps.get_models():
        if model._meta.db_table == table:
            return model if getattr(model, "table_kind", None) is TableKind.RECORD else None
    return None


def name_of(table: str) -> str:
    """What people call the records of a table."""
    model = record_of(table)
    return str(model._meta.verbose_name) if model is not None else table
