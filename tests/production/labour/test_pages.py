"""Pages of working time: the slot of an order, who is at work, and putting entries right."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from production.labour.forms import EntryForm
from production.labour.models import TimeEntry
from tests.world.inventory import an_item
from tests.world.production import minute
from tests.world.work import Works, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def works(plant, cast, clock) -> Works:
    return Works(plant, cast)


@pytest.fixture
def step(works):
    return works.order(an_item())[1]


def worked(step, person, start: float, end: float | None) -> TimeEntry:
    return made(
        TimeEntry, order=step.order, operation=step, person=person, started_at=minute(start),
        ended_at=None if end is None else minute(end), ended_by="" if end is None else "DONE",
    )  # fmt: skip


def of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def here(step, rest: str = "") -> str:
    return f"/orders/{step.order.number}/time/{rest}"


def test_the_slot_tells_hours_to_those_who_may_see_them_and_one_s_own_to_everybody(works, step):
    worked(step, works.people.operator, 0, 60)
    worked(step, works.people.supervisor, 0, 30)
    slot = {"HX-Request": "true"}
    seen = of(works.people.supervisor).get(here(step), headers=slot)
    assert [row.entry.person.name for row in seen.context["rows"]] == ["Marek", "Anna"]
    assert seen.context["total"] == 5400
    assert "<html" not in seen.content.decode()
    own = of(works.people.operator).get(here(step), headers=slot)
    assert [row.entry.person.name for row in own.context["rows"]] == ["Anna"]
    assert (own.context["hours"], own.context["may_correct"]) == ([], False)
    assert "Together" not in own.content.decode()
    assert of(works.people.stranger).get(here(step)).status_code == 403
    assert of(works.people.neighbour).get(here(step)).status_code == 404


def test_the_page_asks_as_much_for_fifty_entries_as_for_two(works, step, django_assert_max_num_queries):
    client = of(works.people.supervisor)

    def asked(address: str) -> int:
        client.get(address)
        with django_assert_max_num_queries(12) as questions:
            assert client.get(address).status_code == 200
        return len(questions)

    worked(step, works.people.operator, 0, 1)
    worked(step, works.people.operator, 1, None)
    few = [asked(here(step)), asked("/labour/")]
    for _n in range(6):
        worked(works.order(an_item())[1], works.people.operator, 5, None)
    for n in range(10):
        worked(step, works.people.supervisor, n, n + 1)
    assert [asked(here(step)), asked("/labour/")] == few


def test_the_shift_s_page_names_clocks_that_nobody_stopped(works, step, clock, plant):
    entry = worked(step, works.people.operator, 0, None)
    line = step.order.line.code
    clock.set(minute(9 * 60 + 30))
    boss = of(works.people.supervisor)
    assert f'hx-get="/labour/forgotten/?line={line}"' in boss.get(f"/shift/?line={line}").content.decode()
    seen = boss.get("/labour/forgotten/", {"line": line})
    assert seen.context["found"] == [(entry, 9.5 * 3600)]
    assert "Anna" in seen.content.decode()
    assert boss.get("/labour/forgotten/", {"line": "elsewhere"}).context["found"] == []
    for who in ("operator", "neighbour"):
        assert of(getattr(works.people, who)).get("/labour/forgotten/").content.strip() == b""
    assert of(works.people.stranger).get("/labour/forgotten/").status_code == 403


def test_who_is_at_work_and_what_was_forgotten(works, step, clock):
    entry = worked(step, works.people.operator, 0, None)
    page = of(works.people.supervisor).get("/labour/")
    assert ([row.entry for row in page.context["rows"]], page.context["forgotten"]) == ([entry], [])
    clock.move(hours=6)
    page = of(works.people.supervisor).get("/labour/")
    assert [row.entry for row in page.context["forgotten"]] == [entry]
    assert "1 clock runs longer than a shift" in page.content.decode()
    for who in ("operator", "stranger", "terminal"):
        assert of(getattr(works.people, who)).get("/labour/").status_code == 403


def test_a_supervisor_puts_right_takes_back_and_writes_down(works, step, plant):
    entry = worked(step, works.people.operator, 0, None)
    client, zone = of(works.people.supervisor), plant.site.zone
    wall = lambda n: minute(n).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: E731 - one clock for all
    wish = {"kind": "SETUP", "started_at": wall(0), "ended_at": wall(30), "reason": "forgot", "version": "1"}
    assert client.get(here(step, f"{entry.pk}/")).status_code == 200
    assert client.post(here(step, f"{entry.pk}/"), {**wish, "reason": ""}).status_code == 422
    assert client.post(here(step, f"{entry.pk}/"), {**wish, "version": "9"}).status_code == 412
    assert client.post(here(step, f"{entry.pk}/"), wish).status_code == 302
    entry.refresh_from_db()
    assert (entry.kind, entry.started_at, entry.ended_at) == ("SETUP", minute(0), minute(30))
    new = {"person": "nobody", "operation": step.pk, "kind": "RUN", "started_at": wall(30), "ended_at": wall(60)}
    assert client.post(here(step, "new/"), {**new, "reason": "tablet dead"}).status_code == 404
    new["person"] = works.people.operator.username
    assert client.post(here(step, "new/"), {**new, "reason": "tablet dead"}).status_code == 302
    assert client.post(here(step, "new/"), {**new, "reason": "tablet dead"}).status_code == 409
    assert TimeEntry.objects.filter(kind="RUN").get().ended_at == minute(60)
    assert client.post(here(step, f"{entry.pk}/void/"), {"reason": " "}).status_code == 422
    assert client.post(here(step, f"{entry.pk}/void/"), {"reason": "wrong order"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.is_void, entry.note) == (True, "wrong order")


@pytest.mark.parametrize("who", ["operator", "neighbour", "stranger", "planner", "auditor", "terminal"])
def test_nobody_else_puts_time_right(works, step, who):
    entry = worked(step, works.people.operator, 0, 30)
    client = of(getattr(works.people, who))
    for rest in (f"{entry.pk}/", f"{entry.pk}/void/", "new/"):
        assert client.post(here(step, rest), {"reason": "mine", "kind": "RUN"}).status_code in {403, 404}
    entry.refresh_from_db()
    assert (entry.version, entry.is_void) == (1, False)


@pytest.mark.parametrize(("second", "hour"), [("", 0), ("on", 1)])
def test_the_hour_that_comes_twice_is_told_apart(second, hour):
    form = EntryForm(
        {"kind": "RUN", "started_at": "2026-10-25T02:30", "reason": "x", "second_hour": second}
    )  # fmt: skip
    assert form.is_valid()
    moment = form.moment("started_at", ZoneInfo("Europe/Berlin"))
    assert moment == datetime(2026, 10, 25, hour, 30, tzinfo=UTC)


def test_what_was_not_changed_keeps_its_moment():
    form, zone = (
        EntryForm({"kind": "RUN", "started_at": "2026-10-25T02:30:15", "reason": "x"}),
        ZoneInfo("Europe/Berlin"),
    )
    assert form.is_valid()
    before = datetime(2026, 10, 25, 1, 30, 15, 250000, tzinfo=UTC)
    assert form.moment("started_at", zone, before) == before
    assert not EntryForm({"kind": "RUN", "started_at": "soon", "reason": "x"}).is_valid()
