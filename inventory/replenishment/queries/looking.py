"""One look at rules of a site: what each would suggest now, and which cannot be decided by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from inventory.replenishment import events
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.queries.figures import Seen, figures_of, seen_at
from inventory.replenishment.rules import BadFigure, Wish, decide


@dataclass(frozen=True)
class Looked:
    """What a rule makes of its item today: a wish, nothing, or a trouble in one sentence."""

    rule: ReplenishmentRule
    seen: Seen
    wish: Wish | None = None
    trouble: str = ""


def look(rules: Sequence[ReplenishmentRule], site_id: int, today: date) -> list[Looked]:
    """Each rule on its own: a rule with ugly figures is told and stops no other. Rules need item and unit."""
    seen = seen_at(site_id, [rule.item for rule in rules], today)
    return [_looked(rule, seen[rule.item_id], today) for rule in rules]


def trouble_of(rule: ReplenishmentRule) -> str:
    """Why one cannot decide by a rule's own figures; empty when one can."""
    try:
        figures_of(rule).checked()
    except BadFigure as bad:
        return _sentence(rule, bad)
    return ""


def _looked(rule: ReplenishmentRule, seen: Seen, today: date) -> Looked:
    if seen.supply is None:
        supplier = seen.supplier_item
        unit = supplier.unit.code if supplier else ""
        return Looked(
            rule, seen,
            trouble=_("%(item)s is delivered in %(unit)s, and nobody said how many %(base)s that is.")
            % {"item": rule.item.number, "unit": unit, "base": rule.item.unit.code},
        )  # fmt: skip
    try:
        step = Decimal(1).scaleb(-rule.item.unit.decimals)
        return Looked(rule, seen, decide(figures_of(rule), seen.standing(), seen.supply, today, step))
    except BadFigure as bad:
        return Looked(rule, seen, trouble=_sentence(rule, bad))


def _sentence(rule: ReplenishmentRule, bad: BadFigure) -> str:
    return _("The rule of %(item)s cannot be followed: “%(figure)s” %(fault)s.") % {
        "item": rule.item.number,
        "figure": events.FIGURE_WORDS[bad.name],
        "fault": events.FAULT_WORDS[bad.fault],
    }
