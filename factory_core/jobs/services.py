"""Acts on what needs a look: try again, or let it be."""

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.policy import require
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.events.types import EventType
from factory_core.jobs.patience import put_back
from factory_core.live.nudge import nudge
from factory_core.people.models import User

JOB_RETRIED = EventType("jobs.retried", _("{reaction} was tried again"))
JOB_DISMISSED = EventType("jobs.dismissed", _("{reaction} was given up: {reason}"))


class NoSuchPoisonedJob(Missing):
    """The job is not (or no longer) among the failed ones."""

    code = "no_such_failed_job"


class NoReason(Invalid):
    """Giving something up for good is told with a reason."""

    code = "no_reason"


async def take_back_lost_jobs(worker_app: App, *, silent_for_s: float) -> int:
    """Queue again what a worker was doing when it died; how many there were.

    A job may have had its effect already: reactions are marked done in the transaction of the effect, so the second
    run of such a job changes nothing. That its worker died does not count as a try.
    """
    lost = list(await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_for_s))
    for job in lost:
        await put_back(worker_app.job_manager, job, at=now())
    return len(lost)


def retry_job(*, actor: User, job_id: int) -> None:
    """Put a failed job back into the queue, to be tried like a new one."""
    job = _failed(actor, job_id)
    app.job_manager.retry_job_by_id(job.id, retry_at=now())
    _publish(JOB_RETRIED, actor, job)


def dismiss_job(*, actor: User, job_id: int, reason: str) -> None:
    """Give a failed job up for good, with a reason; the event itself stays."""
    job = _failed(actor, job_id)
    if not reason.strip():
        raise NoReason(_("Say why this is given up: whoever looks later has only that."))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.id])
    _publish(JOB_DISMISSED, actor, job, reason=reason)


def _failed(actor: User, job_id: int) -> ProcrastinateJob:
    require(actor, "health.repair")
    job = ProcrastinateJob.objects.filter(pk=job_id, status="failed").first()
    if job is None:
        raise NoSuchPoisonedJob(_("Job %(id)s is not waiting for a look any more.") % {"id": job_id})
    return job


def _publish(kind: EventType, actor: User, job: ProcrastinateJob, **payload: Any) -> None:
    from factory_core.events.services import publish

    publish(kind, about=[], at=now(), actor=actor, reaction=job.args.get("reaction", job.task_name), **payload)
    nudge("health", t="changed", m="health")
