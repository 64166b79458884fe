"""`manage.py work`: the background worker."""

import asyncio
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app

from factory_core.processes.beats import beat_for_ever

CONCURRENCY = 4
SHUTDOWN_PATIENCE_S = 10.0


class Command(BaseCommand):
    help = "Carry out background jobs until SIGTERM; running jobs are finished first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="jobs at the same time")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        # A thread of its own: a long job must not look like a dead worker.
        pulse = threading.Thread(target=beat_for_ever, args=("worker", stop.wait), name="beat")
        pulse.start()
        try:
            asyncio.run(_work(options["concurrency"]))
        finally:
            stop.set()
            pulse.join()


async def _work(concurrency: int) -> None:
    worker_connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # the Django connector has it
    with app.replace_connector(worker_connector) as worker_app:
        async with worker_app.open_async():
            await worker_app.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=True,
                shutdown_graceful_timeout=SHUTDOWN_PATIENCE_S,
                delete_jobs="successful",
                fetch_job_polling_interval=2.0,
            )
