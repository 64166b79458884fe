"""Jobs that need a look: tried, failed, and waiting for a person."""

from dataclasses import dataclass

from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.events.models import Event


@dataclass(frozen=True)
class PoisonedJob:
    """A reaction that failed for good, and the event it should have followed."""

    id: int
    reaction: str
    attempts: int
    event: Event | None


def job_counts() -> dict[str, int]:
    """How many jobs stand in each status of the queue."""
    return dict(ProcrastinateJob.objects.values_list("status").annotate(n=Count("id")))


def poisoned_jobs(limit: int = 50) -> list[PoisonedJob]:
    """The newest failed reactions."""
    jobs = list(ProcrastinateJob.objects.filter(status="failed").order_by("-id")[:limit])
    events = Event.objects.in_bulk([job.args.get("event_id") for job in jobs if job.args.get("event_id")])
    return [
        PoisonedJob(job.id, job.args.get("reaction", job.task_name), job.attempts, events.get(job.args.get("event_id")))
        for job in jobs
    ]
