"""Wall displays: boards follow each other, one that fails holds up none, and only some set them up."""

from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import StaleVersion
from factory_core.people.models import User
from production.oee.models import WallBoard
from production.reports.queries import walls as shown
from production.reports.queries.walls import NoSuchWall, board_of_wall, wall_or_missing, walls_seen
from production.reports.services import BadWall, WallWish, save_wall
from production.shopfloor.services import call_help
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant, a_plant
from tests.world.production import a_running_order, a_shift, a_stop, minute

EVERY = [
    ("floor", "", 20),
    ("figures", "", 15),
    ("hours", "", 15),
    ("losses", "", 15),
    ("today", "", 20),
    ("calls", "", 10),
]


def as_(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def a_wall(actor: User, plant: Plant, boards: Any = EVERY, code: str = "hall", **more: Any) -> WallBoard:
    with acting(actor, channel="test"):
        return save_wall(actor=actor, wish=WallWish(plant.site, code, "Hall 1", boards), at=minute(0), **more)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_boards_follow_each_other_and_begin_again(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_wall(cast.supervisor, plant)
    client = as_(cast.terminal)
    page = text(client.get("/wall/hall/"))
    assert 'data-theme="dark"' in page
    assert 'hx-get="/wall/hall/board/?n=1" hx-trigger="every 20s"' in page
    assert 'id="link"' in page
    last = text(client.get("/wall/hall/board/?n=5"))
    assert 'hx-get="/wall/hall/board/?n=0" hx-trigger="every 10s"' in last
    assert "<html" not in last


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "Press 1"), (1, "OEE"), (2, "/ "), (3, "No reason given"), (4, "Are we on plan?"), (5, "Anna")],
)
def test_every_board_shows_its_figures(plant: Plant, cast: Cast, clock: Clock, number: int, said: str) -> None:
    a_shift(plant.site)
    a_running_order(cast.supervisor, plant.press)
    a_stop(plant.press, 10, 40)
    with acting(cast.operator, channel="test"):
        call_help(actor=cast.operator, machine=plant.press, kind="supervisor", at=minute(200))
    a_wall(cast.supervisor, plant)
    clock.set(minute(230))
    page = text(as_(cast.terminal).get(f"/wall/hall/board/?n={number}"))
    assert said in page
    assert "cannot be shown" not in page


@pytest.mark.parametrize("number", range(6))
def test_a_plant_where_nothing_happened_yet_has_boards_too(plant: Plant, cast: Cast, clock: Clock, number: int) -> None:
    a_wall(cast.supervisor, plant)
    assert "cannot be shown" not in text(as_(cast.terminal).get(f"/wall/hall/board/?n={number}"))


def test_a_board_that_fails_says_so_and_the_next_follows(
    plant: Plant, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_day: object) -> dict[str, object]:
        raise RuntimeError("broken")

    a_wall(cast.supervisor, plant)
    monkeypatch.setitem(shown._SHOW, shown.BoardKind.FIGURES, broken)
    page = text(as_(cast.terminal).get("/wall/hall/board/?n=1"))
    assert "This board cannot be shown just now" in page
    assert 'hx-get="/wall/hall/board/?n=2" hx-trigger="every 15s"' in page


def test_what_is_written_wrongly_is_the_floor(plant: Plant, cast: Cast) -> None:
    wall = WallBoard(site=plant.site, code="x", name="X", boards=["nonsense", {"board": "moon", "seconds": -3}])
    found = board_of_wall(wall, 7)
    assert (found.kind, found.seconds, found.next_number) == ("floor", 20, 0)
    assert board_of_wall(WallBoard(boards=[]), 3).kind == "floor"


def test_a_display_of_one_line_shows_no_other(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_wall(cast.supervisor, plant, [("floor", plant.line_b.code, 20)])
    page = text(as_(cast.owner).get("/wall/hall/"))
    assert "Robot 9" in page
    assert "Press 1" not in page
    # The terminal of line A sees nothing of line B on it.
    assert "Robot 9" not in text(as_(cast.terminal).get("/wall/hall/"))


def test_strangers_and_other_plants_see_no_display(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_wall(cast.supervisor, plant)
    elsewhere = a_plant()
    with acting(cast.supervisor, channel="test"):
        WallBoard.objects.create(site=elsewhere.site, code="far", name="Far", boards=[])
    assert as_(cast.stranger).get("/wall/hall/").status_code == 403
    assert as_(cast.stranger).get("/walls/").status_code == 403
    assert as_(cast.owner).get("/wall/far/").status_code == 404
    assert [wall.code for wall in walls_seen(cast.owner)] == ["hall"]
    with pytest.raises(NoSuchWall):
        wall_or_missing(cast.stranger, "hall")


def test_supervisors_and_it_set_displays_up_and_nobody_else(plant: Plant, cast: Cast) -> None:
    a_wall(cast.supervisor, plant)
    a_wall(cast.it_admin, plant, code="entrance")
    for somebody in (cast.operator, cast.owner, cast.stranger, cast.terminal, cast.disabled):
        with pytest.raises(Forbidden):
            save_wall(actor=somebody, wish=WallWish(plant.site, "mine", "Mine", EVERY), at=minute(0))
    assert set(WallBoard.objects.values_list("code", flat=True)) == {"hall", "entrance"}


@pytest.mark.parametrize(
    ("code", "boards", "said"),
    [
        ("hall", [("moon", "", 20)], "there is no board"),
        ("hall", [("floor", "nowhere", 20)], "there is no line"),
        ("hall", [("floor", "", 2)], "between 5 and 3600"),
        ("hall", [], "between one board"),
        ("Hall 1", [("floor", "", 20)], "small letters"),
    ],
)
def test_a_wrong_set_up_is_refused(plant: Plant, cast: Cast, code: str, boards: Any, said: str) -> None:
    with pytest.raises(BadWall, match=said):
        a_wall(cast.supervisor, plant, boards, code)
    assert WallBoard.objects.count() == 0


def test_a_code_is_given_once(plant: Plant, cast: Cast) -> None:
    a_wall(cast.supervisor, plant)
    with pytest.raises(BadWall, match="Another wall display"):
        a_wall(cast.supervisor, plant)
    assert WallBoard.objects.count() == 1


def test_who_changes_what_somebody_else_changed_is_told(plant: Plant, cast: Cast) -> None:
    wall = a_wall(cast.supervisor, plant)
    a_wall(cast.it_admin, plant, [("today", "", 30)], wall_code="hall", version=wall.version)
    with pytest.raises(StaleVersion):
        a_wall(cast.supervisor, plant, wall_code="hall", version=wall.version)
    assert WallBoard.objects.get().boards == [{"board": "today", "line": "", "seconds": 30}]


def test_a_display_is_set_up_on_its_page(plant: Plant, cast: Cast, clock: Clock) -> None:
    client = as_(cast.it_admin)
    assert client.get("/walls/new/").status_code == 200
    wish = {
        "name": "Entrance",
        "code": "entrance",
        "is_active": "on",
        "board-0": "today",
        "line-0": "",
        "seconds-0": "30",
    }
    assert client.post("/walls/new/", wish).status_code == 302
    wall = WallBoard.objects.get()
    assert (wall.code, wall.boards) == ("entrance", [{"board": "today", "line": "", "seconds": 30}])
    page = text(client.get("/walls/entrance/"))
    assert 'value="Entrance"' in page
    bad = client.post("/walls/entrance/", {**wish, "seconds-0": "1", "version": wall.version})
    assert bad.status_code == 422
    assert "between 5 and 3600" in text(bad)
    assert "Set up Entrance" in text(client.get("/walls/"))
    assert "Set up Entrance" not in text(as_(cast.operator).get("/walls/"))
