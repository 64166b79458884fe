"""Today: the questions an owner asks, each with one answer, what it is made of, and where its proof stands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factory_core.access.policy import may
from factory_core.calendar.rules import ShiftWindow
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from factory_core.reporting.parameters import day_window
from factory_core.web.display import duration, money, quantity
from production.downtime.queries import shifts_at
from production.oee.models import OeeTargets
from production.orders.queries import counts_since, shift_figures
from production.orders.rules import Counts
from production.reports.queries.stops import ReasonSum, stops_by_reason
from production.reports.queries.tallies import NONE, SALES, Tally, tallies_of_day
from production.shopfloor.queries.calls import OpenCall, open_calls
from production.shopfloor.queries.floor import Placed, placed_machines

ZERO = Decimal(0)
VIEW, COST = "production.view", "production.cost.view"
# Under nine tenths of the plan somebody should look, under three quarters somebody should act.
BEHIND, FAR_BEHIND = 90, 75
# So many percent above the plan somebody should look.
DEARER = 5


@dataclass(frozen=True)
class Answer:
    """One row of the board. `tone` is "act", "look" or "" (nothing to do, or nothing at all: zero is neutral).

    `needs`: the capability without which nobody is told, beside seeing production at all.
    """

    key: str
    question: str
    answer: str
    detail: str
    url: str
    tone: str = ""
    needs: str = ""


@dataclass
class Day:
    """The machines somebody may see, and what is asked of them more than once."""

    actor: User
    at: datetime
    line_code: str = ""
    lines: dict[int, Line] = field(init=False)
    machines: list[Placed] = field(init=False)

    def __post_init__(self) -> None:
        lines, machines = placed_machines(self.actor)
        kept = {key: line for key, line in lines.items() if not self.line_code or line.code == self.line_code}
        self.lines, self.machines = kept, [one for one in machines if one.line_id in kept]

    @property
    def site(self) -> Site | None:
        """The plant; None without a machine."""
        return next((line.area.site for line in self.lines.values()), None)

    @cached_property
    def window(self) -> ShiftWindow | None:
        """The local day of the plant, which began at midnight; None without a machine."""
        return day_window(self.site, self.at.astimezone(self.site.zone).date()) if self.site else None

    @property
    def keys(self) -> list[int]:
        """The machines' ids."""
        return [machine.pk for machine in self.machines]

    @property
    def names(self) -> Mapping[int, str]:
        """The machines' names by id."""
        return {machine.pk: machine.name for machine in self.machines}

    @property
    def query(self) -> str:
        """The line as a query, for addresses."""
        return f"?line={self.line_code}" if self.line_code else ""

    @cached_property
    def calls(self) -> list[OpenCall]:
        """Who waits for help."""
        return open_calls(self.names, self.actor)

    @cached_property
    def stops(self) -> list[ReasonSum]:
        """Today's stops by reason, planned ones left out."""
        if self.window is None:
            return []
        found = stops_by_reason(self.keys, self.window.started_at, self.at, self.at)
        return [one for one in found if not one.is_planned and one.seconds]

    @cached_property
    def counts(self) -> tuple[dict[int, Counts], dict[int, Counts]]:
        """What was made on each machine in its running shift, and since midnight."""
        if self.window is None:
            return {}, {}
        shift, day = counts_since(self.keys, [self.shifts, dict.fromkeys(self.keys, self.window)], self.at)
        return shift, day

    @cached_property
    def shifts(self) -> dict[int, ShiftWindow]:
        """The running shift of each machine."""
        shifts = shifts_at(list(self.lines.values()), self.at)
        return {one.pk: shifts[one.line_id] for one in self.machines}

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """All that is only counted, as far as somebody may know it."""
        if self.site is None or self.window is None:
            return {}
        return tallies_of_day(self.actor, self.keys, self.line_code, self.site, self.window, self.at)

    def tally(self, key: str) -> Tally:
        """How many there are of a kind; none where nothing was asked."""
        return self.tallies.get(key, NONE)

    @property
    def silent(self) -> int:
        """How many machines send no data now."""
        return len(self.machines) - self.tally("heard").many


def answers(day: Day) -> list[Answer]:
    """The answers for what somebody may see; a question whose answer they may not know is not asked."""
    asked: Sequence[tuple[str, Callable[[Day], Answer | None]]] = (
        (VIEW, plan),
        (VIEW, worst_stop),
        (VIEW, late_orders),
        (SALES, late_deliveries),
        (VIEW, scrap),
        (VIEW, waiting_for_help),
        (COST, cost_this_week),
        (VIEW, needs_a_look),
    )
    told = [(capability, ask(day)) for capability, ask in asked if may(day.actor, capability)]
    return [replace(one, needs="" if capability == VIEW else capability) for capability, one in told if one]


def plan(day: Day) -> Answer:
    """Are we on plan? Good pieces of the running shifts against what ideal cycles would have made by now."""
    question, url = _("Are we on plan?"), f"/floor/{day.query}"
    figures = shift_figures(day.keys, day.shifts, day.at, day.counts[0])
    asked = [(one, figures[one.pk]) for one in day.machines if figures[one.pk].expected]
    expected = sum((figure.expected or ZERO for _machine, figure in asked), ZERO)
    if not expected:
        return Answer("plan", question, "–", _("No order runs that says what to expect."), url)
    good = sum((figure.good for _machine, figure in asked), ZERO)
    share = int(100 * good / expected)
    behind = {machine.name: figure.good - (figure.expected or ZERO) for machine, figure in asked}
    worst = min(behind, key=lambda name: behind[name])
    said = _signed(good - expected)
    detail = _("%(pieces)s pieces") % {"pieces": said}
    if behind[worst] < 0:
        detail = _("%(pieces)s pieces · furthest behind: %(machine)s (%(own)s)") % {
            "pieces": said,
            "machine": worst,
            "own": _signed(behind[worst]),
        }
    return Answer("plan", question, f"{share} %", detail, url, _tone(share))


def worst_stop(day: Day) -> Answer:
    """What stops us most? The reason that cost most time today."""
    question, url = _("What stops us most?"), f"/shift/{day.query}"
    if not day.stops:
        return Answer("stops", question, _("nothing"), _("No stop today."), url)
    worst, whole = day.stops[0], sum((one.seconds for one in day.stops), ZERO)
    detail = _("%(name)s · most of it at %(machine)s · %(all)s of stops today") % {
        "name": worst.name,
        "machine": worst.worst,
        "all": duration(float(whole)),
    }
    return Answer("stops", question, duration(float(worst.seconds)), detail, url, "" if worst.is_named else "look")


def late_orders(day: Day) -> Answer:
    """Which production orders are past their due time, and which will be by their forecast?"""
    late, expected = day.tally("late_orders").many, day.tally("coming_orders").many
    parts = [] if late else [_("None is past its due time.")]
    if late:
        first = day.tally("late_orders").told["first"]
        ago = duration(_seconds(datetime.fromisoformat(first["due"]), day.at))
        longest = {"order": f"{first['number']} {first['item']}", "late": ago}
        parts.append(_("longest: %(order)s, %(late)s") % longest)
    if expected:
        parts.append(ngettext("%(n)s more will be late", "%(n)s more will be late", expected) % {"n": expected})
    url = "/orders/?show=late" if late else "/promises/"
    return Answer("orders", _("Late orders?"), str(late), " · ".join(parts), url, _of(late, expected))


def late_deliveries(day: Day) -> Answer:
    """Which customers wait for something that should have gone already, and which will by its forecast?"""
    lines, calls = day.tally("late_lines"), day.tally("late_calls")
    late, expected = lines.many + calls.many, day.tally("coming_lines").many
    parts = [] if late else [_("Nothing that was promised is still here.")]
    if late and day.window:
        oldest = min(one.told["oldest"] for one in (lines, calls) if one.many)
        days = (day.window.on - date.fromisoformat(oldest)).days
        parts.append(ngettext("the oldest by %(n)s day", "the oldest by %(n)s days", days) % {"n": days})
    if expected:
        parts.append(ngettext("%(n)s more will be late", "%(n)s more will be late", expected) % {"n": expected})
    url = "/sales/late/" if late else "/promises/"
    return Answer("deliveries", _("Late deliveries?"), str(late), " · ".join(parts), url, _of(late, expected))


def scrap(day: Day) -> Answer:
    """How much of what was made today is scrap, against the site's target?"""
    question, url = _("Scrap?"), f"/oee/{day.query}"
    if day.window is None:
        return Answer("scrap", question, "–", _("No machine to show."), url)
    counts = day.counts[1]
    lost = sum((one.scrap for one in counts.values()), ZERO)
    made = sum((one.good + one.scrap + one.rework for one in counts.values()), ZERO)
    if not made:
        return Answer("scrap", question, "–", _("Nothing was counted today."), url)
    target = Decimal(day.tally("targets").told["scrap"] or OeeTargets().scrap_percent)
    share = 100 * lost / made
    detail = _("target %(target)s %% · %(lost)s of %(made)s pieces") % {
        "target": quantity(target),
        "lost": quantity(lost),
        "made": quantity(made),
    }
    return Answer("scrap", question, f"{quantity(round(share, 1))} %", detail, url, "act" if share > target else "")


def waiting_for_help(day: Day) -> Answer:
    """Does anybody wait for help?"""
    question, url = _("Anyone waiting for help?"), f"/floor/{day.query}"
    if not day.calls:
        return Answer("help", question, _("none"), _("No call is open."), url)
    first = day.calls[0]
    detail = _("longest: %(machine)s, for %(kind)s, %(ago)s") % {
        "machine": first.machine_name,
        "kind": first.kind,
        "ago": duration((day.at - first.at).total_seconds()),
    }
    return Answer("help", question, str(len(day.calls)), detail, url, "act")


def cost_this_week(day: Day) -> Answer:
    """What did the orders settled since Monday cost, against what was planned?"""
    question, url = _("Cost against plan this week?"), "/costing/"
    nothing = Answer("cost", question, "–", _("No order was settled this week."), url)
    week = day.tally("settled")
    if not week.many or not Decimal(week.told["planned"]):
        return nothing
    planned, actual = Decimal(week.told["planned"]), Decimal(week.told["actual"])
    share = 100 * (actual - planned) / planned
    detail = ngettext(
        "%(actual)s against %(planned)s · %(n)s order settled",
        "%(actual)s against %(planned)s · %(n)s orders settled",
        week.many,
    ) % {
        "actual": money(round(actual, 2), settings.CURRENCY),
        "planned": money(round(planned, 2), settings.CURRENCY),
        "n": week.many,
    }
    return Answer("cost", question, f"{_signed(round(share, 1))} %", detail, url, "look" if share > DEARER else "")


def needs_a_look(day: Day) -> Answer:
    """What did nobody say anything about yet: stops without a reason, corrections by late data."""
    question, url = _("What needs a look?"), f"/shift/{day.query}"
    if day.window is None:
        return Answer("look", question, "0", _("No machine to show."), url)
    stops, late = day.tally("to_explain").many, day.tally("to_correct").many
    parts = []
    if stops:
        parts.append(ngettext("%(n)s stop without a reason", "%(n)s stops without a reason", stops) % {"n": stops})
    if late:
        parts.append(ngettext("%(n)s correction to decide", "%(n)s corrections to decide", late) % {"n": late})
    if day.silent:
        silent = ngettext("%(n)s machine sends no data", "%(n)s machines send no data", day.silent)
        parts.append(silent % {"n": day.silent})
    whole = stops + late + day.silent
    return Answer("look", question, str(whole), " · ".join(parts) or _("Nothing."), url, "look" if whole else "")


def _of(now: int, soon: int) -> str:
    return "act" if now else "look" if soon else ""


def _seconds(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()


def _tone(share: int) -> str:
    return "act" if share < FAR_BEHIND else "look" if share < BEHIND else ""


def _signed(pieces: Decimal) -> str:
    return f"{'−' if pieces < 0 else '+' if pieces > 0 else '±'}{quantity(abs(pieces))}"
