"""Let the rules of a site look, and keep the open suggestions as they see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from factory_core.access.policy import require
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.replenishment import events
from inventory.replenishment.demand import planned
from inventory.replenishment.models import ReplenishmentRule, Suggestion
from inventory.replenishment.queries.looking import Looked, look
from inventory.replenishment.rules import Wish
from inventory.replenishment.states import SuggestionStatus


@dataclass
class Run:
    """What one look changed. `troubles`: a sentence for each rule that could not be followed."""

    looked_at: int = 0
    made: int = 0
    changed: int = 0
    gone: int = 0
    # Items a plan orders: what it proposes takes the place of a suggestion.
    planned: int = 0
    troubles: list[str] = field(default_factory=list)


def suggest(*, actor: User, site: Site, at: datetime) -> Run:
    """Make and renew the suggestions of a site; those no longer needed become GONE.

    A dismissed suggestion keeps quiet until more is needed than it asked for, or until the need was over once. The
    suggestion of a rule that cannot be followed stays as it is. Late ones keep their day in the past. What a plan
    orders (`offer_planner`) is not suggested besides.
    """
    require(actor, "inventory.purchasing.request", site)
    # Two looks at a time would make each suggestion twice; orders and stock of the site go on meanwhile.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    today = at.astimezone(site.zone).date()
    rules = list(
        ReplenishmentRule.objects.filter(site=site, is_active=True, item__is_active=True).select_related("item__unit")
    )
    # Asked before suggestions are held: a plan waits for them while it is made.
    elsewhere = planned([rule.item_id for rule in rules], site.pk, hold=True)
    rules = [rule for rule in rules if rule.item_id not in elsewhere]
    known = _known(site)
    run = Run(looked_at=len(rules), planned=len(elsewhere))
    needless = dict(known)
    for looked in look(rules, site.pk, today):
        item = looked.rule.item_id
        if looked.trouble:
            run.troubles.append(looked.trouble)
            needless.pop(item, None)
        elif looked.wish is not None:
            _keep(actor, site, looked, looked.wish, needless.pop(item, {}), at, run)
    for rows in needless.values():
        for row in rows.values():
            _save(row, status=SuggestionStatus.GONE.value)
            run.gone += 1
    return run


def _known(site: Site) -> dict[int, dict[str, Suggestion]]:
    """Open suggestions and those that keep quiet, by item and status, held still."""
    rows = Suggestion.objects.select_for_update(of=("self",)).filter(
        site=site, status__in=[SuggestionStatus.OPEN, SuggestionStatus.DISMISSED]
    )
    found: dict[int, dict[str, Suggestion]] = {}
    for row in rows.select_related("item__unit").order_by("id"):
        found.setdefault(row.item_id, {})[row.status] = row
    return found


def _keep(
    actor: User, site: Site, looked: Looked, wish: Wish, known: dict[str, Suggestion], at: datetime, run: Run
) -> None:
    quiet = known.get(SuggestionStatus.DISMISSED)
    if quiet is not None:
        if wish.quantity <= quiet.quantity:
            return
        _save(quiet, status=SuggestionStatus.GONE.value)
        run.gone += 1
    rule, supplier_item = looked.rule, looked.seen.supplier_item
    wanted: dict[str, Any] = {
        "quantity": wish.quantity,
        "wanted_on": wish.wanted_on,
        "order_on": wish.order_on,
        "supplier_id": supplier_item.supplier_id if supplier_item else None,
    }
    reason = reason_of(looked, wish)
    row = known.get(SuggestionStatus.OPEN)
    if row is None:
        row = Suggestion.objects.create(item=rule.item, site=site, reason=reason, **wanted)
        publish(
            events.SUGGESTED, about=[row, rule.item, site], at=at, actor=actor,
            quantity=f"{wish.quantity.normalize():f}", unit=rule.item.unit.code, on=wish.order_on.isoformat(),
        )  # fmt: skip
        run.made += 1
    elif any(getattr(row, name) != value for name, value in wanted.items()):
        _save(row, reason=reason, **wanted)
        run.changed += 1
    elif row.reason != reason:
        # The same wish out of other figures is no change that somebody who read the old ones must be told.
        row.reason = reason
        row.save(update_fields=["reason", "updated_at"])


def reason_of(looked: Looked, wish: Wish) -> dict[str, Any]:
    """The figures the rule looked at, as text: what a person needs to check the suggestion by hand."""
    rule, seen, supply = looked.rule, looked.seen, looked.seen.supply
    figures = {
        "on_hand": seen.on_hand,
        "inspected": seen.inspected,
        "reserved": seen.reserved_all,
        "reserved_for_others": seen.reserved,
        "on_order": sum((one.quantity for one in seen.on_order), start=wish.quantity * 0),
        "demand": wish.demand,
        "position": wish.position,
        "reorder_point": rule.reorder_point,
        "safety_stock": rule.safety_stock,
        "most": rule.most,
        "lot": wish.lot,
        "least_quantity": rule.least_quantity,
        "multiple": rule.multiple,
        "supplier_least": supply.least if supply else None,
        "supplier_multiple": supply.multiple if supply else None,
    }
    return {
        **{name: None if value is None else f"{value.normalize():f}" for name, value in figures.items()},
        "method": rule.method,
        "lot_rule": rule.lot_rule,
        "period_days": rule.period_days,
        "lead_days": supply.lead_days if supply else 0,
        "demand_until": wish.until.isoformat(),
        "short_on": wish.short_on.isoformat() if wish.short_on else None,
    }


def _save(row: Suggestion, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version", "updated_at"])
