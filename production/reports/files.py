"""A report on its way out as a file, for the page and for the API."""

from datetime import UTC

from django.http import HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.people.models import User
from factory_core.reporting.rendering import SUFFIXES, as_file
from production.reports.models import ReportRun
from production.reports.queries.runs import NoSuchRun, content_of, heads_of
from production.reports.services import note_taking


def answer_file(user: User, run: ReportRun, suffix: str, *, channel: str = "web") -> HttpResponse:
    """The answer that carries a report as a file, and the note of who took it. Raises NoSuchRun for another kind."""
    if suffix not in SUFFIXES:
        wanted = {"there": ", ".join(SUFFIXES), "asked": suffix[:10]}
        raise NoSuchRun(_("A report can be taken as %(there)s, not as %(asked)s.") % wanted)
    drawn = as_file(content_of(run), suffix, heads_of(run))
    with acting(user, channel=channel):
        note_taking(actor=user, run=run, suffix=suffix, at=now())
    name = f"{slugify(run.title)[:80] or run.report}-{run.data_at.astimezone(UTC):%Y%m%dT%H%MZ}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(drawn.body, content_type=drawn.media_type, headers=headers)
