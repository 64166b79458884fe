"""Sums of a run side by side: the file's columns, the file's own totals row, what came, and what the books hold."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from factory_core.errors import Refusal
from factory_core.importing.books import books_on_day
from factory_core.importing.files import Table, rows_of
from factory_core.importing.kinds import Kind, Outcome, Row, Value, kind_named
from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.queries.reconciling import Key, Sums, as_text, key_of, naming, of_rows, said_by
from factory_core.importing.queries.rows import BATCH, Reading, in_parts, packed, staged
from factory_core.importing.register_models import OpeningRun
from factory_core.importing.services.progress import Tell, tell_nobody
from factory_core.importing.services.referring import References
from factory_core.importing.services.staging import file_of
from factory_core.importing.states import RowStatus
from factory_core.people.models import User


def compared(actor: User, run: ImportRun, at: datetime, tell: Tell = tell_nobody) -> dict[str, Any]:
    """The sums of a run as they are at this moment, as texts; {} for a run whose kind is not known any more.

    The books say None where they cannot be asked: for a figure that is only added up and kept nowhere, and for
    everything where rows came without what names them, as a routing of a whole model or a reason without a code.
    """
    kind = kind_named(run.kind)
    if kind is None:
        return {}
    whole, taken, came = _of_file(actor, run, kind, tell)
    names = naming(kind, came)
    keys = {tuple(one[kind.key.index(name)] for name in names) for one in came}
    books = of_rows(kind, _in_books(actor, run, kind), names, keys, said_by(run))
    is_named = all(one[0] for one in came)
    own = own_totals(run, kind)
    figures = [each.name for each in kind.fields if each.is_total]
    return {
        "at": at.isoformat(),
        "keys": len(keys),
        "standing": books.standing,
        "rows": {"file": whole.rows, "taken": taken.rows, "books": books.rows if is_named else None},
        "fields": {
            name: {
                "file": as_text(whole.fields.get(name, Decimal(0))),
                "own": as_text(own[name]) if name in own else None,
                "taken": as_text(taken.fields.get(name, Decimal(0))),
                "books": as_text(books.fields.get(name, Decimal(0))) if is_named and _is_kept(name, books) else None,
            }
            for name in figures
        },
        "places": {
            place: {
                name: [as_text(part.places.get(place, {}).get(name, Decimal(0))) for part in (taken, books)]
                for name in figures
            }
            for place in sorted({*taken.places, *books.places})
        },
    }


def _is_kept(name: str, books: Sums) -> bool:
    return name in books.kept or not books.kept


def _in_books(actor: User, run: ImportRun, kind: Kind) -> Iterable[Mapping[str, Value]]:
    """What the tables hold now; of a run of an opening, where the app can tell, what they held on that day."""
    on_day = books_on_day(kind.name)
    if on_day is None:
        return kind.rows(actor, run.site)
    member = OpeningRun.objects.filter(run=run).select_related("opening").first()
    return on_day(actor, run.site, member.opening.opens_on if member else date.max)


def own_totals(run: ImportRun, kind: Kind) -> dict[str, Decimal]:
    """What the file's own last totals row says, by field; nothing where it has none or is not there any more."""
    table = msgspec.convert(run.table, Table)
    found = [one["row"] for one in run.book.get("findings", ()) if one["code"] == "left_out_total"]
    number = max([*table.totals, *found], default=0)
    if not number or not file_of(run).exists():
        return {}
    only = msgspec.structs.replace(
        table, first_row=number, last_row=number, totals=[], sections=[], scanned_to=number, lines=1
    )
    reading, said = Reading.of(run, kind), {}
    try:
        with rows_of(
            file_of(run), run.file_name, run.sheet, only, encoding=run.book["encoding"],
            delimiter=run.book["delimiter"],
        ) as lines:  # fmt: skip
            for line, cells in lines:
                row = reading.row(line, [packed(cell) for cell in cells], {})
                said = {name: value for name, value in row.values.items() if isinstance(value, Decimal)}
    except Refusal:
        return {}
    return {each.name: said[each.name] for each in kind.fields if each.is_total and each.name in said}


def _of_file(actor: User, run: ImportRun, kind: Kind, tell: Tell) -> tuple[Sums, Sums, set[Key]]:
    """All rows, those that came, and the keys of the latter; what was left out, with a warning or not, did not come."""
    whole, taken, keys = Sums(kind), Sums(kind), set()
    reading, references = Reading.of(run, kind), References(actor, run, kind)
    left_out = set(StagedRow.objects.filter(run=run, outcome=Outcome.SKIPPED).values_list("number", flat=True))
    done = 0
    for part in in_parts(staged(run), BATCH):
        came: list[Row] = []
        for number, _document, status, cells, fixes in part:
            row = reading.row(number, cells, fixes)
            whole.add(row.values)
            if status == RowStatus.DONE and number not in left_out:
                came.append(row)
        references.resolve(came)
        for row in came:
            taken.add(row.values)
            keys.add(key_of(row.values, kind.key))
        done += len(part)
        tell(done, max(run.rows, done))
    return whole, taken, keys
