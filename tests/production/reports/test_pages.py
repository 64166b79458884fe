"""The pages of reports: list, form, report, files, and Today. Rights are asked at every door, each time."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import remove_perm
from openpyxl import load_workbook
from pypdf import PdfReader

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.models import User
from production.reports.models import ReportRun
from production.reports.queries.today import Day
from production.reports.services import make_report
from production.shopfloor.services import call_help
from tests.world.clock import Clock
from tests.world.inventory import an_item
from tests.world.oee import pieces
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_running_order, a_shift, a_stop, minute
from tests.world.promises import an_open_order
from tests.world.selling import a_customer, a_sales_order

DAY = {"on": "2026-11-20", "shift": "0"}


def as_(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def run(plant: Plant, cast: Cast, clock: Clock) -> ReportRun:
    order = a_running_order(cast.supervisor, plant.press)
    a_stop(plant.press, 10, 40)
    with acting(cast.supervisor, channel="test"):
        return make_report(actor=cast.supervisor, code="order", given={"order": order.number}, at=minute(60))


def test_a_report_is_made_through_its_form(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_stop(plant.press, 10, 40)
    client = as_(cast.supervisor)
    form = client.get("/reports/new/shift/")
    assert form.status_code == 200
    assert f'<option value="{plant.line_a.code}" selected>' in form.content.decode()
    answer = client.post("/reports/new/shift/", {"line": plant.line_a.code, **DAY})
    made = ReportRun.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reports/{made.pk}/")
    page = client.get(f"/reports/{made.pk}/").content.decode()
    for text in ("Shift report", "Time account", "No reason given", "0:30:00", made.sha256):
        assert text in page


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(plant: Plant, cast: Cast, clock: Clock) -> None:
    answer = as_(cast.supervisor).post(
        "/reports/new/shift/", {"line": plant.line_a.code, "on": "2027-05-05", "shift": "0"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="on_error"' in page
    assert 'value="2027-05-05"' in page
    assert ReportRun.objects.count() == 0


def test_htmx_is_led_on_by_a_header(plant: Plant, cast: Cast, clock: Clock) -> None:
    wish = {"line": plant.line_a.code, **DAY}
    answer = as_(cast.supervisor).post("/reports/new/shift/", wish, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, f"/reports/{ReportRun.objects.get().pk}/")


@pytest.mark.parametrize("suffix", ["pdf", "xlsx", "csv"])
def test_a_report_is_taken_as_a_file_and_the_story_says_by_whom(run: ReportRun, cast: Cast, suffix: str) -> None:
    answer = as_(cast.supervisor).get(f"/reports/{run.pk}/file/{suffix}/")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f'.{suffix}"')
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="order-report')
    taken = Event.objects.get(name="reports.taken")
    assert (taken.actor, taken.payload) == (cast.supervisor, {"suffix": suffix})
    if suffix == "pdf":
        assert "Page 1 of" in PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    elif suffix == "xlsx":
        assert load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "Report"
    else:
        assert answer.content.startswith(b"\xef\xbb\xbfOrder report")


def test_no_other_kind_of_file_is_there(run: ReportRun, cast: Cast) -> None:
    assert as_(cast.supervisor).get(f"/reports/{run.pk}/file/exe/").status_code == 404


def test_strangers_find_every_door_closed(run: ReportRun, cast: Cast) -> None:
    addresses = ["/reports/", "/reports/new/shift/", f"/reports/{run.pk}/", f"/reports/{run.pk}/check/"]
    addresses += [f"/reports/{run.pk}/file/{suffix}/" for suffix in ("pdf", "xlsx", "csv")]
    for somebody in (cast.stranger, cast.operator):
        client = as_(somebody)
        assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 403)
        assert client.post(f"/reports/{run.pk}/anew/").status_code == 403
    assert Event.objects.filter(name="reports.taken").count() == 0
    assert ReportRun.objects.count() == 1


def test_rights_are_asked_again_at_each_download(run: ReportRun, cast: Cast, plant: Plant) -> None:
    client = as_(cast.supervisor)
    assert client.get(f"/reports/{run.pk}/file/csv/").status_code == 200
    with acting(cast.it_admin, channel="test"):
        remove_perm("as_supervisor", cast.supervisor, plant.line_a)
    assert client.get(f"/reports/{run.pk}/file/csv/").status_code == 403
    assert client.get(f"/reports/{run.pk}/").status_code == 403


def test_working_time_is_on_no_page_of_who_may_not_see_it(run: ReportRun, cast: Cast) -> None:
    client = as_(cast.quality)
    assert client.get(f"/reports/{run.pk}/").status_code == 403
    assert client.get(f"/reports/{run.pk}/file/xlsx/").status_code == 403
    assert run.title not in client.get("/reports/").content.decode()


def test_a_report_is_checked_for_its_moment_and_made_anew(run: ReportRun, cast: Cast, clock: Clock) -> None:
    client = as_(cast.supervisor)
    assert "the same, to the last byte" in client.get(f"/reports/{run.pk}/check/").content.decode()
    clock.set(minute(120))
    answer = client.post(f"/reports/{run.pk}/anew/")
    page = client.get(answer.headers["Location"]).content.decode()
    assert "differ from the report made before" in page


def test_the_list_asks_as_much_for_fifty_as_for_two(plant: Plant, cast: Cast, clock: Clock) -> None:
    client = as_(cast.supervisor)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/reports/").status_code == 200
        return len(captured)

    def more(count: int) -> None:
        with acting(cast.supervisor, channel="test"):
            for _number in range(count):
                make_report(actor=cast.supervisor, code="shift", given={"line": plant.line_a.code, **DAY}, at=minute(1))

    more(2)
    client.get("/reports/")
    two = asked()
    more(10)
    assert asked() == two
    assert two <= 12


def answers(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_the_owner_lands_on_today(cast: Cast, clock: Clock) -> None:
    assert as_(cast.owner).get("/").headers["Location"] == "/today/"


def test_today_answers_and_zero_is_neutral(plant: Plant, cast: Cast, clock: Clock) -> None:
    page = answers(as_(cast.owner).get("/today/"))
    for question in ("Are we on plan?", "What stops us most?", "Late orders?", "Scrap?", "Anyone waiting for help?"):
        assert question in page
    assert 'data-tone="act"' not in page


def test_today_names_what_is_wrong_and_leads_to_its_proof(plant: Plant, cast: Cast, clock: Clock) -> None:
    a_shift(plant.site)
    a_running_order(cast.supervisor, plant.press, cycle_s="30")
    a_stop(plant.press, 10, 82)
    with acting(cast.operator, channel="test"):
        call_help(actor=cast.operator, machine=plant.press, kind="supervisor", at=minute(200))
    page = answers(as_(cast.owner).get("/today/"))
    assert "0 %" in page
    assert "1 h 12 min" in page
    assert "most of it at Press 1" in page
    assert 'href="/shift/"' in page
    assert 'data-tone="act"' in page


def test_today_counts_what_is_late_and_names_the_oldest(plant: Plant, cast: Cast, clock: Clock) -> None:
    an_open_order(plant.press, "PO-2", due=minute(-60))
    an_open_order(plant.press, "PO-1", due=minute(-180))
    an_open_order(plant.press, "PO-3", due=minute(600))
    sold = a_sales_order(cast.sales, a_customer(), plant.site, (an_item("flange"), "5"))
    day = sold.lines.get().wanted_on
    assert day is not None
    clock.set(minute(0))
    page = answers(as_(cast.owner).get("/today/"))
    assert "longest: PO-1 Flange, 3 h" in page
    assert "Nothing that was promised is still here." in page
    clock.set(minute(0) + timedelta(days=2))
    late = Day(cast.owner, clock.at).tallies
    assert (late["late_orders"].many, late["late_lines"].many, late["late_calls"].many) == (3, 1, 0)
    page = answers(as_(cast.owner).get("/today/"))
    assert f"the oldest by {(clock.at.date() - day).days} days" in page
    assert "Line B" not in page
    assert Day(cast.owner, clock.at, plant.line_b.code).tally("late_orders").many == 0


def test_today_asks_what_one_may_know_only(plant: Plant, cast: Cast, clock: Clock) -> None:
    assert "Late deliveries?" in answers(as_(cast.owner).get("/today/"))
    assert "Late deliveries?" not in answers(as_(cast.operator).get("/today/"))
    assert as_(cast.stranger).get("/today/").status_code == 403
    assert as_(cast.stranger).get("/today/rows/").status_code == 403


def test_today_is_a_wall_when_asked_and_dark(cast: Cast, clock: Clock) -> None:
    page = answers(as_(cast.owner).get("/today/?wall=1"))
    assert 'data-theme="dark"' in page
    assert "today wall" in page


@pytest.mark.parametrize("page", ["/today/", "/today/rows/"])
def test_today_asks_few_questions_however_many_machines(plant: Plant, cast: Cast, clock: Clock, page: str) -> None:
    from tests.world.plant import a_machine

    client = as_(cast.owner)
    a_shift(plant.site)
    a_running_order(cast.supervisor, plant.press, cycle_s="30")
    pieces(plant.press, (10, 20))
    clock.set(minute(100))

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    client.get(page)
    few = asked()
    for number in range(10):
        a_machine(plant.line_a, f"{plant.line_a.code}-m{number}")
    assert asked() == few
    assert few <= 12
