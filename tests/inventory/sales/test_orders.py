"""Sales orders: entering, confirming, changing, ending, copying, calling off."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal, StaleVersion
from factory_core.events.models import Event
from factory_core.people.models import User
from inventory.sales import services
from inventory.sales.models import CallOff, SalesLine, SalesOrder
from inventory.sales.services import LineWish
from inventory.sales.services.sending import lock_orders, note_returned, note_sent
from tests.world.inventory import a_partner, an_item, an_item_unit
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.selling import AT, TODAY, a_call_off, a_customer, a_price, a_sales_order


def act(actor: User, service: Any, **wish: Any) -> Any:
    with acting(actor, channel="test"):
        return service(actor=actor, at=AT, **wish)


def send(actor: User, line: SalesLine, base: str, call: CallOff | None = None) -> None:
    with acting(actor, channel="test"):
        order = lock_orders({line.order_id})[line.order_id]
        note_sent(order, {(line.pk, call.pk if call else None): Decimal(base)}, actor=actor, at=AT)
    line.refresh_from_db()


def test_the_customer_s_own_price_comes_before_everybody_s(plant: Plant, cast: Cast) -> None:
    flange, customer, other = an_item("FL-1"), a_customer("ACME"), a_customer("OTHER")
    a_price(flange, "10")
    a_price(flange, "8.5", customer)
    a_price(flange, "7", customer, from_quantity=Decimal(100))
    own = a_sales_order(cast.sales, customer, plant.site, (flange, "5"), (flange, "100"), confirmed=False)
    theirs = a_sales_order(cast.sales, other, plant.site, (flange, "5"), confirmed=False)
    assert [line.price for line in own.lines.order_by("position")] == [Decimal("8.5"), Decimal(7)]
    assert [line.price for line in theirs.lines.all()] == [Decimal(10)]
    assert [line.position for line in own.lines.order_by("position")] == [10, 20]


def test_a_line_keeps_the_unit_it_was_ordered_in(plant: Plant, cast: Cast) -> None:
    screw = an_item("SCR")
    box = an_item_unit(screw, "box", "12").unit
    order = a_sales_order(cast.sales, a_customer(), plant.site, LineWish(screw, Decimal(3), box))
    line = order.lines.get()
    assert (line.quantity, line.unit.code, line.factor) == (Decimal(3), "box", Decimal(12))
    for _piece in range(12):
        send(cast.sales, line, "1")
    assert line.dispatched == Decimal(1)
    send(cast.sales, line, "24")
    order.refresh_from_db()
    assert (line.dispatched, order.status) == (Decimal(3), "CLOSED")
    assert Event.objects.filter(name="sales.order_done").count() == 1


def test_from_draft_to_confirmed_and_its_story(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"), confirmed=False)
    assert (order.number, order.status, order.ordered_on, order.currency) == ("SO-000001", "DRAFT", TODAY, "EUR")
    confirmed = act(cast.sales, services.confirm_order, order_id=order.pk, version=1)
    assert (confirmed.status, confirmed.version) == ("CONFIRMED", 2)
    again = act(cast.sales, services.confirm_order, order_id=order.pk)
    assert again.version == 2
    assert list(Event.objects.order_by("id").values_list("name", flat=True)) == [
        "sales.order_created",
        "sales.order_confirmed",
    ]


def test_an_empty_order_is_not_confirmed(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, confirmed=False)
    refused(cast.sales, "nothing_ordered", services.confirm_order, order_id=order.pk)
    order.refresh_from_db()
    assert (order.status, order.version) == ("DRAFT", 1)


def test_only_customers_buy_and_only_what_is_sold(plant: Plant, cast: Cast) -> None:
    supplier, raw = a_partner(supplier=True), an_item(is_sold=False)
    refused(cast.sales, "not_a_customer", services.create_order, customer=supplier, site=plant.site)
    refused(
        cast.sales, "not_sold", services.create_order, customer=a_customer(), site=plant.site,
        lines=[LineWish(raw, Decimal(1))],
    )  # fmt: skip
    for quantity in ("0", "-1", "NaN", "1e12"):
        refused(
            cast.sales, "bad_sales_quantity", services.create_order, customer=a_customer(), site=plant.site,
            lines=[LineWish(an_item(), Decimal(quantity))],
        )  # fmt: skip
    assert not SalesOrder.objects.exists()


def test_two_people_edit_one_order_and_the_second_sees_both_values(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    line = order.lines.get()
    act(cast.planner, services.change_line, line_id=line.pk, wish={"quantity": Decimal(7)}, version=1)
    with pytest.raises(StaleVersion) as clash:
        act(cast.sales, services.change_line, line_id=line.pk, wish={"quantity": Decimal(9)}, version=1)
    assert clash.value.details["current"]["quantity"] == "7"
    assert clash.value.details["current"]["version"] == 2
    line.refresh_from_db()
    assert line.quantity == Decimal(7)
    act(cast.planner, services.change_order, order_id=order.pk, wish={"note": "by rail"}, version=2)
    with pytest.raises(StaleVersion) as clash:
        act(cast.sales, services.change_order, order_id=order.pk, wish={"note": "by road"}, version=2)
    assert clash.value.details["current"]["note"] == "by rail"


def test_cancelling_is_refused_when_something_left(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    line = order.lines.get()
    send(cast.sales, line, "2")
    refused(cast.sales, "something_left", services.cancel_order, order_id=order.pk, reason="no money")
    refused(cast.sales, "reason_needed", services.close_order, order_id=order.pk, reason=" ")
    closed = act(cast.sales, services.close_order, order_id=order.pk, reason="customer takes no more")
    assert (closed.status, line.dispatched) == ("CLOSED", Decimal(2))
    opened = act(cast.sales, services.reopen_order, order_id=order.pk, reason="they do after all")
    assert opened.status == "CONFIRMED"
    fresh = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    gone = act(cast.sales, services.cancel_order, order_id=fresh.pk, reason="entered twice")
    assert gone.status == "CANCELLED"
    refused(cast.sales, "sales_status_forbids", services.reopen_order, order_id=fresh.pk, reason="x")


def test_a_quantity_cannot_fall_below_what_was_sent(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"))
    line = order.lines.get()
    send(cast.sales, line, "3")
    refused(cast.sales, "bad_sales_quantity", services.change_line, line_id=line.pk, wish={"quantity": Decimal(2)})
    act(cast.sales, services.close_line, line_id=line.pk, reason="the rest is not needed")
    line.refresh_from_db()
    assert (line.is_closed, line.quantity) == (True, Decimal(5))


def test_a_frame_order_is_sent_by_call_offs(plant: Plant, cast: Cast) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "100"), is_frame=True)
    line = order.lines.get()
    first = a_call_off(cast.sales, order, "60")
    refused(cast.sales, "called_too_much", services.call_off, line_id=line.pk, quantity=Decimal(41), wanted_on=TODAY)
    send(cast.sales, line, "20", first)
    first.refresh_from_db()
    assert (first.number, first.dispatched, line.dispatched) == (1, Decimal(20), Decimal(20))
    act(cast.sales, services.close_call_off, call_off_id=first.pk, reason="rest later")
    # Of the closed one only what was sent counts.
    second = a_call_off(cast.sales, order, "80")
    assert second.number == 2
    refused(cast.sales, "called_too_much", services.call_off, line_id=line.pk, quantity=Decimal(1), wanted_on=TODAY)
    plain = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "1"))
    refused(
        cast.sales, "not_a_frame", services.call_off, line_id=plain.lines.get().pk, quantity=Decimal(1),
        wanted_on=TODAY,
    )  # fmt: skip


def test_a_copy_takes_today_s_prices_and_no_dates(plant: Plant, cast: Cast) -> None:
    item, customer = an_item(), a_customer()
    order = a_sales_order(
        cast.sales, customer, plant.site, LineWish(item, Decimal(5), price=Decimal(3), wanted_on=TODAY)
    )
    a_price(item, "4")
    copy = act(cast.sales, services.copy_order, order_id=order.pk)
    line = copy.lines.get()
    assert (copy.status, copy.customer, line.quantity, line.price, line.wanted_on) == (
        "DRAFT", customer, Decimal(5), Decimal(4), None,
    )  # fmt: skip


def test_what_came_back_never_exceeds_what_was_sent(plant: Plant, cast: Cast) -> None:
    line = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5")).lines.get()
    send(cast.sales, line, "3")
    with acting(cast.sales, channel="test"):
        assert note_returned(line.pk, Decimal(2)).returned == Decimal(2)


def test_who_may_not_see_prices_may_not_set_them_but_the_agreed_one_is_taken(plant: Plant, cast: Cast) -> None:
    item = an_item()
    a_price(item, "10")
    order = a_sales_order(cast.dispatcher, a_customer(), plant.site, (item, "1"), confirmed=False)
    assert order.lines.get().price == Decimal(10)
    with pytest.raises(Forbidden):
        act(cast.dispatcher, services.add_line, order_id=order.pk, wish=LineWish(item, Decimal(1), price=Decimal(1)))
    with pytest.raises(Forbidden):
        act(cast.dispatcher, services.change_line, line_id=order.lines.get().pk, wish={"price": Decimal(1)})
    assert [line.price for line in SalesLine.objects.all()] == [Decimal(10)]


@pytest.mark.parametrize("who", ["stranger", "operator", "storekeeper", "buyer", "quality"])
def test_others_change_nothing(plant: Plant, cast: Cast, who: str) -> None:
    order = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "5"), is_frame=True)
    line, call = order.lines.get(), a_call_off(cast.sales, order, "1")
    before = Event.objects.count()
    wishes: list[tuple[Any, dict[str, Any]]] = [
        (services.create_order, {"customer": order.customer, "site": plant.site}),
        (services.add_line, {"order_id": order.pk, "wish": LineWish(line.item, Decimal(1))}),
        (services.change_line, {"line_id": line.pk, "wish": {"quantity": Decimal(6)}}),
        (services.close_line, {"line_id": line.pk, "reason": "x"}),
        (services.remove_line, {"line_id": line.pk}),
        (services.change_order, {"order_id": order.pk, "wish": {"note": "x"}}),
        (services.confirm_order, {"order_id": order.pk}),
        (services.cancel_order, {"order_id": order.pk, "reason": "x"}),
        (services.close_order, {"order_id": order.pk, "reason": "x"}),
        (services.reopen_order, {"order_id": order.pk, "reason": "x"}),
        (services.copy_order, {"order_id": order.pk}),
        (services.call_off, {"line_id": line.pk, "quantity": Decimal(1), "wanted_on": TODAY}),
        (services.change_call_off, {"call_off_id": call.pk, "wish": {"wanted_on": date(2027, 1, 1)}}),
        (services.close_call_off, {"call_off_id": call.pk, "reason": "x"}),
    ]
    for service, wish in wishes:
        with pytest.raises(Refusal) as no:
            act(getattr(cast, who), service, **wish)
        assert no.value.status in {403, 404}, service
    line.refresh_from_db()
    assert (line.quantity, line.version, SalesOrder.objects.count(), CallOff.objects.count()) == (5, 1, 1, 1)
    assert Event.objects.count() == before


def refused(actor: User, code: str, service: Any, **wish: Any) -> None:
    with pytest.raises(Refusal) as no:
        act(actor, service, **wish)
    assert no.value.code == code
