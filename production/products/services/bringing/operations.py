"""Rows of routings put together: whose they are, which operations with which times, which steps to tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.importing.kinds import Context, Outcome, Row
from factory_core.plant.models import Machine
from inventory.items.models import Item
from production.products.rules.hours import times_of
from production.products.rules.naming import of_models
from production.products.services.bringing.centres import Centres
from production.products.services.bringing.parts import Parts
from production.products.states import CountBy

HEAD = (
    "version", "status", "lead_time_days", "routing_valid_from", "routing_valid_until", "routing_note", "names_some",
)  # fmt: skip
# What every row of an operation says again, or leaves to its first.
_AGAIN = (
    "operation", "work_centre", "machine", "setup_seconds", "setup_minutes", "setup_hours", "run_seconds",
    "run_minutes", "machine_hours", "labour_hours", "lot_size", "wait_seconds", "wait_minutes", "loss_percent",
    "setup_crew", "run_crew", "count_by", "time_rule",
)  # fmt: skip
_TEXT_MOST, _NUMBER_MOST, STEP = 2000, 2**31 - 1, 10
_RANK = (Outcome.SKIPPED, Outcome.UNCHANGED, Outcome.CHANGED, Outcome.CREATED)
_LARGEST = {"setup_s": 10**11, "run_s": 10**11, "wait_s": 10**11, "setup_crew": 10**4, "run_crew": 10**4}


def _raised(row: Row, outcome: Outcome) -> None:
    if row.outcome is None or (row.outcome in _RANK and _RANK.index(outcome) > _RANK.index(row.outcome)):
        row.outcome = outcome


@dataclass(slots=True)
class Step:
    """One operation as its rows say it: columns, and the steps to tell as (position, text, must be confirmed)."""

    number: int
    rows: list[Row]
    facts: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[int, str, bool]] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
        """What became of it for one more item; the greatest change counts."""
        for row in self.rows:
            _raised(row, outcome)


@dataclass(slots=True)
class Sheet:
    """All rows of one routing, and the items it is for."""

    items: list[Item]
    head: dict[str, Any]
    rows: list[Row]
    steps: list[Step] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        """Whether one of its rows cannot come in."""
        return any(row.outcome is Outcome.REFUSED for row in self.rows)

    def note(self, outcome: Outcome) -> None:
        """What became of all of it."""
        for row in self.rows:
            _raised(row, outcome)

    def note_first(self, outcome: Outcome) -> None:
        """What no single operation says."""
        if self.rows[0].outcome is Outcome.UNCHANGED:
            self.rows[0].outcome = outcome

    def refuse(self, name: str, code: str, sentence: str, expected: str = "") -> None:
        """The whole routing cannot come in."""
        self.rows[0].refuse(name, code, sentence, expected)

    def settle(self) -> None:
        """Where a row was refused, the others wait with it."""
        wrong = next((row for row in self.rows if row.outcome is Outcome.REFUSED), None)
        for row in self.rows if wrong is not None else ():
            if row.outcome is not Outcome.REFUSED and wrong is not None:
                row.refuse(
                    "number", "document_refused",
                    _("Row %(row)d of the same routing was refused, so this one waits with it.")
                    % {"row": wrong.number},
                )  # fmt: skip


def sheets_of(rows: Sequence[Row], context: Context, centres: Centres) -> tuple[list[Sheet], Parts]:
    """The routings of a batch, their rows checked one by one; what cannot come has its outcome already."""
    numbers = {str(row.values["item"]) for row in rows if row.values.get("item")}
    models = {
        str(row.values["model"]).strip() for row in rows if row.values.get("model") and not row.values.get("item")
    }
    named = _of_models(context, models) if models else {}
    parts = Parts.of(context, [*numbers, *(number for found in named.values() for number in found)])
    machines = {machine.code: machine for machine in Machine.objects.filter(line__area__site=context.site)}
    grouped: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        item, model = str(row.values.get("item") or ""), str(row.values.get("model") or "").strip()
        key = (item.upper(), "" if item else model.upper(), str(row.values.get("version") or ""))
        grouped.setdefault(key, []).append(row)
    sheets = []
    for (item, model, _version), members in grouped.items():
        items = _items(members, item, named.get(model, []), parts)
        sheet = Sheet(items, _head(members), members)
        if items:
            sheet.steps = list(_steps(members, centres, machines))
        sheet.settle()
        sheets.append(sheet)
    return sheets, parts


def _of_models(context: Context, models: Iterable[str]) -> dict[str, list[str]]:
    names = visible(context.actor, Item.objects.order_by("number")).values_list("number", "name")
    return {model: list(found) for model, found in of_models(models, names.iterator(chunk_size=5000)).items()}


def _items(rows: list[Row], item: str, of_model: Sequence[str], parts: Parts) -> list[Item]:
    first = rows[0]
    if item:
        found = parts.named(first, "item", str(first.values["item"]), {"is_made": True})
        return [] if found is None else [found]
    items = [one for number in of_model if (one := parts.item(number)) is not None]
    if not items and first.values.get("model"):
        first.refuse(
            "model", "unknown_reference",
            _("No item is called “%(model)s”, or so and then “ - ” and what tells it apart.")
            % {"model": str(first.values["model"])[:60]},
            _("The number of an item, or the first part of the names of its variants."),
        )  # fmt: skip
    elif not items:
        first.refuse("item", "value_missing", _("The row says neither an item nor a model of items."))
    return items


def _head(rows: list[Row]) -> dict[str, Any]:
    head: dict[str, Any] = dict.fromkeys(HEAD)
    for row in rows:
        for name in HEAD:
            said = row.values.get(name)
            if said is not None and head[name] is None:
                head[name] = said
            elif said is not None and said != head[name]:
                row.refuse(
                    name, "head_differs",
                    _("“%(said)s” differs from “%(first)s” in the first row of this routing.")
                    % {"said": said, "first": head[name]},
                )  # fmt: skip
    since, until = head["routing_valid_from"], head["routing_valid_until"]
    if since is not None and until is not None and until <= since:
        sentence = _("It must hold for a day at least: end it after %(day)s.") % {"day": since}
        rows[0].refuse("routing_valid_until", "invalid", sentence)
    return head


def _steps(rows: list[Row], centres: Centres, machines: dict[str, Machine]) -> Iterable[Step]:
    found: dict[int, Step] = {}
    last = 0
    for row in rows:
        said = row.values.get("number")
        is_more = (
            said is None and row.values.get("work_centre") is None and row.values.get("operation") is None and last
        )
        number = int(str(said)) if said is not None else last if is_more else (last // STEP + 1) * STEP
        if not 0 < number <= _NUMBER_MOST:
            row.refuse("number", "out_of_bounds", _("Operations are numbered from 1."))
            continue
        last = number
        found.setdefault(number, Step(number, [])).rows.append(row)
    for step in found.values():
        _fill(step, centres, machines)
        yield step


def _fill(step: Step, centres: Centres, machines: dict[str, Machine]) -> None:
    first, values = step.rows[0], step.rows[0].values
    for row in step.rows[1:]:
        for name in _AGAIN:
            if row.values.get(name) is not None and row.values[name] != values.get(name):
                row.refuse(
                    name, "operation_differs",
                    _("Row %(row)d says “%(first)s” of the same operation.")
                    % {"row": first.number, "first": values.get(name) if values.get(name) is not None else ""},
                )  # fmt: skip
    if values.get("work_centre") is None:
        first.refuse("work_centre", "value_missing", _("An operation is done at a work centre."))
        return
    centre = centres.named(first, "work_centre", str(values["work_centre"]))
    if centre is None:
        return
    facts: dict[str, Any] = {"work_centre": centre, "name": str(values.get("operation") or centre.name)[:120]}
    if values.get("machine") is not None:
        machine = machines.get(str(values["machine"]))
        if machine is None:
            sentence = _("There is no machine “%s” at this site.") % str(values["machine"])[:40]
            first.refuse("machine", "unknown_reference", sentence)
            return
        facts["machine"] = machine
    facts |= {name: values[name] for name in ("loss_percent", "count_by", "time_rule") if values.get(name) is not None}
    _fill_times(first, facts)
    step.facts = facts
    step.told = _told(step.rows)


def _fill_times(row: Row, facts: dict[str, Any]) -> None:
    if row.values.get("lot_size") is not None and not Decimal(str(row.values["lot_size"])) > 0:
        row.refuse("lot_size", "out_of_bounds", _("A lot is more than nothing."))
        return
    times = times_of(row.values)
    if times.by_people and "count_by" not in facts:
        facts["count_by"] = str(CountBy.PERSON)
    for name, exact, kept in times.rounded:
        said = {"exact": f"{exact:f}"[:20], "kept": kept}
        row.warn(_field_of(name), "rounded", _("%(exact)s seconds are kept as %(kept)s.") % said)
    for name, most in _LARGEST.items():
        if not 0 <= times.said.get(name, Decimal(0)) < most:
            row.refuse(_field_of(name), "out_of_bounds", _("It cannot be less than nothing, and not that much."))
    if not times.said.get("run_s", Decimal(0)) > 0:
        row.refuse(
            "run_seconds", "no_time", _("The row says no time for a piece: neither of a machine nor of people."),
            _("Seconds or minutes a piece above zero, or hours for a lot."),
        )  # fmt: skip
    loss = facts.get("loss_percent")
    if loss is not None and not 0 <= loss < 100:
        row.refuse("loss_percent", "out_of_bounds", _("The loss is zero or more and below 100 percent."))
    facts |= times.said


def _field_of(column: str) -> str:
    return column.removesuffix("_s") + "_seconds" if column.endswith("_s") else column


def _told(rows: list[Row]) -> list[tuple[int, str, bool]]:
    found, last = [], 0
    taken: set[int] = set()
    for row in rows:
        text = str(row.values.get("step") or "").strip()
        if not text:
            continue
        said = row.values.get("step_number")
        position = int(str(said)) if said is not None else last + STEP
        if len(text) > _TEXT_MOST:
            row.refuse("step", "too_long", _("An instruction has %d letters at most.") % _TEXT_MOST)
        elif not 0 < position <= _NUMBER_MOST or position in taken:
            row.refuse("step_number", "taken", _("Step %d of this operation stands above already.") % position)
        else:
            found.append((position, text, bool(row.values.get("must_confirm"))))
        taken.add(position)
        last = position
    return sorted(found)
