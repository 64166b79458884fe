"""`manage.py up`: a running plant on this machine."""

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from factory_core.processes.run import run
from factory_core.processes.specs import BadSetting, plant_settings


class Command(BaseCommand):
    help = "Start the whole plant on this machine and keep it running until Ctrl-C."
    # The database is started by this very command.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, help="port of the pages (PORT, 8000); gateways use the next one")
        parser.add_argument("--data-dir", help="where everything is kept (DATA_DIR, var)")
        parser.add_argument("--no-demo", action="store_true", help="an empty plant instead of the demo plant (DEMO=0)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plant = plant_settings(
                os.environ, port=options["port"], data_dir=options["data_dir"], no_demo=options["no_demo"]
            )
        except BadSetting as error:
            sys.exit(str(error))
        sys.exit(run(plant))
