"""`manage.py import_undo RUN --user NAME [--dry-run]`: undoes a whole import; tells what is reversed, kept, and why."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.importing.services.undoing import rehearse_undo, told, undo_import
from factory_core.people.models import User


class Command(BaseCommand):
    help = "Undoes a whole import: added rows go, changed rows get back what they held; later work stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", metavar="RUN", type=int)
        parser.add_argument("--user", required=True, metavar="NAME")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be reversed and kept")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            actor = User.objects.get(username=options["user"], is_active=True)
        except User.DoesNotExist:
            raise CommandError(f"There is no active person called {options['user']}.") from None
        try:
            if options["dry_run"]:
                with transaction.atomic():
                    found = told(rehearse_undo(actor=actor, run_id=options["run"]))
            else:
                with acting(actor, channel="cli"):
                    found = undo_import(actor=actor, run_id=options["run"], at=now()).undo
        except Refusal as no:
            raise CommandError(no.sentence) from no
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"{found['reversed']} rows reversed, {sum(found['kept_by_why'].values())} kept.")
        for table, key, why, by in found["kept"]:
            self.stdout.write(f"kept: {table} {key}: {why} {by}")
