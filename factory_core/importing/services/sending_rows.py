"""Rows that another program sends go the way of a file: checked, brought in, in the register, undone as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from factory_core.errors import Invalid
from factory_core.importing.exporting import csv_lines
from factory_core.importing.kinds import OLD_ID, FieldType, Kind, Outcome, Value
from factory_core.importing.models import ExternalId, ImportRun, StagedRow
from factory_core.importing.services.carrying import NothingImported, carry_in
from factory_core.importing.services.checking import counts_of
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.importing.states import RowStatus
from factory_core.people.models import User
from factory_core.plant.models import Site

MOST = 1000
# Row 1 of the file is the header.
_FIRST = 2


class BadRows(Invalid):
    """Rows cannot come in; `errors` points at each, and nothing was changed."""

    code = "bad_rows"


def take_rows(
    *, actor: User, site: Site, kind: Kind, rows: Sequence[Mapping[str, Any]], at: datetime, **options: Any
) -> tuple[ImportRun, list[dict[str, Any]]]:
    """Bring rows in as an import of their own; gives the run, and of each row what became of it.

    `options` as for `flow.choose`; with `partly` the good rows come though others are refused. Raises BadRows and all
    that opening, choosing and bringing in raise.
    """
    _fields(kind, rows)
    rows = _with_keys(kind, actor, site, rows, str(options.get("system") or ""))
    fields = _fields(kind, rows)
    values = [{name: _value(kind, name, said) for name, said in row.items()} for row in rows]
    sent = replace(kind, fields=tuple(kind.field_named(name) for name in fields))
    run = open_run(
        actor=actor, site=site, name=f"{kind.name}.csv", content=csv_lines(sent, values, zone=site.time_zone), at=at,
        kind=kind.name,
    )  # fmt: skip
    columns = [str(column["number"]) for column in run.table["columns"]]
    if len(columns) != len(fields):
        raise _bad([("", "unreadable", _("The rows cannot be told from their header; send one more field."))])
    choose(actor=actor, run_id=run.pk, at=at, mapping=dict(zip(columns, fields, strict=True)), **options)
    run = check_run(actor=actor, run_id=run.pk, at=at)
    if counts_of(run).get(RowStatus.ERROR) and not options.get("partly"):
        raise _bad(_errors(run))
    try:
        run = carry_in(actor=actor, run_id=run.pk, at=at)
    except NothingImported as no:
        raise _bad(_errors(run) or [("", no.code, no.sentence)]) from no
    return run, _told(run)


def _fields(kind: Kind, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    known = [each.name for each in kind.fields]
    said = {name for row in rows for name in row}
    if unknown := sorted(said - set(known)):
        sentence = _("%(kind)s have no field “%(name)s”.") % {"kind": kind.label, "name": unknown[0][:60]}
        raise _bad([(f"0/{unknown[0]}", "unknown_field", sentence)])
    if not rows or not said or len(rows) > MOST:
        raise _bad([("", "rows", _("Send 1 to %(most)d rows with at least one field.") % {"most": MOST})])
    return [name for name in known if name in said]


def _with_keys(
    kind: Kind, actor: User, site: Site, rows: Sequence[Mapping[str, Any]], system: str
) -> list[Mapping[str, Any]]:
    """Rows that say only what the system calls a thing get its key; a thing that is not there yet is called so."""
    name = kind.key[0]
    texts = {str(row[OLD_ID]) for row in rows if row.get(OLD_ID) is not None and row.get(name) is None}
    if not texts or kind.known is None or len(kind.key) != 1:
        return list(rows)
    kept = list(ExternalId.objects.filter(kind=kind.name, system=system, text__in=texts))
    there = kind.known(actor, site, {one.key for one in kept})
    found: dict[str, set[str]] = {}
    for one in kept:
        if there.get(one.key) == one.record:
            found.setdefault(one.text, set()).add(one.key)
    keys = {text: next(iter(ours)) for text, ours in found.items() if len(ours) == 1}
    if several := sorted(text for text, ours in found.items() if len(ours) > 1):
        raise _bad([("", "ambiguous", _("Several things are called “%(text)s”; send their key.")
                     % {"text": several[0][:60]})])  # fmt: skip
    return [
        {**row, name: keys.get(str(row[OLD_ID]), str(row[OLD_ID]))}
        if row.get(name) is None and row.get(OLD_ID) is not None else row
        for row in rows
    ]  # fmt: skip


def _value(kind: Kind, name: str, said: Any) -> Value:
    """Numbers as numbers, whatever JSON called them; all else as it stands, to be read like a cell."""
    if isinstance(said, bool) or said is None:
        return said
    if isinstance(said, int | float | Decimal) or kind.field_named(name).form in (FieldType.NUMBER, FieldType.WHOLE):
        try:
            number = Decimal(str(said))
        except InvalidOperation:
            return str(said)
        return number if number.is_finite() else str(said)
    if not isinstance(said, str):
        raise _bad([("", "rows", _("“%(name)s” is text, a number, true, false or null.") % {"name": name})])
    return said


def _errors(run: ImportRun) -> list[tuple[str, str, str]]:
    rows = (
        StagedRow.objects.filter(run=run, status=RowStatus.ERROR).order_by("number").values_list("number", "problems")
    )
    return [(f"{number - _FIRST}/{problem[0]}", problem[1], f"{problem[2]} {problem[3]}".strip())
            for number, problems in rows for problem in problems if not problem[4]]  # fmt: skip


def _told(run: ImportRun) -> list[dict[str, Any]]:
    """Of each row its outcome and what is wrong or doubtful."""
    rows = StagedRow.objects.filter(run=run).order_by("number").values_list("number", "status", "outcome", "problems")
    return [
        {
            "row": number - _FIRST,
            "outcome": Outcome.REFUSED.value if status == RowStatus.ERROR else outcome,
            "problems": [{"field": each[0], "code": each[1], "message": each[2], "expected": each[3]}
                         for each in problems],
        }
        for number, status, outcome, problems in rows
    ]  # fmt: skip


def _bad(found: Sequence[tuple[str, str, str]]) -> BadRows:
    errors = [{"pointer": f"/rows/{where}".rstrip("/"), "code": code, "message": sentence}
              for where, code, sentence in found]  # fmt: skip
    return BadRows(found[0][2], errors=errors)
