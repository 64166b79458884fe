"""What a report is called, what it wants to know, who may make it and how its content is built. Apps offer theirs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import may
from factory_core.access.roles import CAPABILITIES
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.reporting.content import Content

Build = Callable[[User, Mapping[str, str], datetime], Content]


class NoSuchReport(Missing):
    """No app offers a report of that code, or the asker may not make it."""

    code = "no_such_report"


class ParameterKind(StrEnum):
    """What a report may ask for. SHIFT stands beside a line and a day; PERIOD is two days, both inside it."""

    DAY = "day"
    PERIOD = "period"
    SHIFT = "shift"
    LINE = "line"
    MACHINE = "machine"
    ORDER = "order"
    CHOICE = "choice"


@dataclass(frozen=True)
class Parameter:
    """One thing a report wants to know. `choices` of a CHOICE: (value, label), the first is taken unless one says."""

    key: str
    label: Any
    kind: ParameterKind
    required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Report:
    """A kind of report. `build` gives everything, sensitive columns marked; who makes it gets what they may see."""

    code: str
    title: Any
    sentence: Any
    parameters: tuple[Parameter, ...]
    needs: str
    build: Build


_reports: dict[str, Report] = {}


def offer_report(report: Report) -> None:
    """Add a kind of report (called when an app starts). Raises KeyError for a capability nobody declared."""
    CAPABILITIES[report.needs]
    _reports[report.code] = report


def reports_for(actor: User) -> list[Report]:
    """The kinds of reports somebody may make, in the order in which they were offered."""
    return [report for report in _reports.values() if may(actor, report.needs)]


def report_or_missing(actor: User, code: str) -> Report:
    """A kind of report that the asker may make. Raises NoSuchReport."""
    report = _reports.get(code)
    if report is None or not may(actor, report.needs):
        raise NoSuchReport(_("There is no report “%(code)s” that you may make.") % {"code": code})
    return report


def title_of(code: str) -> str:
    """The name of a kind of report; its code where nobody offers it any more."""
    return str(_reports[code].title) if code in _reports else code
