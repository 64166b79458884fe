"""From a sales order to the customer: proposing, picking, packing, sending, delivering, and what comes back."""

from datetime import date
from decimal import Decimal

import pytest

from factory_core.events.models import Event
from inventory.dispatch import services
from inventory.dispatch.models import Pick
from inventory.dispatch.services import DispatchWish
from inventory.stock.models import Reservation, StockMove
from inventory.stock.services.acts import transfer
from tests.inventory.dispatch.store import LATER, Store, act, balance, begin, judged, kept, lay, refused, take
from tests.world.inventory import a_lot, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.selling import a_customer, a_sales_order


def test_what_expires_first_is_proposed_and_kept(plant: Plant, cast: Cast, store: Store) -> None:
    glue = an_item("GLUE", tracking="LOT", pick_rule="FEFO")
    late, soon, gone, held = (
        a_lot(glue, number, expires_on=day)
        for number, day in (
            ("LATE", date(2027, 6, 1)),
            ("SOON", date(2027, 1, 1)),
            ("GONE", date(2026, 11, 1)),
            ("HELD", None),
        )
    )
    for lot, place in ((late, store.shelf), (soon, store.rack), (gone, store.shelf), (held, store.shelf)):
        lay(cast, glue, place, "6", lot)
    judged(cast, held, "HOLD")
    order = a_sales_order(cast.sales, a_customer(), plant.site, (glue, "10"))
    dispatch = begin(cast, store, order)
    assert (dispatch.number, dispatch.status, dispatch.address.splitlines()[1]) == (
        "DSP-000001",
        "PICKING",
        "Am Hafen 1",
    )
    assert kept(dispatch) == [("A-10", "SOON", Decimal(6)), ("A-2", "LATE", Decimal(4))]


def test_from_shelf_to_customer(plant: Plant, cast: Cast, store: Store) -> None:
    bolt, customer = an_item("BOLT"), a_customer()
    lay(cast, bolt, store.shelf, "8")
    lay(cast, bolt, store.rack, "8")
    one = a_sales_order(cast.sales, customer, plant.site, (bolt, "10"))
    two = a_sales_order(cast.sales, customer, plant.site, (bolt, "5"))
    dispatch = begin(cast, store, one, two)
    assert sum(quantity for _place, _lot, quantity in kept(dispatch)) == Decimal(15)
    picks = take(cast, dispatch, store.shelf, bolt, "8") + take(cast, dispatch, store.rack, bolt, "7")
    # What was kept on a shelf for an order goes to that order.
    assert [(pick.line.sales_line.order.number, pick.quantity) for pick in picks] == [
        (one.number, 3),
        (two.number, 5),
        (one.number, 7),
    ]
    assert balance(bolt, store.dock) == (15, 15)
    assert (balance(bolt, store.shelf), balance(bolt, store.rack), kept(dispatch)) == ((0, 0), (1, 0), [])
    packed = act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    sent = act(
        cast.dispatcher, services.send, dispatch_id=dispatch.pk, carrier="Rail", tracking_number="R 7",
        version=packed.version,
    )  # fmt: skip
    assert (sent.status, sent.carrier, sent.tracking_number, sent.dispatched_at) == ("DISPATCHED", "Rail", "R 7", LATER)
    assert balance(bolt, store.dock) == (0, 0)
    moves = StockMove.objects.filter(kind="DISPATCH")
    assert {(move.partner, move.source_kind, move.source_id, move.source_label) for move in moves} == {
        (customer, "inventory.dispatch", dispatch.pk, "DSP-000001")
    }
    for order, quantity in ((one, 10), (two, 5)):
        order.refresh_from_db()
        assert (order.status, order.lines.get().dispatched) == ("CLOSED", Decimal(quantity))
    assert not Reservation.objects.filter(status="ACTIVE").exists()
    # A second tap changes nothing.
    again = act(cast.dispatcher, services.send, dispatch_id=dispatch.pk, version=packed.version)
    assert (again.version, StockMove.objects.filter(kind="DISPATCH").count()) == (sent.version, 3)


def test_more_than_needed_is_not_picked(plant: Plant, cast: Cast, store: Store) -> None:
    bolt, other = an_item("BOLT"), an_item("NUT")
    lay(cast, bolt, store.shelf, "50")
    lay(cast, other, store.shelf, "5")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    no = refused(
        cast.storekeeper, "picked_too_much", services.pick, dispatch_id=dispatch.pk, location=store.shelf, item=bolt,
        quantity=Decimal(11),
    )  # fmt: skip
    assert no.details["need"] == "10"
    refused(
        cast.storekeeper, "not_on_dispatch", services.pick, dispatch_id=dispatch.pk, location=store.shelf, item=other,
        quantity=Decimal(1),
    )  # fmt: skip
    refused(
        cast.storekeeper, "not_pickable", services.pick, dispatch_id=dispatch.pk, location=store.quarantine, item=bolt,
        quantity=Decimal(1),
    )  # fmt: skip
    assert (balance(bolt, store.shelf), Pick.objects.count()) == ((50, 10), 0)


def test_the_same_tap_twice_picks_once(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "50")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    first = take(cast, dispatch, store.shelf, bolt, "5", key="tap")
    again = take(cast, dispatch, store.shelf, bolt, "5", key="tap")
    assert first == again
    assert (balance(bolt, store.dock), Pick.objects.count()) == ((5, 5), 1)
    assert balance(bolt, store.shelf) == (45, 5)


@pytest.mark.parametrize("status", ["HOLD", "REJECTED"])
def test_a_blocked_lot_is_neither_picked_nor_sent(plant: Plant, cast: Cast, store: Store, status: str) -> None:
    glue = an_item("GLUE", tracking="LOT")
    good, bad = a_lot(glue, "GOOD"), a_lot(glue, "BAD")
    lay(cast, glue, store.shelf, "10", good)
    lay(cast, glue, store.rack, "10", bad)
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (glue, "10")))
    judged(cast, bad, status)
    no = refused(
        cast.storekeeper, "lot_blocked", services.pick, dispatch_id=dispatch.pk, location=store.rack, item=glue,
        lot=bad, quantity=Decimal(1), note="nearer",
    )  # fmt: skip
    assert "BAD" in no.sentence
    assert "scratches" in no.sentence
    picks = take(cast, dispatch, store.shelf, glue, "10", good)
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    judged(cast, good, status)
    refused(cast.dispatcher, "lot_blocked", services.send, dispatch_id=dispatch.pk)
    dispatch.refresh_from_db()
    assert (dispatch.status, StockMove.objects.filter(kind="DISPATCH").count()) == ("PACKED", 0)
    assert dispatch.lines.get().sales_line.dispatched == 0
    # What must not be sent goes apart, not back to the shelf.
    act(cast.storekeeper, services.unpack, dispatch_id=dispatch.pk)
    back = act(cast.storekeeper, services.put_back, pick_id=picks[0].pk)
    assert (back.location, balance(glue, store.quarantine)) == (store.quarantine, (10, 0))


def test_an_expired_lot_is_refused(plant: Plant, cast: Cast, store: Store) -> None:
    glue = an_item("GLUE", tracking="LOT")
    old = a_lot(glue, "OLD", expires_on=date(2026, 11, 19))
    lay(cast, glue, store.shelf, "10", old)
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (glue, "10")))
    assert kept(dispatch) == []
    refused(
        cast.storekeeper, "lot_expired", services.pick, dispatch_id=dispatch.pk, location=store.shelf, item=glue,
        lot=old, quantity=Decimal(1),
    )  # fmt: skip
    assert Pick.objects.count() == 0


def test_another_lot_than_proposed_needs_a_note(plant: Plant, cast: Cast, store: Store) -> None:
    glue = an_item("GLUE", tracking="LOT", pick_rule="FEFO")
    soon, late = a_lot(glue, "SOON", expires_on=date(2027, 1, 1)), a_lot(glue, "LATE", expires_on=date(2027, 6, 1))
    lay(cast, glue, store.shelf, "10", soon)
    lay(cast, glue, store.rack, "10", late)
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (glue, "10")))
    wish = {"dispatch_id": dispatch.pk, "location": store.rack, "item": glue, "lot": late, "quantity": Decimal(4)}
    refused(cast.storekeeper, "why_another_lot", services.pick, **wish)
    assert Pick.objects.count() == 0
    pick = act(cast.storekeeper, services.pick, **wish, note="the other pallet is blocked")[0]
    assert (pick.note, pick.lot) == ("the other pallet is blocked", late)
    # What was taken elsewhere is not needed from the proposed shelf any more.
    assert kept(dispatch) == [("A-2", "SOON", Decimal(6))]
    assert Event.objects.filter(name="dispatch.other_lot").count() == 1


def test_nobody_else_takes_what_is_kept_or_picked(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "10")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    away = {"item": bolt, "quantity": Decimal(1), "to_location": store.rack}
    no = refused(cast.storekeeper, "not_enough", transfer, from_location=store.shelf, **away)
    assert "DSP-000001" in no.sentence
    take(cast, dispatch, store.shelf, bolt, "10")
    refused(cast.storekeeper, "not_enough", transfer, from_location=store.dock, **away)
    assert balance(bolt, store.dock) == (10, 10)


def test_put_back_is_proposed_again(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "10")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    pick = take(cast, dispatch, store.shelf, bolt, "4")[0]
    act(cast.storekeeper, services.put_back, pick_id=pick.pk)
    act(cast.storekeeper, services.put_back, pick_id=pick.pk)
    assert (balance(bolt, store.shelf), balance(bolt, store.dock)) == ((10, 10), (0, 0))
    assert kept(dispatch) == [("A-2", None, Decimal(6)), ("A-2", None, Decimal(4))]
    # Two reservations at one place serve one tap.
    take(cast, dispatch, store.shelf, bolt, "8")
    assert (balance(bolt, store.shelf), sum(one[2] for one in kept(dispatch))) == ((2, 2), 2)


def test_a_short_pick_leaves_the_rest_due(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "6")
    order = a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10"))
    dispatch = begin(cast, store, order)
    take(cast, dispatch, store.shelf, bolt, "6")
    refused(cast.storekeeper, "not_all_picked", services.pack, dispatch_id=dispatch.pk)
    line = dispatch.lines.get()
    refused(cast.storekeeper, "reason_needed", services.note_short, line_id=line.pk, reason="")
    act(cast.storekeeper, services.note_short, line_id=line.pk, reason="shelf empty")
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    # The rest may go with another dispatch already.
    refused(
        cast.dispatcher, "more_than_due", services.create_dispatch, staging=store.dock,
        wishes=[DispatchWish(line.sales_line_id, Decimal(5))],
    )  # fmt: skip
    second = act(
        cast.dispatcher, services.create_dispatch, staging=store.dock,
        wishes=[DispatchWish(line.sales_line_id, Decimal(4))],
    )  # fmt: skip
    act(cast.dispatcher, services.send, dispatch_id=dispatch.pk)
    order.refresh_from_db()
    assert (order.status, order.lines.get().dispatched) == ("CONFIRMED", Decimal(6))
    lay(cast, bolt, store.rack, "4")
    act(cast.storekeeper, services.propose_again, dispatch_id=second.pk)
    assert kept(second) == [("A-10", None, Decimal(4))]


def test_a_dispatch_is_cancelled_only_when_nothing_lies_there(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "10")
    order = a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10"))
    dispatch = begin(cast, store, order)
    from inventory.sales.services import cancel_order

    refused(cast.sales, "being_picked", cancel_order, order_id=order.pk, reason="no")
    pick = take(cast, dispatch, store.shelf, bolt, "1")[0]
    refused(cast.storekeeper, "still_picked", services.cancel_dispatch, dispatch_id=dispatch.pk, reason="no truck")
    act(cast.storekeeper, services.put_back, pick_id=pick.pk)
    act(cast.storekeeper, services.cancel_dispatch, dispatch_id=dispatch.pk, reason="no truck")
    assert (balance(bolt, store.shelf), kept(dispatch)) == ((10, 0), [])
    act(cast.sales, cancel_order, order_id=order.pk, reason="customer went elsewhere")
