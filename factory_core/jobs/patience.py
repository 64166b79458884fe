"""A worker that outlives its database: what a job queues belongs to its act, and no job fails with a connection."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import psycopg
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.middleware import AsyncCallNext
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker

from factory_core.clock import now

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
SAY_AGAIN_AFTER_S = (0.5, 2.0, 5.0)
# Shut down, crashed, starting up, database closed, idle for too long, no connection left; and everything of class 08.
AWAY = {"57P01", "57P02", "57P03", "57P04", "57P05", "53300"}

_PUT_BACK = (
    "UPDATE procrastinate_jobs SET status = 'todo', scheduled_at = %(at)s, abort_requested = false"
    " WHERE id = %(job)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %(worker)s"
)


def database_was_away(error: BaseException) -> bool:
    """Whether a database that died, restarts or takes nobody in is behind an error: it says nothing about the work."""
    return any(_tells_of_absence(each) for each in _behind(error))


async def put_back(jobs: JobManager, job: Job, *, at: datetime) -> None:
    """Queue a job again that was cut off, to be done no sooner than `at`. The try does not count.

    Where the same work waits in the queue already, that will do it.
    """
    try:
        await jobs.connector.execute_query_async(_PUT_BACK, job=_key(job), worker=job.worker_id, at=at)
    except UniqueViolation:
        await jobs.finish_job_by_id_async(_key(job), Status.SUCCEEDED, delete_job=True)


class WorkerConnector(PsycopgConnector):
    """The worker asks the queue through a pool of its own; what a job queues goes through that job's own transaction.

    Otherwise a follow-up would begin before the event that it follows is there, and would stay when that is undone.
    """

    def __init__(self, of_acts: BaseConnector) -> None:
        super().__init__(kwargs=connector_params())
        self._of_acts = of_acts

    def get_sync_connector(self) -> BaseConnector:
        """Where synchronous code, so every job, queues more."""
        return self._of_acts


class PatientJobs(JobManager):
    """Tells the queue how jobs ended. One that the database cut off is put back and tried again, later and later."""

    def __init__(self, connector: BaseConnector) -> None:
        super().__init__(connector)
        self._cut_off: set[int] = set()
        self._times: Counter[int] = Counter()

    async def notice(self, go_on: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
        """Around every job of the worker: remember which ones the database cut off."""
        try:
            return await go_on()
        except Exception as error:
            if database_was_away(error):
                self._cut_off.add(_key(context.job))
            raise

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """A job failed and has tries left, or was cut off."""
        if _key(job) in self._cut_off:
            await self._again(job)
        else:
            await self._surely(lambda: super(PatientJobs, self).retry_job(job, retry_at, priority, queue, lock))

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """A job succeeded or failed for good, or was cut off and knows no second try by itself."""
        if _key(job) in self._cut_off:
            await self._again(job)
        else:
            await self._surely(lambda: super(PatientJobs, self).finish_job(job, status, delete_job))
            self._times.pop(_key(job), None)

    async def _again(self, job: Job) -> None:
        key = _key(job)
        self._cut_off.discard(key)
        wait_s = min(FIRST_WAIT_S * 2 ** self._times[key], LONGEST_WAIT_S)
        self._times[key] += 1
        log.warning("%s was cut off by the database and is done again in %g s.", job.call_string, wait_s)
        await self._surely(lambda: put_back(self, job, at=now() + timedelta(seconds=wait_s)))

    async def _surely(self, say: Callable[[], Awaitable[None]]) -> None:
        # What the queue was never told stays "doing" for as long as this worker lives, and holds up what comes after.
        for wait_s in SAY_AGAIN_AFTER_S:
            try:
                return await say()
            except ConnectorException as error:
                if not database_was_away(error):
                    raise
            await asyncio.sleep(wait_s)
        return await say()


def _key(job: Job) -> int:
    # Only a job that was never queued has none.
    return cast(int, job.id)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error and everything it was raised from or while handling."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def _tells_of_absence(error: BaseException) -> bool:
    if isinstance(error, psycopg.OperationalError):
        # Without a code it is the connection that speaks, not the server.
        return error.sqlstate is None or error.sqlstate in AWAY or error.sqlstate.startswith("08")
    # "The connection is closed": not the first question after it was lost. Other misuse of the driver is a fault.
    return isinstance(error, psycopg.InterfaceError) and "connection" in str(error)
