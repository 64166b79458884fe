"""What is typed about items."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import visible
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.items.models import Item, ItemCategory, SupplierItem, Unit
from inventory.items.queries import units_of
from inventory.items.words import KINDS, PICK_RULES, TRACKINGS, VALUATIONS

_TEXT = {"autocomplete": "off", "spellcheck": "false"}
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}


class AmountField(forms.DecimalField):
    """A number with a decimal point or comma, whatever the language; thousands are not grouped."""

    widget = forms.TextInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Tablets show the keys for numbers."""
        return dict(_NUMBER)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs call it a whole number
        """Both signs mean the decimal; a text with both could be read two ways and is refused."""
        if isinstance(value, str):
            if "," in value and "." in value:
                raise forms.ValidationError(_("Write the number without grouping: 1234.5 or 1234,5."))
            value = value.replace(",", ".").replace(" ", "")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """Without the zeros a column adds."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class PartnerField(forms.CharField):
    """A company by its code or its exact name, among those one may see."""

    def __init__(self, actor: User, partners: QuerySet[Partner], **told: Any) -> None:
        super().__init__(max_length=160, widget=forms.TextInput(attrs={**_TEXT, "list": "partners"}), **told)
        self.partners = visible(actor, partners.filter(is_active=True))

    def clean(self, value: Any) -> Any:
        """The company; None for an empty field that may stay empty."""
        typed = super().clean(value)
        if not typed:
            return None
        named = list(self.partners.filter(code__iexact=typed)[:1]) or list(self.partners.filter(name__iexact=typed)[:2])
        if len(named) != 1:
            raise forms.ValidationError(_("There is no company '%(name)s' here. Type its code.") % {"name": typed})
        return named[0]


class PlainForm(forms.Form):
    """A form whose refusals stand beside their fields."""

    def take(self, errors: Iterable[Mapping[str, str]], sentence: str) -> None:
        """Put the sentences of a refusal where they belong."""
        for error in errors:
            name = error["pointer"].rsplit("/", 1)[-1]
            self.add_error(name if name in self.fields else None, error["message"])
        if not self.errors:
            self.add_error(None, sentence)


class UnitChoice(forms.ModelChoiceField):
    """Units by code and name."""

    def label_from_instance(self, obj: Any) -> str:
        """As "kg · Kilograms"."""
        return f"{obj.code} · {obj.name}"


class CategoryChoice(forms.ModelChoiceField):
    """Categories by code and name."""

    def label_from_instance(self, obj: Any) -> str:
        """As "SCR · Screws"."""
        return f"{obj.code} · {obj.name}"


class ItemForm(PlainForm):
    """All facts of an item."""

    number = forms.CharField(label=lazy("Number"), max_length=60, widget=forms.TextInput(attrs=_TEXT))
    name = forms.CharField(label=lazy("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    kind = forms.ChoiceField(label=lazy("Kind"), choices=list(KINDS.items()))
    category = CategoryChoice(ItemCategory.objects.none(), label=lazy("Category"), required=False, empty_label="–")
    unit = UnitChoice(
        Unit.objects.none(),
        label=lazy("Base unit"),
        help_text=lazy("Stock is kept in it. It stays once there is stock."),
    )
    tracking = forms.ChoiceField(label=lazy("Told apart"), choices=list(TRACKINGS.items()))
    pick_rule = forms.ChoiceField(label=lazy("Taken out first"), choices=list(PICK_RULES.items()), initial="FIFO")
    shelf_life_days = forms.IntegerField(
        label=lazy("Shelf life in days"), required=False, min_value=0, max_value=36500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    valuation = forms.ChoiceField(label=lazy("Valued by"), choices=list(VALUATIONS.items()))
    gtin = forms.CharField(
        label=lazy("GTIN"),
        max_length=14,
        required=False,
        widget=forms.TextInput(attrs={**_TEXT, "inputmode": "numeric"}),
    )
    drawing_number = forms.CharField(
        label=lazy("Drawing number"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    size = forms.CharField(label=lazy("Size"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT))
    color = forms.CharField(label=lazy("Colour"), max_length=60, required=False, widget=forms.TextInput(attrs=_TEXT))
    weight_kg = AmountField(label=lazy("Weight in kg"), required=False, max_digits=14, decimal_places=6, min_value=0)
    description = forms.CharField(
        label=lazy("Description"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    is_bought = forms.BooleanField(label=lazy("Bought"), required=False)
    is_made = forms.BooleanField(label=lazy("Made here"), required=False)
    is_sold = forms.BooleanField(label=lazy("Sold"), required=False)
    inspect_on_receipt = forms.BooleanField(label=lazy("Inspected on receipt"), required=False)
    is_active = forms.BooleanField(label=lazy("In use"), required=False)

    def __init__(self, actor: User, data: Any = None, *, item: Item | None = None) -> None:
        super().__init__(data, initial=_facts(item) if item else {"is_active": True})
        self.item = item
        _choose(self, "category", visible(actor, ItemCategory.objects.order_by("code")))
        _choose(self, "unit", visible(actor, Unit.objects.order_by("code")))
        if item is None:
            del self.fields["is_active"]


class ItemUnitForm(PlainForm):
    """One other unit of an item."""

    unit = UnitChoice(Unit.objects.none(), label=lazy("One of these"))
    factor = AmountField(label=lazy("is so many base units"), max_digits=24, decimal_places=12)

    def __init__(self, actor: User, item: Item, data: Any = None, **_more: Any) -> None:
        super().__init__(data)
        _choose(self, "unit", visible(actor, Unit.objects.exclude(pk=item.unit_id).order_by("code")))
        self.fields["factor"].label = _("is so many %(unit)s") % {"unit": item.unit.code}


class BarcodeForm(PlainForm):
    """A code that means the item or a pack of it."""

    code = forms.CharField(
        label=lazy("Code"), max_length=80, widget=forms.TextInput(attrs={**_TEXT, "autofocus": True})
    )
    unit = UnitChoice(Unit.objects.none(), label=lazy("It stands on one"), required=False)

    def __init__(self, actor: User, item: Item, data: Any = None, **_more: Any) -> None:
        super().__init__(data)
        _choose(self, "unit", units_of(item))


class RevisionForm(PlainForm):
    """A new state of the design."""

    code = forms.CharField(label=lazy("Revision"), max_length=20, widget=forms.TextInput(attrs=_TEXT))
    note = forms.CharField(label=lazy("What changed?"), max_length=400, required=False)

    def __init__(self, actor: User, item: Item, data: Any = None, **_more: Any) -> None:
        super().__init__(data)


class SupplierForm(PlainForm):
    """How a supplier delivers the item."""

    supplier_number = forms.CharField(
        label=lazy("Their number for it"), max_length=80, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    unit = UnitChoice(Unit.objects.none(), label=lazy("Ordered in"), empty_label=None)
    lead_time_days = forms.IntegerField(label=lazy("Lead time in days"), min_value=0, max_value=3650, initial=0)
    least_quantity = AmountField(label=lazy("Least quantity"), max_digits=18, decimal_places=6, min_value=0, initial=0)
    multiple = AmountField(label=lazy("In multiples of"), max_digits=18, decimal_places=6, min_value=0, initial=0)
    is_preferred = forms.BooleanField(label=lazy("Preferred"), required=False)
    is_active = forms.BooleanField(label=lazy("In use"), required=False, initial=True)

    def __init__(
        self, actor: User, item: Item, data: Any = None, *, supply: SupplierItem | None = None, **_more: Any
    ) -> None:
        super().__init__(data, initial=_terms(supply) if supply else {"unit": item.unit_id})
        _choose(self, "unit", units_of(item))
        if supply is None:
            suppliers = Partner.objects.filter(is_supplier=True).order_by("code")
            self.fields = {"supplier": PartnerField(actor, suppliers, label=_("Supplier")), **self.fields}


class PurchasePriceForm(PlainForm):
    """A step of a supplier's price."""

    from_quantity = AmountField(label=lazy("From quantity"), max_digits=18, decimal_places=6, min_value=0, initial=0)
    price = AmountField(label=lazy("Price for one"), max_digits=20, decimal_places=6, min_value=0)
    valid_from = forms.DateField(
        label=lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(
        self, actor: User, item: Item, data: Any = None, *, supply: SupplierItem | None = None, **more: Any
    ) -> None:
        super().__init__(data, initial={"valid_from": more.get("today")})
        if supply is not None:
            self.fields["price"].label = _("Price for one %(unit)s") % {"unit": supply.unit.code}


class SalesPriceForm(PlainForm):
    """A step of a sales price, for everybody or one customer."""

    unit = UnitChoice(Unit.objects.none(), label=lazy("For one"), empty_label=None)
    from_quantity = AmountField(label=lazy("From quantity"), max_digits=18, decimal_places=6, min_value=0, initial=0)
    price = AmountField(label=lazy("Price"), max_digits=20, decimal_places=6, min_value=0)
    valid_from = forms.DateField(
        label=lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, actor: User, item: Item, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial={"unit": item.unit_id, "valid_from": more.get("today")})
        _choose(self, "unit", units_of(item))
        customers = Partner.objects.filter(is_customer=True).order_by("code")
        whom = PartnerField(actor, customers, label=_("Only for the customer"), required=False)
        self.fields = {"customer": whom, **self.fields}


class CostForm(PlainForm):
    """The standard cost from a day on."""

    cost = AmountField(label=lazy("Cost"), max_digits=20, decimal_places=6, min_value=0)
    valid_from = forms.DateField(
        label=lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, actor: User, item: Item, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial={"valid_from": more.get("today")})
        self.fields["cost"].label = _("Cost of one %(unit)s") % {"unit": item.unit.code}


class PaperForm(PlainForm):
    """A file to attach."""

    file = forms.FileField(label=lazy("File"), help_text=lazy("At most 20 MiB."), allow_empty_file=True)

    def __init__(self, actor: User, item: Item, data: Any = None, *, files: Any = None, **_more: Any) -> None:
        super().__init__(data, files)


class CategoryForm(PlainForm):
    """A group of items."""

    code = forms.CharField(label=lazy("Code"), max_length=40, widget=forms.TextInput(attrs=_TEXT))
    name = forms.CharField(label=lazy("Name"), max_length=120)
    parent = CategoryChoice(ItemCategory.objects.none(), label=lazy("Part of"), required=False, empty_label="–")

    def __init__(self, actor: User, data: Any = None) -> None:
        super().__init__(data)
        _choose(self, "parent", visible(actor, ItemCategory.objects.order_by("code")))


def shown(name: str, value: Any) -> str:
    """A fact of an item as a person reads it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(_WORDS.get(name, {}).get(value, value) if isinstance(value, str) else value)


_WORDS: dict[str, dict[Any, Any]] = {
    "kind": dict(KINDS), "tracking": dict(TRACKINGS), "pick_rule": dict(PICK_RULES), "valuation": dict(VALUATIONS),
}  # fmt: skip


def _choose(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    field: Any = form.fields[name]
    field.queryset = rows


def _facts(item: Item) -> dict[str, Any]:
    return {
        name: getattr(item, f"{name}_id" if name in ("unit", "category") else name) for name in ItemForm.base_fields
    }


def _terms(supply: SupplierItem) -> dict[str, Any]:
    return {name: getattr(supply, f"{name}_id" if name == "unit" else name) for name in SupplierForm.base_fields}
