"""Wall displays: which there are, who may set them up, and what each board shows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import may, visible
from factory_core.errors import Missing
from factory_core.people.models import User
from factory_core.plant.models import Line, Machine, Site
from factory_core.web import charts
from factory_core.web.display import duration
from production.oee.models import WallBoard
from production.oee.panels import NAMES
from production.oee.queries.accounts import targets_of
from production.oee.rules.figures import figures_of, total
from production.oee.states import RuleSet
from production.reports.queries.account import FACTORS, period_sums, rule_set_name
from production.reports.queries.hours import hours_of_machines
from production.reports.queries.today import Day, answers
from production.reports.states import USUAL_S, BoardKind
from production.shopfloor.queries.floor import board as tiles_of

# Up to so many machines, calls or bars a wall can be read from six metres.
FEW = 12
ROWS = 8


class NoSuchWall(Missing):
    """The wall display does not exist, or the asker sees nothing of its site."""

    code = "no_such_wall"


@dataclass(frozen=True)
class Board:
    """One board of a display: what it shows, of which line ("" all), how long; `number` counts from 0."""

    number: int
    kind: BoardKind
    line: str
    seconds: int
    next_number: int


def board_names() -> dict[BoardKind, str]:
    """What the boards are called."""
    return {
        BoardKind.FLOOR: _("Machines"),
        BoardKind.FIGURES: _("Figures of today"),
        BoardKind.HOURS: _("Hour by hour"),
        BoardKind.LOSSES: _("What stops us today"),
        BoardKind.TODAY: _("Today"),
        BoardKind.CALLS: _("Calls for help"),
    }


def walls_seen(actor: User) -> QuerySet[WallBoard]:
    """The displays of the sites of which somebody sees any place; each board shows what its reader may see."""
    sites = visible(actor, Line.objects.all(), "plant.view").values("area__site")
    return WallBoard.objects.filter(site__in=sites).select_related("site").order_by("code")


def wall_or_missing(actor: User, code: str) -> WallBoard:
    """A display by its code. Raises NoSuchWall."""
    wall = walls_seen(actor).filter(code=code).first()
    if wall is None:
        raise NoSuchWall(_("There is no wall display %(code)s that you may see.") % {"code": code})
    return wall


def manages_walls(actor: User, site: Site) -> bool:
    """Whether somebody sets up the displays of a site: IT there, or a supervisor of one of its lines."""
    if may(actor, "plant.manage", site):
        return True
    return visible(actor, Line.objects.filter(area__site=site), "production.account.manage").exists()


def sites_of_walls(actor: User) -> list[Site]:
    """The sites whose displays somebody sets up."""
    sites = Site.objects.filter(pk__in=visible(actor, Line.objects.all(), "plant.view").values("area__site"))
    return [site for site in sites.order_by("code") if manages_walls(actor, site)]


def lines_of_sites(sites: list[Site]) -> list[Line]:
    """The lines a board may be narrowed to."""
    return list(Line.objects.filter(area__site__in=sites).order_by("code"))


def board_of_wall(wall: WallBoard, number: int) -> Board:
    """A board by its place, counted round; what is written wrongly is the floor."""
    boards: list[dict[str, Any]] = [one for one in wall.boards if isinstance(one, dict)] or [{}]
    number %= len(boards)
    said = boards[number]
    kind = said.get("board")
    seconds = said.get("seconds")
    return Board(
        number=number,
        kind=BoardKind(kind) if kind in set(BoardKind) else BoardKind.FLOOR,
        line=str(said.get("line") or ""),
        seconds=seconds if isinstance(seconds, int) and seconds > 0 else USUAL_S,
        next_number=(number + 1) % len(boards),
    )


def shown_on(board: Board, actor: User, at: datetime) -> dict[str, Any]:
    """What a board draws, for the template of its kind."""
    day = Day(actor, at, board.line)
    return {**_SHOW[board.kind](day), "day": day}


def _floor(day: Day) -> dict[str, Any]:
    groups = tiles_of(day.lines, day.machines, day.at, "/machines/%s/", day.calls)
    return {"groups": groups, "few": len(day.machines) <= FEW}


def _figures(day: Day) -> dict[str, Any]:
    """OEE and its factors of today, of the lines as one group: from sums, never from a mean."""
    if day.window is None:
        return {"figures": []}
    machines = list(Machine.objects.filter(pk__in=day.keys))
    sums = total(period_sums(machines, day.window.on, day.window.on, day.at).values())
    targets = targets_of(next(iter(day.lines.values())).area.site_id)
    rule_set = RuleSet(targets.rule_set)
    found = figures_of(sums, rule_set)
    told = [(NAMES[key], _percent(found.value(key))) for key in FACTORS]
    return {"figures": told, "rule_set": rule_set_name(rule_set), "target": targets.oee_percent}


def _hours(day: Day) -> dict[str, Any]:
    machines = list(Machine.objects.filter(pk__in=day.keys).select_related("line__area__site"))
    return {"hours": hours_of_machines(machines, day.at)[-ROWS:]}


def _losses(day: Day) -> dict[str, Any]:
    bars = [charts.Bar(one.name, float(one.seconds), duration(float(one.seconds))) for one in day.stops[:ROWS]]
    return {"bars": charts.pareto(bars)}


def _today(day: Day) -> dict[str, Any]:
    return {"answers": answers(day)}


def _calls(day: Day) -> dict[str, Any]:
    return {"calls": day.calls[:ROWS]}


_SHOW = {
    BoardKind.FLOOR: _floor,
    BoardKind.FIGURES: _figures,
    BoardKind.HOURS: _hours,
    BoardKind.LOSSES: _losses,
    BoardKind.TODAY: _today,
    BoardKind.CALLS: _calls,
}


def _percent(share: Decimal | None) -> int | None:
    return None if share is None else round(100 * share)
