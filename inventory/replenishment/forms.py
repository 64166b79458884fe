"""How an item is kept in stock, as a person types it."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import hidden_fields, visible
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.purchasing.forms import BuyingForm, NumberField, proposed
from inventory.replenishment.events import LOT_RULE_WORDS, METHOD_WORDS
from inventory.replenishment.models import ReplenishmentRule
from inventory.replenishment.services.setting import FIELDS

MANAGE = "inventory.purchasing.manage"
# Left empty they mean nothing special: no point, no safety stock, any quantity.
_ZERO_WHEN_EMPTY = ("reorder_point", "safety_stock", "least_quantity", "multiple")


class RuleForm(BuyingForm):
    """A rule; item and site can be chosen for a new one only. Quantities are in the item's base unit."""

    item = forms.CharField(label=lazy("Item"), max_length=60, widget=proposed("items"))
    site = forms.ModelChoiceField(label=lazy("Site"), queryset=Site.objects.none(), empty_label=None)
    method = forms.ChoiceField(label=lazy("Method"), choices=list(METHOD_WORDS.items()))
    reorder_point = NumberField(
        label=lazy("Order when at or under"), required=False,
        help_text=lazy("The demand of the lead time, and the safety stock."),
    )  # fmt: skip
    safety_stock = NumberField(
        label=lazy("Safety stock"), required=False, help_text=lazy("Going under it is being short.")
    )
    most = NumberField(label=lazy("Fill up to"), required=False, help_text=lazy("For filling up to a most."))
    lot_rule = forms.ChoiceField(label=lazy("Lot rule"), choices=list(LOT_RULE_WORDS.items()))
    lot_quantity = NumberField(label=lazy("Lot quantity"), required=False, help_text=lazy("For lots of one size."))
    period_days = forms.IntegerField(
        label=lazy("Days covered"), required=False, help_text=lazy("For lots that cover so many days.")
    )
    yearly_demand = NumberField(
        label=lazy("Demand in a year"), required=False, help_text=lazy("For economic lots, with both costs.")
    )
    order_cost = NumberField(label=lazy("Cost of one order"), required=False)
    holding_cost = NumberField(label=lazy("Cost of holding one for a year"), required=False)
    least_quantity = NumberField(label=lazy("Least quantity"), required=False)
    multiple = NumberField(label=lazy("Multiple of"), required=False)
    is_active = forms.BooleanField(label=lazy("In use"), required=False, initial=True)

    def __init__(self, actor: User, *args: Any, rule: ReplenishmentRule | None = None, **more: Any) -> None:
        super().__init__(actor, *args, **more)
        self.rule = rule
        for name in hidden_fields(actor, ReplenishmentRule) & set(self.fields):
            del self.fields[name]
        if rule is not None:
            del self.fields["item"], self.fields["site"]
            self.initial = {name: getattr(rule, name) for name in self.fields}
            return
        sites: Any = self.fields["site"]
        sites.queryset = visible(actor, Site.objects.order_by("code"), MANAGE)

    def figures(self) -> dict[str, Any]:
        """What was typed, for the act; fields the person may not see are left as they are."""
        said = {name: value for name, value in self.cleaned_data.items() if name in FIELDS}
        return {
            name: Decimal(0) if value is None and name in _ZERO_WHEN_EMPTY else value for name, value in said.items()
        }

    def as_rule(self) -> ReplenishmentRule:
        """The rule as it would be, unsaved."""
        kept = {"item": self.cleaned_data["item"], "site": self.cleaned_data["site"]} if self.rule is None else {}
        if self.rule is not None:
            names = ("item", "site", *FIELDS)
            kept = {name: getattr(self.rule, name) for name in names}
        return ReplenishmentRule(**{**kept, **self.figures()})
