"""`manage.py work`: the background worker."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from factory_core.jobs.patience import PatientJobs, WorkerConnector
from factory_core.jobs.services import take_back_lost_jobs
from factory_core.processes.beats import beat_for_ever

log = logging.getLogger(__name__)

CONCURRENCY = 4
SHUTDOWN_PATIENCE_S = 10.0
# A worker that was killed leaves its jobs "doing" and their order held: after this silence another one takes them back.
SIGN_OF_LIFE_S = 2.0
LOST_AFTER_S = 8.0


class Command(BaseCommand):
    help = "Carry out background jobs until SIGTERM; running jobs are finished first."
    # `prepare` made them, at this very start.
    requires_system_checks: list[str] = []

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
    with patient_worker() as (worker_app, jobs):
        async with worker_app.open_async():
            ended = asyncio.Event()
            minding = asyncio.create_task(mind_lost_jobs(worker_app, ended))
            try:
                await worker_app.run_worker_async(
                    concurrency=concurrency,
                    install_signal_handlers=True,
                    shutdown_graceful_timeout=SHUTDOWN_PATIENCE_S,
                    delete_jobs="successful",
                    fetch_job_polling_interval=2.0,
                    update_heartbeat_interval=SIGN_OF_LIFE_S,
                    stalled_worker_timeout=LOST_AFTER_S,
                    worker_middleware=[jobs.notice],
                )
            finally:
                ended.set()
                minding.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await minding


@contextlib.contextmanager
def patient_worker() -> Iterator[tuple[App, PatientJobs]]:
    """The app of the queue as the worker needs it, and who tells the queue how its jobs ended."""
    plain = app.job_manager
    jobs = PatientJobs(plain.connector)
    with app.replace_connector(WorkerConnector(plain.connector)) as worker_app:
        jobs.connector = worker_app.connector
        worker_app.job_manager = jobs
        try:
            yield worker_app, jobs
        finally:
            worker_app.job_manager = plain


async def mind_lost_jobs(worker_app: App, ended: asyncio.Event) -> None:
    """Take back the jobs of dead workers every few seconds until `ended`.

    Being cancelled is not enough: while the database is away, the pool of connections answers a cancelled wait with
    its own error, and whoever waits for this task would wait for ever.
    """
    while not ended.is_set():
        try:
            lost = await take_back_lost_jobs(worker_app, silent_for_s=LOST_AFTER_S)
            if lost:
                log.warning("%d jobs of a worker that was killed are done again.", lost)
        except ConnectorException as error:
            log.warning("Lost jobs wait for the database: %s", error)
        await asyncio.sleep(SIGN_OF_LIFE_S)
