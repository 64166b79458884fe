"""Reorder points and safety stocks that stand in the list of items."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.access.roles import CAPABILITIES
from factory_core.importing.kinds import Context, Row
from inventory.importers.common import Upsert
from inventory.items.models import Item
from inventory.replenishment.models import ReplenishmentRule
from inventory.stock.rules.valuation import money

_FIGURES = ("safety_stock", "reorder_point")
_RIGHT = "inventory.purchasing.manage"


class Rules:
    """The replenishment rules of items at the site of the import."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def take(self, meant: Sequence[tuple[Row, Item]]) -> None:
        """Make or change the rules of these rows' items; zero and zero of an item without a rule says nothing."""
        wishes = [(row, item, figures) for row, item in meant if (figures := _said(row))]
        if not wishes or self.context.site is None:
            return
        if not may(self.context.actor, _RIGHT, self.context.site):
            for row, _item, figures in wishes:
                row.refuse(next(iter(figures)), "not_allowed",
                           _("You may not %(act)s.") % {"act": CAPABILITIES[_RIGHT]},
                           _("Leave this column out, or let somebody with the right bring the file over."))  # fmt: skip
            return
        site = self.context.site
        there = ReplenishmentRule.objects.select_for_update(of=("self",), no_key=True).filter(
            site=site, item__in=[item.pk for _row, item, _figures in wishes]
        )
        rules = Upsert(ReplenishmentRule, self.context, {rule.item_id: rule for rule in there})
        for row, item, figures in wishes:
            if item.pk in rules.known or any(figures.values()):
                rules.put(row, item.pk, figures, {"item_id": item.pk, "site_id": site.pk})
        rules.save()


def _said(row: Row) -> dict[str, Decimal]:
    return {name: money(value) for name in _FIGURES if isinstance(value := row.values.get(name), Decimal)}
