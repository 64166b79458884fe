"""Proposals, runs and sites as lists: what somebody may see of the latest plan."""

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from inventory.items.models import Item
from production.planning.models import PlannedOrder, PlanningRun
from production.planning.states import RunStatus
from production.products.models import RoutingOperation

Actor = User | AnonymousUser
VIEW = "production.planning.view"
# So many items are planned while a page waits.
LARGE = 5000
LOST_AT_ONCE = 20


class NoSuchProposal(Missing):
    """The proposal does not exist, was replaced by a newer plan, or the asker may not see it."""

    code = "no_such_proposal"


def no_such_proposal() -> NoSuchProposal:
    """The refusal with its sentence."""
    return NoSuchProposal(_("There is no such proposal any more: a newer plan took its place. Look again."))


def sites_to_plan(actor: Actor, capability: str = VIEW) -> QuerySet[Site]:
    """The sites whose plan somebody may see (or compute), by name."""
    return visible(actor, Site.objects.all(), capability).order_by("name", "pk")


def runs_seen(actor: Actor) -> QuerySet[PlanningRun]:
    """All runs somebody may see, the newest first."""
    return visible(actor, PlanningRun.objects.select_related("site", "by")).order_by("-pk")


def latest_run(site: Site) -> PlanningRun | None:
    """The run whose proposals stand: the last one that was done."""
    return latest_runs(site)[0]


def run_under_way(site: Site) -> PlanningRun | None:
    """The run that is being computed, if one is."""
    return latest_runs(site)[1]


def latest_runs(site: Site) -> tuple[PlanningRun | None, PlanningRun | None]:
    """The run whose proposals stand, and a newer one that is being computed; in one question."""
    rows = PlanningRun.objects.filter(site=site, status__in=[RunStatus.DONE, RunStatus.RUNNING])
    done = under_way = None
    # Runs that were lost with their process stand on top of the last one done, and are few.
    for run in rows.select_related("site", "by").order_by("-pk")[:LOST_AT_ONCE]:
        if run.status == RunStatus.DONE:
            done = run
            break
        under_way = under_way or run
    return done, under_way


def lines_of_site(actor: Actor, site: Site) -> list[Line]:
    """The lines of a site somebody may see, by name, with their area and site."""
    rows = visible(actor, Line.objects.filter(area__site=site).select_related("area__site"))
    return list(rows.order_by("name", "pk"))


def planned_sites(actor: Actor) -> list[tuple[Site, int]]:
    """The sites that have a plan, and how many weeks the last one looked ahead."""
    found = []
    for site in sites_to_plan(actor, "production.planning.run"):
        if (run := latest_run(site)) is not None:
            found.append((site, run.weeks))
    return found


def is_large() -> bool:
    """Whether a plan takes so long that nobody should wait for the answer of a page."""
    return Item.objects.order_by("pk")[LARGE:].exists()


def proposals_seen(actor: Actor) -> QuerySet[PlannedOrder]:
    """The proposals somebody may see."""
    return visible(actor, PlannedOrder.objects.select_related("item__unit", "site", "run"))


def proposal_or_missing(actor: Actor, planned_id: int) -> PlannedOrder:
    """One proposal. Raises NoSuchProposal."""
    found = proposals_seen(actor).filter(pk=planned_id).first()
    if found is None:
        raise no_such_proposal()
    return found


def proposals_found(
    actor: Actor, site: Site, *, kind: str = "", text: str = "", line: Line | None = None, until: date | None = None,
    since: date | None = None, open_only: bool = True,
) -> QuerySet[PlannedOrder]:  # fmt: skip
    """Proposals of a site to be released, the latest first on top. `line`: made there by the routing of the day."""
    rows = proposals_seen(actor).filter(site=site)
    if open_only:
        rows = rows.filter(firmed_at=None)
    if kind:
        rows = rows.filter(kind=kind)
    if text:
        rows = rows.filter(Q(item__number__istartswith=text) | Q(item__name__icontains=text))
    if since is not None:
        rows = rows.filter(release_on__gte=since)
    if until is not None:
        rows = rows.filter(release_on__lt=until)
    if line is not None:
        made = RoutingOperation.objects.filter(routing__status="RELEASED", work_centre__line=line)
        rows = rows.filter(kind="MAKE", item__in=made.values("routing__item"))
    return rows.order_by(F("release_on").asc(), "pk")
