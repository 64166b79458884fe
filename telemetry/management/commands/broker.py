"""`manage.py broker`: writes the MQTT broker's files and becomes the broker."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from factory_core.clock import now
from factory_core.processes.broker import NOT_INSTALLED, broker_files, program
from factory_core.processes.data_dir import write_whole
from telemetry.devices.authority.keeper import AuthorityError
from telemetry.ingest.mqtt.papers import papers, write_all


class Command(BaseCommand):
    help = "Write the MQTT broker's configuration into the data directory and run the broker; `up` does this."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8883, help="where gateways connect (MQTT_PORT, 8883)")
        parser.add_argument("--only-write", action="store_true", help="write the files, do not run the broker")

    def handle(self, *args: Any, **options: Any) -> None:
        found = program()
        if found is None:
            raise CommandError(NOT_INSTALLED)
        files = broker_files(settings.DATA_DIR)
        try:
            write_all(files, papers(settings.DATA_DIR, settings.BIND, now()), settings.BIND, options["port"])
        except (AuthorityError, PermissionError) as error:
            raise CommandError(str(error)) from error
        if options["only_write"]:
            self.stdout.write(str(files.configuration))
            return
        write_whole(files.pid, str(os.getpid()).encode())
        # The broker takes this process's place, so that whoever started it watches and ends the broker itself.
        os.execv(found, [found, "-c", str(files.configuration)])  # noqa: S606  # a fixed program, no shell
