"""Failed follow-ups in the administration: try again, or give up."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.policy import may
from factory_core.errors import Refusal
from factory_core.jobs import services
from factory_core.web.admin import PlantAdmin
from factory_core.web.doors import signed_in


@admin.register(ProcrastinateJob)
class FailedJobAdmin(PlantAdmin):
    """What failed for good and waits for a person."""

    group = "looks"
    kinds_title = gettext_lazy("Failed follow-ups")
    list_display = ("id", "reaction", "event", "attempts", "status")
    fields = ("id", "task_name", "args", "attempts", "status", "lock")
    ordering = ("-id",)
    actions = ("retry", "give_up")

    @property
    def view_capability(self) -> str:
        """The queue belongs to another package, which names no capability."""
        return "health.view"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The queue has no place: the capability anywhere opens it."""
        return may(request.user, self.view_capability)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        """For the actions."""
        return may(request.user, "health.repair")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only what failed."""
        rows: QuerySet[Any] = ProcrastinateJob.objects.filter(status="failed")
        return rows

    @admin.display(description=gettext_lazy("follow-up"))
    def reaction(self, job: ProcrastinateJob) -> str:
        """What should have followed."""
        return str(job.args.get("reaction", job.task_name))

    @admin.display(description=gettext_lazy("event"))
    def event(self, job: ProcrastinateJob) -> str:
        """Which event it should have followed."""
        return str(job.args.get("event_id", ""))

    @admin.action(description=gettext_lazy("Try again"), permissions=["repair"])
    def retry(self, request: HttpRequest, jobs: QuerySet[ProcrastinateJob]) -> None:
        """Put the chosen jobs back into the queue."""
        for job in jobs:
            services.retry_job(actor=signed_in(request), job_id=job.pk)

    @admin.action(description=gettext_lazy("Give up for good"), permissions=["repair"])
    def give_up(self, request: HttpRequest, jobs: QuerySet[ProcrastinateJob]) -> None:
        """Dismiss the chosen jobs."""
        for job in jobs:
            try:
                services.dismiss_job(
                    actor=signed_in(request), job_id=job.pk, reason=_("given up in the administration")
                )
            except Refusal as no:
                self.message_user(request, no.sentence, messages.ERROR)
