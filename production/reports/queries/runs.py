"""Reports that were made: who may open which, and what they say."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.access.policy import grants_of, require, visible
from factory_core.access.roles import CAPABILITIES, ROLES
from factory_core.errors import Missing
from factory_core.people.models import User, UserKind
from factory_core.reporting.compare import Change, changes_between
from factory_core.reporting.content import Content, digest_of, read_content
from production.reports.models import ReportRun


class NoSuchRun(Missing):
    """The report was never made, or the asker may not see it."""

    code = "no_such_report_run"


def runs_seen(actor: User) -> QuerySet[ReportRun]:
    """The reports somebody may open, newest first: of their places, holding nothing they may not see.

    Without their content: a list of fifty would carry it all for nothing.
    """
    rows = visible(actor, ReportRun.objects.select_related("site", "line", "by").defer("content"))
    return rows.filter(needs__contained_by=_held_somewhere(actor)).order_by("-id")


def run_or_missing(actor: User, run_id: int) -> ReportRun:
    """A report that was made, with its content; rights are asked at each opening.

    Raises NoSuchRun, and Forbidden where it holds what the asker may not see: its maker may lose a right too.
    """
    run = None
    if 0 < run_id < 2**63:
        run = visible(actor, ReportRun.objects.select_related("site", "line", "by")).filter(pk=run_id).first()
    if run is None:
        raise NoSuchRun(_("There is no such report that you may see."))
    for capability in run.needs:
        require(actor, capability, run.line or run.site)
    return run


def content_of(run: ReportRun) -> Content:
    """What a report shows."""
    return read_content(run.content)


def is_untouched(run: ReportRun) -> bool:
    """Whether the content is still that whose SHA-256 was written down."""
    return digest_of(run.content) == run.sha256


def heads_of(run: ReportRun) -> Sequence[tuple[str, str]]:
    """What stands on top of every paper: data time and maker, in the report's own language and the site's time."""
    with translation.override(content_of(run).language), timezone.override(run.site.zone):
        data_at = date_format(timezone.localtime(run.data_at), "SHORT_DATETIME_FORMAT")
        return ((_("Data of"), data_at), (_("Made by"), run.by.name))


def made_before(actor: User, run: ReportRun) -> ReportRun | None:
    """The report of the same kind, parameters and rights that was made last before this one."""
    rows = visible(actor, ReportRun.objects.select_related("by", "site"))
    same = rows.filter(
        report=run.report, site=run.site_id, line=run.line_id, parameters=run.parameters, needs=run.needs, pk__lt=run.pk
    )
    return same.order_by("-id").first()


def changed_since(before: ReportRun, run: ReportRun) -> list[Change]:
    """What is different in the newer of two reports. Of two languages nothing can be said: an empty list."""
    older, newer = content_of(before), content_of(run)
    return changes_between(older, newer) if older.language == newer.language else []


def _held_somewhere(actor: User) -> list[str]:
    """The capabilities a person holds at any place; the place itself is asked when a report is opened."""
    if actor.is_superuser or actor.kind == UserKind.SERVICE:
        return list(CAPABILITIES)
    return sorted(set().union(*(ROLES[role] for role in grants_of(actor).roles)))
