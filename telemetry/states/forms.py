"""The form that makes a rule: a kind, its tags, its numbers."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from factory_core.web.display import display_state, display_word
from telemetry.states.rules.definition import Current, Definition, RuleMistake, read_definition
from telemetry.states.rules.templates import COUNTED, TEMPLATES, from_template
from telemetry.states.screens import KINDS, SLOT_NAMES
from telemetry.states.states import MachineState

BIT_STATES = (
    ("fault", MachineState.FAULT, gettext_lazy("Fault is on")),
    ("setup", MachineState.SETUP, gettext_lazy("Set-up is on")),
    ("running", MachineState.PRODUCING, gettext_lazy("Running is on")),
)
_USUAL = Current(tag="")
_WORDS_HELP = gettext_lazy("One word a line: ACTIVE = PRODUCING. States: %(states)s.")


class RuleForm(forms.Form):
    """Gives `definition` after `is_valid`; its fields depend on the kind and on the machine's tags."""

    kind = forms.ChoiceField(label=gettext_lazy("How"), choices=[(kind.key, kind.name) for kind in KINDS])

    def __init__(
        self, data: Any = None, *, kind: str, tags: Sequence[str], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial={"kind": kind, **(initial or {})})
        self.chosen = kind if any(kind == offered.key for offered in KINDS) else KINDS[0].key
        self.definition: Definition | None = None
        self._tags = [("", "–"), *((tag, tag) for tag in tags)]
        build = {"words": self._words, "bits": self._bits, "current": self._current, "counter": self._counter}
        if self.chosen == "json":
            self.fields["document"] = forms.CharField(label=_("Rule"), widget=forms.Textarea(attrs={"rows": 14}))
            return
        build.get(self.chosen, self._template)()
        for slot in COUNTED:
            self.fields[slot] = self._tag(str(SLOT_NAMES[slot]), required=False)

    def clean(self) -> dict[str, Any]:
        """Make the definition; every mistake of the rule becomes a sentence on the form."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        make = {
            "words": self._from_words, "bits": self._from_bits, "current": self._from_current,
            "counter": self._from_counter, "json": self._from_json,
        }.get(self.chosen, self._from_template)  # fmt: skip
        try:
            self.definition = make(cleaned)
        except RuleMistake as mistake:
            for sentence in mistake.sentences:
                self.add_error(None, sentence)
        return cleaned

    def _tag(self, label: str, *, required: bool = True) -> forms.ChoiceField:
        return forms.ChoiceField(label=label, choices=self._tags, required=required)

    def _number(self, label: str, usual: float | None, *, help_text: str = "") -> forms.FloatField:
        required = usual is not None
        return forms.FloatField(label=label, initial=usual, required=required, help_text=help_text, localize=True)

    def _steadiness(self) -> None:
        self.fields["for_s"] = self._number(_("Counts once it held for (s)"), 0)
        self.fields["stale_after_s"] = self._number(
            _("No data after silence of (s)"), None, help_text=_("Empty: the last word holds until the next.")
        )

    def _template(self) -> None:
        template = TEMPLATES[self.chosen]
        for slot in template.slots:
            if slot not in COUNTED:
                self.fields[slot] = self._tag(str(SLOT_NAMES[slot]), required=slot in template.required)
        self._steadiness()

    def _words(self) -> None:
        states = [(state.value, name) for state, name in _states()]
        self.fields["tag"] = self._tag(_("Tag"))
        help_text = _WORDS_HELP % {"states": ", ".join(value for value, _name in states)}
        self.fields["words"] = forms.CharField(
            label=_("What each word means"), widget=forms.Textarea(attrs={"rows": 8}), help_text=help_text
        )
        self.fields["otherwise"] = forms.ChoiceField(
            label=_("Any other word means"), choices=states, initial=MachineState.STOPPED.value
        )
        self._steadiness()

    def _bits(self) -> None:
        for key, _state, label in BIT_STATES:
            self.fields[key] = self._tag(str(label), required=False)
        self.fields["otherwise"] = forms.ChoiceField(
            label=_("None of them is on"),
            choices=[(state.value, name) for state, name in _states()],
            initial=MachineState.IDLE.value,
        )
        self._steadiness()

    def _current(self) -> None:
        self.fields["tag"] = self._tag(_("Tag"))
        for name, label in (
            ("run_above", _("Runs above")), ("idle_below", _("Idles below")), ("off_below", _("Is off below")),
            ("run_for_s", _("Runs once above it for (s)")), ("idle_for_s", _("Idles once below it for (s)")),
            ("off_for_s", _("Is off once below it for (s)")), ("stale_after_s", _("No data after silence of (s)")),
        ):  # fmt: skip
            self.fields[name] = self._number(label, getattr(_USUAL, name))
        self.fields["median"] = forms.TypedChoiceField(
            label=_("Spikes"),
            coerce=int,
            choices=[
                (1, _("count as measured")),
                (3, _("single ones are left out")),
                (5, _("double ones are left out")),
            ],
            help_text=_("What was measured stays stored as it came."),
        )

    def _counter(self) -> None:
        self.fields["tag"] = self._tag(_("Tag"))
        self.fields["cycle_s"] = self._number(_("A piece takes (s)"), 20)
        self.fields["k"] = self._number(_("Stands after so many cycles without a piece"), 3)
        self.fields["stale_after_s"] = self._number(_("No data after silence of (s)"), None)

    def _counters(self, cleaned: dict[str, Any]) -> list[dict[str, str]]:
        return [{"tag": cleaned[slot], "counts": counts} for slot, counts in COUNTED.items() if cleaned.get(slot)]

    def _one(self, source: dict[str, Any], cleaned: dict[str, Any]) -> Definition:
        return read_definition({"sources": [source], "counters": self._counters(cleaned)})

    def _from_template(self, cleaned: dict[str, Any]) -> Definition:
        tags = {slot: cleaned.get(slot, "") for slot in TEMPLATES[self.chosen].slots}
        return from_template(self.chosen, tags, for_s=cleaned["for_s"], stale_after_s=cleaned["stale_after_s"])

    def _from_words(self, cleaned: dict[str, Any]) -> Definition:
        words = {}
        for number, line in enumerate(cleaned["words"].splitlines(), start=1):
            if not line.strip():
                continue
            word, equals, state = (part.strip() for part in line.rpartition("="))
            if not equals or state.upper() not in MachineState.__members__:
                sentence = _('Line %(number)d: "%(line)s" does not say WORD = STATE.') % {
                    "number": number,
                    "line": line,
                }
                raise RuleMistake([sentence])
            words[word] = state.upper()
        kept = {name: cleaned[name] for name in ("tag", "otherwise", "for_s", "stale_after_s")}
        return self._one({"kind": "words", "words": words, **kept}, cleaned)

    def _from_bits(self, cleaned: dict[str, Any]) -> Definition:
        bits = [{"tag": cleaned[key], "state": state.value} for key, state, _label in BIT_STATES if cleaned.get(key)]
        kept = {name: cleaned[name] for name in ("otherwise", "for_s", "stale_after_s")}
        return self._one({"kind": "bits", "bits": bits, **kept}, cleaned)

    def _from_current(self, cleaned: dict[str, Any]) -> Definition:
        names = ("tag", "run_above", "idle_below", "off_below", "run_for_s", "idle_for_s", "off_for_s", "stale_after_s")
        return self._one({"kind": "current", "median": cleaned["median"], **{n: cleaned[n] for n in names}}, cleaned)

    def _from_counter(self, cleaned: dict[str, Any]) -> Definition:
        names = ("tag", "cycle_s", "k", "stale_after_s")
        return self._one({"kind": "counter", **{name: cleaned[name] for name in names}}, cleaned)

    def _from_json(self, cleaned: dict[str, Any]) -> Definition:
        try:
            document = json.loads(cleaned["document"])
        except ValueError as error:
            raise RuleMistake([_("The rule is not JSON: %(error)s.") % {"error": error}]) from error
        return read_definition(document)


def _states() -> list[tuple[MachineState, Any]]:
    return [(state, display_word(state, display_state(state))) for state in MachineState]
