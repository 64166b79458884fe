"""What is typed into the pages of selling."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import hidden_fields, visible
from factory_core.errors import Refusal
from factory_core.partners.models import PartnerAddress
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.queries import item_or_missing, unit_or_missing
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.queries import customer_or_missing
from inventory.sales.services import LineWish

_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class NumberField(forms.DecimalField):
    """A number with a point or a comma, whatever the language; never a float."""

    def __init__(self, **told: Any) -> None:
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}), max_digits=18, **told
        )

    def to_python(self, value: Any) -> Any:
        """Both signs mean the decimal; thousands are not grouped here."""
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """Without trailing zeros."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A day chosen in the browser's calendar."""

    def __init__(self, **told: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **told)


class RefusedForm(forms.Form):
    """A form that can show why an act said no."""

    def take(self, refusal: Refusal, field: str | None = None) -> None:
        """Put the sentence of a refusal at its field, or above the form."""
        self.add_error(field if field in self.fields else None, refusal.sentence)


class OrderForm(RefusedForm):
    """The head of an order."""

    customer = forms.CharField(
        label=lazy("Customer"),
        max_length=40,
        help_text=lazy("The customer's code; names are proposed as you type."),
        widget=forms.TextInput(attrs={**_TEXT, "list": "customers"}),
    )
    site = forms.ModelChoiceField(label=lazy("Dispatched from"), queryset=Site.objects.none(), empty_label=None)
    is_frame = forms.BooleanField(
        label=lazy("Frame order"), required=False, help_text=lazy("Sent by call-offs only, as the customer asks.")
    )
    ordered_on = DayField(label=lazy("Ordered on"))
    address = forms.ModelChoiceField(label=lazy("Ship to"), queryset=PartnerAddress.objects.none(), required=False)
    customer_reference = forms.CharField(label=lazy("Customer's reference"), max_length=80, required=False)
    note = forms.CharField(label=lazy("Note"), max_length=400, required=False)

    def __init__(self, actor: User, *args: Any, order: SalesOrder | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.actor = actor
        fields: Any = self.fields
        if order is None:
            # The address is chosen once the customer is known.
            del fields["address"]
            fields["site"].queryset = visible(actor, Site.objects.order_by("code"), "inventory.sales.manage")
            return
        for name in ("customer", "site", "is_frame"):
            del fields[name]
        own = visible(actor, PartnerAddress.objects.filter(partner=order.customer_id, is_active=True))
        fields["address"].queryset = own
        self.initial = {name: getattr(order, name) for name in fields}

    def clean_customer(self) -> Any:
        """The customer of the code."""
        try:
            return customer_or_missing(self.actor, self.cleaned_data["customer"])
        except Refusal as no:
            raise forms.ValidationError(no.sentence) from None


class LineForm(RefusedForm):
    """One position. Without a price the agreed one is taken."""

    item = forms.CharField(
        label=lazy("Item"), max_length=60, widget=forms.TextInput(attrs={**_TEXT, "list": "items-sold"})
    )
    quantity = NumberField(label=lazy("Quantity"))
    unit = forms.CharField(
        label=lazy("Unit"), max_length=12, required=False, help_text=lazy("Empty: the item's own unit.")
    )
    price = NumberField(
        label=lazy("Price for one unit"), required=False, help_text=lazy("Empty: the agreed price of the day.")
    )
    wanted_on = DayField(label=lazy("Wanted on"), required=False)
    promised_on = DayField(label=lazy("Promised on"), required=False)
    expected_on = DayField(label=lazy("Expected on"), required=False)

    def __init__(self, actor: User, *args: Any, line: SalesLine | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.actor = actor
        for name in hidden_fields(actor, SalesLine) & set(self.fields):
            del self.fields[name]
        if line is not None:
            del self.fields["item"], self.fields["unit"]
            if "price" in self.fields:
                self.fields["price"].help_text = ""
            self.initial = {name: getattr(line, name) for name in self.fields}

    def clean(self) -> dict[str, Any]:
        """Item and unit by what was typed."""
        said = super().clean() or {}
        for name, find in (("item", item_or_missing), ("unit", unit_or_missing)):
            if said.get(name):
                try:
                    said[name] = find(self.actor, said[name])
                except Refusal as no:
                    self.add_error(name, no.sentence)
        return said

    def line(self) -> LineWish:
        """What was typed, for the act."""
        said = self.cleaned_data
        return LineWish(
            said["item"], said["quantity"], said.get("unit") or None, said.get("price"), said["wanted_on"],
            said["promised_on"], said["expected_on"],
        )  # fmt: skip


class CallOffForm(RefusedForm):
    """A part of a frame order that the customer asks for."""

    quantity = NumberField(label=lazy("Quantity"))
    wanted_on = DayField(label=lazy("Wanted on"))
    promised_on = DayField(label=lazy("Promised on"), required=False)
    reference = forms.CharField(label=lazy("Customer's reference"), max_length=80, required=False)

    def __init__(self, *args: Any, call_off: CallOff | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        if call_off is not None:
            self.initial = {name: getattr(call_off, name) for name in self.fields}


def clash_of(form: forms.Form, thing: Any, by: str = "") -> dict[str, Any]:
    """Both values of every field in which the form and what stands there now differ, for `parts/clash.html`."""
    rows = []
    for name, field in form.fields.items():
        yours, theirs = form.cleaned_data.get(name), getattr(thing, name)
        if yours != theirs and (yours or theirs):
            rows.append({"label": field.label, "yours": _said(yours), "theirs": _said(theirs)})
    if not rows:
        rows.append({"label": _("Everything you typed"), "yours": _("the same"), "theirs": _("the same")})
    return {"by": by, "rows": rows}


def _said(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
