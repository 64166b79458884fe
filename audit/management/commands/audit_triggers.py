"""`manage.py audit_triggers`: see that every table is guarded, and put right what is not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.trail.triggers import faults, functions_exist, install_triggers


class Command(BaseCommand):
    help = "Puts the audit and append-only triggers on every table that should have them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", help="only look; exit 1 when a guard is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not functions_exist():
            raise CommandError("The trigger functions are missing. Run `manage.py migrate` first.")
        for fault in faults() if options["verify"] else install_triggers():
            self.stdout.write(fault.sentence)
        left = faults()
        if left:
            raise CommandError(f"{len(left)} guards are not as they should be.")
        self.stdout.write("Every record is audited and every fact can only be added.")
