"""Pages and API of promises: who sees what, the chain in sentences, and a date for who asks."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.events.types import EventRecord
from factory_core.jobs.wiring import reactions_to
from factory_core.people.models import User
from factory_core.wiring import MOVES_PROMISES
from inventory.sales.services import LineWish
from production.promises.models import LineForecast
from production.promises.reactions import forecast_again
from production.promises.services import when_could
from production.promises.tasks import forecast_one
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_partner, a_supplier_item, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.products import a_bom, a_routing, a_work_centre
from tests.world.promises import AT, a_purchase, an_open_order, forecast, hours
from tests.world.selling import a_customer, a_sales_order

pytestmark = pytest.mark.django_db
D = Decimal


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def page(user: User, address: str = "/promises/") -> str:
    answer = as_(user).get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def test_the_most_serious_first_with_its_causes_as_sentences(plant: Plant, cast: Cast) -> None:
    an_open_order(plant.press, "PO-1", work_h=3, due=hours(40), priority=5)
    an_open_order(plant.press, "PO-2", work_h=2, due=hours(4))
    an_open_order(plant.press, "PO-3", work_h=2, due=hours(3))
    an_open_order(plant.press, "PO-4", work_h=1, due=hours(99))
    forecast(plant.site)
    shown = page(cast.planner)
    assert shown.index(">PO-2</a>") < shown.index(">PO-3</a>")
    assert "PO-1 is before it at the machine: 3 h." in shown
    assert "PO-4" not in shown
    assert "PO-4" in page(cast.planner, "/promises/?show=all")


def test_a_person_sees_only_orders_of_their_lines_and_sales_lines_only_with_the_right(plant: Plant, cast: Cast) -> None:
    an_open_order(plant.press, "PO-1", work_h=3, due=hours(1))
    sale = a_sales_order(cast.sales, a_customer(), plant.site, (an_item("PUMP"), "5"))
    forecast(plant.site)
    assert sale.number in page(cast.dispatcher)
    assert "Not enough of PUMP is there, and nobody makes or buys it." in page(cast.dispatcher)
    assert "PO-1" in page(cast.operator)
    assert sale.number not in page(cast.operator)
    assert "PO-1" not in page(cast.neighbour)
    assert as_(cast.stranger).get("/promises/").status_code == 403


def test_the_slots_of_orders_and_sales_orders(plant: Plant, cast: Cast, clock: Clock) -> None:
    item = an_item("PUMP")
    Books(plant, clock).receive(item, "2")
    order = an_open_order(plant.press, "PO-1", work_h=60, due=hours(20), item=item, quantity="5")
    sale = a_sales_order(cast.sales, a_customer(), plant.site, LineWish(item, D(5), promised_on=date(2026, 11, 21)))
    forecast(plant.site)
    slot = page(cast.operator, "/orders/PO-1/promise/")
    assert "Even alone its work would end 40 h too late: there are not enough shifts until then." in slot
    assert as_(cast.neighbour).get("/orders/PO-1/promise/").status_code == 404
    assert as_(cast.stranger).get("/orders/PO-1/promise/").status_code == 403
    slot = page(cast.sales, f"/sales/orders/{sale.number}/promise/")
    assert "from stock" in slot
    assert "PO-1 (" in slot
    assert "It waits for order PO-1, expected until" in slot
    assert as_(cast.operator).get(f"/sales/orders/{sale.number}/promise/").status_code == 403
    assert as_(cast.stranger).get(f"/sales/orders/{sale.number}/promise/").status_code == 403
    assert f"/sales/orders/{sale.number}/promise/" in page(cast.sales, f"/sales/orders/{sale.number}/")
    told = as_(cast.operator).get(f"/api/v1/production-orders/{order.pk}/promise").json()
    assert (told["risk"], told["late_s"], told["causes"][0]["cause"]) == ("LATE", 40 * 3600, "CAPACITY")
    [line] = as_(cast.sales).get(f"/api/v1/sales-orders/{sale.pk}/promise").json()
    assert (line["risk"], line["position"], line["covered_by"][0]["quantity"]) == ("LATE", 10, "2")
    for client in (as_(cast.stranger), as_(cast.neighbour)):
        assert client.get(f"/api/v1/production-orders/{order.pk}/promise").status_code in (403, 404)
        assert client.get(f"/api/v1/sales-orders/{sale.pk}/promise").status_code in (403, 404)


def test_an_order_without_forecast_has_an_empty_slot(plant: Plant, cast: Cast) -> None:
    order = an_open_order(plant.press, "PO-1")
    assert "Promise" not in page(cast.operator, "/orders/PO-1/promise/")
    answer = as_(cast.operator).get(f"/api/v1/production-orders/{order.pk}/promise")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_promise")


def test_the_page_asks_as_often_for_fifty_as_for_two(plant: Plant, cast: Cast) -> None:
    item = an_item("PUMP")

    def grow(start: int, end: int) -> None:
        for n in range(start, end):
            an_open_order(plant.press, f"PO-{n}", due=hours(-n))
            a_sales_order(cast.sales, a_customer(), plant.site, (item, "5"))
        forecast(plant.site)

    client = as_(cast.planner)
    asked = []
    for start, end in ((1, 3), (3, 20)):
        grow(start, end)
        client.get("/promises/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/promises/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 12


def test_a_date_from_stock_from_making_and_from_buying(plant: Plant, cast: Cast, clock: Clock) -> None:
    made, bought, nothing = an_item("PUMP"), an_item("SEAL", is_made=False), an_item("IDEA", is_made=False)
    Books(plant, clock).receive(made, "3")
    a_routing(made, a_work_centre(plant.line_a), ("3600",))
    supplier = a_partner(supplier=True)
    a_supplier_item(bought, supplier, lead_time_days=10, is_preferred=True)
    a_purchase(plant.site, bought, "4", promised_on=date(2026, 11, 23))
    assert when_could(made, D(3), plant.site, AT).ready_at == AT
    missing = when_could(made, D(5), plant.site, AT)
    assert (missing.ready_at, missing.made, missing.bought) == (hours(2), D(2), D(0))
    assert when_could(bought, D(4), plant.site, AT).on(plant.site) == date(2026, 11, 23)
    later = when_could(bought, D(5), plant.site, AT)
    assert (later.on(plant.site), later.bought) == (date(2026, 11, 30), D(1))
    assert when_could(nothing, D(1), plant.site, AT).ready_at is None


def test_a_date_waits_behind_the_queue_and_takes_nothing_from_anybody(plant: Plant, cast: Cast) -> None:
    item, steel = an_item("PUMP"), an_item("STEEL", is_made=False)
    centre = a_work_centre(plant.line_a)
    a_routing(item, centre, ("3600",))
    a_bom(item, {steel: "2"})
    a_purchase(plant.site, steel, "100", promised_on=date(2026, 11, 24))
    asked = when_could(item, D(2), plant.site, AT)
    assert asked.ready_at == datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    assert [one.cause for one in asked.reasons] == []


def test_the_proposal_beside_the_form_speaks_only_when_it_can(plant: Plant, cast: Cast, clock: Clock) -> None:
    item = an_item("PUMP")
    Books(plant, clock).receive(item, "3")
    sale = a_sales_order(cast.sales, a_customer(), plant.site, (an_item("OTHER"), "1"), confirmed=False)
    address = f"/sales/orders/{sale.number}/could/"
    assert "PUMP can be ready on" in page(cast.sales, f"{address}?line-item=PUMP&line-quantity=3")
    assert page(cast.sales, f"{address}?line-item=PUMP&line-quantity=") == ""
    assert page(cast.sales, f"{address}?line-item=NOPE&line-quantity=1") == ""
    assert page(cast.sales, f"{address}?line-item=PUMP&line-quantity=NaN") == ""
    assert as_(cast.owner).get(address).status_code == 403
    assert as_(cast.stranger).get(address).status_code == 403
    assert address in page(cast.sales, f"/sales/orders/{sale.number}/")


def test_what_moves_a_promise_asks_for_one_forecast_of_its_site(plant: Plant, cast: Cast) -> None:
    """Many changes within seconds are one job; other sites are left alone."""
    for kind in MOVES_PROMISES:
        assert forecast_again in [one.function for one in reactions_to(kind.name)], kind.name
    sale = a_sales_order(cast.sales, a_customer(), plant.site, (an_item("PUMP"), "5"))
    event = Event.objects.get(name="sales.order_confirmed", about__0__id=sale.pk)
    record = EventRecord(event.pk, event.name, event.at, event.actor_id, "", event.payload)
    for _again in range(2):
        with acting(cast.sales, channel="test"):
            forecast_again(record)
    waiting = ProcrastinateJob.objects.filter(task_name="production.forecast_site", status="todo")
    assert [job.args for job in waiting] == [{"site_id": plant.site.pk}]
    forecast_one(site_id=plant.site.pk)
    assert LineForecast.objects.filter(line__order=sale).get().risk == "UNKNOWN"
