"""The forecast of a site: orders and sales lines with their ends, risks and causes, and what is told of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.events.models import Event
from factory_core.people.services import service_user
from inventory.sales.services import LineWish
from production.downtime.models import Downtime
from production.orders.models import ProductionOrder
from production.orders.services import report_count, start_operation
from production.promises.models import LineForecast, OrderForecast
from tests.world.books import Books
from tests.world.clock import Clock
from tests.world.inventory import a_lot, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.production import a_reason, a_shift
from tests.world.promises import AT, a_material, a_purchase, an_open_order, forecast, hours
from tests.world.selling import a_customer, a_sales_order

pytestmark = pytest.mark.django_db
D = Decimal


def of(number: str) -> OrderForecast:
    return OrderForecast.objects.get(order__number=number)


def told() -> list[str]:
    return list(Event.objects.filter(name__startswith="promises.").order_by("id").values_list("name", flat=True))


def test_orders_of_one_machine_end_one_after_the_other_and_the_late_one_says_why(plant: Plant) -> None:
    first = an_open_order(plant.press, "PO-1", work_h=3, due=hours(40))
    an_open_order(plant.press, "PO-2", work_h=2, due=hours(41))
    an_open_order(plant.press, "PO-3", work_h=4, due=hours(8), priority=0)
    an_open_order(plant.press, "PO-4", work_h=1, due=hours(3), priority=9)
    an_open_order(plant.press, "PO-5", work_h=5, due=hours(9), priority=9)
    forecast(plant.site)
    assert [of(f"PO-{n}").finish_at for n in (4, 5, 3, 1, 2)] == [hours(1), hours(6), hours(10), hours(13), hours(15)]
    assert [of(f"PO-{n}").risk for n in (1, 2, 3, 4, 5)] == ["NONE", "NONE", "LATE", "TIGHT", "TIGHT"]
    late = of("PO-3")
    assert late.late_s == 2 * 3600
    assert late.work_left_s == 4 * 3600
    assert [(one["cause"], one["label"], one["seconds"]) for one in late.causes] == [
        ("QUEUE", "PO-5", 5 * 3600), ("QUEUE", "PO-4", 3600),
    ]  # fmt: skip
    assert of("PO-1").order_id == first.pk


def test_only_shifts_count_as_working_time(plant: Plant) -> None:
    """Friday 10:00 UTC is 11:00 in Bremen: three hours until the shift ends, none on Saturday and Sunday."""
    a_shift(plant.site, "06:00", "14:00", days=0b0011111)
    an_open_order(plant.press, "PO-1", work_h=4)
    forecast(plant.site)
    assert of("PO-1").finish_at == datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_a_running_stop_moves_the_end_by_what_such_stops_usually_last(plant: Plant) -> None:
    tool = a_reason("tool")
    with acting(service_user("plant"), channel="test"):
        for days, minutes in ((1, 60), (2, 120), (3, 600)):
            began = AT - timedelta(days=days)
            Downtime.objects.create(
                machine=plant.press, started_at=began, ended_at=began + timedelta(minutes=minutes), status="CLOSED",
                state="STOPPED", reason=tool, reason_source="OPERATOR",
            )  # fmt: skip
        Downtime.objects.create(
            machine=plant.press, started_at=hours(-0.5), status="OPEN", state="STOPPED", reason=tool,
            reason_source="OPERATOR",
        )  # fmt: skip
    an_open_order(plant.press, "PO-1", work_h=1, due=hours(1))
    forecast(plant.site)
    found = of("PO-1")
    assert found.finish_at == hours(2.5)
    assert [(one["cause"], one["seconds"], one["label"]) for one in found.causes] == [
        ("STOP", 2 * 3600, "Press 1: Tool")
    ]


def test_work_left_follows_what_was_made_at_the_pace_it_was_made(plant: Plant, cast: Cast) -> None:
    """100 pieces planned in 1 h; 20 made in 30 minutes: 80 are left at 90 s each."""
    order = an_open_order(plant.press, "PO-1", work_h=1)
    with acting(cast.supervisor, channel="test"):
        start_operation(actor=cast.supervisor, operation_id=order.operations.get().pk, at=hours(-0.5))
        report_count(actor=cast.supervisor, machine=plant.press, kind="good", quantity=D(20), at=hours(-0.1), key="k1")
    forecast(plant.site)
    assert of("PO-1").work_left_s == 7200
    assert of("PO-1").finish_at == hours(2)
    assert of("PO-1").start_at == hours(-0.5)


def test_material_that_comes_later_moves_the_start_and_is_the_cause(plant: Plant) -> None:
    steel = an_item("STEEL")
    order = an_open_order(plant.press, "PO-1", work_h=1, due=hours(5))
    a_material(order, steel, "50")
    line = a_purchase(plant.site, steel, "50", promised_on=date(2026, 11, 23))
    forecast(plant.site)
    found = of("PO-1")
    # Delivered on Monday: there when Monday is over in Bremen (23:00 UTC).
    assert found.finish_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert [(one["cause"], one["kind"], one["id"], one["label"]) for one in found.causes] == [
        ("MATERIAL", "inventory.purchaseline", line.pk, "PUR-STEEL · 1")
    ]


def test_stock_is_shared_out_once_and_held_lots_are_named(plant: Plant, clock: Clock) -> None:
    books, steel = Books(plant, clock), an_item("STEEL", tracking="LOT")
    books.receive(steel, "60", lot=a_lot(steel, "L-1"))
    books.receive(steel, "60", lot=a_lot(steel, "L-2", status="HOLD", status_reason="smell"))
    for number, due in (("PO-1", 20), ("PO-2", 30)):
        a_material(an_open_order(plant.press, number, due=hours(due)), steel, "50")
    forecast(plant.site)
    assert (of("PO-1").risk, of("PO-2").risk) == ("NONE", "UNKNOWN")
    assert [(one["cause"], one["label"]) for one in of("PO-2").causes] == [("HOLD", "STEEL")]


def test_what_nobody_makes_or_buys_has_no_end_and_neither_has_who_waits_for_it(plant: Plant) -> None:
    part, steel = an_item("PART"), an_item("STEEL")
    parent = an_open_order(plant.press, "PO-1", due=hours(9), item=an_item("TOP"))
    a_material(parent, part, "10")
    child = an_open_order(plant.lathe, "PO-2", item=part, quantity="10", parent=parent)
    a_material(child, steel, "10")
    forecast(plant.site)
    assert [(one["cause"], one["label"]) for one in of("PO-1").causes] == [("CHILD", "PO-2"), ("NOTHING_MADE", "STEEL")]
    assert of("PO-1").finish_at is None
    assert told() == []


def test_the_parent_waits_for_its_child_order(plant: Plant) -> None:
    part = an_item("PART")
    parent = an_open_order(plant.press, "PO-1", work_h=1, due=hours(2))
    a_material(parent, part, "10")
    an_open_order(plant.lathe, "PO-2", work_h=3, item=part, quantity="10", parent=parent)
    forecast(plant.site)
    assert of("PO-1").finish_at == hours(4)
    assert [(one["cause"], one["label"], one["seconds"]) for one in of("PO-1").causes] == [("CHILD", "PO-2", 3 * 3600)]


def test_a_sales_line_is_covered_from_stock_then_orders_then_purchases(plant: Plant, cast: Cast, clock: Clock) -> None:
    books, item = Books(plant, clock), an_item("PUMP")
    books.receive(item, "10")
    an_open_order(plant.press, "PO-1", work_h=2, item=item, quantity="20", due=hours(5))
    a_purchase(plant.site, item, "100", promised_on=date(2026, 11, 24))
    sale = a_sales_order(
        cast.sales, a_customer(), plant.site, LineWish(item, D(40), promised_on=date(2026, 11, 22), wanted_on=None)
    )
    forecast(plant.site)
    line = LineForecast.objects.get(line__order=sale)
    assert [(one["kind"], one["label"], one["quantity"]) for one in line.covered_by] == [
        ("STOCK", "", "10"), ("ORDER", "PO-1", "20"), ("PURCHASE", "PUR-PUMP · 1", "10"),
    ]  # fmt: skip
    assert line.ready_at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC)
    assert (line.risk, line.late_s) == ("LATE", 2 * 86400)
    assert [one["cause"] for one in line.causes] == ["MATERIAL"]
    assert told() == ["promises.line_broken"]


def test_what_lies_in_stock_after_its_day_says_that_it_was_not_sent(plant: Plant, cast: Cast, clock: Clock) -> None:
    books, item = Books(plant, clock), an_item("PUMP")
    books.receive(item, "10")
    sale = a_sales_order(
        cast.sales, a_customer(), plant.site, LineWish(item, D(4), promised_on=date(2026, 11, 18), wanted_on=None)
    )
    forecast(plant.site)
    line = LineForecast.objects.get(line__order=sale)
    assert line.risk == "LATE"
    assert [(one["cause"], one["seconds"]) for one in line.causes] == [("NOT_SENT", line.late_s)]


def test_a_promise_is_told_when_it_breaks_and_when_it_is_kept_again_and_not_in_between(plant: Plant) -> None:
    order = an_open_order(plant.press, "PO-1", work_h=1, due=hours(20))
    before = an_open_order(plant.press, "PO-0", work_h=30, due=hours(40), priority=5)
    forecast(plant.site)
    forecast(plant.site)
    assert told() == ["promises.order_broken"]
    with acting(service_user("plant"), channel="test"):
        before.operations.update(status="FINISHED")
        ProductionOrder.objects.filter(pk=before.pk).update(status="FINISHED")
    forecast(plant.site)
    assert told() == ["promises.order_broken", "promises.order_kept"]
    assert Event.objects.filter(name="promises.order_kept").get().about[0]["id"] == order.pk
    assert not OrderForecast.objects.filter(order=before).exists()


def test_the_questions_do_not_grow_with_the_orders(plant: Plant) -> None:
    for n in range(2):
        an_open_order(plant.press, f"PO-{n}", due=hours(2 + n))
    forecast(plant.site)
    with CaptureQueriesContext(connection) as few:
        forecast(plant.site, hours(0.1))
    for n in range(2, 30):
        an_open_order(plant.press, f"PO-{n}")
    with CaptureQueriesContext(connection) as many:
        forecast(plant.site, hours(0.1))
    assert len(many) == len(few)
