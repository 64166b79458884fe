"""`manage.py sparkplug`: the plant's Sparkplug B host."""

import asyncio
import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from factory_core.processes.broker import broker_files
from telemetry.ingest.committer import Unavailable
from telemetry.sparkplug.process import host_until_signal
from telemetry.sparkplug.settings import BadAddress, broker_settings


class Command(BaseCommand):
    help = "Hear Sparkplug B nodes at a broker until SIGTERM. Read only: the one command ever sent asks for births."
    # `prepare` made them, at this very start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--broker", default="", metavar="URL",
            help="mqtt://host:1883, mqtts://host:8883 or unix:///path; else SPARKPLUG_BROKER, else the plant's own",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["broker"] or os.environ.get("SPARKPLUG_BROKER", "") or _own_broker()
        try:
            broker = broker_settings(address, _with_secret(os.environ))
            asyncio.run(host_until_signal(broker))
        except (BadAddress, Unavailable) as error:
            raise CommandError(str(error)) from error


def _own_broker() -> str:
    return f"unix://{broker_files(settings.DATA_DIR).socket}"


def _with_secret(environment: os._Environ[str]) -> dict[str, str]:
    found = dict(environment)
    if path := found.get("SPARKPLUG_PASSWORD_FILE"):
        try:
            with open(path, encoding="utf-8") as file:
                found["SPARKPLUG_PASSWORD"] = file.read().strip()
        except OSError as error:
            raise BadAddress(f"SPARKPLUG_PASSWORD_FILE cannot be read: {error}") from error
    return found
