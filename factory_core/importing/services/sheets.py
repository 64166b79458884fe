"""Which table of which sheet: chosen by a person; and the next sheet of the same file, without bringing it again."""

import secrets
import shutil
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.importing import events
from factory_core.importing.files import NoSuchSheet, Table, table_at
from factory_core.importing.kinds import kind_named
from factory_core.importing.models import ImportRun
from factory_core.importing.services.mapping import likely_kinds, propose
from factory_core.importing.services.moving import WrongMoment, locked, move
from factory_core.importing.services.receiving import RUN
from factory_core.importing.services.staging import file_of
from factory_core.importing.states import RunStatus
from factory_core.people.models import User


class NoHeaderThere(Invalid):
    """The row that was chosen as the header holds nothing."""

    code = "no_header_there"


def choose_table(
    *, actor: User, run_id: int, at: datetime, sheet: str = "", header_rows: tuple[int, ...] = (), kind: str = ""
) -> ImportRun:
    """Take another sheet, another header row or another kind; columns are proposed anew where any of them changed.

    `header_rows` are one or two row numbers; empty takes the guessed table of the sheet. Raises NoSuchImport,
    NotAllowed, WrongMoment, NoSuchSheet, NoHeaderThere, and whatever the reader refuses.
    """
    run = locked(actor, run_id)
    require(actor, RUN, run.site)
    to_be_mapped(run)
    table = _table(run, sheet or run.sheet, header_rows)
    is_new = (sheet or run.sheet, table) != (run.sheet, run.table)
    run.sheet, run.table = sheet or run.sheet, table
    guesses = [name for name, _confidence in likely_kinds(run)] if is_new and not kind else []
    described = kind_named(kind or (guesses[0] if guesses else run.kind))
    if described is not None and (is_new or described.name != run.kind):
        run.decisions, run.options = {}, {}
        propose(run, described)
    run.version += 1
    run.save(
        update_fields=["sheet", "table", "kind", "mapping", "decisions", "options", "book", "version", "updated_at"]
    )
    return run


def next_sheet(*, actor: User, run_id: int, sheet: str, at: datetime) -> ImportRun:
    """A run of its own for another sheet of a file that is here already. Raises as `choose_table`, and NotAllowed."""
    before = locked(actor, run_id)
    require(actor, RUN, before.site)
    source = file_of(before)
    if not source.is_file():
        raise WrongMoment(_("%(file)s is no longer kept here; bring it again.") % {"file": before.file_name})
    kept = source.with_name(secrets.token_hex(16))
    shutil.copyfile(source, kept)
    kept.chmod(0o600)
    try:
        # What the reader found in the table of the other sheet belongs there.
        book = {key: value for key, value in before.book.items() if key != "suggestions"}
        run = ImportRun.objects.create(
            site=before.site, by=actor, started_at=at, file_name=before.file_name, path=kept.name, size=before.size,
            sha256=before.sha256, book=book, status=RunStatus.MAPPING,
        )  # fmt: skip
        run = choose_table(actor=actor, run_id=run.pk, at=at, sheet=sheet)
    except BaseException:
        kept.unlink(missing_ok=True)
        raise
    publish(events.FILE_TAKEN, about=[run], at=at, actor=actor, size=run.size)
    return run


def to_be_mapped(run: ImportRun) -> None:
    """Back to the columns, as long as nothing of the run was imported. Raises WrongMoment."""
    if run.done:
        raise WrongMoment(
            _("Rows of %(file)s were imported already; undo that first, or bring the file again.")
            % {"file": run.file_name}
        )
    if run.status != RunStatus.MAPPING:
        move(run, RunStatus.MAPPING)


def _table(run: ImportRun, sheet: str, header_rows: tuple[int, ...]) -> dict[str, object]:
    found = next((one for one in run.book["sheets"] if one["name"] == sheet), None)
    if found is None:
        raise NoSuchSheet(_("%(file)s has no sheet “%(sheet)s”.") % {"file": run.file_name, "sheet": sheet})
    if sheet == run.sheet and (not header_rows or list(header_rows) == list(run.table.get("header_rows", ()))):
        return dict(run.table)
    guessed = found["tables"][0] if found["tables"] else None
    if guessed is not None and (not header_rows or list(header_rows) == list(guessed["header_rows"])):
        return dict(guessed)
    book = run.book
    table: Table | None = None
    if header_rows:
        table = table_at(
            file_of(run), run.file_name, sheet, header_rows, encoding=book["encoding"], delimiter=book["delimiter"]
        )
    if table is None:
        raise NoHeaderThere(
            _("Row %(row)s of sheet “%(sheet)s” holds nothing. Choose the row that names the columns.")
            % {"row": header_rows[0] if header_rows else "–", "sheet": sheet}
        )
    return dict(msgspec.to_builtins(table))
