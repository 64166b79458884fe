"""`manage.py rebuild_accounts`: the rows of time accounts, made again."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.services import service_user
from factory_core.plant.models import Machine
from production.oee.services import rebuild_accounts


class Command(BaseCommand):
    help = "Makes the rows of time accounts again: closed ones as they were closed, open ones from the plant's data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--machine", help="code of one machine; without it all of them")
        parser.add_argument(
            "--from", dest="earliest", type=date.fromisoformat, metavar="2026-11-01",
            help="a machine that has no account yet gets them from this day on",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        machines = Machine.objects.select_related("line__area__site").order_by("pk")
        if options["machine"]:
            machines = machines.filter(code=options["machine"])
            if not machines:
                raise CommandError(f"There is no machine {options['machine']}.")
        service, changed = service_user("oee"), 0
        for machine in machines:
            day: date | None = options["earliest"]
            zone = machine.line.area.site.zone
            earliest = None if day is None else datetime(day.year, day.month, day.day, tzinfo=zone)
            # A transaction each, so that nobody waits for all machines.
            with acting(service, channel="cli"):
                changed += rebuild_accounts(actor=service, at=now(), machine_ids=[machine.pk], earliest=earliest)
        self.stdout.write(f"{changed} accounts had other rows before.")
