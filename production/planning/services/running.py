"""Compute the net requirements of a site and keep its proposals; those of earlier runs go."""

from datetime import date, datetime

import numpy as np
from django.utils.translation import gettext as _

from factory_core.access.policy import require
from factory_core.errors import Invalid, Missing
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.replenishment.services import end_suggestions, hold_suggestions
from production.planning import events
from production.planning.models import PlanningRun
from production.planning.queries.findings import findings_of, item_number
from production.planning.queries.listing import runs_seen
from production.planning.queries.reading import read_plant
from production.planning.rules import TooMuch, net_requirements
from production.planning.services.basing import base_of
from production.planning.services.locking import alone
from production.planning.services.writing import write_plan
from production.planning.states import RunStatus

RUN = "production.planning.run"
LONGEST = 156


class NoSuchRun(Missing):
    """The planning run does not exist, or the asker may not see it."""

    code = "no_such_planning_run"


class BadPlan(Invalid):
    """The weeks or the first day of a plan make no sense."""

    code = "bad_plan"


def run_plan(*, actor: User, site: Site, starts_on: date, weeks: int = 52, at: datetime) -> PlanningRun:
    """Plan a site from a day on, whole, in this transaction. Raises BadPlan.

    What cannot be computed ends as a FAILED run with the reason among its findings; the proposals of before stay.
    """
    run = start_run(actor=actor, site=site, starts_on=starts_on, weeks=weeks, at=at)
    alone(site)
    return _carried_out(actor, run, at)


def start_run(*, actor: User, site: Site, starts_on: date, weeks: int = 52, at: datetime) -> PlanningRun:
    """Say that a plan is wanted; `carry_out` computes it, here or in the worker. Raises BadPlan."""
    require(actor, RUN, site)
    if not 1 <= weeks <= LONGEST:
        raise BadPlan(_("A plan looks 1 to %(most)d weeks ahead, not %(weeks)d.") % {"most": LONGEST, "weeks": weeks})
    today = at.astimezone(site.zone).date()
    if abs((starts_on - today).days) > 366:
        raise BadPlan(_("A plan begins within a year of today; %(day)s does not.") % {"day": starts_on.isoformat()})
    return PlanningRun.objects.create(site=site, starts_on=starts_on, weeks=weeks, by=actor, started_at=at)


def carry_out(*, actor: User, run_id: int, at: datetime) -> PlanningRun:
    """Compute a run that was started; one that ended already stays as it is. Raises NoSuchRun."""
    run = run_or_missing(actor, run_id)
    require(actor, RUN, run.site)
    alone(run.site)
    run.refresh_from_db()
    return run if run.status != RunStatus.RUNNING else _carried_out(actor, run, at)


def run_or_missing(actor: User, run_id: int) -> PlanningRun:
    """One run. Raises NoSuchRun."""
    run = runs_seen(actor).filter(pk=run_id).first()
    if run is None:
        raise NoSuchRun(_("There is no such planning run that you may see."))
    return run


def fail(*, actor: User, run: PlanningRun, reason: str, at: datetime) -> PlanningRun:
    """End a run that could not be computed, with the reason."""
    _end(run, RunStatus.FAILED, at, findings=[reason])
    publish(events.PLAN_FAILED, about=[run, run.site], at=at, actor=actor, reason=reason)
    return run


def _carried_out(actor: User, run: PlanningRun, at: datetime) -> PlanningRun:
    _end_lost(run, at)
    try:
        return _computed(actor, run, at)
    except TooMuch as refusal:
        return fail(actor=actor, run=run, reason=_too_much(refusal, run), at=at)


def _computed(actor: User, run: PlanningRun, at: datetime) -> PlanningRun:
    site = run.site
    suggested = hold_suggestions(site=site)
    read = read_plant(site, run.starts_on, run.weeks, base_of(site, run.starts_on))
    plan = net_requirements(read.plant, read.days, run.weeks)
    figures = read.figures
    orders = plan.planned.among((figures.makes | figures.buys)[plan.planned.item])
    if suggested:
        ordered = set(np.unique(figures.ids[orders.item]).tolist())
        end_suggestions(keys=[key for key, item in suggested.items() if item in ordered])
    proposals = write_plan(run, read, orders, plan.level)
    _end(run, RunStatus.DONE, at, proposals=proposals, findings=findings_of(read, plan))
    publish(events.PLANNED, about=[run, site], at=at, actor=actor, proposals=proposals)
    return run


def _end(run: PlanningRun, status: RunStatus, at: datetime, **more: object) -> None:
    run.status, run.ended_at = status.value, at
    for name, value in more.items():
        setattr(run, name, value)
    run.version += 1
    run.save(update_fields=["status", "ended_at", *more, "version", "updated_at"])


def _end_lost(run: PlanningRun, at: datetime) -> None:
    """Nobody else computes while we hold the site: an older run that still says so was lost with its process."""
    for lost in PlanningRun.objects.filter(site=run.site_id, status=RunStatus.RUNNING, pk__lt=run.pk):
        _end(lost, RunStatus.FAILED, at, findings=[_("The program ended before this plan was computed.")])


def _too_much(refusal: TooMuch, run: PlanningRun) -> str:
    return _("More of %(item)s would be needed than the books can hold. Look at its demand and bills of materials.") % {
        "item": item_number(refusal.place) or _("one item")
    }
