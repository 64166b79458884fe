"""`manage.py prepare`: what must hold before the processes start; `up` calls it. Quick when nothing changed."""

from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.utils.translation import gettext as _

from factory_core.plant.models import Site
from factory_core.processes.data_dir import DataDir
from factory_core.processes.queries import pending_migrations
from factory_core.processes.static_files import collect_if_changed


class Command(BaseCommand):
    help = "Bring database, static files and, on the first run, the demo plant into place."
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        if pending := pending_migrations(connection):
            self.stdout.write(_("Bringing the database up to date (%(n)d steps) …") % {"n": len(pending)})
            call_command("migrate", interactive=False, verbosity=0)
        if collect_if_changed():
            self.stdout.write(_("Static files are in place."))
        if settings.PLANT_IS_DEMO and "load_demo" in get_commands():
            self._load_demo(DataDir(settings.DATA_DIR))

    def _load_demo(self, data: DataDir) -> None:
        # Only into an empty plant: somebody's own data must not get invented neighbours.
        if data.holds_demo() or (Site.objects.exists() and not data.demo_was_interrupted()):
            return
        self.stdout.write(_("Loading the demo plant …"))
        data.begin_demo()
        call_command("load_demo")
        data.finish_demo()
