"""Jobs that need a look: tried, failed, and waiting for a person."""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.policy import visible
from factory_core.events.models import Event
from factory_core.people.models import User


@dataclass(frozen=True)
class PoisonedJob:
    """A reaction that failed for good, and the event it should have followed."""

    id: int
    reaction: str
    attempts: int
    event: Event | None

    @property
    def sentence(self) -> str:
        """What happened, what should have followed, and how often it was tried."""
        told = {"reaction": self.reaction, "n": self.attempts, "id": self.id}
        if self.event is None:
            return _("Job %(id)d, %(reaction)s, failed %(n)d times.") % told
        told["event"] = self.event.sentence
        return _("“%(event)s” was not followed up: job %(id)d, %(reaction)s, failed %(n)d times.") % told


def job_counts() -> dict[str, int]:
    """How many jobs stand in each status of the queue."""
    return dict(ProcrastinateJob.objects.values_list("status").annotate(n=Count("id")))


def poisoned_jobs(limit: int = 50, reader: User | None = None) -> list[PoisonedJob]:
    """The newest failed reactions; events that the reader may not see stay unnamed."""
    jobs = list(ProcrastinateJob.objects.filter(status="failed").order_by("-id")[:limit])
    wanted = [job.args["event_id"] for job in jobs if job.args.get("event_id")]
    known = Event.objects.all() if reader is None else visible(reader, Event.objects.all())
    events = known.in_bulk(wanted)
    return [
        PoisonedJob(job.id, job.args.get("reaction", job.task_name), job.attempts, events.get(job.args.get("event_id")))
        for job in jobs
    ]
