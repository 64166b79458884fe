"""What people choose on the pages of an import, as the services take it."""

from typing import Any

from django.http import QueryDict

from factory_core.importing.kinds import Existing, Kind
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.pages import SETTLES

_LONGEST = 2000


def options_of(given: QueryDict, run: ImportRun, kind: Kind) -> tuple[dict[str, str], dict[str, Any]]:
    """The field of each column, and the options for the whole, out of the mapping page.

    Fields: `map-N` the field of column N, `ask-N-FACT` the answer about column N, `all-FIELD` one value for all rows.
    """
    numbers = [str(column["number"]) for column in run.table["columns"]]
    names = {each.name for each in kind.fields}
    mapping = {number: name if (name := given.get(f"map-{number}", "")) in names else "" for number in numbers}
    fed = set(mapping.values())
    constants = {
        each.name: text[:_LONGEST]
        for each in kind.fields
        if each.name not in fed and (text := given.get(f"all-{each.name}", "").strip())
    }
    answers = {
        number: {fact: said == "1"}
        for number in numbers
        for fact in SETTLES.values()
        if (said := given.get(f"ask-{number}-{fact}", "")) in ("0", "1")
    }
    existing = given.get("existing", "")
    return mapping, {
        "existing": existing if existing in set(Existing) else Existing.CHANGE.value,
        "clears": given.get("clears") == "yes",
        "creates_missing": given.get("creates_missing") == "yes",
        "locale": given.get("locale", "")[:10],
        "constants": constants,
        "answers": answers,
    }


def cells_of(given: QueryDict) -> dict[int, dict[str, str]]:
    """What was typed into cells: `c-ROW-COLUMN`, where it differs from what was shown (`w-ROW-COLUMN`)."""
    fixes: dict[int, dict[str, str]] = {}
    for name in given:
        kind, _dash, rest = name.partition("-")
        row, _dash, column = rest.partition("-")
        if kind != "c" or not (row.isdecimal() and column.isdecimal() and len(row) < 9 and len(column) < 6):
            continue
        text = given.get(name, "").strip()
        if text != given.get(f"w-{row}-{column}", "").strip():
            fixes.setdefault(int(row), {})[column] = text
    return fixes


def numbers_of(given: QueryDict, name: str) -> list[int]:
    """The rows that are ticked."""
    return [int(text) for text in given.getlist(name) if text.isdecimal() and len(text) < 9]
