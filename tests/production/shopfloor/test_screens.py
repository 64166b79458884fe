"""Every screen of the shop floor: who gets it, and what it says."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from production.downtime.services import explain_downtime
from tests.world.clock import Clock
from tests.world.people import Cast
from tests.world.plant import Plant, a_machine
from tests.world.production import (
    a_reason,
    a_running_order,
    a_shift,
    a_stop,
    follow,
    minute,
    states,
)


@pytest.fixture(autouse=True)
def _ten_past(clock: Clock) -> None:
    clock.set(minute(60))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def addresses(plant: Plant, downtime_id: int) -> list[str]:
    code = plant.press.code
    return [
        f"/station/{code}/",
        *(f"/station/{code}/{part}/" for part in ("band", "reasons", "order", "recent", "calls")),
        *(f"/station/{code}/{part}/" for part in ("here", "sheets", "queue", "work")),
        f"/machines/{code}/",
        f"/machines/{code}/?span=week",
        f"/shift/?line={plant.line_a.code}",
        f"/shift/rows/?line={plant.line_a.code}",
        f"/shift/to-explain/?line={plant.line_a.code}",
        f"/shift/stop/{downtime_id}/",
        f"/shift/at/{code}/?at=1795155000000",
    ]


def test_the_people_of_the_line_get_every_screen(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    a_running_order(cast.supervisor, plant.press)
    stop = a_stop(plant.press, 10, None)
    for user in (cast.operator, cast.supervisor, cast.terminal, cast.owner):
        client = browser(user)
        for address in [*addresses(plant, stop.pk), "/floor/", "/floor/board/"]:
            assert client.get(address).status_code == 200, (user, address)


def test_who_sets_machines_up_sees_the_machine_but_no_station(plant: Plant, cast: Cast) -> None:
    client = browser(cast.it_admin)
    page = client.get(f"/machines/{plant.press.code}/")
    assert page.status_code == 200
    assert f"/machines/{plant.press.code}/rule/" in page.text
    assert f"/station/{plant.press.code}/" not in page.text
    assert client.get(f"/station/{plant.press.code}/").status_code in (403, 404)


def test_the_operator_of_another_line_finds_nothing_there(plant: Plant, cast: Cast) -> None:
    stop = a_stop(plant.press, 10, None)
    client = browser(cast.neighbour)
    assert [client.get(a).status_code for a in addresses(plant, stop.pk)] == [404] * 17
    assert plant.press.name not in client.get("/floor/").content.decode()


def test_the_stranger_gets_in_nowhere(plant: Plant, cast: Cast) -> None:
    stop = a_stop(plant.press, 10, None)
    client = browser(cast.stranger)
    answers = [client.get(address) for address in [*addresses(plant, stop.pk), "/floor/", "/floor/board/"]]
    assert {answer.status_code for answer in answers} == {403}
    assert all(plant.press.name not in answer.content.decode() for answer in answers)


def test_nobody_is_led_to_the_sign_in_page(plant: Plant) -> None:
    stop = a_stop(plant.press, 10, None)
    for address in [*addresses(plant, stop.pk), "/", "/floor/"]:
        answer = Client().get(address)
        assert (answer.status_code, answer.url.startswith("/sign-in/")) == (302, True)


def test_each_role_has_its_home(plant: Plant, cast: Cast) -> None:
    assert browser(cast.supervisor).get("/").url == "/floor/"
    assert browser(cast.operator).get("/").url == "/floor/"  # two machines: one chooses
    assert browser(cast.neighbour).get("/").url == f"/station/{plant.robot.code}/"
    assert browser(cast.it_admin).get("/").url == "/health/"
    assert browser(cast.storekeeper).get("/").url == "/stock/"
    assert browser(cast.buyer).get("/").url == "/purchasing/"
    assert browser(cast.sales).get("/").url == "/sales/"
    assert browser(cast.dispatcher).get("/").url == "/dispatch/"


def test_a_machine_is_found_by_its_code_and_by_its_name(plant: Plant, cast: Cast) -> None:
    client = browser(cast.operator)
    assert client.get("/find/", {"q": plant.press.code}).url == f"/machines/{plant.press.code}/"
    assert f"/machines/{plant.lathe.code}/" in client.get("/find/", {"q": "lathe"}).content.decode()
    assert f"/machines/{plant.robot.code}/" not in client.get("/find/", {"q": "robot"}).content.decode()


def test_the_station_asks_then_shows_the_answer(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    stop = a_stop(plant.press, 10, None)
    client = browser(cast.operator)
    asked = client.get(f"/station/{plant.press.code}/").context
    assert (asked["band"].state, str(asked["band"].word), asked["band"].since) == (
        "ask",
        "Stopped, no reason",
        minute(10),
    )
    assert (asked["reasons"].asks, asked["reasons"].downtime_id) == (True, stop.pk)
    assert [choice.code for choice in asked["reasons"].frequent] == ["jam"]
    with acting(cast.operator):
        explain_downtime(actor=cast.operator, downtime_id=stop.pk, reason="jam", at=minute(20))
    answered = client.get(f"/station/{plant.press.code}/").context
    assert (answered["band"].state, answered["band"].note) == ("stop", "Jam")
    assert (answered["reasons"].asks, answered["reasons"].given, answered["reasons"].given_by) == (False, "Jam", "Anna")
    assert answered["band"].version > asked["band"].version


def test_a_stop_that_just_ended_may_still_be_explained_at_the_station(plant: Plant, cast: Cast, clock: Clock) -> None:
    stop = a_stop(plant.press, 10, 50)
    reasons = browser(cast.operator).get(f"/station/{plant.press.code}/reasons/").context["reasons"]
    assert (reasons.asks, reasons.downtime_id) == (True, stop.pk)
    clock.set(minute(66))
    reasons = browser(cast.operator).get(f"/station/{plant.press.code}/reasons/").context["reasons"]
    assert (reasons.asks, reasons.downtime_id) == (False, None)


def test_the_machine_s_own_reason_is_shown_and_can_be_corrected_by_one_tap(plant: Plant, cast: Cast) -> None:
    a_reason("jam")
    a_reason("tool-broken", machine_words=["E42"])
    a_stop(plant.press, 10, None, word="E42")
    reasons = browser(cast.operator).get(f"/station/{plant.press.code}/").context["reasons"]
    assert (reasons.asks, reasons.from_machine) == (True, "Tool broken")
    assert [(c.code, c.suggested) for c in reasons.frequent] == [("jam", False), ("tool-broken", True)]


def test_planned_reasons_are_drawn_planned(plant: Plant, cast: Cast) -> None:
    a_reason("break", kind="PLANNED")
    stop = a_stop(plant.press, 10, None)
    with acting(cast.operator):
        explain_downtime(actor=cast.operator, downtime_id=stop.pk, reason="break", at=minute(20))
    assert browser(cast.operator).get(f"/station/{plant.press.code}/band/").context["band"].state == "plan"


def test_the_timeline_gives_each_second_its_family(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_shift(plant.site, "07:00", "15:00")
    a_reason("jam")
    states(
        plant.press,
        ("PRODUCING", 0, 10),
        ("IDLE", 10, 12),
        ("PRODUCING", 12, 20),
        ("FAULT", 20, 40),
        ("PRODUCING", 40, None),
    )
    follow(plant.press, at=60)
    stop = plant.press.downtimes.get(started_at=minute(20))
    client = browser(cast.supervisor)
    shift = client.get(f"/shift/?line={plant.line_a.code}").context
    row = shift["shift"]["rows"][0]
    assert [(b.state, b.started_at, b.ended_at) for b in row["bands"]] == [
        ("run", minute(0), minute(10)),
        ("wait", minute(10), minute(12)),
        ("run", minute(12), minute(20)),
        ("ask", minute(20), minute(40)),
        ("run", minute(40), minute(60)),
    ]
    assert row["running_percent"] == round(100 * 38 / 60)
    assert [s["id"] for s in shift["to_explain"]] == [stop.pk]
    with acting(cast.operator):
        explain_downtime(actor=cast.operator, downtime_id=stop.pk, reason="jam", at=minute(45))
    after = client.get(f"/shift/?line={plant.line_a.code}").context
    assert [b.state for b in after["shift"]["rows"][0]["bands"]] == ["run", "wait", "run", "stop", "run"]
    assert after["to_explain"] == []
    drawer = client.get(f"/shift/at/{plant.press.code}/?at={int(minute(30).timestamp() * 1000)}").context["drawer"]
    assert (drawer["downtime_id"], drawer["reason"], drawer["explained_by"]) == (stop.pk, "Jam", "Anna")


def test_shifts_lead_to_their_neighbours(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_shift(plant.site, "06:00", "14:00", "Early", 31)
    a_shift(plant.site, "14:00", "22:00", "Late", 31)
    clock.set(datetime(2026, 11, 20, 15, 0, tzinfo=UTC))  # Friday, 16:00 local
    client = browser(cast.supervisor)
    now_running = client.get(f"/shift/?line={plant.line_a.code}").context["shift"]
    assert (now_running["title"], now_running["is_current"], now_running["next_url"]) == (
        "Late 14:00–22:00, Fri, 20 Nov 2026",
        True,
        "",
    )
    early = client.get(now_running["previous_url"]).context["shift"]
    assert (early["title"], early["is_current"]) == ("Early 06:00–14:00, Fri, 20 Nov 2026", False)
    assert client.get(early["next_url"]).context["shift"]["title"] == now_running["title"]
    assert client.get(early["previous_url"]).context["shift"]["title"] == "Late 14:00–22:00, Thu, 19 Nov 2026"


@pytest.mark.parametrize(("on", "hours"), [("2026-03-28", 7), ("2026-10-24", 9), ("2026-11-20", 8)])
def test_a_night_on_which_the_clock_changes_is_drawn_with_its_real_length(
    plant: Plant, cast: Cast, clock: Clock, on: str, hours: int
) -> None:
    night = a_shift(plant.site, "22:00", "06:00", "Night")
    clock.set(datetime(2026, 12, 1, tzinfo=UTC))
    shift = browser(cast.supervisor).get(f"/shift/?line={plant.line_a.code}&on={on}&shift={night.pk}").context["shift"]
    assert (shift["ended_at"] - shift["started_at"].astimezone(UTC)).total_seconds() == hours * 3600
    assert (shift["started_at"].hour, shift["ended_at"].hour) == (22, 6)


@pytest.mark.parametrize("query", ["on=tomorrow", "on=2026-13-01", "on=9999-01-01"])
def test_an_unreadable_day_is_told(plant: Plant, cast: Cast, query: str) -> None:
    assert browser(cast.supervisor).get(f"/shift/?{query}").status_code == 422


def test_the_floor_shows_good_and_expected(plant: Plant, cast: Cast) -> None:
    a_running_order(cast.supervisor, plant.press, quantity=620, cycle_s="30")
    groups = browser(cast.supervisor).get("/floor/").context["groups"]
    tiles = {tile.code: tile for group in groups for tile in group.tiles}
    assert list(tiles) == [plant.press.code, plant.lathe.code]
    assert (tiles[plant.press.code].good, tiles[plant.press.code].expected, tiles[plant.press.code].target) == (
        0,
        120,
        620,
    )
    assert tiles[plant.lathe.code].target is None


def test_the_floor_asks_the_database_as_often_for_200_machines_as_for_2(plant: Plant, cast: Cast) -> None:
    a_shift(plant.site, "07:00", "15:00")
    client = browser(cast.supervisor)
    few = _queries_of(client)
    for number in range(198):
        machine = a_machine(plant.line_a, f"{plant.press.code}-{number}", position=number + 10)
        states(machine, ("PRODUCING", 0, 10), ("STOPPED", 10, None))
        if number < 5:
            follow(machine)
            a_running_order(cast.supervisor, machine)
    many = _queries_of(client)
    assert many == few <= 12


def _queries_of(client: Client) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/floor/").status_code == 200
    return len(
        [
            query
            for query in asked.captured_queries
            if query["sql"].startswith(("SELECT", "(")) or "UNION" in query["sql"]
        ]
    )
