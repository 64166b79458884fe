"""What is typed about bills of materials, routings and work centres."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import visible
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from inventory.items.forms import AmountField, PlainForm
from inventory.items.models import Item, ItemPaper, Unit
from inventory.items.queries import item_of
from inventory.stock.models import Location
from production.products.events import (
    CHECK_KIND_WORDS,
    CHECK_WHEN_WORDS,
    COUNT_WORDS,
    ISSUE_WORDS,
    KIND_WORDS,
    TIME_WORDS,
)
from production.products.models import WorkCentre
from production.products.queries import centres_seen

_TEXT = {"autocomplete": "off", "spellcheck": "false"}
_COUNT = {"inputmode": "numeric", "autocomplete": "off"}


class DayField(forms.DateField):
    """A day chosen in the browser's calendar."""

    def __init__(self, **told: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **told)


class WholeField(forms.IntegerField):
    """A whole number; tablets show the keys for numbers."""

    def __init__(self, **told: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs=_COUNT), **told)


class ItemField(forms.CharField):
    """An item by its number, proposed while typing."""

    def __init__(self, actor: User, **told: Any) -> None:
        super().__init__(max_length=60, widget=forms.TextInput(attrs={**_TEXT, "list": "items-found"}), **told)
        self.actor = actor

    def clean(self, value: Any) -> Any:
        """The item. ValidationError where there is none one may see."""
        typed = super().clean(value)
        found = item_of(self.actor, typed)
        if found is None:
            raise forms.ValidationError(_("There is no item %(number)s here.") % {"number": typed})
        return found

    def prepare_value(self, value: Any) -> Any:
        """By its number."""
        return value.number if isinstance(value, Item) else value


class DesignForm(PlainForm):
    """A form over facts of a record: what stands there is what one begins with."""

    def __init__(self, data: Any = None, *, record: Any = None, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if record is not None:
            self.initial = {name: getattr(record, name) for name in self.fields if hasattr(record, name)}

    def choose(self, name: str, rows: QuerySet[Any]) -> None:
        """Offer these for a field."""
        field: Any = self.fields[name]
        field.queryset = rows


class BomForm(DesignForm):
    """The head of a bill of materials."""

    code = forms.CharField(
        label=lazy("Version"), max_length=20, required=False, widget=forms.TextInput(attrs=_TEXT),
        help_text=lazy("Left empty it gets the next number."),
    )  # fmt: skip
    quantity = AmountField(label=lazy("The lines make so many"), max_digits=18, decimal_places=6, initial=1)
    is_phantom = forms.BooleanField(
        label=lazy("Phantom"), required=False,
        help_text=lazy("Never made for itself: where it is used, its lines stand in its place."),
    )  # fmt: skip
    valid_from = DayField(label=lazy("Valid from"), required=False)
    valid_until = DayField(label=lazy("Valid until before"), required=False)
    note = forms.CharField(label=lazy("What changed?"), max_length=400, required=False)


class LineForm(DesignForm):
    """A line: a component, or what comes out beside the item."""

    kind = forms.ChoiceField(label=lazy("Kind"), choices=list(KIND_WORDS.items()))
    quantity = AmountField(label=lazy("Quantity"), max_digits=18, decimal_places=6)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=lazy("Unit"), required=False, empty_label=lazy("base unit")
    )
    loss_percent = AmountField(label=lazy("Loss in percent"), max_digits=7, decimal_places=4, initial=0)
    is_fixed = forms.BooleanField(label=lazy("The same for any quantity"), required=False)
    issue = forms.ChoiceField(label=lazy("Taken"), choices=list(ISSUE_WORDS.items()), initial="END")
    operation_number = WholeField(label=lazy("At operation"), min_value=1, required=False)
    designators = forms.CharField(
        label=lazy("Reference designators"), max_length=400, required=False, widget=forms.TextInput(attrs=_TEXT)
    )
    cost_share = AmountField(label=lazy("Share of the cost in percent"), max_digits=7, decimal_places=4, initial=0)
    valid_from = DayField(label=lazy("Valid from"), required=False)
    valid_until = DayField(label=lazy("Valid until before"), required=False)
    note = forms.CharField(label=lazy("Note"), max_length=400, required=False)

    def __init__(self, actor: User, data: Any = None, *, record: Any = None) -> None:
        super().__init__(data, record=record)
        self.fields = {"item": ItemField(actor, label=_("Item")), **self.fields}
        if record is not None:
            self.initial["item"] = record.item
        self.choose("unit", visible(actor, Unit.objects.order_by("code")))

    def clean(self) -> dict[str, Any]:
        """No unit means the item's own."""
        facts: dict[str, Any] = super().clean() or {}
        if facts.get("item") is not None and facts.get("unit") is None:
            facts["unit"] = facts["item"].unit
        return facts


class AlternateForm(DesignForm):
    """What may be used instead."""

    factor = AmountField(label=lazy("So many instead of one"), max_digits=24, decimal_places=12, initial=1)
    priority = WholeField(label=lazy("Priority (1 first)"), min_value=0, max_value=32767, initial=1)

    def __init__(self, actor: User, data: Any = None) -> None:
        super().__init__(data)
        self.fields = {"item": ItemField(actor, label=_("Item")), **self.fields}


class ReleaseForm(DesignForm):
    """From which day a version holds."""

    valid_from = DayField(label=lazy("Valid from"), required=False)
    ends_former = forms.BooleanField(label=lazy("The version before it ends that day"), required=False, initial=True)


class RoutingForm(DesignForm):
    """The head of a routing."""

    code = BomForm.base_fields["code"]
    lead_time_days = WholeField(label=lazy("Lead time in working days"), min_value=0, max_value=3650, initial=1)
    valid_from = DayField(label=lazy("Valid from"), required=False)
    valid_until = DayField(label=lazy("Valid until before"), required=False)
    note = forms.CharField(label=lazy("What changed?"), max_length=400, required=False)


class OperationForm(DesignForm):
    """One step."""

    number = WholeField(label=lazy("Number"), min_value=1, required=False)
    name = forms.CharField(label=lazy("Name"), max_length=120)
    work_centre = forms.ModelChoiceField(WorkCentre.objects.none(), label=lazy("Work centre"))
    machine = forms.ModelChoiceField(
        Machine.objects.none(), label=lazy("Only on machine"), required=False, empty_label=lazy("any")
    )
    setup_s = AmountField(label=lazy("Set-up seconds"), max_digits=14, decimal_places=3, initial=0)
    run_s = AmountField(label=lazy("Seconds a piece"), max_digits=14, decimal_places=3)
    setup_crew = AmountField(label=lazy("People for set-up"), max_digits=10, decimal_places=6, initial=1)
    run_crew = AmountField(label=lazy("People while it runs"), max_digits=10, decimal_places=6, initial=1)
    wait_s = AmountField(label=lazy("Seconds of waiting after it"), max_digits=14, decimal_places=3, initial=0)
    loss_percent = AmountField(label=lazy("Loss in percent"), max_digits=7, decimal_places=4, initial=0)
    count_by = forms.ChoiceField(label=lazy("Counted by"), choices=list(COUNT_WORDS.items()), initial="BOTH")
    time_rule = forms.ChoiceField(label=lazy("Several people"), choices=list(TIME_WORDS.items()), initial="EACH")

    def __init__(self, actor: User, data: Any = None, *, record: Any = None) -> None:
        super().__init__(data, record=record)
        self.choose("work_centre", centres_seen(actor).filter(is_active=True))
        self.choose("machine", visible(actor, Machine.objects.filter(work_centre_place__isnull=False)))


class InstructionForm(DesignForm):
    """What to do."""

    text = forms.CharField(label=lazy("What to do"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    picture = forms.ModelChoiceField(
        ItemPaper.objects.none(), label=lazy("Picture"), required=False, empty_label="–",
        help_text=lazy("Pictures are attached to the item."),
    )  # fmt: skip
    must_confirm = forms.BooleanField(label=lazy("Must be confirmed"), required=False)
    position = WholeField(label=lazy("Position"), min_value=1, required=False)

    def __init__(self, actor: User, item: Item, data: Any = None, *, record: Any = None) -> None:
        super().__init__(data, record=record)
        papers = ItemPaper.objects.filter(item=item, is_active=True, media_type__startswith="image/")
        self.choose("picture", visible(actor, papers.order_by("name")))


class CheckForm(DesignForm):
    """What is checked."""

    name = forms.CharField(label=lazy("What is checked"), max_length=120)
    kind = forms.ChoiceField(label=lazy("Answer"), choices=list(CHECK_KIND_WORDS.items()))
    unit = forms.CharField(label=lazy("Unit"), max_length=12, required=False, widget=forms.TextInput(attrs=_TEXT))
    lower = AmountField(label=lazy("Lower limit"), max_digits=18, decimal_places=6, required=False)
    upper = AmountField(label=lazy("Upper limit"), max_digits=18, decimal_places=6, required=False)
    choices = forms.CharField(
        label=lazy("Choices, one a line"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    when = forms.ChoiceField(label=lazy("When"), choices=list(CHECK_WHEN_WORDS.items()))
    every = WholeField(label=lazy("After so many pieces"), min_value=1, required=False)
    is_required = forms.BooleanField(label=lazy("Needed before one goes on"), required=False)
    position = WholeField(label=lazy("Position"), min_value=1, required=False)

    def __init__(self, data: Any = None, *, record: Any = None) -> None:
        super().__init__(data, record=record)
        if record is not None:
            self.initial["choices"] = "\n".join(record.choices)

    def clean_choices(self) -> list[str]:
        """One a line."""
        return [one.strip() for one in self.cleaned_data["choices"].splitlines() if one.strip()]


class CentreForm(DesignForm):
    """A work centre."""

    name = forms.CharField(label=lazy("Name"), max_length=120)
    line = forms.ModelChoiceField(Line.objects.none(), label=lazy("Line"), empty_label=None)
    machines = forms.ModelMultipleChoiceField(
        Machine.objects.none(), label=lazy("Machines"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=lazy("They stand in for one another. None: a bench, with places for people."),
    )  # fmt: skip
    places = WholeField(label=lazy("Places"), min_value=1, max_value=1000, initial=1)
    supply = forms.ModelChoiceField(
        Location.objects.none(), label=lazy("Material from"), required=False, empty_label="–"
    )
    output = forms.ModelChoiceField(Location.objects.none(), label=lazy("Goods to"), required=False, empty_label="–")
    is_active = forms.BooleanField(label=lazy("In use"), required=False, initial=True)

    def __init__(self, actor: User, data: Any = None, *, record: Any = None) -> None:
        super().__init__(data, record=record)
        self.choose("line", visible(actor, Line.objects.order_by("code")))
        free = Machine.objects.filter(work_centre_place=None)
        if record is not None:
            free = free | Machine.objects.filter(work_centre_place__work_centre=record)
            self.initial["machines"] = [row.machine_id for row in record.machines.all()]
        else:
            code = forms.SlugField(label=_("Code"), max_length=40, widget=forms.TextInput(attrs=_TEXT))
            self.fields = {"code": code, **self.fields}
            del self.fields["is_active"]
        self.choose("machines", visible(actor, free.select_related("line__area").order_by("code")))
        places = visible(actor, Location.objects.filter(is_active=True).order_by("code"))
        for name in ("supply", "output"):
            self.choose(name, places)
