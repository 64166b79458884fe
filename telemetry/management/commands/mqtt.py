"""`manage.py mqtt`: takes packets from the plant's MQTT broker."""

import asyncio
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from telemetry.devices.authority.keeper import AuthorityError
from telemetry.ingest.mqtt.process import consume_until_signal


class Command(BaseCommand):
    help = "Take packets from the MQTT broker until SIGTERM; several of these processes share the work."
    # `prepare` made them, at this very start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--number", type=int, default=1, help="which of several consumers this is, from 1")

    def handle(self, *args: Any, **options: Any) -> None:
        # Each message goes from the broker's thread to the loop and back: at the usual 5 ms a turn that would be slow.
        sys.setswitchinterval(0.0005)
        try:
            asyncio.run(consume_until_signal(settings.DATA_DIR, settings.BIND, options["number"]))
        except AuthorityError as error:
            raise CommandError(str(error)) from error
