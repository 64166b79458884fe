"""Build the demo plant (called by `up` on the first start of a plant marked DEMO)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from factory_core.clock import now
from factory_core.cockpit.demo.load import load_demo
from factory_core.plant.models import Site
from factory_core.processes.specs import ingest_url


class Command(BaseCommand):
    """`manage.py load_demo`."""

    help = "Build the demo plant: two lines, eight simulated machines, people of every role."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build it, or say why not."""
        if not settings.PLANT_IS_DEMO:
            raise CommandError("This plant is not marked DEMO (DEMO=0). A demo is never mixed into a real plant.")
        if Site.objects.exists():
            raise CommandError("There is a plant already. The demo is built only into an empty one.")
        ingest = ingest_url(settings.BIND, settings.INGEST_PORT, settings.INGEST_TLS)
        load_demo(folder=settings.DATA_DIR / "demo", ingest_url=ingest, at=now())
