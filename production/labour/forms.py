"""What supervisors type when they put working time right; moments are of the site's clock."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from production.labour.events import KIND_WORDS
from production.orders.models import OrderOperation

MOMENT = forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"})
FORMATS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]


class WallMoment(forms.Field):
    """A moment as the clock on the wall shows it, without a zone: a clock change must not make it unreadable."""

    widget = MOMENT

    def to_python(self, value: Any) -> datetime | None:
        """The moment typed. Raises ValidationError."""
        for known in FORMATS if value else ():
            try:
                return datetime.strptime(str(value), known)  # noqa: DTZ007 - the zone is the site's, put on later
            except ValueError:
                continue
        if value:
            raise ValidationError(_("Enter day and time, for example 2026-11-20 06:00."))
        return None


class EntryForm(forms.Form):
    """Begin, end, kind, and why."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(KIND_WORDS.items()))
    started_at = WallMoment(label=_("Began"))
    ended_at = WallMoment(label=_("Ended"), required=False)
    # The hour that the clock shows twice: which of the two is meant.
    second_hour = forms.BooleanField(label=_("In the second of the hour that came twice"), required=False)
    reason = forms.CharField(label=_("Why"), max_length=200)

    def moment(self, name: str, zone: ZoneInfo, before: datetime | None = None) -> datetime | None:
        """A moment as typed, by the clock of the site; one that was not changed keeps its fraction and its hour."""
        plain: datetime | None = self.cleaned_data.get(name)
        if plain is None:
            return None
        if before is not None and before.astimezone(zone).replace(tzinfo=None, microsecond=0) == plain:
            return before
        # In UTC: times of the hour that comes twice equal nothing in another zone (PEP 495).
        return plain.replace(tzinfo=zone, fold=1 if self.cleaned_data.get("second_hour") else 0).astimezone(UTC)


class NewEntryForm(EntryForm):
    """Work that nobody clocked: by whom, and on which step."""

    person = forms.CharField(label=_("Badge or user name"), max_length=150)
    operation = forms.ModelChoiceField(label=_("Step"), queryset=OrderOperation.objects.none())
    field_order = ["person", "operation", "kind", "started_at", "ended_at", "second_hour", "reason"]

    def __init__(self, steps: Any, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["operation"].queryset = steps  # type: ignore[attr-defined]  # it is a choice of records
        self.fields["ended_at"].required = True
