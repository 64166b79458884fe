"""Journeys, packing, sending, delivering, what comes back, and who may not."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from factory_core.errors import Refusal, StaleVersion
from factory_core.events.models import Event
from inventory.dispatch import services
from inventory.dispatch.models import Dispatch, DispatchLine, Pick
from inventory.dispatch.queries.lines import kept_pick
from inventory.dispatch.services import DispatchWish
from inventory.stock.models import StockMove
from tests.inventory.dispatch.store import LATER, Store, act, balance, begin, lay, refused, take
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast
from tests.world.plant import Plant
from tests.world.selling import AT, TODAY, a_call_off, a_customer, a_sales_order


def test_call_offs_are_sent_one_by_one(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "100")
    order = a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "100"), is_frame=True)
    call, line = a_call_off(cast.sales, order, "30"), order.lines.get()
    refused(
        cast.dispatcher, "not_one_journey", services.create_dispatch, staging=store.dock,
        wishes=[DispatchWish(line.pk, Decimal(30))],
    )  # fmt: skip
    dispatch = act(
        cast.dispatcher, services.create_dispatch, staging=store.dock,
        wishes=[DispatchWish(line.pk, Decimal(30), call.pk)],
    )  # fmt: skip
    take(cast, dispatch, store.shelf, bolt, "30")
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    act(cast.dispatcher, services.send, dispatch_id=dispatch.pk)
    call.refresh_from_db()
    line.refresh_from_db()
    order.refresh_from_db()
    assert (call.dispatched, line.dispatched, order.status) == (30, 30, "CONFIRMED")


def test_one_journey_goes_to_one_customer(plant: Plant, cast: Cast, store: Store) -> None:
    one = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "1"))
    two = a_sales_order(cast.sales, a_customer(), plant.site, (an_item(), "1"))
    wishes = [DispatchWish(order.lines.get().pk, Decimal(1)) for order in (one, two)]
    refused(cast.dispatcher, "not_one_journey", services.create_dispatch, staging=store.dock, wishes=wishes)
    refused(cast.dispatcher, "not_staging", services.create_dispatch, staging=store.shelf, wishes=wishes[:1])
    refused(cast.dispatcher, "nothing_to_send", services.create_dispatch, staging=store.dock, wishes=[])
    for quantity in ("0", "-1", "NaN", "2"):
        refused(
            cast.dispatcher, "more_than_due", services.create_dispatch, staging=store.dock,
            wishes=[DispatchWish(one.lines.get().pk, Decimal(quantity))],
        )  # fmt: skip
    assert not Dispatch.objects.exists()


def test_packed_on_a_pallet_and_delivered_with_proof(
    plant: Plant, cast: Cast, store: Store, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    bolt, pallet = an_item(), a_location(plant.site, "PAL-1", "PALLET", store.dock)
    lay(cast, bolt, store.shelf, "10")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    pick = take(cast, dispatch, store.shelf, bolt, "10")[0]
    refused(cast.storekeeper, "not_a_pallet", services.put_on_pallet, pick_id=pick.pk, pallet=store.rack)
    act(cast.storekeeper, services.put_on_pallet, pick_id=pick.pk, pallet=pallet)
    assert (balance(bolt, store.dock), balance(bolt, pallet), kept_pick(pick.pk).location) == ((0, 0), (10, 10), pallet)
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    act(cast.dispatcher, services.send, dispatch_id=dispatch.pk)
    wish = {"dispatch_id": dispatch.pk, "received_by": "Mr Gate", "delivered_at": LATER}
    refused(cast.dispatcher, "bad_delivery", services.deliver, **{**wish, "received_by": " "})
    refused(cast.dispatcher, "bad_delivery", services.deliver, **{**wish, "delivered_at": AT})
    done = act(cast.dispatcher, services.deliver, **wish, note="two boxes", proof_name="C:\\sign.png", proof=b"png")
    assert (done.status, done.received_by, done.proof_name, len(done.proof_sha256)) == (
        "DELIVERED",
        "Mr Gate",
        "sign.png",
        64,
    )
    assert (tmp_path / "papers" / done.proof_sha256[:2] / done.proof_sha256).read_bytes() == b"png"


def test_what_comes_back_waits_in_quarantine(plant: Plant, cast: Cast, store: Store) -> None:
    glue = an_item("GLUE", tracking="LOT")
    lot = a_lot(glue, "L1")
    lay(cast, glue, store.shelf, "10", lot)
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (glue, "10")))
    pick = take(cast, dispatch, store.shelf, glue, "10", lot)[0]
    wish = {"pick_id": pick.pk, "quantity": Decimal(3), "reason": "too thin", "to_location": store.quarantine}
    refused(cast.dispatcher, "no_such_pick", services.take_back, **wish)
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk)
    act(cast.dispatcher, services.send, dispatch_id=dispatch.pk)
    refused(cast.dispatcher, "came_back_too_much", services.take_back, **{**wish, "quantity": Decimal(11)})
    refused(cast.dispatcher, "bad_delivery", services.take_back, **{**wish, "to_location": store.shelf})
    first = act(cast.dispatcher, services.take_back, **wish, key="tap")
    assert act(cast.dispatcher, services.take_back, **wish, key="tap") == first
    lot.refresh_from_db()
    line = pick.line.sales_line
    line.refresh_from_db()
    assert (balance(glue, store.quarantine), lot.status, lot.status_reason) == ((3, 0), "HOLD", "DSP-000001: too thin")
    assert (line.returned, line.dispatched) == (3, 10)
    refused(cast.dispatcher, "came_back_too_much", services.take_back, **{**wish, "quantity": Decimal(8)})


def test_two_people_with_one_dispatch(plant: Plant, cast: Cast, store: Store) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "10")
    dispatch = begin(cast, store, a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10")))
    take(cast, dispatch, store.shelf, bolt, "10")
    seen = dispatch.version
    act(cast.storekeeper, services.pack, dispatch_id=dispatch.pk, version=seen)
    with pytest.raises(StaleVersion) as stale:
        act(cast.dispatcher, services.send, dispatch_id=dispatch.pk, version=seen)
    assert stale.value.details["current"] == {"version": seen + 1, "status": "PACKED"}


@pytest.mark.parametrize("who", ["stranger", "operator", "buyer", "sales", "quality", "neighbour"])
def test_others_change_nothing(plant: Plant, cast: Cast, store: Store, who: str) -> None:
    bolt = an_item()
    lay(cast, bolt, store.shelf, "10")
    order = a_sales_order(cast.sales, a_customer(), plant.site, (bolt, "10"))
    dispatch = begin(cast, store, order, quantity="5")
    pick = take(cast, dispatch, store.shelf, bolt, "1")[0]
    before = (Event.objects.count(), StockMove.objects.count(), balance(bolt, store.shelf))
    one = {"dispatch_id": dispatch.pk}
    wishes: list[tuple[Any, dict[str, Any]]] = [
        (services.create_dispatch, {"staging": store.dock, "wishes": [DispatchWish(order.lines.get().pk, Decimal(1))]}),
        (services.pick, {**one, "location": store.shelf, "item": bolt, "quantity": Decimal(1)}),
        (services.put_back, {"pick_id": pick.pk}),
        (services.note_short, {"line_id": pick.line_id, "reason": "x"}),
        (services.put_on_pallet, {"pick_id": pick.pk, "pallet": store.rack}),
        (services.propose_again, one),
        (services.pack, one),
        (services.unpack, one),
        (services.cancel_dispatch, {**one, "reason": "x"}),
        (services.send, one),
        (services.deliver, {**one, "received_by": "x", "delivered_at": LATER}),
    ]
    if who == "buyer":
        # A buyer works in the store too, but sends nothing.
        wishes = [wish for wish in wishes if wish[0] in (services.send, services.deliver)]
    for service, wish in wishes:
        with pytest.raises(Refusal) as no:
            act(getattr(cast, who), service, **wish)
        assert no.value.status in {403, 404}, service
    assert (Event.objects.count(), StockMove.objects.count(), balance(bolt, store.shelf)) == before
    assert (Dispatch.objects.count(), DispatchLine.objects.count(), Pick.objects.count()) == (1, 1, 1)
    assert order.lines.get().wanted_on == TODAY
