"""Check every staged row: values, required fields, references, keys said twice. Nothing but the staged rows changes."""

import json
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from factory_core.importing.kinds import Field, Kind, Problem, Row
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.rows import BATCH, Reading, in_parts, staged
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.services.referring import References, unknown_reference
from factory_core.importing.states import RowStatus
from factory_core.people.models import User

_CHANGE = """
UPDATE factory_core_stagedrow s SET status = n.status, problems = n.problems::jsonb, document = n.document
  FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[]) AS n(number, status, problems, document)
 WHERE s.run_id = %s AND s.number = n.number
"""


def check_rows(*, actor: User, run: ImportRun, kind: Kind, tell: Tell = tell_nobody) -> dict[str, int]:
    """Check the rows of a run that are neither done nor left out; gives how many stand in each status."""
    reading = Reading.of(run, kind)
    references, waiting = References(actor, run, kind), []
    seen: dict[tuple[Any, ...], int] = {}
    documents: dict[Any, int] = {}
    head = next((each.name for each in kind.fields if each.of_parent), "")
    totals = {each.name: Decimal(0) for each in kind.fields if each.is_total}
    done, total = 0, run.rows
    open_rows = (RowStatus.READY, RowStatus.WARNING, RowStatus.ERROR)
    faults = _faults_of(run)
    for part in in_parts(staged(run, *open_rows), BATCH):
        rows: list[tuple[Row, int, bool]] = []
        for number, document, status, cells, fixes in part:
            row = reading.row(number, cells, fixes)
            if number in faults and not fixes:
                row.problems.append(_whole_row(faults[number]))
            _note_key(kind, row, seen)
            belongs = documents.setdefault(row.values.get(head), number) if head else number
            rows.append((row, belongs, status != RowStatus.READY or belongs != document))
            for name in totals:
                value = row.values.get(name)
                totals[name] += value if isinstance(value, Decimal | int) else 0
        belonging = {row.number: belongs for row, belongs, _differs in rows}
        for row, each, target, value in references.resolve([row for row, _belongs, _differs in rows]):
            row.problems.append(unknown_reference(each, value, target, run))
            if target is kind:
                waiting.append((row, belonging[row.number], each, value))
        # Most rows of most files are right: those stand as they were put there.
        _keep(run, [(row, belongs) for row, belongs, differs in rows if differs or row.problems])
        done += len(part)
        tell(done, max(total, done))
    _forgive(run, references, waiting)
    run.totals = {**run.totals, "file": {name: str(value) for name, value in totals.items()}}
    run.cleaned = reading.rules_used
    return counts_of(run)


def _forgive(run: ImportRun, references: References, waiting: list[tuple[Row, int, Field, str]]) -> None:
    """What a row refers to may stand further down in its own file."""
    found = [(row, belongs, value) for row, belongs, each, value in waiting if references.is_known_now(each, value)]
    for row, _belongs, value in found:
        row.problems = [p for p in row.problems if p.code != "unknown_reference" or value[:60] not in p.sentence]
    _keep(run, [(row, belongs) for row, belongs, _value in found])


def counts_of(run: ImportRun) -> dict[str, int]:
    """How many rows of a run stand in each status."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM factory_core_stagedrow WHERE run_id = %s GROUP BY 1", [run.pk])
        return dict(cursor.fetchall())


def _whole_row(code: str) -> Problem:
    if code == "joined_row":
        return Problem(
            "",
            code,
            _("This row was torn by a delimiter inside a text and was put together again."),
            _("Look whether its cells stand in their columns."),
            is_warning=True,
        )
    if code == "torn_line":
        return Problem(
            "",
            code,
            _("This line of the log has no time of its own; it is kept as unreadable, at the time of the line before."),
            _("Nothing, or leave the row out."),
            is_warning=True,
        )
    return Problem(
        "",
        code,
        _("This row has more or fewer cells than the header: a delimiter inside a text was not quoted."),
        _("The cells in their columns: put them right here, or leave the row out."),
    )


def _note_key(kind: Kind, row: Row, seen: dict[tuple[Any, ...], int]) -> None:
    key = tuple(row.values.get(name) for name in kind.key)
    if any(part is None for part in key):
        return
    first = seen.setdefault(key, row.number)
    if first == row.number or kind.adds_up:
        return
    text = " · ".join(str(part) for part in key)
    row.problems.append(
        Problem(
            kind.key[-1],
            "twice_in_file",
            _("“%(key)s” stands in row %(first)d already.") % {"key": text, "first": first},
            _("Each only once: put one of them right, or leave one row out."),
        )
    )


def _faults_of(run: ImportRun) -> dict[int, str]:
    """Rows that the reader itself could not make whole: number → code."""
    told = StagedRow.objects.filter(run=run, status__in=[RowStatus.ERROR, RowStatus.WARNING])
    rows = told.values_list("number", "problems")
    return {number: faults[0][1] for number, faults in rows if faults and faults[0][0] == "" and faults[0][1]}


def _keep(run: ImportRun, rows: list[tuple[Row, int]]) -> None:
    if not rows:
        return
    columns: list[Any] = [
        [row.number for row, _document in rows],
        [_status(row) for row, _document in rows],
        [problems_kept(row.problems) for row, _document in rows],
        [document for _row, document in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE, [*columns, run.pk])


def _status(row: Row) -> str:
    if any(not problem.is_warning for problem in row.problems):
        return RowStatus.ERROR.value
    return (RowStatus.WARNING if row.problems else RowStatus.READY).value


def problems_kept(problems: list[Problem]) -> str:
    """Problems as they lie in a staged row: [field, code, sentence, expected, is a warning]."""
    if not problems:
        return "[]"
    return json.dumps([[p.field, p.code, p.sentence, p.expected, p.is_warning] for p in problems], ensure_ascii=False)
