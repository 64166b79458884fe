"""The way of a file from step to step: opened, mapped, checked. Screens, API and commands all go it by these acts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.kinds import Existing, Kind, kind_named, kinds
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.services.carrying import kind_of
from factory_core.importing.services.checking import check_rows
from factory_core.importing.services.comparing import own_totals
from factory_core.importing.services.mapping import decide_columns, learn, likely_kinds, propose
from factory_core.importing.services.moving import locked, move
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.services.receiving import RUN, read_file, take_file
from factory_core.importing.services.staging import file_of, stage
from factory_core.importing.states import RowStatus, RunStatus
from factory_core.people.models import User
from factory_core.plant.models import Site

OPTIONS = frozenset({"existing", "clears", "creates_missing", "partly", "constants", "answers", "locale", "system"})


class BadMapping(Invalid):
    """Columns or options were chosen that do not fit the file or the kind; `errors` has a sentence for each."""

    code = "bad_mapping"


def open_run(
    *, actor: User, site: Site, name: str, content: Iterable[bytes], at: datetime, kind: str = "", sheet: str = ""
) -> ImportRun:
    """Keep a file, look into it, and propose what it holds and what its columns mean.

    Raises NotAllowed, NoTable, BadMapping for an unknown kind, and whatever the reader refuses; then nothing is kept.
    """
    run = take_file(actor=actor, site=site, name=name, content=content, at=at)
    try:
        read_file(run=run, sheet=sheet)
        guesses = [name for name, _confidence in likely_kinds(run)]
        if kind or guesses:
            propose(run, _kind(kind or guesses[0]))
        run.save(update_fields=["kind", "mapping", "book", "updated_at"])
    except BaseException:
        file_of(run).unlink(missing_ok=True)
        raise
    return run


def choose(
    *, actor: User, run_id: int, at: datetime, kind: str = "", mapping: Mapping[str, str] | None = None, **options: Any
) -> ImportRun:
    """What a person decides before the rows are checked: the kind, the field of each column, options for the whole.

    `mapping` is column number → field, "" for a column that is left out. Raises BadMapping, NoSuchImport, WrongMoment.
    """
    run = locked(actor, run_id)
    require(actor, RUN, run.site)
    if run.status != RunStatus.MAPPING:
        move(run, RunStatus.MAPPING)
    if kind and kind != run.kind:
        propose(run, _kind(kind))
    described = kind_of(actor, run)
    if mapping is not None:
        run.mapping = _mapped(run, described, mapping)
    unknown = options.keys() - OPTIONS
    if unknown:
        raise _bad("options", _("There is no option “%(name)s”.") % {"name": sorted(unknown)[0]})
    if "existing" in options and options["existing"] not in set(Existing):
        raise _bad("existing", _("Existing records are changed, skipped, or stop the import."))
    run.options = {**run.options, **options}
    _check_complete(run, described)
    learn(run, described)
    run.version += 1
    run.save(update_fields=["kind", "mapping", "options", "book", "version", "updated_at"])
    return run


def check_run(*, actor: User, run_id: int, at: datetime, tell: Tell = tell_nobody) -> ImportRun:
    """Put the rows on the server, decide how each column is read, and check every row.

    Rows that people put right before are read anew from the file only when another table was chosen. Raises
    NoSuchImport, NoKind, NotAllowed, WrongMoment, TooManyRows, Stopped, and whatever the reader refuses.
    """
    run = locked(actor, run_id)
    kind = kind_of(actor, run)
    move(run, RunStatus.CHECKING)
    shapes = stage(run, tell)
    run.options = {**run.options, "questions": decide_columns(run, kind, shapes)}
    check_rows(actor=actor, run=run, kind=kind, tell=tell)
    run.totals = {**run.totals, "own": {name: str(value) for name, value in own_totals(run, kind).items()}}
    move(run, RunStatus.CHECKED, "rows", "book", "options", "decisions", "totals", "cleaned")
    return run


def recheck(*, actor: User, run_id: int, at: datetime, tell: Tell = tell_nobody) -> ImportRun:
    """Check the staged rows again, after something was put right. Raises as `check_run`.

    Where some are in already and none waits to come, the run stands as imported, as it did.
    """
    run = locked(actor, run_id)
    kind = kind_of(actor, run)
    move(run, RunStatus.CHECKING)
    counts = check_rows(actor=actor, run=run, kind=kind, tell=tell)
    waits = counts.get(RowStatus.READY, 0) + counts.get(RowStatus.WARNING, 0)
    move(run, RunStatus.IMPORTED if run.done and not waits else RunStatus.CHECKED, "totals", "cleaned")
    return run


def leave_out(*, actor: User, run_id: int, numbers: Iterable[int], at: datetime) -> int:
    """Rows that stay outside; the register tells them. Gives how many."""
    run = locked(actor, run_id)
    require(actor, RUN, run.site)
    rows = StagedRow.objects.filter(run=run, number__in=list(numbers)).exclude(status=RowStatus.DONE)
    return rows.update(status=RowStatus.LEFT_OUT.value)


def cancel(*, actor: User, run_id: int, at: datetime) -> ImportRun:
    """Give a run up before anything was imported: its rows and its file go, its page stays. Raises WrongMoment."""
    run = locked(actor, run_id)
    require(actor, RUN, run.site)
    move(run, RunStatus.CANCELLED)
    StagedRow.objects.filter(run=run).delete()
    file_of(run).unlink(missing_ok=True)
    publish(events.IMPORT_CANCELLED, about=[run], at=at, actor=actor)
    return run


def _kind(name: str) -> Kind:
    found = kind_named(name)
    if found is None:
        known = ", ".join(kind.name for kind in kinds())
        raise _bad(
            "kind", _("There is no import kind “%(name)s”; there are: %(known)s.") % {"name": name, "known": known}
        )
    return found


def _mapped(run: ImportRun, kind: Kind, mapping: Mapping[str, str]) -> dict[str, str]:
    columns = {str(column["number"]): column["header"] for column in run.table["columns"]}
    fields = {each.name for each in kind.fields}
    fed: dict[str, str] = {}
    for number, name in mapping.items():
        if number not in columns:
            raise _bad("mapping", _("The table has no column %(number)s.") % {"number": number})
        if name and name not in fields:
            raise _bad("mapping", _("%(kind)s have no field “%(name)s”.") % {"kind": kind.label, "name": name})
        if name and name in fed:
            raise _bad(
                "mapping",
                _("Columns “%(one)s” and “%(other)s” both feed “%(field)s”; only one can.")
                % {"one": columns[fed[name]], "other": columns[number], "field": kind.field_named(name).label},
            )
        if name:
            fed[name] = number
    return {number: mapping.get(number, "") for number in columns}


def _check_complete(run: ImportRun, kind: Kind) -> None:
    fed = {*run.mapping.values(), *(run.options.get("constants") or {})}
    missing = [each.label for each in kind.fields if each.required and each.name not in fed]
    if missing:
        raise _bad(
            "mapping",
            _("No column gives “%(field)s”. Map one, or say one value for all rows.") % {"field": missing[0]},
        )


def _bad(pointer: str, sentence: str) -> BadMapping:
    return BadMapping(sentence, errors=[{"pointer": f"/{pointer}", "code": "invalid", "message": sentence}])
