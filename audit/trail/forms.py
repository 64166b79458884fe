"""The filter above the whole trail."""

from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from audit.trail.queries import TrailFilter
from audit.trail.tables import guarded_tables
from audit.trail.wording import ACTIONS, CHANNELS
from factory_core.people.models import User


class KindField(forms.ModelChoiceField):
    """Kinds of things in the words of the screens, not of the database."""

    def label_from_instance(self, obj: ContentType) -> str:
        """The kind's own name."""
        return obj.name[:1].upper() + obj.name[1:]


class PersonField(forms.ModelChoiceField):
    """People and services by the name that stands in the trail."""

    def label_from_instance(self, obj: User) -> str:
        """Name, and the user name that tells two of them apart."""
        return f"{obj.name} ({obj.username})"


class TrailForm(forms.Form):
    """Who, what, when, by which channel. Everything may stay empty."""

    person = PersonField(label=_("Who"), queryset=User.objects.none(), required=False)
    kind = KindField(label=_("What"), queryset=ContentType.objects.none(), required=False)
    thing = forms.CharField(label=_("Name contains"), max_length=80, required=False)
    number = forms.IntegerField(widget=forms.HiddenInput, required=False)
    chain = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", "—"), *CHANNELS.items()], required=False)
    action = forms.TypedChoiceField(
        label=_("Change"), choices=[("", "—"), *ACTIONS.items()], coerce=int, empty_value=None, required=False
    )
    since = forms.DateTimeField(
        label=_("From"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(
        label=_("Until"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, kinds = self.fields["person"], self.fields["kind"]
        if isinstance(people, forms.ModelChoiceField) and isinstance(kinds, forms.ModelChoiceField):
            people.queryset = User.objects.order_by("username")
            names = {(table.about["app"], table.about["model"]) for table in guarded_tables() if table.about}
            known = [kind.pk for kind in ContentType.objects.all() if (kind.app_label, kind.model) in names]
            kinds.queryset = ContentType.objects.filter(pk__in=known).order_by("app_label", "model")

    def wanted(self) -> TrailFilter:
        """The filter; a field that could not be read narrows nothing, and its fault stands beside it."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        return TrailFilter(**given)
