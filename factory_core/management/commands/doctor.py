"""`manage.py doctor`: how the installation is, a sentence for each part."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from factory_core.clock import now
from factory_core.jobs.queries import PoisonedJob, poisoned_jobs
from factory_core.processes.queries import health
from factory_core.processes.rules import Colour, worst


class Command(BaseCommand):
    help = "Say how every process, queue, disk, clock, backup and certificate is; exit code 1 if one is red."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        parts = health(now())
        overall, looks = worst(parts), _needs_a_look()
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "colour": overall,
                        "parts": [asdict(part) for part in parts],
                        "needs_a_look": [{"job": job.id, "sentence": job.sentence} for job in looks],
                    }
                )
            )
        else:
            paint = {Colour.GREEN: self.style.SUCCESS, Colour.AMBER: self.style.WARNING, Colour.RED: self.style.ERROR}
            for part in parts:
                self.stdout.write(f"{paint[part.colour](f'{part.colour:5}')} {part.name:12} {part.sentence}")
            for job in looks:
                self.stdout.write(f"{paint[Colour.AMBER](f'{Colour.AMBER:5}')} {'needs a look':12} {job.sentence}")
        if overall is Colour.RED:
            sys.exit(1)


def _needs_a_look() -> list[PoisonedJob]:
    try:
        return poisoned_jobs()
    except DatabaseError:
        # The list of parts already says that the database does not answer, or lacks steps of this version.
        return []
