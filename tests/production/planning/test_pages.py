"""The pages of planning: what is to be released, why, how full the lines are, the weeks of an item, plans of before."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.people.models import User
from inventory.purchasing.models import PurchaseOrder
from production.orders.models import ProductionOrder
from production.planning.models import Firming, PlanningRun
from production.planning.queries.capacity import loads_of
from production.planning.queries.listing import latest_run
from production.planning.queries.wants import net_of_item
from tests.production.planning.conftest import Joinery
from tests.world.inventory import an_item
from tests.world.production import a_shift
from tests.world.products import a_bom, a_bom_line

pytestmark = pytest.mark.django_db
D = Decimal
MOST_QUERIES = 12


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, page: str, status: int = 200) -> str:
    answer = client.get(page)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def test_a_planner_lands_on_the_plan_and_makes_one(joinery: Joinery) -> None:
    client = client_of(joinery.cast.planner)
    assert client.get("/").headers["Location"] == "/plan/"
    assert "No plan yet" in shown(client, "/plan/")
    joinery.sell("10", 24)
    answer = client.post("/plan/run/", {"site": joinery.plant.site.code})
    assert answer.headers["Location"] == f"/plan/?site={joinery.plant.site.code}"
    page = shown(client, "/plan/")
    assert "Planned: 4 proposals." in page
    for text in ("TABLE", "TOP", "LEG", "BOARD", "for SO-000001 · 10", "How full the lines are"):
        assert text in page
    assert "TABLE" not in shown(client, "/plan/?kind=BUY")
    assert "LEG" not in shown(client, "/plan/?kind=MAKE")
    assert "BOARD" in shown(client, "/plan/?q=boa")
    assert "TABLE" not in shown(client, "/plan/?q=boa")
    assert "TABLE" not in shown(client, f"/plan/?line={joinery.plant.line_b.code}")
    assert "TABLE" in shown(client, f"/plan/?line={joinery.plant.line_a.code}")
    assert "Nothing to release" in shown(client, "/plan/?when=late")


def test_late_ones_stand_first(joinery: Joinery) -> None:
    joinery.sell("10", 2)
    joinery.plan()
    page = shown(client_of(joinery.cast.planner), "/plan/")
    assert page.index("Late: should have been released") < page.index("LEG")
    assert "Late to be released" in page
    assert "BOARD" in shown(client_of(joinery.cast.planner), "/plan/?when=late")


def test_the_reason_names_who_wants_it_up_to_the_customer(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    page = shown(client_of(joinery.cast.planner), f"/plan/proposals/{joinery.proposal('LEG').pk}/why/")
    assert "proposal of TABLE" in page
    assert "for SO-000001 · 10" in page
    assert "Firm it" in page
    assert "Firm it" not in shown(client_of(joinery.cast.owner), f"/plan/proposals/{joinery.proposal('LEG').pk}/why/")


def test_one_or_several_are_firmed_from_the_page(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    run = joinery.plan()
    planner, buyer = client_of(joinery.cast.planner), client_of(joinery.cast.buyer)
    planner.post(
        f"/plan/proposals/{joinery.proposal('TABLE').pk}/firm/",
        {"quantity": "12", "due_on": "2026-12-15", "run": run.pk},
    )
    order = ProductionOrder.objects.get()
    assert (order.quantity, order.due_at.date()) == (D(12), date(2026, 12, 15))
    assert f"TABLE: {order.number} was made." in shown(planner, "/plan/")
    buyer.post("/plan/firm/", {"firm": [joinery.proposal("LEG").pk, joinery.proposal("BOARD").pk], "run": run.pk})
    bought = PurchaseOrder.objects.get()
    assert f"2 proposals were firmed: {bought.number}" in shown(buyer, "/plan/")
    answer = buyer.post("/plan/firm/", {"firm": [joinery.proposal("LEG").pk], "run": run.pk})
    assert answer.status_code == 409
    assert f"This proposal became {bought.number} already." in answer.content.decode()


def test_what_is_refused_is_told_on_the_page(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    old = joinery.plan()
    joinery.plan()
    client = client_of(joinery.cast.planner)
    answer = client.post("/plan/firm/", {"firm": [joinery.proposal("LEG").pk], "run": old.pk})
    assert (answer.status_code, "A newer plan was made" in answer.content.decode()) == (409, True)
    answer = client.post(f"/plan/proposals/{joinery.proposal('LEG').pk}/firm/", {"quantity": "many"})
    assert (answer.status_code, "Type a quantity like" in answer.content.decode()) == (422, True)
    assert client.post("/plan/firm/", {}).status_code == 422
    assert not Firming.objects.exists()


def test_the_weeks_of_an_item_add_up_as_the_plan_did(joinery: Joinery) -> None:
    joinery.sell("10", 24)
    joinery.books.receive(joinery.leg, "15", "1")
    joinery.rule(joinery.leg, safety_stock=D(5))
    run = joinery.plan()
    net = net_of_item(joinery.leg, run)
    # 40 legs are wanted when the tables begin, in the third week: 15 are there, 5 stay, packs of ten.
    assert [(w.number, w.gross, w.planned, w.available) for w in net.weeks if not w.is_empty] == [
        (2, D(40), D(30), D(5)),
    ]  # fmt: skip
    page = shown(client_of(joinery.cast.planner), "/plan/items/LEG/")
    for text in ("15 pcs", "proposal for SO-000001 · 10", "whole multiples of 10"):
        assert text in page
    assert shown(client_of(joinery.cast.planner), "/plan/items/LEG/?weeks=all").count('<th scope="row">') == 12
    shown(client_of(joinery.cast.planner), "/plan/items/NONE/", 404)


def test_a_phantom_passes_wants_on(joinery: Joinery) -> None:
    kit, bolt = an_item("KIT", is_bought=False), an_item("BOLT", is_made=False)
    a_bom(kit, {bolt: "6"}, is_phantom=True)
    a_bom_line(a_bom(an_item("BOX", is_bought=False)), kit, "2")
    joinery.sell("3", 30, joinery.table.__class__.objects.get(number="BOX"))
    run = joinery.plan()
    net = net_of_item(bolt, run)
    assert [(w.gross, w.planned, w.available) for w in net.weeks if not w.is_empty] == [(D(36), D(36), D(0))]
    assert [entry.label for w in net.weeks for entry in w.wants] == ["BOX"]


def test_hours_of_orders_and_proposals_stand_against_those_of_shifts(joinery: Joinery) -> None:
    a_shift(joinery.plant.site, "06:00", "14:00", days=0b0011111)
    joinery.sell("100", 10)
    run = joinery.plan()
    (load,) = loads_of([joinery.plant.line_a], run, 2)
    # Two machines and a bench, five days of eight hours a week. A table takes 900 s, a top as long.
    assert (load.places, [week.available for week in load.weeks]) == (3, [120.0, 120.0])
    assert [round(week.proposed, 6) for week in load.weeks] == [50.0, 0.0]
    assert (load.weeks[0].percent, load.weeks[0].is_over) == ("42 %", False)
    client_of(joinery.cast.planner).post(f"/plan/proposals/{joinery.proposal('TABLE').pk}/firm/", {})
    latest = latest_run(joinery.plant.site)
    assert latest is not None
    (load,) = loads_of([joinery.plant.line_a], latest, 2)
    assert (round(load.weeks[0].ordered, 6), round(load.weeks[0].proposed, 6)) == (25.0, 25.0)
    joinery.sell("1000", 10)
    joinery.plan()
    assert "1 week of a line is over its capacity." in shown(client_of(joinery.cast.planner), "/plan/capacity/")


def test_plans_of_before_tell_what_could_not_be_planned(joinery: Joinery) -> None:
    joinery.sell("1", 5, an_item("GHOST", is_made=False, is_bought=False))
    joinery.plan()
    page = shown(client_of(joinery.cast.planner), "/plan/runs/")
    assert "GHOST is needed, but is neither made nor bought." in page
    assert "GHOST is needed" in shown(client_of(joinery.cast.planner), "/plan/")


def test_a_plan_under_way_is_watched(joinery: Joinery) -> None:
    with_run = PlanningRun(site=joinery.plant.site, starts_on=date(2026, 11, 20), by=joinery.cast.planner)
    client = client_of(joinery.cast.planner)
    answer = client.get("/plan/progress/")
    assert answer.headers["HX-Redirect"] == f"/plan/?site={joinery.plant.site.code}"
    from factory_core.access.identity import acting

    with_run.started_at = joinery.clock()
    with acting(joinery.cast.planner, channel="test"):
        with_run.save()
    assert "is being computed" in shown(client, "/plan/progress/")
    assert "is being computed" in shown(client, "/plan/")


@pytest.mark.parametrize("who", ["supervisor", "buyer", "owner", "controller", "auditor"])
def test_who_may_look_sees_no_buttons_of_planners(joinery: Joinery, who: str) -> None:
    joinery.sell("10", 24)
    joinery.plan()
    client = client_of(getattr(joinery.cast, who))
    if who == "supervisor":
        assert "The plan belongs to a whole site" in shown(client, "/plan/")
    else:
        assert "Plan anew now" not in shown(client, "/plan/")
    assert client.post("/plan/run/", {}).status_code == 403
    assert PlanningRun.objects.count() == 1


@pytest.mark.parametrize("page", ["/plan/", "/plan/runs/", "/plan/capacity/", "/plan/progress/", "/plan/items/TABLE/"])
@pytest.mark.parametrize("who", ["stranger", "operator", "storekeeper", "sales"])
def test_others_see_no_plan(joinery: Joinery, who: str, page: str) -> None:
    joinery.plan()
    assert client_of(getattr(joinery.cast, who)).get(page).status_code == 403


@pytest.mark.parametrize("page", ["/plan/", "/plan/runs/", "/plan/capacity/", "/plan/items/BOARD/"])
def test_lists_ask_as_often_for_fifty_as_for_two(joinery: Joinery, page: str) -> None:
    client = client_of(joinery.cast.planner)
    joinery.sell("10", 24)
    joinery.plan()
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        shown(client, page)
    for n in range(50):
        joinery.sell("1", n, an_item(f"MORE-{n:02d}", is_made=False))
        joinery.sell("1", n, joinery.top)
    joinery.plan()
    with CaptureQueriesContext(connection) as many:
        shown(client, page)
    assert len(many) == len(few)
    assert len(few) <= MOST_QUERIES
