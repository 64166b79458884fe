"""What the form of a report offers: lines, machines, shifts, days, with what most people want already chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.calendar.models import Shift
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine
from factory_core.reporting.definition import Parameter, ParameterKind, Report
from factory_core.reporting.parameters import WHOLE_DAY
from production.downtime.queries import shift_at

WEEK = timedelta(days=6)


@dataclass(frozen=True)
class AskedField:
    """One field of the form: `choices` make it a list; else `type` is that of the input."""

    name: str
    label: str
    type: str
    value: str
    required: bool
    choices: list[tuple[str, str]] = field(default_factory=list)
    error: str = ""


def fields_of(
    actor: User, report: Report, given: Mapping[str, str], at: datetime, errors: Mapping[str, str]
) -> list[AskedField]:
    """The fields of a report's form. What was typed stays; what was not is the present line, day and shift."""
    lines = list(visible(actor, Line.objects.select_related("area__site"), report.needs).order_by("code"))
    line = next((one for one in lines if one.code == given.get("line")), lines[0] if lines else None)
    window = shift_at(line, at) if line else None
    found: list[AskedField] = []
    for parameter in report.parameters:
        choices: list[tuple[str, str]] = []
        kind, usual = "text", ""
        if parameter.kind == ParameterKind.DAY:
            kind, usual = "date", window.on.isoformat() if window else at.date().isoformat()
        elif parameter.kind == ParameterKind.PERIOD:
            found += _period(parameter, given, at, line, errors)
            continue
        elif parameter.kind == ParameterKind.LINE:
            choices = [(one.code, one.name) for one in lines]
            usual = choices[0][0] if choices and parameter.required else ""
            choices = choices if parameter.required else [("", _("all lines")), *choices]
        elif parameter.kind == ParameterKind.MACHINE:
            machines = visible(actor, Machine.objects.filter(is_active=True), report.needs).order_by("code")
            choices = list(machines.values_list("code", "name"))
            choices = choices if parameter.required else [("", _("all machines")), *choices]
        elif parameter.kind == ParameterKind.SHIFT:
            choices, usual = _shifts(lines), str(window.key) if window else WHOLE_DAY
        elif parameter.kind == ParameterKind.CHOICE:
            choices = [(value, str(label)) for value, label in parameter.choices]
            usual = choices[0][0]
        value = given.get(parameter.key, usual)
        label, error = str(parameter.label), errors.get(parameter.key, "")
        found.append(AskedField(parameter.key, label, kind, value, parameter.required, choices, error))
    return found


def _period(
    parameter: Parameter, given: Mapping[str, str], at: datetime, line: Line | None, errors: Mapping[str, str]
) -> list[AskedField]:
    today = (at.astimezone(line.area.site.zone) if line else at).date()
    usual = {"from": (_("From"), today - WEEK), "until": (_("Until"), today)}
    return [
        AskedField(name, label, "date", given.get(name, day.isoformat()), parameter.required, [], errors.get(name, ""))
        for name, (label, day) in ((f"{parameter.key}_{end}", told) for end, told in usual.items())
    ]


def _shifts(lines: list[Line]) -> list[tuple[str, str]]:
    """The shifts of all lines by name; which of them a line has that day is said when the report is asked for."""
    sites = {line.area.site_id for line in lines}
    rows = Shift.objects.filter(site__in=sites).select_related("line").order_by("starts", "line__code", "pk")
    told = [
        (str(row.pk), f"{row.name} {row.starts:%H:%M}–{row.ends:%H:%M}" + (f" · {row.line.name}" if row.line else ""))
        for row in rows
    ]
    return [*told, (WHOLE_DAY, _("the whole day"))]
