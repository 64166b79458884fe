"""What a person types about labels: which template and how many, and how a template looks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from inventory.labels.events import SUBJECT_WORDS
from inventory.labels.models import LabelTemplate
from inventory.labels.rules.elements import ALIGNS, KINDS, MOST_ELEMENTS
from inventory.labels.rules.fields import FIELDS, GS1
from inventory.labels.services.printing import MOST_COPIES

_TEXT = {"autocomplete": "off", "spellcheck": "false"}
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}
KIND_WORDS = {
    "text": lazy("text"),
    "qr": lazy("QR code"),
    "code128": lazy("Code 128"),
    "ean": lazy("EAN"),
    "line": lazy("line"),
}
ALIGN_WORDS = {"left": lazy("left"), "centre": lazy("centred"), "right": lazy("right")}
FIELD_WORDS = {
    GS1: lazy("everything, for scanners (GS1)"),
    "number": lazy("number"),
    "name": lazy("name"),
    "unit": lazy("unit"),
    "gtin": lazy("GTIN"),
    "drawing": lazy("drawing number"),
    "revision": lazy("revision"),
    "category": lazy("category"),
    "item": lazy("item number"),
    "item_name": lazy("name of the item"),
    "lot": lazy("lot or serial number"),
    "supplier_lot": lazy("supplier's lot"),
    "supplier": lazy("supplier"),
    "made_on": lazy("made on"),
    "expires_on": lazy("expires on"),
    "quantity": lazy("quantity"),
    "printed_at": lazy("printed at"),
    "code": lazy("code"),
    "path": lazy("where it is"),
    "site": lazy("site"),
    "sscc": lazy("SSCC"),
    "destination": lazy("destination"),
    "customer": lazy("customer"),
    "address": lazy("ship to"),
    "planned_on": lazy("planned on"),
    "carrier": lazy("carrier"),
}


class PointOrComma(forms.DecimalField):
    """A number with a point or a comma, whatever the language."""

    def __init__(self, **told: Any) -> None:
        super().__init__(**{"widget": forms.TextInput(attrs=_NUMBER), **told})

    def to_python(self, value: Any) -> Any:
        """Both signs mean the decimal; thousands are not grouped here."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class PrintForm(forms.Form):
    """Which template, how many labels, and how much is in each box."""

    template = forms.ChoiceField(label=lazy("Label"), required=False)
    copies = forms.IntegerField(label=lazy("How many labels"), min_value=1, max_value=MOST_COPIES, initial=1)
    quantity = PointOrComma(
        label=lazy("Quantity in the box"), required=False, max_digits=18, decimal_places=6, min_value=0
    )

    def __init__(self, data: Any = None, *, templates: list[LabelTemplate], asks_quantity: bool) -> None:
        super().__init__(data)
        self.fields["template"].choices = [(one.code, one.name) for one in templates]  # type: ignore[attr-defined]  # a ChoiceField
        if not asks_quantity:
            del self.fields["quantity"]


class TemplateForm(forms.Form):
    """Name and size of a template."""

    code = forms.CharField(label=lazy("Code"), max_length=40, widget=forms.TextInput(attrs=_TEXT))
    name = forms.CharField(label=lazy("Name"), max_length=120, widget=forms.TextInput(attrs=_TEXT))
    subject = forms.ChoiceField(label=lazy("Label of"), choices=list(SUBJECT_WORDS.items()))
    width_mm = PointOrComma(label=lazy("Width in mm"), max_digits=6, decimal_places=1)
    height_mm = PointOrComma(label=lazy("Height in mm"), max_digits=6, decimal_places=1)
    is_default = forms.BooleanField(label=lazy("Taken when nobody chooses"), required=False)
    is_active = forms.BooleanField(label=lazy("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, template: LabelTemplate | None = None) -> None:
        super().__init__(data, initial=_kept(template))
        if template is not None:
            # What a template is called in programs, and of what it is, stays.
            del self.fields["code"], self.fields["subject"]


class ElementForm(forms.Form):
    """One element of a label."""

    kind = forms.ChoiceField(label=lazy("What"), choices=[(kind, KIND_WORDS[kind]) for kind in KINDS])
    field = forms.ChoiceField(label=lazy("Shows"), required=False)
    text = forms.CharField(
        label=lazy("Fixed text"), max_length=200, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    x = PointOrComma(label=lazy("From left"))
    y = PointOrComma(label=lazy("From top"))
    width = PointOrComma(label=lazy("Width"))
    height = PointOrComma(label=lazy("Height"))
    size = PointOrComma(label=lazy("Letters"), required=False)
    align = forms.ChoiceField(
        label=lazy("Aligned"), choices=[(one, ALIGN_WORDS[one]) for one in ALIGNS], required=False
    )
    bold = forms.BooleanField(label=lazy("Bold"), required=False)
    caption = forms.BooleanField(label=lazy("Read below"), required=False)
    gone = forms.BooleanField(label=lazy("Remove"), required=False)

    def __init__(self, *args: Any, subject: str, **more: Any) -> None:
        super().__init__(*args, **more)
        names = FIELDS.get(subject, ())
        self.fields["field"].choices = [("", "–"), *((name, FIELD_WORDS[name]) for name in names)]  # type: ignore[attr-defined]  # a ChoiceField

    def element(self) -> dict[str, Any]:
        """The element as it is kept."""
        said = self.cleaned_data
        lengths = {name: _length(said[name]) for name in ("x", "y", "width", "height")}
        return {
            "kind": said["kind"],
            **lengths,
            "field": said["field"],
            "text": said["text"],
            "size": _length(said["size"]) if said["size"] is not None else 3.0,
            "align": said["align"] or "left",
            "bold": said["bold"],
            "caption": said["caption"],
        }


ElementSet = forms.formset_factory(ElementForm, extra=0, max_num=MOST_ELEMENTS, absolute_max=MOST_ELEMENTS)


def elements_in(formset: Any) -> list[dict[str, Any]]:
    """The elements of a valid set of forms, without those to be removed."""
    return [form.element() for form in formset if not form.cleaned_data.get("gone")]


def _length(value: Any) -> float:
    # Millimetres of a drawing.
    return round(float(value), 2)


def _kept(template: LabelTemplate | None) -> dict[str, Any]:
    if template is None:
        return {"width_mm": 100, "height_mm": 50, "is_active": True}
    names = ("name", "width_mm", "height_mm", "is_default", "is_active")
    return {name: getattr(template, name) for name in names}
