"""Pages and API of costs: who may see what, and nothing of it anywhere for the others."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Line
from inventory.items.queries import standard_cost
from production.costing.models import CostRollup, CostSheet, EnergyPrice, LabourRate, Rate
from production.costing.queries import pages
from production.costing.services import roll_up
from production.oee.models import AccountSlice, ShiftAccount
from production.orders.models import ProductionOrder
from production.products.models import WorkCentreMachine
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.costing import AT, a_cost, a_costed_order, a_labour_rate, a_rate, finished, uses, worked
from tests.world.inventory import a_partner, a_price_break, a_supplier_item, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_routing, a_work_centre

pytestmark = pytest.mark.django_db
D = Decimal
# Standard price of the steel and the rate of the machine: no other figure looks like them.
STEEL, MACHINE = "7.31", "41.77"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def page(user: User, address: str) -> str:
    answer = as_(user).get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.fixture
def order(plant: Plant, cast: Cast, clock: Clock) -> ProductionOrder:
    books, steel, centre = Books(plant, clock), an_item("STEEL"), a_work_centre(plant.line_a, name="Turning")
    with acting(service_user("plant"), channel="test"):
        WorkCentreMachine.objects.create(work_centre=centre, machine=plant.press)
    a_cost(steel, STEEL)
    books.receive(steel, "500", "8")
    a_rate(centre, MACHINE)
    order = a_costed_order(centre)
    uses(order, steel, "2", books, "210")
    worked(order, cast.operator, 1.5, good="100", by=cast.operator)
    return finished(order)


def test_the_slot_shows_planned_actual_and_variances_to_those_who_may_see_costs(
    order: ProductionOrder, cast: Cast
) -> None:
    shown = page(cast.controller, "/orders/PO-1/cost/")
    assert "material usage -73.10" in shown
    assert "Settle" in shown
    assert "1,462.00" in shown or "1462.00" in shown
    owner = page(cast.owner, "/orders/PO-1/cost/")
    assert "material usage -73.10" in owner
    assert "Settle" not in owner


@pytest.mark.parametrize("who", ["operator", "planner", "supervisor", "buyer", "terminal"])
def test_the_slot_is_empty_for_everybody_else(order: ProductionOrder, cast: Cast, who: str) -> None:
    answer = as_(getattr(cast, who)).get("/orders/PO-1/cost/")
    assert answer.status_code in (204, 403)
    assert STEEL.encode() not in answer.content


@pytest.mark.parametrize("who", ["operator", "planner", "supervisor", "buyer", "stranger"])
def test_no_page_and_no_api_tells_a_cost_without_the_right(
    order: ProductionOrder, cast: Cast, plant: Plant, who: str
) -> None:
    pump = an_item("PUMP")
    a_bom(pump, {order.materials.get().item: "1"})
    with acting(cast.controller, channel="test"):
        row = roll_up(actor=cast.controller, item=pump, on=AT.date(), at=AT)
    client = as_(getattr(cast, who))
    for address in (
        "/costing/", "/costing/rates/", "/costing/rollups/", "/items/PUMP/costs/", "/api/v1/rates",
        "/api/v1/rates?ordering=machine_hour", "/api/v1/rates?machine_hour=41.77", "/api/v1/labour-rates",
        "/api/v1/energy-prices", "/api/v1/cost-rollups", f"/api/v1/cost-rollups/{row.pk}",
        f"/api/v1/production-orders/{order.pk}/cost",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code in (403, 404), (address, answer.status_code)
        assert STEEL.encode() not in answer.content
        assert MACHINE.encode() not in answer.content
    for address in (
        "/costing/rollups/all/", f"/costing/rollups/{row.pk}/accept/", "/orders/PO-1/cost/settle/", "/costing/rates/",
        "/api/v1/rates", "/api/v1/cost-rollups", f"/api/v1/cost-rollups/{row.pk}/accept",
        f"/api/v1/production-orders/{order.pk}/cost",
    ):  # fmt: skip
        assert client.post(address, {}, content_type="application/json").status_code in (403, 404), address
    order.refresh_from_db()
    assert (order.status, CostSheet.objects.count(), CostRollup.objects.count()) == ("FINISHED", 0, 1)
    assert standard_cost(pump, AT.date()) is None


def test_the_owner_sees_and_does_not_set(order: ProductionOrder, cast: Cast) -> None:
    assert "41.77" in page(cast.owner, "/costing/rates/")
    answer = as_(cast.owner).post("/costing/rates/", {"what": "rate"})
    assert answer.status_code == 422
    told = as_(cast.owner).get(f"/api/v1/production-orders/{order.pk}/cost").json()
    assert (told["status"], told["variances"]["material_usage"], told["good"]) == ("OPEN", "-73.100000", "100.000000")
    settle = f"/api/v1/production-orders/{order.pk}/cost"
    assert as_(cast.owner).post(settle, {}, content_type="application/json").status_code == 403
    assert as_(cast.owner).post("/orders/PO-1/cost/settle/").status_code == 403


def test_settling_by_page_freezes_and_lists_the_order(order: ProductionOrder, cast: Cast, clock: Clock) -> None:
    client = as_(cast.controller)
    assert "settled" in client.post("/orders/PO-1/cost/settle/").content.decode()
    order.refresh_from_db()
    assert order.status == "CLOSED"
    assert "PO-1" in page(cast.controller, "/costing/")
    told = client.get(f"/api/v1/production-orders/{order.pk}/cost").json()
    assert (told["status"], told["variances"]["material_usage"]) == ("SETTLED", "-73.100000")


def test_rolling_up_and_accepting_by_page(plant: Plant, cast: Cast, clock: Clock) -> None:
    pump, body, steel = an_item("PUMP"), an_item("BODY"), an_item("STEEL")
    a_bom(pump, {body: "2"})
    a_bom(body, {steel: "3"})
    client = as_(cast.controller)
    client.post("/items/PUMP/costs/")
    assert "STEEL has no price" in page(cast.controller, "/items/PUMP/costs/")
    row = CostRollup.objects.get(item=pump)
    answer = client.post(f"/costing/rollups/{row.pk}/accept/")
    assert (answer.status_code, standard_cost(pump, AT.date())) == (409, None)
    a_cost(steel, STEEL)
    client.post("/costing/rollups/all/")
    shown = page(cast.controller, "/items/PUMP/costs/")
    assert shown.index("BODY") < shown.index("– <a")
    assert "43.86" in shown
    client.post(f"/costing/rollups/{row.pk}/accept/")
    assert standard_cost(pump, AT.date()) == D("43.86")


def test_rates_are_set_by_page_and_by_api(plant: Plant, cast: Cast, clock: Clock) -> None:
    centre = a_work_centre(plant.line_a, name="Turning")
    client = as_(cast.controller)
    wish = {"what": "rate", "rate-work_centre": centre.pk, "rate-valid_from": "2026-11-01", "rate-machine_hour": "12.5",
            "rate-labour_hour": "30", "rate-overhead_hour": "0", "rate-overhead_base": "MACHINE_HOURS"}  # fmt: skip
    assert client.post("/costing/rates/", {**wish, "rate-labour_hour": "-1"}).status_code == 422
    assert not Rate.objects.exists()
    assert client.post("/costing/rates/", wish).status_code == 302
    assert Rate.objects.get().machine_hour == D("12.5")
    site = {"valid_from": "2026-11-01", "site": plant.site.pk}
    for what, more in (("labour", {"hour": "33"}), ("energy", {"price": "0.21"})):
        given = {f"{what}-{name}": value for name, value in {**site, **more}.items()}
        assert client.post("/costing/rates/", {"what": what, **given}).status_code == 302
    assert (LabourRate.objects.get().hour, EnergyPrice.objects.get().price) == (D(33), D("0.21"))
    body = {"work_centre": centre.pk, "valid_from": "2026-12-01", "machine_hour": "14", "labour_hour": "31"}
    answer = client.post("/api/v1/rates", body, content_type="application/json")
    assert (answer.status_code, answer.json()["machine_hour"]) == (201, "14.000000")
    assert client.get("/api/v1/rates").json()["results"][0]["work_centre_code"] == centre.code


def test_lists_ask_as_often_for_fifty_as_for_two(plant: Plant, cast: Cast, clock: Clock) -> None:
    client, asked = as_(cast.controller), []
    for start, end in ((0, 2), (2, 20)):
        for n in range(start, end):
            item = an_item(f"ITEM-{n}")
            with acting(service_user("plant"), channel="test"):
                CostRollup.objects.create(item=item, on=AT.date(), currency="EUR", total=D(n))
        client.get("/costing/rollups/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/costing/rollups/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12


def test_the_slot_asks_few_questions_and_as_many_for_much_as_for_little(
    order: ProductionOrder, plant: Plant, cast: Cast, clock: Clock
) -> None:
    """Material with and without a standard cost, energy, people with a rate of their own: everything is asked."""
    client, asked = as_(cast.controller), []
    with acting(service_user("plant"), channel="test"):
        account = ShiftAccount.objects.create(
            machine=plant.press, on=AT.date(), started_at=AT - timedelta(hours=8), ended_at=AT
        )
        EnergyPrice.objects.create(
            site=plant.site, valid_from=AT.date() - timedelta(days=9), price=D("0.2"), currency="EUR"
        )
    AccountSlice.objects.create(
        account=account, machine=plant.press, on=AT.date(), time_class="producing", order=order, energy_kwh=D(50)
    )
    a_labour_rate(plant.site, "33", cast.operator.username)
    books = Books(plant, clock)
    for count in (1, 6):
        for n in range(count):
            bolt = an_item(f"BOLT-{count}-{n}")
            a_price_break(a_supplier_item(bolt, a_partner(supplier=True)), "0", "0.5")
            books.receive(bolt, "100", "0.6")
            uses(order, bolt, "1", books, "100")
        with CaptureQueriesContext(connection) as queries:
            shown = client.get("/orders/PO-1/cost/").content.decode()
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12
    # 100 bolts at 0.50 for 0.60; 50 kWh at 0.20.
    assert shown.count("material price -10.00") == 7
    assert "energy -10.00" in shown
    client.post("/orders/PO-1/cost/settle/")
    with CaptureQueriesContext(connection) as queries:
        frozen = client.get("/orders/PO-1/cost/").content.decode()
    assert len(queries) <= 5
    assert frozen.count("material price -10.00") == 7


def settled(line: Line, number: str, total: str) -> CostSheet:
    """An order that was settled with so much variance together."""
    with acting(service_user("plant"), channel="test"):
        order = ProductionOrder.objects.create(
            number=number, line=line, item_text="Pump", quantity=D(1), ideal_cycle_s=D(36), status="CLOSED",
            released_at=AT,
        )  # fmt: skip
        return CostSheet.objects.create(
            order=order, good=D(1), planned=[], actual=[], planned_total=D(0), actual_total=D(0), currency="EUR",
            variances={"total": total}, settled_at=AT,
        )  # fmt: skip


def test_settled_orders_stand_by_the_amount_of_their_variances(plant: Plant, cast: Cast) -> None:
    """Whatever the sign, exact to the sixth digit, the later one first of two that are equal; in other lines none."""
    totals = ("9.5", "-120.000001", "120.000000", "-9.5", "0", "1000")
    for n, total in enumerate(totals):
        settled(plant.line_a, f"PO-{n}", total)
    rows = list(pages.sheets_seen(cast.controller).values_list("order__number", "variance"))
    assert rows == [(f"PO-{n}", D(totals[n])) for n in (5, 1, 2, 3, 0, 4)]
    shown = page(cast.controller, "/costing/")
    assert [shown.index(f">PO-{n}<") for n in (5, 1, 2, 3, 0, 4)] == sorted(shown.index(f">PO-{n}<") for n in range(6))
    assert list(pages.sheets_seen(cast.planner)) == list(pages.sheets_seen(cast.stranger)) == []


def test_a_page_of_settled_orders_is_read_in_its_order_with_as_few_questions(plant: Plant, cast: Cast) -> None:
    client, asked = as_(cast.controller), []
    for start, end in ((0, 2), (2, 50)):
        for n in range(start, end):
            settled(plant.line_a, f"PO-{n}", f"{n - 20}.5")
        client.get("/costing/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/costing/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8
    with connection.cursor() as cursor:
        # Of so few rows the database would sort all; forbidden to, it shows whether the index holds this very order.
        cursor.execute("SET LOCAL enable_sort = off")
    assert "cost_sheet_largest" in pages.sheets_seen(cast.controller)[:20].explain()


def test_the_page_of_an_item_shows_work_too(plant: Plant, cast: Cast, clock: Clock) -> None:
    pump, centre = an_item("PUMP"), a_work_centre(plant.line_a, name="Turning")
    a_rate(centre, MACHINE, "0", "0")
    a_routing(pump, centre, ("3600",))
    as_(cast.controller).post("/items/PUMP/costs/")
    assert "41.77" in page(cast.controller, "/items/PUMP/costs/")
    assert "41.77" in page(cast.controller, "/items/PUMP/")
    assert "41.77" not in page(cast.planner, "/items/PUMP/")
    assert "/items/PUMP/costs/" not in page(cast.planner, "/items/PUMP/")
