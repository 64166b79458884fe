"""Set how an item is kept in stock at a site."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import Forbidden, hidden_fields, require, visible
from factory_core.errors import Invalid, StaleVersion
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.models import Item
from inventory.replenishment import events
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.queries import trouble_of
from inventory.replenishment.states import LotRule, Method

FIELDS = (
    "method", "reorder_point", "safety_stock", "most", "lot_rule", "lot_quantity", "least_quantity", "multiple",
    "period_days", "yearly_demand", "order_cost", "holding_cost", "is_active",
)  # fmt: skip
MOST = Decimal(10) ** 11


class BadRule(Invalid):
    """One cannot decide by these figures."""

    code = "bad_rule"


def set_rule(
    *, actor: User, item: Item, site: Site, at: datetime, version: int | None = None, **figures: Any
) -> ReplenishmentRule:
    """Make the rule of an item at a site, or change the figures named. Raises BadRule, StaleVersion, Forbidden."""
    require(actor, "inventory.purchasing.manage", site)
    rule = (
        visible(actor, ReplenishmentRule.objects.select_related("item__unit", "site"))
        .select_for_update(of=("self",))
        .filter(item=item, site=site)
        .first()
    )
    if rule is None:
        rule = ReplenishmentRule(item=item, site=site)
    _refuse_hidden(actor, rule, figures)
    if rule.pk and version is not None and version != rule.version:
        raise StaleVersion(
            _("The rule of %(item)s was changed by somebody else in the meantime. Compare both, then decide.")
            % {"item": item.number},
            current={"version": rule.version, **_readable(actor, rule)},
        )
    _refuse_unreadable(figures)
    for name, value in figures.items():
        setattr(rule, name, value)
    if trouble := trouble_of(rule):
        raise BadRule(trouble)
    _save(rule, list(figures))
    publish(events.RULE_SET, about=[rule, item], at=at, actor=actor, fields=sorted(figures))
    return rule


def _save(rule: ReplenishmentRule, fields: list[str]) -> None:
    if rule.pk:
        rule.version += 1
        rule.save(update_fields=[*fields, "version", "updated_at"])
        return
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise BadRule(
            _("Somebody made a rule for %(item)s in this very moment. Look at it, then change it.")
            % {"item": rule.item.number}
        ) from None


def _refuse_hidden(actor: User, rule: ReplenishmentRule, figures: dict[str, Any]) -> None:
    unknown = figures.keys() - set(FIELDS)
    if unknown:
        raise BadRule(_("A rule has no %(names)s.") % {"names": ", ".join(sorted(unknown))})
    hidden = sorted(hidden_fields(actor, ReplenishmentRule) & figures.keys())
    if hidden:
        raise Forbidden(
            _("You may not set %(names)s: for that you must be allowed to see costs.")
            % {"names": ", ".join(str(events.FIGURE_WORDS[name]) for name in hidden)},
            capability="inventory.cost.view",
        )


def _refuse_unreadable(figures: dict[str, Any]) -> None:
    if figures.get("method", Method.REORDER_POINT) not in set(Method):
        raise BadRule(_("'%(given)s' is no method of replenishment.") % {"given": str(figures["method"])[:20]})
    if figures.get("lot_rule", LotRule.FIXED) not in set(LotRule):
        raise BadRule(_("'%(given)s' is no lot rule.") % {"given": str(figures["lot_rule"])[:20]})
    for name, value in figures.items():
        if isinstance(value, Decimal) and (not value.is_finite() or abs(value) >= MOST):
            raise BadRule(_("“%(figure)s” is no number that can be kept.") % {"figure": events.FIGURE_WORDS[name]})
        if name == "period_days" and value is not None and not 0 <= value <= 3650:
            raise BadRule(_("“%(figure)s” is no number that can be kept.") % {"figure": events.FIGURE_WORDS[name]})


def _readable(actor: User, rule: ReplenishmentRule) -> dict[str, Any]:
    return {
        name: f"{value.normalize():f}" if isinstance(value := getattr(rule, name), Decimal) else value
        for name in FIELDS
        if name not in hidden_fields(actor, ReplenishmentRule)
    }
