"""Which column means which field: proposed, chosen by a person, remembered; and how each column is read."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from factory_core.importing.files import Cell
from factory_core.importing.kinds import OLD_ID, Kind, kinds
from factory_core.importing.matching import (
    Shape,
    Suggestion,
    Why,
    answered,
    decide,
    guess_kind,
    shape_of,
    suggest,
)
from factory_core.importing.models import ImportRun, LearnedColumn
from factory_core.importing.queries.rows import unpacked
from factory_core.importing.services.referring import plain

LEFT_OUT = ""


def likely_kinds(run: ImportRun) -> list[tuple[str, float]]:
    """What the chosen table may hold, the likeliest first, by headers, file name and sheet name."""
    return guess_kind(kinds(), _headers(run), run.file_name, run.sheet)


def propose(run: ImportRun, kind: Kind) -> None:
    """Map the columns that are clear; those that are not are left for the person, with the best guess beside them."""
    learned = dict(
        LearnedColumn.objects.filter(site=run.site_id, kind=kind.name).values_list("header", "field")
    )  # fmt: skip
    found = _suggested(run, kind, learned)
    run.kind = kind.name
    run.mapping = _taken(kind, found)
    run.book = {
        **run.book,
        "suggestions": {number: [one.field or "", one.confidence, str(one.why)] for number, one in found.items()},
    }


def _suggested(run: ImportRun, kind: Kind, learned: Mapping[str, str]) -> dict[str, Suggestion]:
    """What is suggested for each column, by its number. “Category ID” of a table of categories is its own number."""
    shapes = [shape_of(cells) for cells in _first_cells(run)]
    headers, numbers = _headers(run), [str(column["number"]) for column in run.table["columns"]]
    own = {plain(name) + "id" for name in (run.sheet, run.file_name.rpartition(".")[0])} if kind.old_id else set()
    called = {header: OLD_ID for header in headers if plain(header) in own and header not in learned}
    found = suggest(kind, headers, shapes, {**learned, **called})
    return {
        numbers[one.column]: replace(one, why=Why.SAME_NAME) if headers[one.column] in called else one for one in found
    }


def _taken(kind: Kind, found: Mapping[str, Suggestion]) -> dict[str, str]:
    """Where nothing gives the key, the old system's number is the key."""
    mapping = {number: one.field if one.taken and one.field else LEFT_OUT for number, one in found.items()}
    fed = {name: number for number, name in mapping.items() if name}
    missing = [name for name in kind.key if name not in fed]
    if len(missing) == 1 and kind.field_named(missing[0]).required and OLD_ID in fed:
        mapping[fed[OLD_ID]] = missing[0]
    return mapping


def decide_columns(run: ImportRun, kind: Kind, shapes: Mapping[str, Shape]) -> list[str]:
    """How every mapped column is read, by all of its cells and what people answered; gives the questions left open."""
    answers: Mapping[str, Mapping[str, bool]] = run.options.get("answers") or {}
    locale = str(run.options.get("locale") or "")
    is_1904 = bool(run.book.get("is_1904"))
    questions, decided = [], {}
    for number, name in run.mapping.items():
        if not name:
            continue
        field, shape = kind.field_named(name), shapes[number]
        decision = decide(field, shape, locale=locale, is_1904=is_1904, zone=run.site.time_zone)
        if number in answers:
            decision = answered(decision, field, shape, **answers[number])
        if decision.question:
            questions.append(decision.question)
        decided[number] = asdict(decision)
    run.decisions = decided
    return questions


def learn(run: ImportRun, kind: Kind) -> None:
    """Remember which header meant which field, for the next file of this kind at this site.

    What is proposed without memory needs none: the next file may have a better column for the field.
    """
    known = {one.header: one for one in LearnedColumn.objects.filter(site=run.site_id, kind=run.kind)}
    found = _suggested(run, kind, {})
    proposed = _taken(kind, found)
    for column in run.table["columns"]:
        number, header = str(column["number"]), column["header"][:200]
        field = run.mapping.get(number, LEFT_OUT)
        if not header:
            continue
        if header not in known:
            if field == proposed[number] and (field or not found[number].field):
                continue
            # Two columns may have one name; what the last of them means is remembered.
            known[header] = LearnedColumn.objects.create(site=run.site, kind=run.kind, header=header, field=field)
        elif known[header].field != field:
            known[header].field = field
            known[header].version += 1
            known[header].save(update_fields=["field", "version", "updated_at"])


def _headers(run: ImportRun) -> list[str]:
    return [str(column["header"]) for column in run.table["columns"]]


def _first_cells(run: ImportRun) -> list[list[Cell]]:
    """The cells of each column in the first rows of the table."""
    sheet = next(one for one in run.book["sheets"] if one["name"] == run.sheet)
    rows = sheet["preview"][run.table["first_row"] - 1 :]
    places = [column["number"] - 1 for column in run.table["columns"]]
    return [[unpacked(list(row[place])) for row in rows if place < len(row)] for place in places]
