"""What is typed into the pages of orders."""

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.plant.models import Line
from inventory.items.queries import item_or_missing
from inventory.sales.forms import NumberField, RefusedForm
from production.orders.models import ProductionOrder
from production.orders.queries import lines_for_orders
from production.orders.services import HIGHEST_PRIORITY

_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class MomentField(forms.DateTimeField):
    """A moment chosen in the browser's calendar, by the clock on the wall."""

    def __init__(self, **told: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **told)


class PriorityField(forms.IntegerField):
    """From 0 (ordinary) to 9 (most urgent)."""

    def __init__(self, **told: Any) -> None:
        super().__init__(
            min_value=0, max_value=HIGHEST_PRIORITY, initial=0, label=lazy("Priority"),
            help_text=lazy("0 is ordinary, 9 the most urgent."), **told,
        )  # fmt: skip


class NewOrderForm(RefusedForm):
    """An order of an item."""

    item = forms.CharField(
        label=lazy("Item"),
        max_length=60,
        help_text=lazy("The item's number; what is made here is proposed as you type."),
        widget=forms.TextInput(attrs={**_TEXT, "list": "items-made"}),
    )
    quantity = NumberField(label=lazy("Quantity"), help_text=lazy("In the item's own unit."))
    line = forms.ModelChoiceField(label=lazy("Line"), queryset=Line.objects.none(), empty_label=None)
    due_at = MomentField(label=lazy("Due"))
    start_at = MomentField(
        label=lazy("To be started"), required=False, help_text=lazy("Empty: the lead time of the routing before.")
    )
    priority = PriorityField()
    with_children = forms.BooleanField(
        label=lazy("Also plan what it is made of"),
        required=False,
        help_text=lazy("One order for each component that is made here, over all levels."),
    )

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.actor = actor
        fields: Any = self.fields
        fields["line"].queryset = lines_for_orders(actor, "production.order.manage")

    def clean_item(self) -> Any:
        """The item of the number."""
        try:
            return item_or_missing(self.actor, self.cleaned_data["item"])
        except Refusal as no:
            raise forms.ValidationError(no.sentence) from None

    def clean(self) -> dict[str, Any]:
        """Moments are by the clock of the line's site."""
        wish: dict[str, Any] = super().clean() or self.cleaned_data
        if line := wish.get("line"):
            for name in ("due_at", "start_at"):
                wish[name] = _by_clock_of(wish.get(name), line.area.site.zone)
        return wish


class ChangeForm(RefusedForm):
    """What may change on an open order."""

    quantity = NumberField(label=lazy("Quantity"))
    due_at = MomentField(label=lazy("Due"), required=False)
    start_at = MomentField(label=lazy("To be started"), required=False)
    priority = PriorityField()
    lot_number = forms.CharField(
        label=lazy("Lot"), max_length=60, required=False, help_text=lazy("Empty: the order's own number.")
    )
    note = forms.CharField(label=lazy("Note"), max_length=400, required=False)

    def __init__(self, order: ProductionOrder, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial = {name: getattr(order, name) for name in self.fields}

    def clash_with(self, order: ProductionOrder, by: str) -> dict[str, Any]:
        """Both values of every field in which the form and what stands there now differ, for `parts/clash.html`."""
        rows = [
            {"label": field.label, "yours": _said(yours), "theirs": _said(theirs)}
            for name, field in self.fields.items()
            if (yours := self.cleaned_data.get(name)) != (theirs := getattr(order, name)) and (yours or theirs)
        ]
        same = {"label": _("Everything you typed"), "yours": _("the same"), "theirs": _("the same")}
        return {"by": by, "rows": rows or [same]}


class SplitForm(RefusedForm):
    """How much goes on by itself."""

    quantity = NumberField(label=lazy("Quantity of the new order"))


def _by_clock_of(moment: datetime | None, zone: tzinfo) -> datetime | None:
    return moment and moment.astimezone(timezone.get_current_timezone()).replace(tzinfo=zone)


def _said(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return "" if value is None else str(value)
