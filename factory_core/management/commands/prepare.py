"""`manage.py prepare`: what must hold before the processes start; `up` calls it. Quick when nothing changed."""

import contextlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.checks import PLANT
from factory_core.clock import now
from factory_core.people.services import service_user
from factory_core.plant.models import Site
from factory_core.processes.data_dir import DataDir
from factory_core.processes.gate import pass_the_gate
from factory_core.processes.models import ProcessBeat
from factory_core.processes.queries import BEATING, pending_migrations
from factory_core.processes.specs import ingest_url
from factory_core.processes.static_files import collect_if_changed
from inventory.items.services import ensure_units
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.devices.local_gateways import keep_address
from telemetry.devices.plant_gateway import keep_enrolled, keep_file


class Command(BaseCommand):
    help = "Bring database, static files and, on the first run, the demo plant into place."
    requires_migrations_checks = False
    # Only what a plant's own settings can break: what the code alone decides is checked before it is delivered.
    requires_system_checks = [PLANT, Tags.security, Tags.translation, Tags.files, Tags.staticfiles]

    def handle(self, *args: Any, **options: Any) -> None:
        pass_the_gate()
        data = DataDir(settings.DATA_DIR)
        if pending := pending_migrations(connection):
            self.stdout.write(_("Bringing the database up to date (%(n)d steps) …") % {"n": len(pending)})
            call_command("migrate", interactive=False, verbosity=0)
        # What ran before this start may not be wanted any more; whoever runs says so anew.
        ProcessBeat.objects.exclude(name__in=BEATING).delete()
        if collect_if_changed():
            self.stdout.write(_("Static files are in place."))
        if settings.PLANT_IS_DEMO:
            self._load_demo(data)
        if data.holds_demo():
            _write_down_accounts(data)
        self._keep_authority()
        self._keep_gateway(data.plant_gateway.parent)
        self._keep_units()

    def _keep_units(self) -> None:
        actor = service_user("plant")
        with acting(actor, channel="system"):
            if new := ensure_units(actor=actor):
                self.stdout.write(_("Units of measure added: %(units)s") % {"units": ", ".join(map(str, new))})

    def _keep_authority(self) -> None:
        try:
            if Authority.of(settings.DATA_DIR).ensure(now()):
                self.stdout.write(_("The plant has a certificate authority of its own now."))
        except (AuthorityError, OSError) as error:
            self.stdout.write(str(error))

    def _keep_gateway(self, folder: Path) -> None:
        url = ingest_url(settings.BIND, settings.INGEST_PORT, settings.INGEST_TLS)
        keep_file(folder, url)
        for path in (folder / "gateway.toml", DataDir(settings.DATA_DIR).demo_gateway):
            keep_address(path, url, settings.DATA_DIR)
        actor = service_user("plant")
        with acting(actor, channel="system"):
            if trouble := keep_enrolled(actor=actor, folder=folder, at=now()):
                self.stdout.write(trouble)

    def _load_demo(self, data: DataDir) -> None:
        # Only into an empty plant: somebody's own data must not get invented neighbours.
        if data.holds_demo() or (Site.objects.exists() and not data.demo_was_interrupted()):
            return
        self.stdout.write(_("Loading the demo plant …"))
        data.begin_demo()
        call_command("load_demo")
        data.finish_demo()


def _write_down_accounts(data: DataDir) -> None:
    # The supervisor shows them without loading the application; nobody else may read the passwords.
    handle = os.open(data.demo_accounts, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file, contextlib.redirect_stdout(file):
        call_command("demo_accounts")
