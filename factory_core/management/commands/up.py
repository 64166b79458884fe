"""`manage.py up`, for the list of commands; manage.py itself goes the short way to the same function."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from factory_core.processes import run


class Command(BaseCommand):
    help = run.HELP
    # The database is started by this very command.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        run.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(run.start(port=options["port"], data_dir=options["data_dir"], no_demo=options["no_demo"]))
