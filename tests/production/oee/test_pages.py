"""Pages and API of figures: what they show, who may, and how often they ask the database."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.calendar.models import ShiftBreak
from factory_core.people.services import service_user
from production.oee.models import AccountSlice, ShiftAccount
from production.oee.queries.accounts import newest_accounts
from production.orders.models import ProductionOrder
from tests.world.oee import account_at, kept, pieces
from tests.world.plant import a_machine
from tests.world.production import a_running_order, a_shift, follow, minute, states

PAGES = ("/oee/", "/oee/losses/", "/oee/hours/")


def as_(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def worked(plant, cast, clock):
    """Shift 07:00 to 15:00 in Bremen (minute 0 to 480), break at minute 180; 40 minutes of fault; 700 pieces."""
    shift = a_shift(plant.site, "07:00", "15:00")
    with acting(service_user("plant"), channel="test"):
        ShiftBreak.objects.create(shift=shift, starts="10:00", ends="10:30")
    a_running_order(cast.supervisor, plant.press, cycle_s="30")
    states(
        plant.press, ("PRODUCING", 0, 100), ("FAULT", 100, 140), ("PRODUCING", 140, 180), ("IDLE", 180, 210),
        ("PRODUCING", 210, None),
    )  # fmt: skip
    follow(plant.press, at=490)
    pieces(plant.press, (30, 110), (90, 60), (470, 530))
    pieces(plant.press, (90, 14), counts="scrap")
    clock.set(minute(490))
    kept(plant.press, 490)
    return plant.press


def test_the_figures_show_their_formula_and_the_numbers_behind(worked, cast):
    page = text(as_(cast.supervisor).get(f"/oee/?machine={worked.code}&from=2026-11-20&to=2026-11-20"))
    assert "ISO 22400" in page
    assert "91.1 %" in page
    assert "85.4 %" in page
    assert "98.0 %" in page
    assert "76.2 %" in page
    assert "<code>APT ÷ PBT</code>" in page
    assert "APT · production time" in page
    assert "(24,600 s)" in page
    assert "planned busy time" in page
    assert "Stops without a reason" in page


def test_the_rule_set_is_switchable_and_named(worked, cast):
    page = text(as_(cast.supervisor).get(f"/oee/?machine={worked.code}&to=2026-11-20&rules=PLANNED_COUNT"))
    assert "<strong>Planned stops count</strong>" in page
    assert "85.4 %" in page
    assert "<code>APT ÷ POT</code>" in page


def test_faster_than_ideal_proposes_the_better_cycle(worked, cast):
    pieces(worked, (471, 400))
    AccountSlice.objects.all().delete()
    with acting(service_user("oee"), channel="test"):
        from production.oee.services import take_in_late_counts

        take_in_late_counts(actor=service_user("oee"), at=minute(600), days=7)
    page = text(as_(cast.supervisor).get(f"/oee/?machine={worked.code}&to=2026-11-20"))
    assert "134.1 %" in page
    assert "an ideal cycle is too long" in page
    assert "22.36" in page


def test_losses_are_a_pareto(worked, cast):
    page = text(as_(cast.supervisor).get(f"/oee/losses/?machine={worked.code}&to=2026-11-20"))
    order = [page.index(word) for word in ("Speed below ideal", "Unplanned stop, no reason", "Breaks and maintenance")]
    assert order == sorted(order)
    assert "1 h" in page
    assert "40 min" in page


def test_hours_follow_the_clock_and_breaks_lower_the_target(worked, cast):
    page = text(as_(cast.supervisor).get(f"/oee/hours/?machine={worked.code}&to=2026-11-20"))
    assert "07:00–08:00" in page
    assert "14:00–15:00" in page
    third = page[page.index("10:00–11:00") : page.index("11:00–12:00")]
    assert '<td class="number">60</td>' in third


def test_an_account_shows_its_classes_and_is_reopened_by_those_who_may(worked, cast):
    account = account_at(worked, 0)
    url = f"/oee/accounts/{account.pk}/"
    page = text(as_(cast.supervisor).get(url))
    assert "28,800" in page
    assert "closed, revision 1" in page
    assert "Why is it reopened?" in page
    assert "Why is it reopened?" not in text(as_(cast.operator).get(url))
    assert as_(cast.operator).post(f"{url}reopen/", {"reason": "x"}).status_code == 403
    assert as_(cast.neighbour).get(url).status_code == 404
    refused = as_(cast.supervisor).post(f"{url}reopen/", {"reason": "late", "version": "1"})
    assert refused.status_code == 412
    account.refresh_from_db()
    assert (account.status, account.version) == ("CLOSED", 2)
    assert as_(cast.supervisor).post(f"{url}reopen/", {"reason": "late", "version": "2"}).status_code == 302
    assert as_(cast.supervisor).post(f"{url}close/", {"reason": "done"}).status_code == 302
    account.refresh_from_db()
    assert (account.status, account.revision) == ("CLOSED", 2)


@pytest.mark.parametrize("page", PAGES)
def test_who_sees_what(worked, plant, cast, page):
    assert as_(cast.stranger).get(page).status_code == 403
    assert Client().get(page).status_code == 302
    answer = text(as_(cast.neighbour).get(page))
    assert plant.robot.name in answer
    assert worked.name not in answer
    assert as_(cast.neighbour).get(f"{page}?machine={worked.code}").status_code == 404
    assert as_(cast.auditor).get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_what_cannot_be_read_is_refused(worked, cast, page):
    assert as_(cast.supervisor).get(f"{page}?to=nonsense").status_code == 422
    assert as_(cast.supervisor).get(f"{page}?from=2026-11-20&to=2026-11-01").status_code == 422


@pytest.mark.parametrize("page", PAGES)
def test_pages_ask_the_same_for_two_and_for_fifty_machines(worked, plant, cast, page):
    client = as_(cast.supervisor)
    client.get(page)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(page)
    for number in range(50):
        a_machine(plant.line_a, f"{plant.site.code}-m{number}", position=5 + number)
    with CaptureQueriesContext(connection) as many:
        assert client.get(page).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 12


def test_an_order_shows_how_much_of_its_time_machines_worked_on_it(worked, plant, cast):
    order = ProductionOrder.objects.get()
    client = as_(cast.supervisor)
    page = text(client.get(f"/oee/orders/{order.number}/"))
    # 410 min producing, 40 min of fault, 30 min of break; the order runs since minute 0, and it is minute 490.
    assert "91.8 %" in page
    assert "83.7 %" in page
    assert "<code>ΣAUBT ÷ AOET</code>" in page
    assert "(27,000 s)" in page
    assert "(29,400 s)" in page
    assert "from the first start to the end, waiting included" in page
    assert worked.name in page
    assert as_(cast.stranger).get(f"/oee/orders/{order.number}/").status_code == 403
    assert as_(cast.neighbour).get(f"/oee/orders/{order.number}/").status_code == 404
    seen = text(client.get(f"/orders/{order.number}/"))
    assert f'href="/oee/orders/{order.number}/"' in seen
    assert f'href="/reports/new/order/?order={order.number}"' in seen
    form = client.get(f"/reports/new/order/?order={order.number}")
    assert order.number in text(form)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/oee/orders/{order.number}/")
    assert len(asked) <= 12


def test_many_machines_of_one_line_come_in_pages(worked, plant, cast):
    for number in range(30):
        a_machine(plant.line_a, f"{plant.site.code}-m{number}", position=100 + number)
    line = plant.line_a.code
    several = as_(cast.supervisor).get(f"/oee/?line={line}&to=2026-11-20")
    rows, pages = several.context["rows"], several.context["pages"]
    machines = several.context["asked"].chosen.machines
    assert [row["name"] for row in rows] == [one.name for one in machines[:25]]
    assert [name for name, _url, _is_now in pages] == ["1–25", f"26–{len(machines)}"]
    last = as_(cast.supervisor).get("/oee/" + pages[1][1])
    assert [row["name"] for row in last.context["rows"]] == [one.name for one in machines[25:]]
    assert last.context["sums"] == several.context["sums"]
    for odd in ("0", "99999", "x", "-1"):
        assert as_(cast.supervisor).get(f"/oee/?line={line}&page={odd}").status_code == 200


def test_many_machines_of_several_lines_are_summed_by_line_first(worked, plant, cast):
    for number in range(30):
        a_machine(plant.line_b, f"{plant.site.code}-m{number}", position=100 + number)
    answer = as_(cast.owner).get("/oee/?from=2026-11-20&to=2026-11-20")
    assert [row["name"] for row in answer.context["rows"]] == [plant.line_a.name, plant.line_b.name]
    assert [row["sums"].good for row in answer.context["rows"]] == [Decimal(686), 0]
    assert f"line={plant.line_a.code}" in answer.context["rows"][0]["url"]
    one = as_(cast.owner).get("/oee/" + answer.context["rows"][0]["url"])
    assert worked.name in [row["name"] for row in one.context["rows"]]


def test_the_newest_accounts_come_first_after_those_that_wait_for_a_person(worked, cast):
    service = service_user("oee")
    with acting(service, channel="test"):
        old, *others = [
            ShiftAccount.objects.create(
                machine=worked, on=date(2026, 11, day), shift_key=1, shift_name="Early",
                started_at=datetime(2026, 11, day, 6, tzinfo=UTC), ended_at=datetime(2026, 11, day, 14, tzinfo=UTC),
            )
            for day in (2, 17, 18)
        ]  # fmt: skip
        ShiftAccount.objects.filter(pk=old.pk).update(late_since=minute(480))
    found = newest_accounts([worked.pk], date(2026, 11, 20), most=3)
    assert [one.on.day for one in found] == [2, 20, 18]
    assert [one.on.day for one in newest_accounts([worked.pk], date(2026, 11, 17))] == [2, 17]
    assert len(others) == 2


def test_the_api_tells_the_account_of_any_period(worked, cast):
    client = as_(cast.supervisor)
    period = {"from": "2026-11-20T07:30:00Z", "to": "2026-11-20T09:30:00.5Z"}
    answer = client.get(f"/api/v1/machines/{worked.pk}/time-account", period)
    told = json.loads(answer.content)
    assert told["seconds"] == {
        "producing": "3000.500000",
        "unplanned_stop": "2400.000000",
        "planned_stop": "1800.000000",
    }
    assert told["slices"][0]["time_class"] == "producing"
    assert client.get(f"/api/v1/machines/{worked.pk}/time-account?from=x&to=y").status_code == 422
    assert as_(cast.neighbour).get(f"/api/v1/machines/{worked.pk}/time-account", period).status_code == 404
    assert as_(cast.stranger).get(f"/api/v1/machines/{worked.pk}/oee", period).status_code in (403, 404)


def test_the_api_tells_oee_with_its_formula(worked, cast):
    client = as_(cast.supervisor)
    period = {"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T14:00:00Z"}
    told = json.loads(client.get(f"/api/v1/machines/{worked.pk}/oee", period).content)
    assert told["rule_set"] == "ISO22400"
    assert told["figures"]["availability"]["formula"] == "APT ÷ PBT"
    assert told["figures"]["availability"]["behind"] == {"APT": "24600.000000", "PBT": "27000.000000"}
    half = {"from": "2026-11-20T06:00:00Z", "to": "2026-11-20T08:00:00Z", "rules": "ODOO"}
    told = json.loads(client.get(f"/api/v1/machines/{worked.pk}/oee", half).content)
    assert told["figures"]["oee"]["behind"] == {"APT": "6000.000000", "APT + lost": "7200.000000"}
    assert client.get(f"/api/v1/machines/{worked.pk}/oee", {**period, "rules": "MINE"}).status_code == 422


def test_the_api_lists_accounts_and_decides(worked, cast):
    client, account = as_(cast.supervisor), account_at(worked, 0)
    listed = json.loads(client.get("/api/v1/time-accounts?is_shift=true").content)
    assert [one["id"] for one in listed["results"]] == [account.pk]
    rows = json.loads(client.get(f"/api/v1/time-accounts/{account.pk}/slices").content)
    assert sum(Decimal(row["seconds"]) for row in rows) == 28800
    url = f"/api/v1/time-accounts/{account.pk}/reopen"
    assert client.post(url, {"reason": ""}, content_type="application/json").status_code == 422
    told = client.post(url, {"reason": "late counter", "version": 2}, content_type="application/json")
    assert told.json()["status"] == "OPEN"
    assert as_(cast.neighbour).get(f"/api/v1/time-accounts/{account.pk}").status_code == 404
