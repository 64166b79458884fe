"""Make orders of proposals, each once: production orders to make, purchase orders or requests to buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import may, require
from factory_core.errors import Refusal
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Line
from factory_core.sources import SourceRef
from factory_core.web.display import quantity as shown_quantity
from inventory.items.models import SupplierItem
from inventory.purchasing.services import order_from, request_purchase
from production.orders.services import plan_item
from production.planning import events
from production.planning.models import Firming, PlanPart
from production.planning.queries.listing import latest_run, proposals_named
from production.planning.queries.proposals import Proposal
from production.planning.rules.packing import part_and_place
from production.planning.services.locking import beside_others
from production.planning.services.refusals import AlreadyFirmed, BadFirming, NothingChosen, NotMakeable, StalePlan
from production.planning.states import PlanKind
from production.products.queries import routing_on

RUN, BUY, ASK = "production.planning.run", "inventory.purchasing.manage", "inventory.purchasing.request"
LARGEST = Decimal(10) ** 11
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Firmed:
    """What came of a proposal, or why nothing did."""

    planned: Proposal
    label: str = ""
    refusal: Refusal | None = None


def firm(
    *, actor: User, planned_id: int, at: datetime, quantity: Decimal | None = None, due_on: date | None = None,
    run_id: int | None = None,
) -> Proposal:  # fmt: skip
    """Make the order of a proposal: a production order, a draft at the preferred supplier, or else a request to buy.

    `quantity` (base units) and `due_on` instead of what was proposed; `run_id`: the plan the person looked at. Raises
    NoSuchProposal, AlreadyFirmed, StalePlan, NotMakeable, BadFirming and what ordering itself refuses.
    """
    (planned,) = _held(actor, [planned_id], run_id)
    if planned.firming is not None:
        raise _already(planned.firming)
    if quantity is not None:
        if not 0 < quantity < LARGEST:
            raise BadFirming(_("%(quantity)s is not a quantity to order.") % {"quantity": shown_quantity(quantity)})
        planned.quantity = quantity
    if due_on is not None:
        planned.due_on = due_on
    if planned.kind == PlanKind.MAKE:
        _note(actor, planned, _made(actor, planned, at), at)
    else:
        _bought(actor, [planned], at)
    return planned


def firm_many(*, actor: User, planned_ids: Sequence[int], at: datetime, run_id: int | None = None) -> list[Firmed]:
    """Make orders of several proposals: one draft a supplier, one production order each.

    What one of them refuses is told beside it and holds up nobody else. Raises NothingChosen, StalePlan.
    """
    wanted = sorted(set(planned_ids))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise NothingChosen(_("Choose 1 to %(most)d proposals at once.") % {"most": MOST_AT_ONCE})
    chosen = _held(actor, wanted, run_id)
    results: list[Firmed] = []
    groups: dict[tuple[str, int], list[Proposal]] = {}
    for planned in chosen:
        supplier = _supplier_of(planned) if planned.kind == PlanKind.BUY else None
        groups.setdefault(("", planned.pk) if supplier is None else ("order", supplier.supplier_id), []).append(planned)
    for rows in groups.values():
        results += _together(actor, rows, at)
    return sorted(results, key=lambda one: (one.planned.release_on, one.planned.pk))


def _together(actor: User, rows: list[Proposal], at: datetime) -> list[Firmed]:
    """Proposals that become one order, all of them or, where one is firmed already, those that are left."""
    left, told = [], []
    for planned in rows:
        if planned.firming is not None:
            told.append(Firmed(planned, refusal=_already(planned.firming)))
        else:
            left.append(planned)
    try:
        with transaction.atomic():
            for planned in left if left and left[0].kind == PlanKind.MAKE else []:
                _note(actor, planned, _made(actor, planned, at), at)
            if left and left[0].kind == PlanKind.BUY:
                _bought(actor, left, at)
    except Refusal as refusal:
        return told + [Firmed(planned, refusal=refusal) for planned in left]
    return told + [Firmed(planned, planned.firmed_label) for planned in left]


def _held(actor: User, numbers: Sequence[int], run_id: int | None) -> list[Proposal]:
    """Proposals of the latest plan, which waits until we are done. Raises NoSuchProposal, StalePlan.

    Whoever firms something of the same part waits here for us, and is then told what came of it.
    """
    for site in {planned.site for planned in proposals_named(actor, numbers)}:
        beside_others(site)
        latest = latest_run(site)
        if run_id is not None and (latest is None or latest.pk != run_id):
            raise StalePlan(_("A newer plan was made since you looked. Look at its proposals, then decide."))
    keys = {part_and_place(number)[0] for number in numbers}
    held = PlanPart.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    list(held.values_list("pk", flat=True))
    # Read again: what a plan replaced while we waited for it is gone.
    return proposals_named(actor, numbers)


def _already(firming: Firming) -> AlreadyFirmed:
    return AlreadyFirmed(
        _("This proposal became %(order)s already.") % {"order": firming.made_label}, order=firming.made_label
    )


def _made(actor: User, planned: Proposal, at: datetime) -> models.Model:
    require(actor, RUN, planned.site)
    line = _line_of(planned, at)
    begin = max(min(planned.release_on, planned.due_on), at.astimezone(planned.site.zone).date())
    due = max(planned.due_on, begin)
    return plan_item(
        actor=actor, item=planned.item, quantity=planned.quantity, line=line, at=at, source=_source(planned),
        start_at=_morning(begin, planned), due_at=_morning(due, planned),
    )  # fmt: skip


def _bought(actor: User, rows: list[Proposal], at: datetime) -> None:
    site, supplier = rows[0].site, _supplier_of(rows[0])
    if supplier is not None and may(actor, BUY, site):
        wishes = [(one.item, one.quantity, one.due_on) for one in rows]
        order = order_from(actor=actor, supplier=supplier.supplier, site=site, wishes=wishes, at=at)
        for one in rows:
            _note(actor, one, order, at)
        return
    # A planner asks, a buyer orders; who asks for goods needs that right besides the plan's.
    if not may(actor, BUY, site):
        require(actor, RUN, site)
    for one in rows:
        request = request_purchase(
            actor=actor, site=site, item=one.item, quantity=one.quantity, at=at, wanted_on=one.due_on,
            reason=_("Net requirements"), source=_source(one),
        )  # fmt: skip
        _note(actor, one, request, at)


def _note(actor: User, planned: Proposal, made: Any, at: datetime) -> None:
    planned.firming = Firming.objects.create(
        run=planned.run, site=planned.site, proposal=planned.pk, item=planned.item, kind=planned.kind,
        quantity=planned.quantity, release_on=planned.release_on, due_on=planned.due_on, by=actor,
        made_kind=made._meta.label_lower, made_id=made.pk, made_label=str(made)[:80], at=at,
    )  # fmt: skip
    publish(
        events.FIRMED, about=[made, planned.item, planned.site], at=at, actor=actor,
        quantity=f"{planned.quantity.normalize():f}", unit=planned.item.unit.code,
    )  # fmt: skip


def _source(planned: Proposal) -> SourceRef:
    """Who wants it, where somebody does; else the plan."""
    if planned.demand:
        kind, key, label = planned.demand[0][:3]
        return SourceRef(kind, key, label)
    return SourceRef.of(planned.run)


def _line_of(planned: Proposal, at: datetime) -> Line:
    routing = routing_on(planned.item, at.astimezone(planned.site.zone).date())
    first = routing.operations.select_related("work_centre__line").order_by("number").first() if routing else None
    if first is None:
        raise NotMakeable(
            _("Nobody said where %(item)s is made: no routing of it is released.") % {"item": planned.item.number}
        )
    found: Line = first.work_centre.line
    return found


def _supplier_of(planned: Proposal) -> SupplierItem | None:
    rows = SupplierItem.objects.filter(item=planned.item, is_active=True, supplier__is_active=True)
    return rows.select_related("supplier").order_by("-is_preferred", "lead_time_days", "id").first()


def _morning(day: date, planned: Proposal) -> datetime:
    """The beginning of a day at the site: what is due on a day is needed when its work begins."""
    return datetime.combine(day, time(6), planned.site.zone)
