"""What the engineer types: how a device is reached, which of its values are collected, what its words mean."""

import contextlib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from factory_core.plant.models import Machine
from telemetry.devices.models import Device, Source, Tag, TagKind, TagRole
from telemetry.devices.protocols import PROTOCOLS, Protocol, Setting, settings_of
from telemetry.devices.services import TagWish

BEFORE = "s_"
DECISIONS = (
    lazy("Is the machine running?"),
    lazy("How many pieces?"),
    lazy("Why does it stand?"),
    lazy("How much energy per piece?"),
    lazy("Is the order on plan?"),
    lazy("Must somebody look at the process now?"),
    lazy("When is maintenance due?"),
)
_NUMBER = {"inputmode": "decimal", "autocomplete": "off"}
_MORE = ("period_s", "scale", "offset", "deadband", "values")
_TEXT = {"autocomplete": "off", "spellcheck": "false"}


class DeviceForm(forms.Form):
    """A device of one protocol; its fields are made from what the gateway's settings say of it."""

    def __init__(self, protocol: Protocol, data: Any = None, *, device: Device | None = None) -> None:
        super().__init__(data, initial=_kept(device))
        self.protocol = protocol
        if device is None:
            self.fields["code"] = forms.CharField(
                label=_("Code"),
                max_length=40,
                help_text=_("How the device is called in the plant; it stays. For example CNC01 or HALL1-METER."),
                widget=forms.TextInput(attrs=_TEXT),
            )
        for setting in settings_of(protocol):
            self.fields[BEFORE + setting.name] = _field(setting)

    def settings(self) -> dict[str, Any]:
        """The answers, for `read_settings`."""
        names = [name for name in self.fields if name.startswith(BEFORE)]
        return {name.removeprefix(BEFORE): self.cleaned_data.get(name) for name in names}

    def take(self, errors: Iterable[Mapping[str, str]]) -> None:
        """Put the sentences of a refusal beside their fields."""
        for error in errors:
            last = error["pointer"].rsplit("/", 1)[-1]
            name = BEFORE + last if error["pointer"].startswith("/settings/") else last
            self.add_error(name if name in self.fields else None, error["message"])


class NumberField(forms.FloatField):
    """A number with a point or a comma, whatever the language."""

    def __init__(self, **told: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs=_NUMBER), **told)

    def to_python(self, value: Any) -> Any:
        """Both signs mean the decimal; thousands are not grouped here."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class WordsField(forms.CharField):
    """What raw words or numbers are sent as, one `RAW = VALUE` a line; gives a dictionary."""

    def __init__(self, **told: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 3, **_TEXT}), **told)

    def clean(self, value: Any) -> Any:
        """Values that look like numbers are numbers."""
        said: dict[str, Any] = {}
        for line in filter(None, map(str.strip, (super().clean(value) or "").splitlines())):
            raw, sign, meant = (part.strip() for part in line.partition("="))
            if not (raw and sign and meant):
                raise forms.ValidationError(_("'%(line)s' does not say RAW = VALUE.") % {"line": line[:60]})
            said[raw] = _value_of(meant)
        return said

    def prepare_value(self, value: Any) -> Any:
        """A dictionary as the lines it was typed in."""
        return "\n".join(f"{raw} = {meant}" for raw, meant in value.items()) if isinstance(value, dict) else value


def _value_of(text: str) -> str | float | int:
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            number: float | int = kind(text)
            if math.isfinite(number):
                return number
    return text


class TagForm(forms.Form):
    """One value to collect. A form without address and name is an empty row and is passed over."""

    address = forms.CharField(label=lazy("Address"), max_length=400, widget=forms.TextInput(attrs=_TEXT))
    name = forms.CharField(label=lazy("Name of the tag"), max_length=200, widget=forms.TextInput(attrs=_TEXT))
    decision = forms.CharField(
        label=lazy("Which decision does it serve?"),
        max_length=200,
        error_messages={"required": lazy("Say which decision this value serves; otherwise do not collect it.")},
        widget=forms.TextInput(attrs={"list": "decisions", "autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=lazy("It is"), choices=TagRole.choices)
    kind = forms.ChoiceField(label=lazy("Kind"), choices=TagKind.choices)
    machine = forms.ChoiceField(label=lazy("Machine"), required=False)
    unit = forms.CharField(label=lazy("Unit"), max_length=20, required=False, widget=forms.TextInput(attrs=_TEXT))
    period_s = NumberField(label=lazy("Asked every (s)"))
    scale = NumberField(label=lazy("Multiplied by"))
    offset = NumberField(label=lazy("Then plus"))
    deadband = NumberField(label=lazy("Sent when changed by"))
    values = WordsField(
        label=lazy("Words sent as"), help_text=lazy("One a line, for example 1 = RUNNING. Others stay as they are.")
    )

    def __init__(
        self, device: Device | None, machines: Sequence[Machine], *args: Any, tag: Tag | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.machines = {str(machine.pk): machine for machine in machines}
        choice: Any = self.fields["machine"]
        choice.choices = [("", _("none"))] + [(key, f"{m.line.name} › {m.name}") for key, m in self.machines.items()]
        protocol = PROTOCOLS.get(device.protocol) if device else None
        if protocol:
            self.fields["address"].label = str(protocol.address)
            self.fields["address"].help_text = protocol.example
        if protocol and protocol.types:
            names = [("", "–"), *((name, name) for name in protocol.types)]
            self.fields["type"] = forms.ChoiceField(label=_("Read as"), choices=names, required=False)
        if device is not None and device.protocol == Source.SPARKPLUG:
            # The node says its values by itself, as they are.
            for name in _MORE:
                del self.fields[name]
        if tag is not None:
            # Stored readings rely on both.
            del self.fields["name"], self.fields["kind"]
        self.is_of_scanner = protocol is not None and protocol.key == "scanner"
        self.kept = dict(tag.options) if tag is not None else {}
        self.tag = tag

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """What has to be looked at for each value."""
        return [field for field in self if field.name not in _MORE]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """What is mostly right as it is."""
        return [field for field in self if field.name in _MORE]

    @property
    def more_is_open(self) -> bool:
        """Whether something there was set or refused."""
        return any(field.errors or field.value() not in (None, "", {}) for field in self.more_fields)

    def wish(self) -> TagWish:
        """What was typed, for the act."""
        answers = self.cleaned_data
        options = {**self.kept}
        for name in ("type", *_MORE):
            options.pop(name, None)
            if answers.get(name) not in (None, "", {}):
                options[name] = answers[name]
        options.pop("lane", None)
        if answers["role"] == TagRole.ALARM or self.is_of_scanner:
            # Alarms and scans go the way on which nothing is thinned out.
            options["lane"] = "e"
        return TagWish(
            address=answers["address"],
            name=self.tag.name if self.tag else answers["name"],
            decision=answers["decision"],
            kind=self.tag.kind if self.tag else answers["kind"],
            role=answers["role"],
            unit=answers["unit"],
            machine=self.machines.get(answers["machine"]),
            options=options,
        )

    def take(self, error: Mapping[str, str]) -> None:
        """Put a sentence of a refusal beside its field."""
        name = error["pointer"].rsplit("/", 1)[-1]
        self.add_error(name if name in self.fields else None, error["message"])


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = forms.CharField(label=lazy("Reason"), max_length=200)


def initial_of(tag: Tag) -> dict[str, Any]:
    """What a tag's form begins with."""
    asked = {"type", *TagForm.base_fields}
    return {
        "address": tag.address, "decision": tag.decision, "role": tag.role, "machine": str(tag.machine_id or ""),
        "unit": tag.unit, **{name: value for name, value in tag.options.items() if name in asked},
    }  # fmt: skip


def _kept(device: Device | None) -> dict[str, Any]:
    return {BEFORE + name: value for name, value in device.settings.items()} if device else {}


def _field(setting: Setting) -> forms.Field:
    told: dict[str, Any] = {"label": setting.label, "help_text": setting.help, "required": setting.required}
    if setting.kind == "bool":
        return forms.BooleanField(**{**told, "required": False})
    if setting.kind == "choice":
        return forms.ChoiceField(choices=setting.choices, initial=str(setting.default), **told)
    attrs = _TEXT if setting.kind == "text" else _NUMBER
    initial = "" if setting.default is None else setting.default
    return forms.CharField(initial=initial, widget=forms.TextInput(attrs=attrs), max_length=400, **told)
