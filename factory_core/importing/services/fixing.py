"""Put right what the check found: a cell, one rule for many cells, an answer about a column, one value for all.

Each act changes staged rows or what was decided about the run; the rows are checked again afterwards by `recheck`.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Missing
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.files import Cell, CellForm
from factory_core.importing.kinds import Field, Kind
from factory_core.importing.matching import Asks, Decision, Reader
from factory_core.importing.models import CleaningRule, ImportRun, StagedRow
from factory_core.importing.queries.pages import SETTLES
from factory_core.importing.queries.repairs import CELL_TEXT, place_of
from factory_core.importing.queries.rows import Reading
from factory_core.importing.register_models import ImportWork
from factory_core.importing.services.carrying import RUN, kind_of
from factory_core.importing.services.moving import WrongMoment, locked
from factory_core.importing.services.referring import References, unknown_reference
from factory_core.importing.states import RowStatus, RunStatus, Work
from factory_core.people.models import User

_OPEN = (RowStatus.READY, RowStatus.WARNING, RowStatus.ERROR)
_LONGEST = 32_767
_REPLACE = f"""
UPDATE factory_core_stagedrow s SET fixes = s.fixes || jsonb_build_object(%(column)s::text, %(instead)s::text)
 WHERE s.run_id = %(run)s AND s.status IN ('ERROR', 'WARNING')
   AND {CELL_TEXT.format(column="%(column)s::text", place="%(place)s::int")} = %(found)s
"""  # noqa: S608 - names of columns written here
_EMPTY = """
UPDATE factory_core_stagedrow s SET fixes = s.fixes || jsonb_build_object(%(column)s::text, '')
 WHERE s.run_id = %(run)s AND s.status IN ('ERROR', 'WARNING')
   AND EXISTS (SELECT 1 FROM jsonb_array_elements(s.problems) p WHERE p->>0 = %(field)s AND p->>1 = %(code)s)
"""
_LEAVE = """
UPDATE factory_core_stagedrow s SET status = 'LEFT_OUT'
 WHERE s.run_id = %(run)s AND s.status = 'ERROR'
   AND EXISTS (SELECT 1 FROM jsonb_array_elements(s.problems) p WHERE p->>0 = %(field)s AND p->>1 = %(code)s)
"""


class NoSuchRule(Missing):
    """The rule does not exist, or the asker may not see it."""

    code = "no_such_rule"


class BadFix(Invalid):
    """What was put in place of a value cannot be read either, or there is no such cell."""

    code = "bad_fix"


def fix_cells(*, actor: User, run_id: int, fixes: Mapping[int, Mapping[str, str]], at: datetime) -> list[int]:
    """Type over cells: row number → column number → text; "" empties a cell. Gives the rows that were changed.

    A text equal to the file's own takes the fix back. Rows that are done are left alone. Raises NoSuchImport,
    NotAllowed, WrongMoment, BadFix for a column that the table does not have.
    """
    run = _open(actor, run_id)
    places = {str(column["number"]): place for place, column in enumerate(run.table["columns"])}
    changed = []
    rows = StagedRow.objects.filter(run=run, number__in=list(fixes), status__in=_OPEN).order_by("number")
    for row in rows:
        after = dict(row.fixes)
        for column, text in fixes[row.number].items():
            if column not in places:
                raise BadFix(_("The table has no column %(number)s.") % {"number": column})
            if text == _text_of(row.cells, places[column]):
                after.pop(column, None)
            else:
                after[column] = text[:_LONGEST]
        if after != row.fixes:
            row.fixes = after
            changed.append(row)
    StagedRow.objects.bulk_update(changed, ["fixes"], batch_size=500)
    return [row.number for row in changed]


def fix_and_look(*, actor: User, run_id: int, fixes: Mapping[int, Mapping[str, str]], at: datetime) -> bool:
    """As `fix_cells`, and check these rows alone, so that nobody waits for 100 000 others.

    False where only the whole can tell: the key, a total or a document was touched, or a row stood there twice.
    Raises as `fix_cells`.
    """
    numbers = fix_cells(actor=actor, run_id=run_id, fixes=fixes, at=at)
    run = _open(actor, run_id)
    kind = kind_of(actor, run)
    touched = {run.mapping.get(column, "") for row in fixes.values() for column in row}
    alone = not any(each.of_parent or (each.is_total and each.name in touched) for each in kind.fields)
    rows = list(StagedRow.objects.filter(run=run, number__in=numbers))
    twice = any(problem[1] == "twice_in_file" for row in rows for problem in row.problems)
    if not alone or twice or touched & set(kind.key):
        return False
    reading = Reading.of(run, kind)
    read = {row.number: reading.row(row.number, row.cells, row.fixes) for row in rows}
    for one, each, target, value in References(actor, run, kind).resolve(list(read.values())):
        if target is kind:
            return False
        one.problems.append(unknown_reference(each, value, target, run))
    for row in rows:
        problems = read[row.number].problems
        row.problems = [[p.field, p.code, p.sentence, p.expected, p.is_warning] for p in problems]
        is_bad = any(not problem.is_warning for problem in problems)
        row.status = (RowStatus.ERROR if is_bad else RowStatus.WARNING if problems else RowStatus.READY).value
    StagedRow.objects.bulk_update(rows, ["problems", "status"], batch_size=500)
    forget_rehearsal(run)
    return True


def treat_as(
    *, actor: User, run_id: int, field: str, found: str, instead: str, at: datetime, remember: bool = False
) -> None:
    """Read one value as another, wherever it stands in the field; `remember` keeps it as a rule for the next files.

    An empty `instead` reads the value as nothing. Raises NoSuchImport, NotAllowed, NoKind, WrongMoment, BadFix when
    the field cannot read what is put there.
    """
    run = _open(actor, run_id)
    described = _field(kind_of(actor, run), field)
    _readable(run, described, instead)
    if remember:
        rule, is_new = CleaningRule.objects.get_or_create(
            site=run.site, kind=run.kind, field=field, found=found[:200], defaults={"instead": instead[:200]}
        )
        if not is_new:
            rule.instead, rule.is_active = instead[:200], True
            rule.version += 1
            rule.save(update_fields=["instead", "is_active", "version", "updated_at"])
        publish(
            events.RULE_LEARNED, about=[run], at=at, actor=actor, found=found[:200], instead=instead[:200],
            field=str(described.label),
        )  # fmt: skip
        return
    _run_sql(_REPLACE, run, field, {"found": found, "instead": instead})


def empty_all(*, actor: User, run_id: int, field: str, code: str, at: datetime) -> None:
    """Leave every cell of a field empty that has this trouble. Raises as `fix_cells`."""
    run = _open(actor, run_id)
    _field(kind_of(actor, run), field)
    _run_sql(_EMPTY, run, field, {"field": field, "code": code})


def leave_out_all(*, actor: User, run_id: int, field: str, code: str, at: datetime) -> int:
    """Leave out every row that has this trouble; gives how many. Raises NoSuchImport, NotAllowed, WrongMoment."""
    run = _open(actor, run_id)
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE, {"run": run.pk, "field": field, "code": code})
        return int(cursor.rowcount)


def take_back_in(*, actor: User, run_id: int, numbers: list[int], at: datetime) -> int:
    """Rows that were left out are looked at again; gives how many. Raises NoSuchImport, NotAllowed, WrongMoment."""
    run = _open(actor, run_id)
    rows = StagedRow.objects.filter(run=run, number__in=numbers, status=RowStatus.LEFT_OUT)
    return rows.update(status=RowStatus.READY.value)


def answer(*, actor: User, run_id: int, column: str, says: bool, at: datetime) -> None:
    """Answer the question about a column: which of two numbers is the day, which sign is the decimal sign.

    Raises NoSuchImport, NotAllowed, NoKind, WrongMoment, BadFix for a column without a question.
    """
    run = _open(actor, run_id)
    kind = kind_of(actor, run)
    kept = run.decisions.get(column) or {}
    fact = SETTLES.get(Asks(kept.get("asks", "")))
    if fact is None:
        raise BadFix(_("Nothing is asked about column %(number)s.") % {"number": column})
    kept = {**kept, fact: says, "question": "", "asks": ""}
    decision = Decision(**{**kept, "findings": (), "examples": ()})
    reader = Reader(kind.field_named(run.mapping[column]), decision)
    shown = []
    for text, _before in kept.get("examples", ()):
        value, problem = reader.read(Cell(CellForm.TEXT, text))
        shown.append([text, "" if value is None or problem is not None else str(value)])
    run.decisions = {**run.decisions, column: {**kept, "examples": shown}}
    answers = {**(run.options.get("answers") or {}), column: {fact: says}}
    questions = [one["question"] for one in run.decisions.values() if one.get("question")]
    run.options = {**run.options, "answers": answers, "questions": questions}
    _save(run, "decisions", "options")


def say_for_all(*, actor: User, run_id: int, field: str, text: str, at: datetime) -> None:
    """One value for every row that says nothing itself; "" takes it back. Raises as `treat_as`."""
    run = _open(actor, run_id)
    described = _field(kind_of(actor, run), field)
    constants = {key: value for key, value in (run.options.get("constants") or {}).items() if key != field}
    if text:
        _readable(run, described, text)
        constants[field] = text
    run.options = {**run.options, "constants": constants}
    _save(run, "options")


def create_missing(*, actor: User, run_id: int, says: bool, at: datetime) -> None:
    """Let what rows refer to and nobody knows be created from its key. Raises NoSuchImport, NotAllowed, WrongMoment."""
    run = _open(actor, run_id)
    run.options = {**run.options, "creates_missing": says}
    _save(run, "options")


def choose_how(*, actor: User, run_id: int, partly: bool, at: datetime) -> None:
    """All or nothing, or the ready rows now and the rest later. Raises NoSuchImport, NotAllowed, WrongMoment."""
    run = _open(actor, run_id)
    run.options = {**run.options, "partly": partly}
    _save(run, "options")


def forget_rehearsal(run: ImportRun) -> None:
    """What a rehearsal told is true no longer once anything was put right."""
    ImportWork.objects.filter(run=run, act=Work.REHEARSE).update(answer={})


def switch_rule(*, actor: User, rule_id: int, is_active: bool, at: datetime) -> CleaningRule:
    """Use a remembered rule no longer, or again. Raises NoSuchRule, NotAllowed."""
    rule = visible(actor, CleaningRule.objects.select_related("site"), "import.view").filter(pk=rule_id).first()
    if rule is None:
        raise NoSuchRule(_("There is no such rule that you may see."))
    require(actor, RUN, rule.site)
    rule.is_active = is_active
    rule.version += 1
    rule.save(update_fields=["is_active", "version", "updated_at"])
    return rule


def _open(actor: User, run_id: int) -> ImportRun:
    run = locked(actor, run_id)
    require(actor, RUN, run.site)
    if run.status not in (RunStatus.CHECKED, RunStatus.IMPORTED):
        raise WrongMoment(_("%(file)s is not being checked.") % {"file": run.file_name})
    return run


def _field(kind: Kind, name: str) -> Field:
    try:
        return kind.field_named(name)
    except KeyError:
        raise BadFix(_("%(kind)s have no field “%(name)s”.") % {"kind": kind.label, "name": name}) from None


def _readable(run: ImportRun, described: Field, text: str) -> None:
    """A rule that leads to the next error helps nobody."""
    number = next((column for column, name in run.mapping.items() if name == described.name), "")
    kept = {**(run.decisions.get(number) or {"zone": run.site.time_zone}), "findings": (), "examples": ()}
    _value, problem = Reader(described, Decision(**kept)).read(Cell(CellForm.TEXT, text))
    if problem is not None and not problem.is_warning:
        raise BadFix(f"{problem.sentence} {problem.expected}".strip())


def _run_sql(sql: str, run: ImportRun, field: str, more: Mapping[str, str]) -> None:
    where = place_of(run, field)
    if where is None:
        raise BadFix(_("No column feeds this field; say one value for all rows."))
    with connection.cursor() as cursor:
        cursor.execute(sql, {"run": run.pk, "column": where[0], "place": where[1], **more})


def _save(run: ImportRun, *fields: str) -> None:
    run.version += 1
    run.save(update_fields=[*fields, "version", "updated_at"])


def _text_of(cells: list[int | str | list[object]], place: int) -> str:
    cell = cells[place] if place < len(cells) else 0
    return cell if isinstance(cell, str) else "" if isinstance(cell, int) else str(cell[1])
