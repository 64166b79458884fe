"""`manage.py import_workbook FILE --as KIND [--mapping FILE] [--sheet S] --user NAME [--dry-run|--commit] [--json]`."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from factory_core.access.identity import acting
from factory_core.access.policy import visible
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.importing.kinds import kinds
from factory_core.importing.models import ImportRun
from factory_core.importing.queries.report import report_of
from factory_core.importing.services.carrying import carry_in, rehearse
from factory_core.importing.services.flow import check_run, choose, open_run
from factory_core.importing.services.progress import telling
from factory_core.people.models import User
from factory_core.plant.models import Site

_PIECE = 1 << 20


class Command(BaseCommand):
    help = "Brings a workbook over by the staged importer of the screens; exit 1 when rows are refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--as", dest="kind", required=True, choices=[kind.name for kind in kinds()])
        parser.add_argument("--mapping", type=Path, metavar="FILE", help='JSON: {"columns": {header: field}, options…}')
        parser.add_argument("--sheet", default="", metavar="S")
        parser.add_argument("--site", default="", metavar="CODE", help="needed where the person sees several sites")
        parser.add_argument("--user", required=True, metavar="NAME", help="in whose name the rows come in")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--dry-run", action="store_true", help="bring the rows in and take everything back")
        what.add_argument("--commit", action="store_true", help="bring the rows in for good")
        parser.add_argument("--json", action="store_true", help="the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            actor = User.objects.get(username=options["user"], is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no active person called {options['user']}.") from None
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        told: dict[str, Any] = {}
        try:
            run = self._checked(actor, options)
            if options["dry_run"]:
                with telling(run) as tell:
                    carried = rehearse(actor=actor, run_id=run.pk, at=now(), tell=tell)
                told["would"] = {outcome.value: count for outcome, count in carried.outcomes.items()}
                told["refused_by_the_books"] = [
                    {"row": row.number, "message": row.problems[-1].sentence} for row in carried.refused
                ]
            elif options["commit"]:
                with telling(run) as tell:
                    carry_in(actor=actor, run_id=run.pk, at=now(), tell=tell)
        except Refusal as no:
            told["refusal"] = {"code": no.code, "message": no.sentence}
            run = ImportRun.objects.filter(by=actor).order_by("-pk").first() or ImportRun()
        else:
            run.refresh_from_db()
        report = {**(report_of(run) if run.pk else {}), **told}
        self._print(report, as_json=options["json"])
        if told.get("refusal") or told.get("refused_by_the_books") or report["refused"]:
            raise SystemExit(1)

    def _checked(self, actor: User, options: dict[str, Any]) -> ImportRun:
        chosen = json.loads(options["mapping"].read_text()) if options["mapping"] else {}
        columns = chosen.pop("columns", None)
        with acting(actor, channel="cli"):
            run = open_run(
                actor=actor, site=self._site(actor, options["site"]), name=options["file"].name,
                content=_pieces(options["file"]), at=now(), kind=options["kind"], sheet=options["sheet"],
            )  # fmt: skip
        with acting(actor, channel="cli"):
            choose(actor=actor, run_id=run.pk, at=now(), mapping=_by_number(run, columns), **chosen)
        with acting(actor, channel="cli"), telling(run) as tell:
            return check_run(actor=actor, run_id=run.pk, at=now(), tell=tell)

    def _site(self, actor: User, code: str) -> Site:
        sites = visible(actor, Site.objects.all(), "import.run")
        found = list(sites.filter(code=code) if code else sites[:2])
        if len(found) != 1:
            raise CommandError("Say with --site CODE where the rows belong; you may bring them to no or several sites.")
        return found[0]

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
            return
        if refusal := report.get("refusal"):
            self.stdout.write(refusal["message"])
        if "rows" in report:
            self.stdout.write(
                "{file}, {sheet}: {rows} rows; {created} created, {changed} changed, {unchanged} unchanged, "
                "{skipped} skipped.".format(**report)
            )
        for question in report.get("questions", ()):
            self.stdout.write(f"? {question}")
        for one in report.get("refused", ()):
            self.stdout.write("row {row}, {column}: {value}: {message} {expected}".format(**one))
        if "would" in report:
            self.stdout.write(", ".join(f"{count} {outcome}" for outcome, count in report["would"].items()))


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def _by_number(run: ImportRun, columns: dict[str, str] | None) -> dict[str, str] | None:
    """Header → field as column number → field; headers that are not named are left out."""
    if columns is None:
        return None
    return {str(column["number"]): columns.get(column["header"], "") for column in run.table["columns"]}
