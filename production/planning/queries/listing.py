"""Proposals, runs and sites as lists: what somebody may see of the latest plan."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from inventory.items.models import Item
from production.planning.models import PlanningRun, PlanPart
from production.planning.queries.columns import columns, fetched
from production.planning.queries.proposals import Proposal, Proposals, Wish, proposals_numbered
from production.planning.rules.packing import ROW
from production.planning.states import PlanKind, RunStatus

Actor = User | AnonymousUser
VIEW = "production.planning.view"
# So many items are planned while a page waits.
LARGE = 5000
LOST_AT_ONCE = 20
_MADE_AT = """
SELECT DISTINCT routing.item_id
  FROM production_routing routing JOIN production_routingoperation operation ON operation.routing_id = routing.id
  JOIN production_workcentre centre ON centre.id = operation.work_centre_id
 WHERE routing.status = 'RELEASED' AND centre.line_id = %(line)s"""
# Parts are in the order of release: those before a day are counted whole, and the day cuts one at most.
_LATE = """
SELECT coalesce(sum(count) FILTER (WHERE last_on < %(today)s), 0)::bigint,
       (SELECT count(*) FROM production_firming WHERE run_id = %(run)s AND proposal > 0 AND release_on < %(today)s),
       coalesce(string_agg(rows, ''::bytea) FILTER (WHERE last_on >= %(today)s), ''::bytea)
  FROM production_planpart WHERE run_id = %(run)s AND first_on < %(today)s"""


class NoSuchProposal(Missing):
    """The proposal does not exist, was replaced by a newer plan, or the asker may not see it."""

    code = "no_such_proposal"


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


def parts_seen(actor: Actor) -> QuerySet[PlanPart]:
    """The parts of plans somebody may see."""
    return visible(actor, PlanPart.objects.all())


def proposals_named(actor: Actor, numbers: Collection[int]) -> list[Proposal]:
    """Proposals by their numbers, in that order. Raises NoSuchProposal where one is gone or not to be seen."""
    found = proposals_numbered(parts_seen(actor), numbers)
    if len(found) < len(set(numbers)):
        raise NoSuchProposal(_("There is no such proposal any more: a newer plan took its place. Look again."))
    return [found[number] for number in numbers]


def proposal_or_missing(actor: Actor, number: int) -> Proposal:
    """One proposal. Raises NoSuchProposal."""
    (found,) = proposals_named(actor, [number])
    return found


def proposals_found(
    run: PlanningRun, *, kind: str = "", text: str = "", line: Line | None = None,
    until: date | None = None,
) -> Proposals:  # fmt: skip
    """Open proposals of a run, the first to be released on top. `line`: made there by the routing of the day."""
    items: Any = None
    if text:
        named = Item.objects.filter(Q(number__istartswith=text) | Q(name__icontains=text))
        items = set(named.values_list("pk", flat=True))
    if line is not None:
        kind = kind or PlanKind.MAKE.value
        made = columns(_MADE_AT, 1, {"line": line.pk})[0].tolist() if kind == PlanKind.MAKE else []
        items = made if items is None else items.intersection(made)
    return Proposals([run], Wish(kind=kind, items=items, until=until, firmed=False))


def proposals_wished(
    actor: Actor, *, run: int | None = None, site: int | None = None, site__code: str | None = None, kind: str = "",
    item: int | None = None, item__number: str | None = None, is_late: bool | None = None,
    release_on: date | None = None, release_on__lte: date | None = None, release_on__gte: date | None = None,
    firmed_at__isnull: bool | None = None,
) -> Proposals:  # fmt: skip
    """Proposals of the latest plans of all sites somebody may see, as the API lists them."""
    runs = runs_seen(actor).filter(pk__in=parts_seen(actor).values("run"))
    same = {"pk": run, "site": site, "site__code": site__code}
    items: set[int] | None = None if item is None else {item}
    if item__number is not None:
        named = set(Item.objects.filter(number=item__number).values_list("pk", flat=True))
        items = named if items is None else items & named
    froms = [day for day in (release_on, release_on__gte) if day]
    tos = [day for day in (release_on, release_on__lte) if day]
    return Proposals(
        runs.filter(**{name: value for name, value in same.items() if value is not None}),
        Wish(
            kind=kind, items=items, late=is_late, since=max(froms, default=None),
            until=min(tos) + timedelta(days=1) if tos else None,
            firmed=None if firmed_at__isnull is None else not firmed_at__isnull,
        ),
    )  # fmt: skip


def late_count(run: PlanningRun, today: date) -> int:
    """How many open proposals of a run should have been released before a day; one part at most is looked into."""
    ((whole, firmed, cut),) = fetched(_LATE, ("int8", "int8", "bytea"), {"run": run.pk, "today": today})
    some = np.frombuffer(cut, ROW)["release"] < (today - run.starts_on).days
    return int(whole + some.sum() - firmed)
