"""Forms of rates and prices."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from factory_core.people.models import User
from production.costing.queries import pages
from production.costing.states import OverheadBase

BASES = [(OverheadBase.LABOUR_HOURS, _("labour hours")), (OverheadBase.MACHINE_HOURS, _("machine hours"))]


class DatedForm(forms.Form):
    """Something valid from a day on."""

    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date", "class": "text"}))

    def __init__(self, actor: User, today: date, data: Any = None, *, prefix: str = "") -> None:
        super().__init__(data, prefix=prefix, initial={"valid_from": today.isoformat()})
        self.actor = actor


def _amount(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=0, max_digits=18, decimal_places=6, localize=True,
        widget=forms.TextInput(attrs={"class": "text", "inputmode": "decimal"}),
    )  # fmt: skip


class RateForm(DatedForm):
    """What an hour costs at a work centre."""

    work_centre: Any = forms.ModelChoiceField(queryset=None, label=_("Work centre"))
    machine_hour = _amount(_("An hour of the machine"))
    labour_hour = _amount(_("An hour of a person"))
    overhead_hour = _amount(_("Overhead of an hour"))
    overhead_base = forms.ChoiceField(label=_("Overhead laid on"), choices=BASES)

    field_order = ("work_centre",)

    def __init__(self, actor: User, today: date, data: Any = None, *, prefix: str = "") -> None:
        super().__init__(actor, today, data, prefix=prefix)
        self.fields["work_centre"].queryset = pages.centres_to_rate(actor)  # type: ignore[attr-defined]  # a choice of rows


class SiteForm(DatedForm):
    """Something of a site."""

    site: Any = forms.ModelChoiceField(queryset=None, label=_("Site"))
    field_order = ("site",)

    def __init__(self, actor: User, today: date, data: Any = None, *, prefix: str = "") -> None:
        super().__init__(actor, today, data, prefix=prefix)
        self.fields["site"].queryset = pages.sites_to_rate(actor)  # type: ignore[attr-defined]  # a choice of rows


class LabourForm(SiteForm):
    """What an hour of somebody really costs."""

    username = forms.CharField(
        label=_("Person (user name)"), required=False, max_length=150, help_text=_("Empty: everybody."),
        widget=forms.TextInput(attrs={"class": "text", "autocomplete": "off"}),
    )  # fmt: skip
    hour = _amount(_("An hour"))


class EnergyForm(SiteForm):
    """What a kilowatt hour costs."""

    price = _amount(_("Price of a kWh"))
