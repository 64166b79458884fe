"""What a person or a program asks a report for, read and checked; what is wrong is said of each field by itself."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.calendar.queries import shifts_of_line
from factory_core.calendar.rules import ShiftWindow
from factory_core.errors import Invalid
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine, Site
from factory_core.reporting.definition import Parameter, ParameterKind, Report

# A report over more is a job for an export, and nobody reads its pages.
LONGEST_DAYS = 366
WHOLE_DAY = "0"


class BadParameters(Invalid):
    """One or more of the things a report wants to know are missing or wrong; `errors` says which and why."""

    code = "bad_parameters"


def read_parameters(actor: User, report: Report, given: Mapping[str, str], at: datetime) -> dict[str, str]:
    """What a report is made of, in one plain form: codes, ISO days, keys of shifts. Raises BadParameters."""
    reading = _Reading(actor, report, {key: str(value).strip() for key, value in given.items()}, at)
    for parameter in report.parameters:
        reading.take(parameter)
    if reading.errors:
        sentences = " ".join(error["message"] for error in reading.errors)
        raise BadParameters(sentences, errors=reading.errors)
    return reading.values


def names_of(report: Report) -> set[str]:
    """The names under which a report takes its parameters."""
    names: set[str] = set()
    for parameter in report.parameters:
        period = (f"{parameter.key}_from", f"{parameter.key}_until")
        names |= set(period) if parameter.kind == ParameterKind.PERIOD else {parameter.key}
    return names


def window_of(line: Line, on: date, key: str) -> ShiftWindow | None:
    """The shift of a line that began on a day, by its key; the whole local day for WHOLE_DAY."""
    windows = shifts_on(line, on)
    if key == WHOLE_DAY:
        return day_window(line.area.site, on)
    return next((window for window in windows if str(window.key) == key), None)


def shifts_on(line: Line, on: date) -> list[ShiftWindow]:
    """The shifts of a line that began on a day."""
    whole = day_window(line.area.site, on)
    return [one for one in shifts_of_line(line, whole.started_at, whole.ended_at) if one.on == on]


def day_window(site: Site, on: date) -> ShiftWindow:
    """A local day of a site as if it were a shift; 23 to 25 hours."""
    start = datetime(on.year, on.month, on.day, tzinfo=site.zone)
    after = on + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=site.zone)
    return ShiftWindow(0, "", on, start, end, breaks=())


class _Reading:
    """The values of one wish, field after field; a later field may look at an earlier one."""

    def __init__(self, actor: User, report: Report, given: Mapping[str, str], at: datetime) -> None:
        self.actor, self.report, self.given, self.at = actor, report, given, at
        self.values: dict[str, str] = {}
        self.errors: list[dict[str, str]] = []
        self.line: Line | None = None
        unknown = sorted(set(given) - names_of(report))
        for name in unknown:
            self._wrong(name, _("%(report)s does not ask for %(name)s.") % {"report": report.title, "name": name})

    def take(self, parameter: Parameter) -> None:
        """Read one parameter into `values`, or say what is wrong with it."""
        if parameter.kind == ParameterKind.PERIOD:
            self._period(parameter)
            return
        said = self.given.get(parameter.key, "")
        if not said and parameter.kind == ParameterKind.CHOICE:
            said = parameter.choices[0][0]
        if not said and parameter.required:
            self._wrong(parameter.key, _("%(field)s: say which.") % {"field": parameter.label})
        elif not said:
            self.values[parameter.key] = ""
        else:
            getattr(self, f"_{parameter.kind}")(parameter, said)

    def _wrong(self, name: str, message: str) -> None:
        self.errors.append({"pointer": f"/{name}", "code": "invalid", "message": message})

    def _day(self, parameter: Parameter, said: str, name: str = "") -> date | None:
        name = name or parameter.key
        try:
            day = date.fromisoformat(said)
        except ValueError:
            sentence = _("%(field)s: “%(said)s” is not a day. Write it as 2026-11-20.")
            self._wrong(name, sentence % {"field": parameter.label, "said": said[:40]})
            return None
        # A day further than tomorrow has not begun anywhere.
        if not date(2000, 1, 1) <= day <= (self.at + timedelta(days=1)).date():
            sentence = _("%(field)s: %(day)s lies outside the time of which there are figures.")
            self._wrong(name, sentence % {"field": parameter.label, "day": date_format(day, "SHORT_DATE_FORMAT")})
            return None
        self.values[name] = day.isoformat()
        return day

    def _period(self, parameter: Parameter) -> None:
        names = (f"{parameter.key}_from", f"{parameter.key}_until")
        days = []
        for name in names:
            said = self.given.get(name, "")
            if said:
                days.append(self._day(parameter, said, name))
            elif parameter.required:
                self._wrong(name, _("%(field)s: say from which day until which.") % {"field": parameter.label})
        if len(days) < 2 or days[0] is None or days[1] is None:
            return
        if days[1] < days[0]:
            self._wrong(names[1], _("%(field)s: the last day lies before the first.") % {"field": parameter.label})
        elif (days[1] - days[0]).days >= LONGEST_DAYS:
            sentence = _("%(field)s: at most %(days)s days at once.")
            self._wrong(names[1], sentence % {"field": parameter.label, "days": LONGEST_DAYS})

    def _line(self, parameter: Parameter, said: str) -> None:
        rows = visible(self.actor, Line.objects.select_related("area__site"), self.report.needs)
        self.line = rows.filter(code=said).first()
        if self.line is None:
            sentence = _("%(field)s: there is no line %(code)s of which you may make reports.")
            self._wrong(parameter.key, sentence % {"field": parameter.label, "code": said[:40]})
        else:
            self.values[parameter.key] = said

    def _machine(self, parameter: Parameter, said: str) -> None:
        if visible(self.actor, Machine.objects.filter(code=said), self.report.needs).exists():
            self.values[parameter.key] = said
            return
        sentence = _("%(field)s: there is no machine %(code)s of which you may make reports.")
        self._wrong(parameter.key, sentence % {"field": parameter.label, "code": said[:40]})

    def _shift(self, parameter: Parameter, said: str) -> None:
        on = next((self.values.get(p.key) for p in self.report.parameters if p.kind == ParameterKind.DAY), None)
        if self.line is None or not on:
            return
        day = date.fromisoformat(on)
        if window_of(self.line, day, said) is not None:
            self.values[parameter.key] = said
            return
        there = ", ".join(window.name for window in shifts_on(self.line, day)) or _("none")
        sentence = _("%(field)s: %(line)s has no such shift on %(day)s. It has: %(there)s.")
        told: dict[str, Any] = {"field": parameter.label, "line": self.line.name, "there": there}
        self._wrong(parameter.key, sentence % {**told, "day": date_format(day, "SHORT_DATE_FORMAT")})

    def _order(self, parameter: Parameter, said: str) -> None:
        # Which orders there are is known to the app that builds the report; it refuses a number it does not know.
        self.values[parameter.key] = said[:40]

    def _choice(self, parameter: Parameter, said: str) -> None:
        if said in {value for value, _label in parameter.choices}:
            self.values[parameter.key] = said
            return
        there = ", ".join(value for value, _label in parameter.choices)
        sentence = _("%(field)s: “%(said)s” is not one of %(there)s.")
        self._wrong(parameter.key, sentence % {"field": parameter.label, "said": said[:40], "there": there})
