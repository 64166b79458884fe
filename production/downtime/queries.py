"""Reads about downtimes: what stands open, what wants a reason, which reasons are frequent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q, QuerySet

from factory_core.calendar.queries import shifts_of_line
from factory_core.calendar.rules import ShiftWindow
from factory_core.plant.models import Line, Machine
from factory_core.web.display import Text, display_state, display_word
from production.downtime.models import Downtime, DowntimeReason
from production.downtime.rules import Interval, Period
from production.downtime.states import STANDING, STOP_STATES, DowntimeStatus, ReasonKind
from telemetry.states.models import StateInterval

FREQUENT = 8
LOOK_BACK = timedelta(days=30)
# A site without shifts is shown by days; a shift longer than this is a mistake of set-up.
LONGEST_SHIFT = timedelta(days=1)


@dataclass(frozen=True)
class Band:
    """How a machine is shown now: display family, its word, the reason if one was given, since when."""

    state: str
    word: Text
    note: str
    since: datetime | None


@dataclass(frozen=True)
class Choice:
    """A reason as a button."""

    code: str
    name: str
    suggested: bool = False


@dataclass(frozen=True)
class Group:
    """A category with its reasons."""

    name: str
    reasons: tuple[Choice, ...]


def intervals_of(machine_id: int, start: datetime | None, end: datetime | None) -> list[Interval]:
    """The states of a machine that touch [start, end), oldest first, whole (not clipped); None is without a limit."""
    rows = StateInterval.objects.filter(machine=machine_id)
    if start is not None:
        rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=start))
    if end is not None:
        rows = rows.filter(started_at__lt=end)
    columns = rows.order_by("started_at").values_list("state", "started_at", "ended_at", "word")
    return [Interval(state, began, ended, word or "") for state, began, ended, word in columns]


def planned_time(line: Line, start: datetime, end: datetime) -> list[Period] | None:
    """The planned time of a line that touches [start, end), breaks included; None where nobody set shifts."""
    windows = shifts_of_line(line, start, end)
    if windows:
        return [(window.started_at, window.ended_at) for window in windows]
    has_shifts = line.shifts.exists() or line.area.site.shifts.filter(line=None).exists()
    return [] if has_shifts else None


def standing() -> QuerySet[Downtime]:
    """Downtimes that occupy their machine's time line, with what is shown of them."""
    return Downtime.objects.filter(status__in=STANDING).select_related("reason", "machine", "explained_by")


def downtimes_in(machine_ids: Iterable[int], start: datetime, end: datetime) -> QuerySet[Downtime]:
    """The downtimes of machines that touch [start, end), oldest first."""
    return (
        standing()
        .filter(Q(ended_at=None) | Q(ended_at__gt=start), machine__in=list(machine_ids), started_at__lt=end)
        .order_by("started_at")
    )


def open_downtime(machine: Machine) -> Downtime | None:
    """The downtime that still goes on at a machine."""
    return standing().filter(machine=machine, status=DowntimeStatus.OPEN).first()


def open_downtimes(machine_ids: Iterable[int]) -> dict[int, Downtime]:
    """The downtime that still goes on at each machine that has one."""
    rows = Downtime.objects.filter(machine__in=list(machine_ids), status=DowntimeStatus.OPEN).select_related("reason")
    return {row.machine_id: row for row in rows}


def stops_to_explain(machine_ids: Iterable[int], start: datetime, end: datetime) -> QuerySet[Downtime]:
    """The downtimes of a period that want a reason, oldest first; short ones want none."""
    return downtimes_in(machine_ids, start, end).filter(reason=None, is_micro=False)


def band(state: str, since: datetime | None, downtime: Downtime | None) -> Band:
    """How a machine in a state is shown, given the downtime that goes on."""
    if downtime is None or state not in STOP_STATES:
        family = display_state(state)
        return Band(family, display_word(state, family), "", since)
    family = family_of(state, downtime)
    note = downtime.reason.name if downtime.reason else ""
    return Band(family, display_word(state, family), note, downtime.started_at)


def family_of(state: str, downtime: Downtime) -> str:
    """The display family of a stopped machine: asking, planned, set-up, or what the machine says."""
    if downtime.reason is None:
        return display_state(state, asks=not downtime.is_micro)
    if downtime.reason.kind == ReasonKind.SETUP:
        return display_state("SETUP")
    return display_state(state, planned=downtime.reason.planned)


def band_of(machine: Machine) -> Band:
    """How a machine is shown now."""
    row = StateInterval.objects.filter(machine=machine, ended_at=None).order_by("-started_at").first()
    state, since = (row.state, row.started_at) if row else ("NO_DATA", None)
    return band(state, since, open_downtime(machine))


def frequent_reasons(machine: Machine, frozen_at: datetime, suggested: str = "") -> list[Choice]:
    """The eight reasons most often given at a machine in the 30 days before `frozen_at`, the start of the shift.

    Frozen, so that a button does not move under a finger (03-ux R6).
    """
    leaves = pickable()
    given = dict(
        Downtime.objects.filter(
            machine=machine,
            status__in=STANDING,
            reason__isnull=False,
            started_at__lt=frozen_at,
            started_at__gte=frozen_at - LOOK_BACK,
        )
        .values_list("reason")
        .annotate(n=Count("id"))
        .order_by()
    )
    first = sorted(leaves, key=lambda reason: (-given.get(reason.pk, 0), reason.position, reason.code))[:FREQUENT]
    return [Choice(reason.code, reason.name, reason.code == suggested) for reason in first]


def reason_groups() -> list[Group]:
    """All reasons in their categories; reasons without a category stand first, under their own name."""
    groups: dict[str, list[Choice]] = {}
    for reason in pickable():
        name = reason.parent.name if reason.parent else ""
        groups.setdefault(name, []).append(Choice(reason.code, reason.name))
    return [Group(name, tuple(choices)) for name, choices in groups.items()]


def pickable() -> Sequence[DowntimeReason]:
    """Reasons one may give: in use, and not a category that holds others."""
    active = DowntimeReason.objects.filter(is_active=True).select_related("parent")
    rows = sorted(active, key=lambda one: (one.parent.position if one.parent else -1, one.position, one.code))
    categories = {row.parent_id for row in rows}
    return [row for row in rows if row.pk not in categories]


def reason_by_word() -> dict[str, DowntimeReason]:
    """Which reason a word of a machine gives by itself; words are compared without case."""
    words: dict[str, DowntimeReason] = {}
    for reason in pickable():
        for word in reason.machine_words:
            words.setdefault(str(word).casefold(), reason)
    return words


def shift_at(line: Line, at: datetime) -> ShiftWindow:
    """The shift that runs on a line at a moment; without one, the local day."""
    windows = shifts_of_line(line, at - LONGEST_SHIFT, at + timedelta(microseconds=1))
    running = [window for window in windows if window.started_at <= at < window.ended_at]
    if running:
        return running[-1]
    zone = line.area.site.zone
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = (midnight + timedelta(days=1)).replace(fold=0)
    return ShiftWindow(0, "", midnight.date(), midnight.astimezone(UTC), following.astimezone(UTC), breaks=())


def machines_at_shift_border(at: datetime) -> list[tuple[int, datetime]]:
    """Machines whose open downtime outlived its planned time, or that stand in planned time without one.

    Each with the moment from which its downtimes have to be looked at again.
    """
    stopped = {
        row.machine_id: row.started_at for row in StateInterval.objects.filter(ended_at=None, state__in=STOP_STATES)
    }
    open_since = dict(Downtime.objects.filter(status=DowntimeStatus.OPEN).values_list("machine_id", "started_at"))
    concerned = Machine.objects.filter(pk__in=stopped.keys() | open_since.keys()).select_related("line__area__site")
    planned_now: dict[int, bool] = {}
    found = []
    for machine in concerned:
        if machine.line_id not in planned_now:
            periods = planned_time(machine.line, at, at + timedelta(microseconds=1))
            planned_now[machine.line_id] = periods is None or bool(periods)
        if planned_now[machine.line_id] != (machine.pk in open_since) or (
            machine.pk in open_since and machine.pk not in stopped
        ):
            found.append((machine.pk, open_since.get(machine.pk) or stopped[machine.pk]))
    return found
