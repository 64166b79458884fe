"""The report of a run in the form other programs rely on (contracts, section 5)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.importing.models import ImportRun, StagedRow
from factory_core.importing.remedies import of_finding
from factory_core.importing.states import RowStatus

MOST = 10_000


def report_of(run: ImportRun) -> dict[str, Any]:
    """What came, what did not, and why: rows are told as the file counts them, columns by their headers."""
    columns = {str(column["number"]): column["header"] for column in run.table.get("columns", ())}
    places = {str(column["number"]): place for place, column in enumerate(run.table.get("columns", ()))}
    by_field = {name: number for number, name in run.mapping.items() if name}
    refused: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    # A workbook has other sheets, which are told of when they come.
    findings = [one for one in run.book.get("findings", ()) if one["sheet"] in ("", run.sheet)]
    torn = {(one["row"], one["code"]): one["value"] for one in findings}
    rows = StagedRow.objects.filter(run=run).exclude(problems=[]).order_by("number")[:MOST]
    for row in rows:
        for field, code, sentence, expected, is_warning in row.problems:
            number = by_field.get(field, "")
            told = {
                "sheet": run.sheet,
                "row": row.number,
                "column": columns.get(number, field),
                "value": _shown(row, number, places) if field else torn.pop((row.number, code), ""),
                "code": code,
                "message": sentence,
                "expected": expected,
            }
            (warnings if is_warning or row.status != RowStatus.ERROR else refused).append(told)
    for finding in findings:
        # What was told at its row is not told twice.
        if (finding["row"], finding["code"]) not in torn:
            continue
        told = {
            "sheet": finding["sheet"] or run.sheet,
            "row": finding["row"],
            "value": finding["value"],
            "code": finding["code"],
            "message": finding["sentence"],
        }
        column = columns.get(str(finding["column"])) or finding["column"] or ""
        warnings.append({**told, "column": column, "expected": of_finding(finding["code"])})
    warnings += _totals_that_differ(run, columns, by_field)
    return {
        "run": run.pk,
        "kind": run.kind,
        "status": run.status,
        "file": run.file_name,
        "sheet": run.sheet,
        "sha256": run.sha256,
        "rows": run.rows,
        "created": run.created,
        "changed": run.changed,
        "unchanged": run.unchanged,
        "skipped": run.skipped,
        "refused": refused,
        "warnings": warnings,
        "questions": run.options.get("questions", []),
        "mapping": {columns[number]: name for number, name in run.mapping.items() if number in columns},
        "cleaned": run.cleaned,
        "totals": run.totals,
    }


def _totals_that_differ(run: ImportRun, columns: dict[str, str], by_field: dict[str, str]) -> list[dict[str, Any]]:
    """What the file's own row of totals says otherwise than its lines."""
    own, lines = run.totals.get("own") or {}, run.totals.get("file") or {}
    row = max(run.table.get("totals", ()), default=0)
    return [
        {
            "sheet": run.sheet,
            "row": row,
            "column": columns.get(by_field.get(name, ""), name),
            "value": said,
            "code": "totals_differ",
            "message": _("The file's own total is %(own)s; its lines add up to %(lines)s.")
            % {"own": said, "lines": lines[name]},
            "expected": _("Lines that add up to the total, or a total of these lines."),
        }
        for name, said in own.items()
        if name in lines and Decimal(said) != Decimal(lines[name])
    ]


def _shown(row: StagedRow, number: str, places: dict[str, int]) -> str:
    if number in row.fixes:
        return str(row.fixes[number])
    if number not in places or places[number] >= len(row.cells):
        return ""
    cell = row.cells[places[number]]
    return cell if isinstance(cell, str) else "" if isinstance(cell, int) else str(cell[1])
