"""Goods come in, are refused, go back; stock, lots and value follow."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Missing, Refusal
from factory_core.events.models import Event
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.lots.models import Lot
from inventory.purchasing import services
from inventory.purchasing.models import PurchaseLine, Receipt
from inventory.purchasing.queries.receiving import places_for
from inventory.purchasing.services.refusals import (
    AlreadyReceived,
    BadPurchase,
    NotReturnable,
    OverDelivery,
    ReceiptKeyReused,
    WrongPurchaseStatus,
)
from inventory.stock.models import Location, StockBalance, StockMove, StockValue
from inventory.stock.services.ledger import LotBlocked
from tests.inventory.purchasing.conftest import AT, Ordered
from tests.world.inventory import a_location, a_partner, an_item
from tests.world.people import Cast
from tests.world.plant import Plant


def receive(user: User, line: PurchaseLine, quantity: str, **more: Any) -> Any:
    with acting(user):
        return services.receive_line(actor=user, line_id=line.pk, quantity=Decimal(quantity), at=AT, **more)


def on_hand() -> list[tuple[str, str, Decimal]]:
    rows = StockBalance.objects.filter(quantity__gt=0).order_by("id")
    return list(rows.values_list("location__code", "item__number", "quantity"))


def stands(line: PurchaseLine) -> tuple[Decimal, Decimal, Decimal, bool, str]:
    line = PurchaseLine.objects.select_related("order").get(pk=line.pk)
    return line.received, line.rejected, line.returned, line.is_closed, line.order.status


def test_a_part_comes_into_stock_in_base_units_at_the_price_of_the_order(
    cast: Cast, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(bolt, "20")
    got = receive(cast.storekeeper, line, "5", to_location=bay, delivery_note="LS-7")
    assert on_hand() == [("BAY-1", "BOLT", 60)]
    assert stands(line) == (5, 0, 0, False, "RELEASED")
    move = StockMove.objects.get()
    assert (move.kind, move.source_kind, move.source_id, move.source_label, move.partner) == (
        "RECEIVE", "inventory.purchaseorder", line.order_id, line.order.number, line.order.supplier,
    )  # fmt: skip
    assert (got.receipt.move, got.receipt.delivery_note, got.refused) == (move, "LS-7", None)
    assert StockValue.objects.get().value == Decimal(42)  # 5 boxes at 8.40
    receive(cast.storekeeper, line, "15", to_location=bay)
    assert stands(line) == (20, 0, 0, True, "CLOSED")
    assert Event.objects.filter(name="purchasing.order_complete").count() == 1


def test_the_lot_has_the_supplier_s_number_and_expires_after_its_shelf_life(
    cast: Cast, glue: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(glue, "10")
    receive(
        cast.storekeeper, line, "4", to_location=bay, supplier_lot="S-99", lot_number="G1", made_on=date(2026, 11, 1)
    )
    lot = Lot.objects.get()
    assert (lot.number, lot.supplier_lot, lot.supplier, lot.status) == ("G1", "S-99", line.order.supplier, "OPEN")
    assert lot.expires_on == date(2027, 4, 30)
    receive(cast.storekeeper, line, "1", to_location=bay)
    assert Lot.objects.latest("id").expires_on == date(2027, 5, 19)


def test_what_is_inspected_is_held_in_quarantine_wherever_it_was_put(
    cast: Cast, glue: Item, bay: Location, quarantine: Location, ordered: Ordered
) -> None:
    line = ordered(glue, "10", inspect=True)
    assert places_for(line, line.order.site) == [quarantine]
    receive(cast.storekeeper, line, "4", to_location=bay, lot_number="G1")
    lot = Lot.objects.get()
    assert (lot.status, lot.status_reason) == ("HOLD", "incoming inspection")
    assert on_hand() == [("QUAR", "GLUE", 4)]
    receive(cast.storekeeper, line, "3", lot_number="G1")
    assert on_hand() == [("QUAR", "GLUE", 7)]


def test_without_a_quarantine_the_lot_is_held_where_it_lies(
    cast: Cast, glue: Item, bay: Location, ordered: Ordered
) -> None:
    receive(cast.storekeeper, ordered(glue, "10", inspect=True), "4", to_location=bay, lot_number="G1")
    assert (Lot.objects.get().status, on_hand()) == ("HOLD", [("BAY-1", "GLUE", 4)])


def test_more_than_ordered_is_asked_about_and_noted(cast: Cast, bolt: Item, bay: Location, ordered: Ordered) -> None:
    line = ordered(bolt, "5")
    receive(cast.storekeeper, line, "4", to_location=bay)
    with pytest.raises(OverDelivery) as asked:
        receive(cast.storekeeper, line, "3", to_location=bay)
    assert asked.value.details == {"ordered": "5", "here": "4", "over": "2", "unit": "box"}
    assert (on_hand(), Receipt.objects.count()) == ([("BAY-1", "BOLT", 48)], 1)
    got = receive(cast.storekeeper, line, "3", to_location=bay, accept_over=True)
    assert (got.receipt.reason, got.over, stands(line)) == ("2 more than ordered", 2, (7, 0, 0, True, "CLOSED"))
    assert Event.objects.get(name="purchasing.goods_over").sentence == (
        f"3 box of BOLT Item BOLT came in for order {line.order.number}, 2 box more than ordered"
    )


def test_a_double_tap_makes_one_receipt(cast: Cast, bolt: Item, bay: Location, ordered: Ordered) -> None:
    line = ordered(bolt, "5")
    wish = {"to_location": bay, "reject": Decimal(1), "reject_reason": "dented", "key": "tap-1"}
    first = receive(cast.storekeeper, line, "4", **wish)
    again = receive(cast.storekeeper, line, "4", **wish)
    assert (again.receipt, again.refused) == (first.receipt, first.refused)
    assert (Receipt.objects.count(), StockMove.objects.count(), stands(line)) == (2, 1, (4, 1, 0, False, "RELEASED"))
    with pytest.raises(ReceiptKeyReused):
        receive(cast.storekeeper, line, "1", to_location=bay, key="tap-1")


@pytest.mark.django_db(transaction=True)
def test_eight_taps_at_once_make_one_receipt_and_never_more_than_ordered(
    cast: Cast, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(bolt, "5")

    def tap(key: str) -> str:
        try:
            receive(cast.storekeeper, line, "5", to_location=bay, key=key)
            return "taken"
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(tap, ["same"] * 6 + ["other-1", "other-2"]))
    assert (Receipt.objects.count(), on_hand()) == (1, [("BAY-1", "BOLT", 60)])
    # Whoever wins, the others are told: the line is complete, the order closed.
    assert set(answers) <= {"taken", "wrong_purchase_status"}
    assert stands(line) == (5, 0, 0, True, "CLOSED")


def test_what_is_refused_at_the_door_never_becomes_stock(
    cast: Cast, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(bolt, "5")
    with pytest.raises(BadPurchase):
        receive(cast.storekeeper, line, "0", reject=Decimal(2))
    got = receive(cast.storekeeper, line, "0", reject=Decimal(2), reject_reason="wet")
    assert (got.receipt, got.refused.kind, got.refused.reason, got.refused.move) == (None, "REJECTED", "wet", None)
    assert (on_hand(), stands(line)) == ([], (0, 2, 0, False, "RELEASED"))


def test_goods_go_back_and_are_expected_again(cast: Cast, glue: Item, bay: Location, ordered: Ordered) -> None:
    line = ordered(glue, "5")
    lot = receive(cast.storekeeper, line, "5", to_location=bay, lot_number="G1").receipt.move.lot
    wish = {"line_id": line.pk, "from_location": bay, "lot": lot, "reason": "wrong colour", "at": AT}
    with pytest.raises(NotReturnable), acting(cast.buyer):
        services.return_line(actor=cast.buyer, quantity=Decimal(6), **wish)
    with pytest.raises(Forbidden), acting(cast.storekeeper):
        services.return_line(actor=cast.storekeeper, quantity=Decimal(2), **wish)
    assert stands(line) == (5, 0, 0, True, "CLOSED")
    for _tap in (1, 2):
        with acting(cast.buyer):
            back = services.return_line(actor=cast.buyer, quantity=Decimal(2), expect_again=True, key="r1", **wish)
    assert (back.kind, back.move.kind, on_hand()) == ("RETURNED", "RETURN_TO_SUPPLIER", [("BAY-1", "GLUE", 3)])
    assert stands(line) == (5, 0, 2, False, "RELEASED")
    receive(cast.storekeeper, line, "2", to_location=bay, lot_number="G2")
    assert stands(line) == (7, 0, 2, True, "CLOSED")


def test_a_held_lot_may_go_back_but_is_not_used(
    cast: Cast, glue: Item, bay: Location, quarantine: Location, ordered: Ordered
) -> None:
    line = ordered(glue, "5", inspect=True)
    lot = receive(cast.storekeeper, line, "5", lot_number="G1").receipt.move.lot
    from inventory.stock.services import acts

    with pytest.raises(LotBlocked), acting(cast.storekeeper):
        acts.issue(actor=cast.storekeeper, item=glue, quantity=Decimal(1), from_location=quarantine, lot=lot, at=AT)
    with acting(cast.buyer):
        services.return_line(
            actor=cast.buyer, line_id=line.pk, quantity=Decimal(5), from_location=quarantine, lot=lot, at=AT,
            reason="failed inspection",
        )  # fmt: skip
    assert (on_hand(), stands(line)) == ([], (5, 0, 5, True, "CLOSED"))


def test_an_order_of_which_something_came_is_closed_not_cancelled(
    cast: Cast, bolt: Item, bay: Location, ordered: Ordered
) -> None:
    line = ordered(bolt, "5")
    receive(cast.storekeeper, line, "2", to_location=bay)
    with pytest.raises(AlreadyReceived), acting(cast.buyer):
        services.cancel_order(actor=cast.buyer, order_id=line.order_id, reason="late", at=AT)
    with pytest.raises(AlreadyReceived), acting(cast.buyer):
        services.change_line(actor=cast.buyer, line_id=line.pk, quantity=Decimal(1), at=AT)
    with acting(cast.buyer):
        services.close_order(actor=cast.buyer, order_id=line.order_id, reason="rest not needed", at=AT)
    assert stands(line) == (2, 0, 0, True, "CLOSED")
    with pytest.raises(WrongPurchaseStatus):
        receive(cast.storekeeper, line, "1", to_location=bay)
    with acting(cast.buyer):
        services.reopen_order(actor=cast.buyer, order_id=line.order_id, reason="it comes after all", at=AT)
    receive(cast.storekeeper, line, "3", to_location=bay)
    assert stands(line) == (5, 0, 0, True, "CLOSED")
    with pytest.raises(BadPurchase), acting(cast.buyer):
        services.reopen_order(actor=cast.buyer, order_id=line.order_id, reason="more", at=AT)


def test_nothing_is_received_for_a_draft_at_another_site_or_in_broken_pieces(
    plant: Plant, cast: Cast, bolt: Item, bay: Location, ordered: Ordered, steel: object
) -> None:
    from tests.world.plant import a_plant

    line = ordered(bolt, "5")
    elsewhere = a_location(a_plant("far").site, "FAR")
    for quantity, more in (
        ("0", {}),
        ("-1", {}),
        ("0.3", {}),
        ("1", {"to_location": elsewhere}),
        ("1", {"lot_number": "X"}),
    ):
        with pytest.raises(BadPurchase):
            receive(cast.storekeeper, line, quantity, **{"to_location": bay, **more})
    with acting(cast.buyer):
        draft = services.create_order(
            actor=cast.buyer, supplier=line.order.supplier, site=plant.site, at=AT,
            lines=[services.LineWish(bolt, Decimal(5))],
        )  # fmt: skip
    with pytest.raises(WrongPurchaseStatus):
        receive(cast.storekeeper, draft.lines.get(), "1", to_location=bay)
    assert (on_hand(), Receipt.objects.count()) == ([], 0)


def test_a_half_box_of_six_is_six_pieces(cast: Cast, bolt: Item, bay: Location, ordered: Ordered) -> None:
    receive(cast.storekeeper, ordered(bolt, "5"), "0.5", to_location=bay)
    assert on_hand() == [("BAY-1", "BOLT", 6)]


def test_a_price_in_another_currency_gives_no_value(plant: Plant, cast: Cast, bay: Location) -> None:
    abroad, item = a_partner(supplier=True), an_item("COIL")
    with acting(cast.buyer):
        order = services.create_order(
            actor=cast.buyer, supplier=abroad, site=plant.site, currency="USD", at=AT,
            lines=[services.LineWish(item, Decimal(5), price=Decimal(100))],
        )  # fmt: skip
        services.release_order(actor=cast.buyer, order_id=order.pk, at=AT)
    receive(cast.storekeeper, order.lines.get(), "5", to_location=bay)
    assert (on_hand(), StockValue.objects.get().value) == ([("BAY-1", "COIL", 5)], 0)


def test_who_may_not_receive_receives_nothing(cast: Cast, bolt: Item, bay: Location, ordered: Ordered) -> None:
    line = ordered(bolt, "5")
    for user, refusal in (
        (cast.sales, Forbidden), (cast.auditor, Forbidden), (cast.planner, Forbidden), (cast.operator, Missing),
        (cast.stranger, Missing),
    ):  # fmt: skip
        with pytest.raises(refusal):
            receive(user, line, "1", to_location=bay)
    assert (on_hand(), Receipt.objects.count(), stands(line)) == ([], 0, (0, 0, 0, False, "RELEASED"))
