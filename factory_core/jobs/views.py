"""What needs a look, from the Health page: try a failed follow-up again, or give it up."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from factory_core.access.identity import acting
from factory_core.jobs import services
from factory_core.web.doors import door, signed_in


@require_POST
@door("health.repair")
def retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Put the job back into the queue."""
    with acting(signed_in(request), channel="web"):
        services.retry_job(actor=signed_in(request), job_id=job_id)
    messages.success(
        request, _("Job %(id)d is tried again. If it fails once more, it comes back here.") % {"id": job_id}
    )
    return redirect("health")


@require_POST
@door("health.repair")
def dismiss(request: HttpRequest, job_id: int) -> HttpResponse:
    """Give the job up, with a reason."""
    reason = request.POST.get("reason", "").strip()[:200]
    with acting(signed_in(request), channel="web", reason=reason):
        services.dismiss_job(actor=signed_in(request), job_id=job_id, reason=reason)
    messages.success(request, _("Job %(id)d was given up; the event itself stays.") % {"id": job_id})
    return redirect("health")
