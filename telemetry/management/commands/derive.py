"""`manage.py derive`: turns readings into machine states."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from telemetry.states.tasks import derive_until, derive_waiting


class Command(BaseCommand):
    help = "Derive machine states from readings until SIGTERM; several of these processes share the work."
    # `prepare` made them, at this very start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="derive what waits now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{derive_waiting()} passes")
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda _number, _frame: stop.set())
        derive_until(stop)
