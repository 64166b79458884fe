"""The shift timeline, stops to explain, and the drawer of one stop."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from factory_core.access.policy import machine_ids, may, visible
from factory_core.calendar.rules import ShiftWindow
from factory_core.clock import now
from factory_core.errors import Invalid, Missing
from factory_core.plant.models import Machine
from factory_core.web.display import display_state, display_word
from factory_core.web.doors import door
from production.downtime.models import Downtime, DowntimeCorrection
from production.downtime.queries import (
    family_of,
    frequent_reasons,
    intervals_of,
    reason_groups,
    shift_at,
    standing,
)
from production.downtime.queries.corrections import proposed_for, proposed_on
from production.downtime.queries.shift import chosen_shift, neighbours, rows_of, wanting_reason
from production.downtime.services.reasons import EXPLAINABLE_FOR
from production.downtime.services.shapes import mergeable_before, split_to_undo

INSTANT = timedelta(microseconds=1)


class NothingToShow(Missing):
    """No machine, line or stop there that the asker may see."""

    code = "nothing_to_show"


class BadDay(Invalid):
    """`on` is not a day, or `at` not a moment."""

    code = "bad_day"


@never_cache
@ensure_csrf_cookie
@require_GET
@door("production.view")
def shift(request: HttpRequest) -> HttpResponse:
    """The timeline of a shift; `?line=` one line, `?on=` a day, `?shift=` which of its shifts."""
    asked = _Asked(request)
    context = {
        "shift": {**asked.frame(), **asked.rows()},
        **asked.to_do(),
        "live_topics": [f"machine:{machine.code}" for machine in asked.machines] or ["floor"],
    }
    return asked.answer("production/downtime/shift.html", context)


@never_cache
@require_GET
@door("production.view")
def rows(request: HttpRequest) -> HttpResponse:
    """The rows alone."""
    asked = _Asked(request)
    return asked.answer("production/downtime/_rows.html", {"shift": {**asked.frame(), **asked.rows()}})


@never_cache
@require_GET
@door("production.view")
def to_explain(request: HttpRequest) -> HttpResponse:
    """The stops that want a reason alone."""
    asked = _Asked(request)
    return asked.answer("production/downtime/_to_explain.html", {"shift": asked.frame(), **asked.to_do()})


@never_cache
@require_GET
@door("production.view")
def stop(request: HttpRequest, downtime_id: int) -> HttpResponse:
    """The drawer of one stop."""
    rows = visible(request.user, standing().select_related("machine__line__area__site"))
    downtime = rows.filter(pk=downtime_id).first() if downtime_id < 2**63 else None
    if downtime is None:
        raise NothingToShow(_("There is no such stop that you may see."))
    return _drawer(request, downtime.machine, downtime)


@never_cache
@require_GET
@door("production.view")
def stop_at(request: HttpRequest, code: str) -> HttpResponse:
    """The drawer of what a machine did at a moment (`?at=` in milliseconds)."""
    machine = _machines(request).filter(code=code).first()
    if machine is None:
        raise NothingToShow(_("There is no machine %(code)s that you may see.") % {"code": code})
    moment = _moment(request.GET.get("at", ""))
    touching = standing().select_related("machine__line__area__site").filter(machine=machine, started_at__lte=moment)
    downtime = touching.order_by("-started_at").first()
    if downtime is not None and downtime.ended_at is not None and downtime.ended_at <= moment:
        downtime = None
    return _drawer(request, machine, downtime, moment)


class _Asked:
    """Which machines and which shift a request of the timeline is about."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.at = request, now()
        self.line_code = request.GET.get("line", "")
        machines = _machines(request)
        self.machines = list(machines.filter(line__code=self.line_code) if self.line_code else machines)
        if not self.machines:
            raise NothingToShow(_("There is no machine here that you may see."))
        self.line = self.machines[0].line
        key = request.GET.get("shift", "")
        self.key = int(key) if key.isdecimal() and len(key) < 19 else None
        self.on = _day(request.GET.get("on", ""))
        self.window = chosen_shift(self.line, self.on, self.key, self.at)
        self.zone = self.line.area.site.zone

    def frame(self) -> dict[str, Any]:
        """Title, times and addresses of the shift."""
        before, after = neighbours(self.line, self.window, self.at)
        own, day = self.address(self.window), {"from": f"{self.window.on}", "to": f"{self.window.on}"}
        return {
            "title": _title(self.window, self.zone),
            "started_at": self.window.started_at.astimezone(self.zone),
            "ended_at": self.window.ended_at.astimezone(self.zone),
            "previous_url": f"/shift/{self.address(before)}",
            "current_url": f"/shift/{self.address(None)}",
            "next_url": f"/shift/{self.address(after)}" if after else "",
            "is_current": self.window.started_at <= self.at < self.window.ended_at,
            "rows_url": f"/shift/rows/{own}",
            "oee_url": f"/oee/losses/?{urlencode({'line': self.line_code, **day})}",
            "to_explain_url": f"/shift/to-explain/{own}",
        }

    def rows(self) -> dict[str, Any]:
        """The machines' bands and the totals per state."""
        found = rows_of(self.machines, self.window.started_at, self.window.ended_at, self.at)
        totals: dict[str, float] = {}
        for row in found:
            for state, seconds in row.totals.items():
                totals[state] = totals.get(state, 0) + seconds
        return {
            "legend": [
                {"state": state, "word": display_word("", state), "seconds": seconds}
                for state, seconds in sorted(totals.items(), key=lambda one: -one[1])
            ],
            "rows": [
                {
                    "code": row.machine.code,
                    "name": row.machine.name,
                    "url": f"/machines/{row.machine.code}/",
                    "band_url": f"/shift/at/{row.machine.code}/",
                    "bands": row.bands,
                    "label": _("%(machine)s: running %(percent)d %%")
                    % {"machine": row.machine.name, "percent": row.running_percent},
                    "running_percent": row.running_percent,
                }
                for row in found
            ],
        }

    def to_do(self) -> dict[str, Any]:
        """The shift's stops without a reason, and whatever correction waits for this person's decision."""
        proposed = proposed_on(machine.pk for machine in self.machines)
        mine = machine_ids(self.request.user, "production.downtime.edit") if proposed else set()
        return {
            "to_explain": self._to_explain({correction.downtime_id for correction in proposed}),
            "corrections": [self._correction(one) for one in proposed if one.machine_id in mine],
        }

    def _correction(self, correction: DowntimeCorrection) -> dict[str, Any]:
        downtime = correction.downtime
        began = downtime.started_at.astimezone(self.zone)
        return {
            "url": f"/shift/stop/{downtime.pk}/",
            "machine_name": correction.machine.name,
            "day": "" if began.date() == self.window.on else date_format(began, "j M"),
            "sentence": _said(correction, self.zone),
        }

    def _to_explain(self, doubted: set[int]) -> list[dict[str, Any]]:
        return [
            {
                "id": downtime.pk,
                "url": f"/shift/stop/{downtime.pk}/",
                "machine_name": downtime.machine.name,
                "started_at": downtime.started_at.astimezone(self.zone),
                "ended_at": downtime.ended_at.astimezone(self.zone) if downtime.ended_at else None,
                "seconds": ((downtime.ended_at or self.at) - downtime.started_at).total_seconds(),
                "doubted": downtime.pk in doubted,
            }
            for downtime in wanting_reason(self.machines, self.window.started_at, self.window.ended_at)
        ]

    def address(self, window: ShiftWindow | None) -> str:
        """The query of a shift of this line; the present one needs no day."""
        parts: dict[str, Any] = {"line": self.line_code} if self.line_code else {}
        if window is not None:
            parts |= {"on": window.on.isoformat(), "shift": window.key}
        return f"?{urlencode(parts)}" if parts else ""

    def answer(self, template: str, context: dict[str, Any]) -> HttpResponse:
        """Render with the clock of the site."""
        with timezone.override(self.zone):
            return render(self.request, template, {"now": self.at.astimezone(self.zone), **context})


def _drawer(
    request: HttpRequest, machine: Machine, downtime: Downtime | None, moment: datetime | None = None
) -> HttpResponse:
    zone, at = machine.line.area.site.zone, now()
    drawer = _of_stop(request, downtime, at) if downtime else _of_moment(machine, moment or at, at)
    with timezone.override(zone):
        context = {"now": at.astimezone(zone), "drawer": {"machine_name": machine.name, **drawer}}
        return render(request, "production/downtime/_drawer.html", context)


def _of_stop(request: HttpRequest, downtime: Downtime, at: datetime) -> dict[str, Any]:
    machine = downtime.machine
    family = family_of(downtime.state, downtime)
    late = downtime.ended_at is not None and at - downtime.ended_at > EXPLAINABLE_FOR
    right = "production.downtime.explain_late" if late else "production.downtime.explain"
    may_explain, may_edit = may(request.user, right, downtime), may(request.user, "production.downtime.edit", downtime)
    before = mergeable_before(downtime) if may_edit else None
    split, correction = split_to_undo(downtime) if may_edit else None, proposed_for(downtime)
    frozen_at = shift_at(machine.line, downtime.started_at).started_at
    return {
        "downtime_id": downtime.pk,
        "state": family,
        "word": display_word(downtime.state, family),
        "started_at": downtime.started_at,
        "ended_at": downtime.ended_at,
        "seconds": ((downtime.ended_at or at) - downtime.started_at).total_seconds(),
        "reason": downtime.reason.name if downtime.reason else "",
        "explained_by": downtime.explained_by.name if downtime.explained_by else "",
        "note": downtime.note,
        "note_needed": late,
        "may_explain": may_explain,
        "may_split": may_edit,
        "merge_with": before.pk if before else None,
        "undo_split": split.pk if split else None,
        "undo_merge": may_edit and downtime.before_merge is not None,
        "correction": {
            "id": correction.pk,
            "version": correction.version,
            "sentence": _said(correction, machine.line.area.site.zone),
            "may_decide": may_edit,
        }
        if correction
        else None,
        "frequent": frequent_reasons(machine, frozen_at) if may_explain else [],
        "groups": reason_groups() if may_explain else [],
        "history_url": f"/history/{downtime._meta.label_lower}/{downtime.pk}/"
        if may(request.user, "trail.view", downtime)
        else "",
    }


def _of_moment(machine: Machine, moment: datetime, at: datetime) -> dict[str, Any]:
    found = intervals_of(machine.pk, moment, moment + INSTANT)
    state = found[0].state if found else "NO_DATA"
    start, end = (found[0].started_at, found[0].ended_at) if found else (moment, moment)
    family = display_state(state)
    return {
        "downtime_id": None,
        "state": family,
        "word": display_word(state, family),
        "started_at": start,
        "ended_at": end,
        "seconds": ((end or at) - start).total_seconds(),
    }


def _said(correction: DowntimeCorrection, zone: Any) -> str:
    """What late data says about a stop, in a sentence."""
    downtime = correction.downtime
    recorded = (downtime.started_at, downtime.ended_at)
    if correction.started_at is None:
        return _("Late data says: the machine ran, there was no stop %(recorded)s.") % {
            "recorded": _times(recorded, "H:i", zone)
        }
    proposed = (correction.started_at, correction.ended_at)
    # A difference of seconds must not read as none.
    precise = _times(proposed, "H:i", zone) == _times(recorded, "H:i", zone)
    form = "H:i:s" if precise else "H:i"
    return _("Late data says: %(proposed)s instead of %(recorded)s.") % {
        "proposed": _times(proposed, form, zone),
        "recorded": _times(recorded, form, zone),
    }


def _times(period: tuple[datetime, datetime | None], form: str, zone: Any) -> str:
    start, end = period
    until = time_format(end.astimezone(zone), form) if end else _("now")
    return f"{time_format(start.astimezone(zone), form)}–{until}"


def _machines(request: HttpRequest) -> Any:
    rows = visible(request.user, Machine.objects.filter(is_active=True), "production.view")
    return rows.select_related("line__area__site").order_by("line__code", "position", "code")


def _title(window: ShiftWindow, zone: Any) -> str:
    day = date_format(window.on, pgettext("how a day is written", "D, j M Y"))
    start, end = (f"{moment.astimezone(zone):%H:%M}" for moment in (window.started_at, window.ended_at))
    if not window.name:
        return day
    return _("%(shift)s %(start)s–%(end)s, %(day)s") % {"shift": window.name, "start": start, "end": end, "day": day}


def _day(given: str) -> date | None:
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        day = None
    if day is None or not 1970 < day.year < 2200:
        raise BadDay(_("'%(given)s' is not a day. Expected year-month-day, for example 2026-11-20.") % {"given": given})
    return day


def _moment(given: str) -> datetime:
    # Thirteen digits of milliseconds last until the year 2286.
    if not given.isdecimal() or len(given) > 13:
        raise BadDay(_("'at' must be a moment in milliseconds since 1970."))
    return datetime.fromtimestamp(int(given) / 1000, UTC)
