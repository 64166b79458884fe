"""The rows of the chosen table are put on the server, as they were read."""

import json
from pathlib import Path

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.errors import Refused
from factory_core.importing.files import Table, rows_of
from factory_core.importing.files.cells import EMPTY
from factory_core.importing.kinds import kind_named
from factory_core.importing.matching import Shape
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.rows import packed
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.states import RowStatus

MOST_ROWS = 1_000_000
# A torn row that the reader put together again is to be looked at; one that it could not is to be put right.
_STATUS = {
    "": RowStatus.READY, "joined_row": RowStatus.WARNING, "torn_line": RowStatus.WARNING, "broken_row": RowStatus.ERROR,
}  # fmt: skip
_COPY = "COPY factory_core_stagedrow (run_id, number, section, cells, fixes, document, status, problems, outcome)"


class TooManyRows(Refused):
    """The table is longer than one run takes."""

    code = "too_many_rows"


def file_of(run: ImportRun) -> Path:
    """Where the file of a run lies."""
    return Path(settings.DATA_DIR) / "imports" / run.path


def stage(run: ImportRun, tell: Tell = tell_nobody) -> dict[str, Shape]:
    """Read the chosen table into staged rows, replacing what was staged before; gives the shape of every column.

    Raises TooManyRows, and whatever the reader refuses.
    """
    table = msgspec.convert(run.table, Table)
    book = run.book
    expected = table.lines or 1
    secret = _secret_places(run, table)
    StagedRow.objects.filter(run=run).delete()
    count, shapes, pack = 0, [Shape() for _column in table.columns], msgspec.json.Encoder().encode
    lines = rows_of(
        file_of(run), run.file_name, run.sheet, table, encoding=book["encoding"], delimiter=book["delimiter"]
    )
    with lines, connection.cursor() as cursor, cursor.copy(f"{_COPY} FROM STDIN") as copy:
        for number, cells in lines:
            count += 1
            if count > MOST_ROWS:
                raise TooManyRows(
                    _("%(file)s has more than %(most)d rows; bring it in parts.")
                    % {"file": run.file_name, "most": MOST_ROWS}
                )
            if secret:
                cells = [EMPTY if place in secret else cell for place, cell in enumerate(cells)]
            for shape, cell in zip(shapes, cells, strict=False):
                shape.add(cell)
            kept = pack([packed(cell) for cell in cells]).decode()
            status = _STATUS[lines.fault]
            problems = json.dumps([["", lines.fault, "", "", False]]) if lines.fault else "[]"
            copy.write_row((run.pk, number, lines.section[:200], kept, "{}", number, status.value, problems, ""))
            if count % 1000 == 0:
                tell(count, max(expected, count))
    run.book = {**book, "findings": [*book["findings"], *msgspec.to_builtins(lines.findings)]}
    if secret:
        _forget(run, {table.columns[place].number for place in secret}, table.first_row)
    run.rows = count
    return {str(column.number): shape.settled() for column, shape in zip(table.columns, shapes, strict=True)}


def _secret_places(run: ImportRun, table: Table) -> set[int]:
    """The columns that nobody mapped, of a kind whose files hold more than anybody should keep."""
    kind = kind_named(run.kind)
    if kind is None or not kind.is_private:
        return set()
    return {place for place, column in enumerate(table.columns) if not run.mapping.get(str(column.number))}


def _forget(run: ImportRun, numbers: set[int], first_row: int) -> None:
    """What the look into the file kept of these columns: their first cells, and findings that quote them."""
    nothing = msgspec.to_builtins(EMPTY)
    for sheet in run.book["sheets"]:
        if sheet["name"] == run.sheet:
            for row in sheet["preview"][first_row - 1 :]:
                row[:] = [nothing if place in numbers else cell for place, cell in enumerate(row, start=1)]
    run.book["findings"] = [
        each for each in run.book["findings"] if each["sheet"] != run.sheet or each["column"] not in numbers
    ]
