"""What is typed into the pages of buying."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import hidden_fields, visible
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.plant.models import Site
from inventory.items.queries import item_or_missing, unit_or_missing
from inventory.items.states import Tracking
from inventory.purchasing.models import Offer, PurchaseLine, PurchaseOrder
from inventory.purchasing.queries.orders import supplier_or_missing
from inventory.purchasing.queries.receiving import places_for, waits_for
from inventory.purchasing.services import LineWish
from inventory.stock.models import Location

_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class NumberField(forms.DecimalField):
    """A number with a point or a comma, whatever the language; never a float."""

    def __init__(self, **told: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, max_digits=18, decimal_places=6, **told)

    def to_python(self, value: Any) -> Any:
        """Both signs mean the decimal; thousands are not grouped here."""
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)

    def prepare_value(self, value: Any) -> Any:
        """Without trailing zeros."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class DayField(forms.DateField):
    """A day chosen in the browser's calendar."""

    def __init__(self, **told: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=False, **told)


class BuyingForm(forms.Form):
    """A form that finds things by what was typed, and can show why an act said no."""

    finders: dict[str, Any] = {"item": item_or_missing, "unit": unit_or_missing, "supplier": supplier_or_missing}

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.actor = actor

    def clean(self) -> dict[str, Any]:
        """Item, unit and supplier by what was typed."""
        said = super().clean() or {}
        for name, find in self.finders.items():
            if isinstance(said.get(name), str) and said[name]:
                try:
                    said[name] = find(self.actor, said[name])
                except Refusal as no:
                    self.add_error(name, no.sentence)
        return said

    def take(self, refusal: Refusal, field: str | None = None) -> None:
        """Put the sentence of a refusal at its field, or above the form."""
        self.add_error(field if field in self.fields else None, refusal.sentence)


def proposed(what: str) -> forms.TextInput:
    """A field with proposals that come as one types."""
    asked = {
        "hx-get": f"/purchasing/choices/{what}/",
        "hx-trigger": "input changed delay:200ms",
        "hx-target": f"#choices-{what}",
        "hx-swap": "innerHTML",
    }
    return forms.TextInput(attrs={**_TEXT, **asked, "list": f"choices-{what}"})


class OrderForm(BuyingForm):
    """The head of a new order."""

    supplier = forms.CharField(
        label=lazy("Supplier"),
        max_length=40,
        widget=proposed("suppliers"),
        help_text=lazy("The supplier's code; names are proposed as you type."),
    )
    site = forms.ModelChoiceField(label=lazy("Delivered to"), queryset=Site.objects.none(), empty_label=None)
    currency = forms.RegexField(label=lazy("Currency"), regex=r"^[A-Z]{3}$", max_length=3)
    supplier_reference = forms.CharField(label=lazy("Supplier's reference"), max_length=80, required=False)
    note = forms.CharField(label=lazy("Note"), max_length=400, required=False)

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(actor, *args, **{"initial": {"currency": settings.CURRENCY}, **more})
        _sites(self, "inventory.purchasing.manage")


class HeadForm(BuyingForm):
    """What may be changed of an order's head."""

    supplier_reference = forms.CharField(label=lazy("Supplier's reference"), max_length=80, required=False)
    note = forms.CharField(label=lazy("Note"), max_length=400, required=False)

    def __init__(self, actor: User, order: PurchaseOrder, *args: Any, **more: Any) -> None:
        kept = {"supplier_reference": order.supplier_reference, "note": order.note}
        super().__init__(actor, *args, initial=kept, **more)


class LineForm(BuyingForm):
    """One line. Without a unit the supplier's is taken, without a price that of the price list for the quantity."""

    item = forms.CharField(label=lazy("Item"), max_length=60, widget=proposed("items"))
    quantity = NumberField(label=lazy("Quantity"))
    unit = forms.CharField(
        label=lazy("Unit"), max_length=12, required=False, help_text=lazy("Empty: the unit this supplier delivers in.")
    )
    price = NumberField(
        label=lazy("Price for one unit"), required=False, min_value=0,
        help_text=lazy("Empty: the price list for this quantity."),
    )  # fmt: skip
    wanted_on = DayField(label=lazy("Wanted on"))
    promised_on = DayField(label=lazy("Promised on"))
    inspect = forms.BooleanField(label=lazy("Inspected on receipt"), required=False)

    def __init__(self, actor: User, *args: Any, line: PurchaseLine | None = None, **more: Any) -> None:
        super().__init__(actor, *args, **more)
        for name in hidden_fields(actor, PurchaseLine) & set(self.fields):
            del self.fields[name]
        if line is None:
            del self.fields["inspect"]
            return
        del self.fields["item"]
        self.fields["unit"].help_text = ""
        self.fields["unit"].required = True
        if "price" in self.fields:
            self.fields["price"].help_text = ""
        self.initial = {name: getattr(line, name) for name in self.fields}
        self.initial["unit"] = line.unit.code

    def wish(self) -> LineWish:
        """What was typed, for the act."""
        said = self.cleaned_data
        told = {"price": said["price"]} if said.get("price") is not None else {}
        return LineWish(
            said["item"], said["quantity"], said.get("unit") or None, wanted_on=said["wanted_on"],
            promised_on=said["promised_on"], **told,
        )  # fmt: skip

    def changes(self) -> dict[str, Any]:
        """Every field of a line as typed, for the act."""
        return {name: self.cleaned_data[name] for name in self.fields}


class PromiseForm(BuyingForm):
    """The supplier's answer to an order."""

    promised_on = DayField(label=lazy("Promised for"))
    reference = forms.CharField(label=lazy("Supplier's reference"), max_length=80, required=False)

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(actor, *args, auto_id="promise_%s", **more)
        self.fields["promised_on"].required = True


class RequestForm(BuyingForm):
    """Something somebody wants bought."""

    item = forms.CharField(label=lazy("Item"), max_length=60, widget=proposed("items"))
    quantity = NumberField(label=lazy("Quantity"))
    unit = forms.CharField(
        label=lazy("Unit"), max_length=12, required=False, help_text=lazy("Empty: the item's own unit.")
    )
    site = forms.ModelChoiceField(label=lazy("For"), queryset=Site.objects.none(), empty_label=None)
    wanted_on = DayField(label=lazy("Wanted on"))
    reason = forms.CharField(label=lazy("What for?"), max_length=200, required=False)

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(actor, *args, **more)
        _sites(self, "inventory.purchasing.request")


class EnquiryForm(BuyingForm):
    """The same question to several suppliers."""

    item = forms.CharField(label=lazy("Item"), max_length=60, widget=proposed("items"))
    quantity = NumberField(label=lazy("Quantity"))
    unit = forms.CharField(
        label=lazy("Unit"), max_length=12, required=False, help_text=lazy("Empty: the item's own unit.")
    )
    site = forms.ModelChoiceField(label=lazy("Delivered to"), queryset=Site.objects.none(), empty_label=None)
    wanted_on = DayField(label=lazy("Wanted on"))
    answer_by = DayField(label=lazy("Answer by"))
    suppliers = forms.CharField(
        label=lazy("Suppliers"), max_length=400, widget=proposed("suppliers"),
        help_text=lazy("Their codes, with spaces or commas between them."),
    )  # fmt: skip

    def __init__(self, actor: User, *args: Any, **more: Any) -> None:
        super().__init__(actor, *args, **more)
        _sites(self, "inventory.purchasing.manage")

    def clean_suppliers(self) -> Any:
        """The suppliers of the codes."""
        codes = self.cleaned_data["suppliers"].replace(",", " ").replace(";", " ").split()
        try:
            return [supplier_or_missing(self.actor, code) for code in codes]
        except Refusal as no:
            raise forms.ValidationError(no.sentence) from None


class OfferForm(BuyingForm):
    """What one supplier answered."""

    supplier = forms.CharField(label=lazy("Supplier"), max_length=40, widget=proposed("suppliers"))
    price = NumberField(label=lazy("Price for one unit"), min_value=0)
    other_costs = NumberField(
        label=lazy("Freight, tools, fees"), required=False, min_value=0, help_text=lazy("For the whole quantity.")
    )
    currency = forms.RegexField(label=lazy("Currency"), regex=r"^[A-Z]{3}$", max_length=3)
    least_quantity = NumberField(label=lazy("Least quantity"), required=False, min_value=0)
    lead_time_days = forms.IntegerField(label=lazy("Lead time in days"), required=False, min_value=0, max_value=3650)
    valid_until = DayField(label=lazy("Valid until"))
    reference = forms.CharField(label=lazy("Their reference"), max_length=80, required=False)

    def __init__(self, actor: User, *args: Any, offer: Offer | None = None, **more: Any) -> None:
        super().__init__(actor, *args, auto_id=f"offer{offer.pk if offer else 0}_%s", **more)
        self.initial = {"currency": settings.CURRENCY}
        if offer is not None:
            self.initial = {name: getattr(offer, name) for name in self.fields}
            del self.fields["supplier"]

    def wish(self) -> dict[str, Any]:
        """What was typed, for the act."""
        said = dict(self.cleaned_data)
        for name in ("other_costs", "least_quantity"):
            said[name] = said[name] or Decimal(0)
        return said


class ReceiveForm(BuyingForm):
    """What came of one line, and where it goes."""

    quantity = NumberField(label=lazy("Taken"), min_value=0)
    lot_number = forms.CharField(label=lazy("Lot"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT))
    supplier_lot = forms.CharField(
        label=lazy("Supplier's lot"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    made_on = DayField(label=lazy("Made on"))
    expires_on = DayField(label=lazy("Expires on"))
    to_location = forms.ModelChoiceField(label=lazy("Put away to"), queryset=Location.objects.none(), empty_label=None)
    delivery_note = forms.CharField(label=lazy("Delivery note"), max_length=80, required=False)
    reject = NumberField(
        label=lazy("Refused"), required=False, min_value=0, help_text=lazy("Goes back with the driver.")
    )
    reject_reason = forms.CharField(label=lazy("Why refused?"), max_length=200, required=False)
    accept_over = forms.BooleanField(label=lazy("Take it all, though it is more than ordered"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(self, actor: User, line: PurchaseLine, *args: Any, read: dict[str, Any] | None = None) -> None:
        said = {name: value for name, value in (read or {}).items() if value not in (None, "")}
        initial = {"quantity": waits_for(line), "key": uuid.uuid4().hex, **said}
        super().__init__(actor, *args, initial=initial)
        fields: Any = self.fields
        places = places_for(line, line.order.site)
        fields["to_location"].queryset = visible(actor, Location.objects.filter(pk__in=[one.pk for one in places]))
        fields["to_location"].choices = [(one.pk, _place_name(one)) for one in places]
        unit = line.unit.code
        fields["quantity"].label = _("Taken, in %(unit)s") % {"unit": unit}
        fields["reject"].label = _("Refused, in %(unit)s") % {"unit": unit}
        if line.item.tracking == Tracking.NONE:
            for name in ("lot_number", "supplier_lot", "made_on", "expires_on"):
                del fields[name]
        else:
            serial = line.item.tracking == Tracking.SERIAL
            fields["lot_number"].label = _("Serial number") if serial else _("Lot")
            fields["lot_number"].help_text = _("Empty: a new number is drawn.")
        # Asked only when it matters.
        fields["accept_over"].widget = forms.HiddenInput()

    def ask_over(self) -> None:
        """Show the question whether more than ordered is taken."""
        self.fields["accept_over"].widget = forms.CheckboxInput()

    def wish(self) -> dict[str, Any]:
        """What was typed, for the act."""
        said = dict(self.cleaned_data)
        said["reject"] = said["reject"] or Decimal(0)
        return said


class ReturnForm(BuyingForm):
    """Goods that go back."""

    quantity = NumberField(label=lazy("Quantity"))
    reason = forms.CharField(label=lazy("Why?"), max_length=200)
    delivery_note = forms.CharField(label=lazy("Return note"), max_length=80, required=False)
    expect_again = forms.BooleanField(label=lazy("They shall deliver it again"), required=False)
    key = forms.CharField(widget=forms.HiddenInput, max_length=60)


def _place_name(place: Location) -> str:
    return place.code if place.name == place.code else f"{place.code} · {place.name}"


def _sites(form: forms.Form, capability: str) -> None:
    field: Any = form.fields["site"]
    field.queryset = visible(form.actor, Site.objects.order_by("code"), capability)  # type: ignore[attr-defined]  # every form of ours has one
