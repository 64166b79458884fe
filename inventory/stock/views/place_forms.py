"""What is typed about places of stock."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from factory_core.access.policy import visible
from factory_core.partners.models import Partner
from factory_core.people.models import User
from inventory.stock.models import Location
from inventory.stock.queries.places import parents_offered, sites_for
from inventory.stock.services.places import MANAGE, MOVE
from inventory.stock.states import OUTSIDE, LocationKind
from inventory.stock.words import PLACE_WORDS

_TEXT = {"autocomplete": "off", "spellcheck": "false"}
_BY_HAND = [kind for kind in LocationKind if kind not in OUTSIDE and kind != LocationKind.PALLET]


class PlaceForm(forms.Form):
    """A place: the first form makes one, with a place given it changes that."""

    code = forms.CharField(
        label=lazy("Code"), max_length=60, widget=forms.TextInput(attrs=_TEXT), help_text=lazy("As it is on the label.")
    )
    name = forms.CharField(label=lazy("Name"), max_length=120, required=False, widget=forms.TextInput(attrs=_TEXT))
    kind = forms.ChoiceField(label=lazy("Kind"), choices=[(kind.value, PLACE_WORDS[kind]) for kind in _BY_HAND])
    site: Any = forms.ModelChoiceField(label=lazy("Site"), queryset=None, empty_label=None)
    parent: Any = forms.ModelChoiceField(
        label=lazy("Inside"), queryset=None, required=False, empty_label="–", to_field_name="code"
    )
    partner: Any = forms.ModelChoiceField(label=lazy("Subcontractor"), queryset=None, required=False, empty_label="–")
    is_active = forms.BooleanField(label=lazy("In use"), required=False)

    def __init__(
        self, actor: User, data: Any = None, *, place: Location | None = None, inside: Location | None = None
    ) -> None:
        super().__init__(data)
        sites = sites_for(actor, MANAGE)
        fields: dict[str, Any] = self.fields
        fields["site"].queryset = sites
        fields["parent"].queryset = parents_offered(actor, place.site if place else None)
        fields["partner"].queryset = visible(actor, Partner.objects.filter(is_active=True).order_by("name"))
        if place is None:
            self.initial.update(site=inside.site_id if inside else None, parent=inside.code if inside else None)
            del self.fields["is_active"]
        else:
            # What stands on labels, and what the ledger goes by, stays.
            del self.fields["code"], self.fields["kind"], self.fields["site"]
            parent = place.parent.code if place.parent else None
            kept = {"name": place.name, "partner": place.partner_id, "is_active": place.is_active, "parent": parent}
            self.initial.update(kept)


class PalletForm(forms.Form):
    """A new pallet; code and SSCC are drawn from their series."""

    site: Any = forms.ModelChoiceField(label=lazy("Site"), queryset=None, empty_label=None)
    parent: Any = forms.ModelChoiceField(
        label=lazy("Stands in"), queryset=None, required=False, empty_label="–", to_field_name="code"
    )
    destination = forms.CharField(
        label=lazy("Destination"), max_length=120, required=False, widget=forms.TextInput(attrs=_TEXT)
    )

    def __init__(self, actor: User, data: Any = None, *, inside: Location | None = None) -> None:
        super().__init__(data)
        fields: dict[str, Any] = self.fields
        fields["site"].queryset = sites_for(actor, MOVE)
        fields["parent"].queryset = parents_offered(actor)
        self.initial.update(site=inside.site_id if inside else None, parent=inside.code if inside else None)
