"""Suggestions become orders once, whoever clicks how often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from factory_core.access.identity import NobodyActs, acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Missing, Refusal, StaleVersion
from factory_core.events.models import Event
from inventory.purchasing.models import PurchaseLine, PurchaseOrder
from inventory.replenishment.models import Suggestion
from inventory.replenishment.services import AlreadyTaken, NoSupplier, SuggestionOver, dismiss, take
from tests.inventory.replenishment.conftest import Shop
from tests.world.clock import Clock
from tests.world.inventory import a_partner, a_supplier_item, a_unit, an_item, an_item_unit
from tests.world.people import Cast

D = Decimal


def stuffed(shop: Shop) -> dict[str, Suggestion]:
    """Screw and nut from NEAR, nut in boxes of 12; paint from another supplier; glue from nobody."""
    nut, paint = an_item("NUT"), an_item("PAINT")
    an_item_unit(nut, "box", "12")
    a_supplier_item(nut, shop.supplier_item.supplier, unit=a_unit("box"))
    a_supplier_item(paint, a_partner("OTHER", supplier=True))
    for item in (nut, paint, an_item("GLUE")):
        shop.a_rule(item)
    shop.run()
    return {one.item.number: one for one in shop.open()}


@pytest.mark.django_db
def test_one_order_a_supplier(shop: Shop, cast: Cast, clock: Clock) -> None:
    found = stuffed(shop)
    ids = [found[name].pk for name in ("SCREW", "PAINT", "NUT")]
    with acting(cast.buyer, channel="test"):
        orders = take(actor=cast.buyer, suggestion_ids=ids, at=clock())
    lines = sorted(
        (order.supplier.code, order.status, line.item.number, line.quantity, line.unit.code, line.wanted_on)
        for order in orders
        for line in order.lines.all()
    )
    assert lines == [
        ("NEAR", "DRAFT", "NUT", D(5), "box", date(2026, 11, 20)),
        ("NEAR", "DRAFT", "SCREW", D(50), "pcs", date(2026, 11, 25)),
        ("OTHER", "DRAFT", "PAINT", D(50), "pcs", date(2026, 11, 20)),
    ]
    for name in ("SCREW", "PAINT", "NUT"):
        found[name].refresh_from_db()
        assert (found[name].status, found[name].order_line.item.number) == ("TAKEN", name)
    assert Event.objects.filter(name="replenishment.suggestion_taken").count() == 3
    assert [one.item.number for one in shop.open()] == ["GLUE"]
    assert (shop.run().made, len(shop.open())) == (0, 1)


@pytest.mark.django_db
def test_the_second_click_is_told_the_order(shop: Shop, cast: Cast, clock: Clock) -> None:
    shop.run()
    (one,) = shop.open()
    with acting(cast.buyer, channel="test"):
        (order,) = take(actor=cast.buyer, suggestion_ids=[one.pk], at=clock())
    with pytest.raises(AlreadyTaken) as refused, acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=[one.pk], at=clock())
    assert refused.value.details == {"order": order.number}
    with pytest.raises(AlreadyTaken), acting(cast.buyer, channel="test"):
        dismiss(actor=cast.buyer, suggestion_id=one.pk, reason="too late", at=clock())
    assert PurchaseOrder.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_time_make_one_order(shop: Shop, cast: Cast, clock: Clock) -> None:
    """4.15 item 21: a proposal cannot be released twice by two clicks (frePPLe 9.17)."""
    shop.run()
    (one,) = shop.open()

    def click(_number: int) -> str:
        try:
            with acting(cast.buyer, channel="test"):
                take(actor=cast.buyer, suggestion_ids=[one.pk], at=clock())
            return "ordered"
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        answers = sorted(people.map(click, range(2)))
    assert answers == ["already_taken", "ordered"]
    assert (PurchaseOrder.objects.count(), PurchaseLine.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_all_or_none(shop: Shop, cast: Cast, clock: Clock) -> None:
    found = stuffed(shop)
    every = [one.pk for one in found.values()]
    with pytest.raises(NoSupplier, match="GLUE"), acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=every, at=clock())
    with pytest.raises(Missing), acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=[found["SCREW"].pk, 999_999], at=clock())
    with pytest.raises(Refusal), acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=[], at=clock())
    with acting(cast.buyer, channel="test"):
        dismiss(actor=cast.buyer, suggestion_id=found["NUT"].pk, reason="no", at=clock())
    with pytest.raises(SuggestionOver), acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=[found["SCREW"].pk, found["NUT"].pk], at=clock())
    assert PurchaseOrder.objects.count() == 0
    assert Suggestion.objects.filter(status="TAKEN").count() == 0


@pytest.mark.django_db
def test_what_changed_since_it_was_read_is_told(shop: Shop, cast: Cast, clock: Clock) -> None:
    shop.run()
    (read,) = shop.open()
    shop.change_rule(lot_quantity=D(60))
    shop.run()
    with pytest.raises(StaleVersion) as stale, acting(cast.buyer, channel="test"):
        take(actor=cast.buyer, suggestion_ids=[read.pk], versions={read.pk: read.version}, at=clock())
    assert stale.value.details["current"] == {"version": 2, "quantity": "60", "wanted_on": "2026-11-25"}
    assert PurchaseOrder.objects.count() == 0


@pytest.mark.django_db
def test_only_buyers_order_and_dismiss(shop: Shop, cast: Cast, clock: Clock) -> None:
    shop.run()
    (one,) = shop.open()
    for who, refusal in (
        (cast.stranger, Missing), (cast.disabled, NobodyActs), (cast.planner, Forbidden), (cast.auditor, Forbidden),
        (cast.storekeeper, Forbidden),
    ):  # fmt: skip
        with pytest.raises(refusal), acting(who, channel="test"):
            take(actor=who, suggestion_ids=[one.pk], at=clock())
        with pytest.raises(refusal), acting(who, channel="test"):
            dismiss(actor=who, suggestion_id=one.pk, reason="no", at=clock())
    with pytest.raises(Refusal, match="Say why"), acting(cast.buyer, channel="test"):
        dismiss(actor=cast.buyer, suggestion_id=one.pk, reason=" ", at=clock())
    assert [row.pk for row in shop.open()] == [one.pk]
