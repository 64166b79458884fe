"""Setting up wall displays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from factory_core.access.policy import Forbidden
from factory_core.access.versions import refuse_stale
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Line, Site
from production.oee.models import WallBoard
from production.reports.events import WALL_SET_UP
from production.reports.queries.walls import manages_walls, wall_or_missing
from production.reports.states import LONGEST_S, MOST_BOARDS, SHORTEST_S, BoardKind

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class BadWall(Invalid):
    """A wall display without a board, with an unknown one, or under a code that another has."""

    code = "bad_wall"


@dataclass(frozen=True)
class WallWish:
    """What a wall display shows: boards as (kind, code of a line or "" for all, seconds)."""

    site: Site
    code: str
    name: str
    boards: Sequence[tuple[str, str, int]]
    is_active: bool = True


def save_wall(
    *, actor: User, wish: WallWish, at: datetime, wall_code: str = "", version: int | None = None
) -> WallBoard:
    """Set up a wall display, or change the one of a code.

    Raises Forbidden, BadWall, NoSuchWall, StaleVersion.
    """
    if not manages_walls(actor, wish.site):
        raise Forbidden(_("Wall displays are set up by supervisors and the IT administrator of their site."))
    boards = _checked(wish)
    if wall_code:
        known = wall_or_missing(actor, wall_code)
        wall = WallBoard.objects.select_for_update().select_related("site").get(pk=known.pk)
        if not manages_walls(actor, wall.site):
            raise Forbidden(_("Wall displays are set up by supervisors and the IT administrator of their site."))
        refuse_stale(actor, wall, version, ("name", "boards"))
        wall.name, wall.boards, wall.is_active = wish.name.strip(), boards, wish.is_active
        wall.version += 1
        wall.save(update_fields=["name", "boards", "is_active", "version", "updated_at"])
    else:
        try:
            with transaction.atomic():
                wall = WallBoard.objects.create(
                    site=wish.site, code=wish.code, name=wish.name.strip(), boards=boards, is_active=wish.is_active
                )
        except IntegrityError as clash:
            raise BadWall(_("Another wall display is called %(code)s.") % {"code": wish.code}) from clash
    publish(WALL_SET_UP, about=[wall, wall.site], at=at, actor=actor)
    return wall


def _checked(wish: WallWish) -> list[dict[str, str | int]]:
    if not CODE.fullmatch(wish.code):
        raise BadWall(_("Code: use small letters, digits and hyphens, at most forty."))
    if not wish.name.strip():
        raise BadWall(_("Name: say how the display is called."))
    if not 0 < len(wish.boards) <= MOST_BOARDS:
        raise BadWall(_("Choose between one board and %(most)s.") % {"most": MOST_BOARDS})
    lines = set(Line.objects.filter(area__site=wish.site).values_list("code", flat=True))
    for number, (board, line, seconds) in enumerate(wish.boards, 1):
        if board not in set(BoardKind):
            raise BadWall(_("Board %(n)s: there is no board “%(board)s”.") % {"n": number, "board": board[:40]})
        if line and line not in lines:
            raise BadWall(_("Board %(n)s: there is no line %(line)s at this site.") % {"n": number, "line": line[:40]})
        if not SHORTEST_S <= seconds <= LONGEST_S:
            sentence = _("Board %(n)s: show it between %(least)s and %(most)s seconds.")
            raise BadWall(sentence % {"n": number, "least": SHORTEST_S, "most": LONGEST_S})
    return [{"board": board, "line": line, "seconds": seconds} for board, line, seconds in wish.boards]
