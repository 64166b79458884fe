"""Making reports, making them anew, and seeing whether they come out the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import translation

from factory_core.access.policy import may, require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from factory_core.reporting.compare import Change, changes_between
from factory_core.reporting.content import Content, cut_for, digest_of
from factory_core.reporting.definition import Report, report_or_missing
from factory_core.reporting.parameters import read_parameters
from production.reports.events import REPORT_MADE, REPORT_TAKEN
from production.reports.models import ReportRun
from production.reports.queries.runs import content_of, run_or_missing


@dataclass(frozen=True)
class Reproduced:
    """A report built once more from the data as they are known today of its moment."""

    is_same: bool
    changes: list[Change]


def make_report(*, actor: User, code: str, given: Mapping[str, str], at: datetime) -> ReportRun:
    """Build a report from the data of this moment and keep it; what its maker may not see is not in it.

    Raises NoSuchReport, BadParameters, Forbidden at a place where the maker may make none, and what its builder
    refuses (an order that does not exist).
    """
    report = report_or_missing(actor, code)
    parameters = read_parameters(actor, report, given, at)
    content = _built(report, actor, parameters, at)
    site = Site.objects.get(code=content.site)
    line = Line.objects.get(code=content.line) if content.line else None
    place = line or site
    require(actor, report.needs, place)
    shown, needs = cut_for(content, lambda capability: may(actor, capability, place))
    stored = shown.stored()
    run = ReportRun.objects.create(
        site=site,
        line=line,
        report=report.code,
        title=f"{shown.title} · {shown.subtitle}"[:200],
        parameters=parameters,
        data_at=at,
        by=actor,
        content=stored,
        sha256=digest_of(stored),
        needs=needs,
    )
    publish(REPORT_MADE, about=[run, place], at=at, actor=actor, report=report.code)
    return run


def make_anew(*, actor: User, run_id: int, at: datetime) -> ReportRun:
    """The same report from the data of now. Raises as `make_report`, and NoSuchRun."""
    run = run_or_missing(actor, run_id)
    given = {name: value for name, value in run.parameters.items() if value}
    return make_report(actor=actor, code=run.report, given=given, at=at)


def note_taking(*, actor: User, run: ReportRun, suffix: str, at: datetime) -> None:
    """Tell that a report left the house as a file."""
    publish(REPORT_TAKEN, about=[run, run.line or run.site], at=at, actor=actor, suffix=suffix)


def reproduce(*, actor: User, run_id: int) -> Reproduced:
    """Build a report once more for its own moment, and say what data that came later made different.

    Writes nothing. Raises NoSuchRun, Forbidden, NoSuchReport.
    """
    run = run_or_missing(actor, run_id)
    report = report_or_missing(actor, run.report)
    before = content_of(run)
    with translation.override(before.language):
        built = _built(report, actor, run.parameters, run.data_at)
    again, _needs = cut_for(built, lambda capability: capability in run.needs)
    is_same = digest_of(again.stored()) == run.sha256
    return Reproduced(is_same, [] if is_same else changes_between(before, again))


def _built(report: Report, actor: User, parameters: Mapping[str, str], at: datetime) -> Content:
    return replace(report.build(actor, parameters, at), language=translation.get_language() or "en")
