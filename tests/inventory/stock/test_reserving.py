"""Reserved stock is kept for its document until it is used or freed."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from factory_core.access.policy import Forbidden, visible
from factory_core.events.models import Event
from inventory.items.states import PickRule, Tracking
from inventory.stock.models import Reservation, StockBalance, StockMove
from inventory.stock.queries.balances import (
    available,
    on_hand,
    reserved,
)
from inventory.stock.queries.offers import offered
from inventory.stock.services import acts, ledger
from inventory.stock.services.refusals import (
    BadQuantity,
    LotBlocked,
    NoMove,
    NoSuchReservation,
    NotEnough,
    ReservationOver,
    ReservedOther,
)
from inventory.stock.services.reserving import free
from tests.inventory.stock.small_store import AT, SmallStore
from tests.world.inventory import a_location, a_lot, an_item


@pytest.fixture
def shop(cast, plant, monkeypatch) -> SmallStore:
    monkeypatch.setattr(ledger, "now", lambda: AT)
    return SmallStore(cast, plant)


def books() -> tuple[Decimal, Decimal]:
    return StockBalance.objects.values_list("quantity", "reserved").get()


def give_back(shop, reservation, actor=None):
    return shop.do(lambda *, actor, at, item: free(actor=actor, reservation_id=reservation.pk, at=at), actor=actor)


def test_reserved_stock_is_not_free(shop):
    shop.receive("10")
    kept = shop.reserve("4", label="SO-000004")
    assert (books(), kept.status, kept.source_label) == ((10, 4), "ACTIVE", "SO-000004")
    assert (on_hand(shop.item, shop.site), available(shop.item, shop.site), reserved(shop.item, shop.site)) == (
        10,
        6,
        4,
    )
    with pytest.raises(NotEnough, match=r"4 of them reserved \(SO-000004: 4\), so 6 are free"):
        shop.reserve("7")
    assert [event.sentence for event in Event.objects.filter(name="stock.reserved")] == [
        "4 pcs B-100 Item B-100 in A reserved · SO-000004"
    ]


def test_freed_stock_is_everybodys_again(shop):
    shop.receive("10")
    kept = shop.reserve("4")
    assert give_back(shop, kept).status == "FREED"
    assert give_back(shop, kept).version == 2
    assert books() == (10, 0)


def test_a_move_uses_its_reservation(shop):
    shop.receive("10")
    kept = shop.reserve("4")
    shop.do(acts.issue, quantity="3", from_location=shop.store, reservation=kept)
    kept.refresh_from_db()
    assert (kept.quantity, kept.status, books()) == (1, "ACTIVE", (7, 1))
    shop.do(acts.issue, quantity="2", from_location=shop.store, reservation=kept)
    kept.refresh_from_db()
    assert (kept.status, books()) == ("USED", (5, 0))
    with pytest.raises(ReservationOver, match="The reservation for SO-000001 is over already"):
        shop.do(acts.issue, quantity="1", from_location=shop.store, reservation=kept)
    assert books() == (5, 0)


def test_a_move_takes_no_more_beyond_its_reservation_than_is_free(shop):
    shop.receive("5")
    shop.reserve("3", label="SO-000002")
    own = shop.reserve("1")
    with pytest.raises(NotEnough, match="so 2 are free; 3 were asked for"):
        shop.do(acts.issue, quantity="3", from_location=shop.store, reservation=own)
    assert (books(), Reservation.objects.filter(status="ACTIVE").count()) == ((5, 4), 2)


def test_a_reservation_of_other_stock_is_no_help(shop):
    shop.receive("5")
    shop.receive("5", to_location=shop.bin)
    kept = shop.reserve("4")
    with pytest.raises(
        ReservedOther, match="Reserved for SO-000001 is 4 pcs B-100 Item B-100 in A, not what was scanned"
    ):
        shop.do(acts.issue, quantity="1", from_location=shop.bin, reservation=kept)
    kept.refresh_from_db()
    assert kept.status == "ACTIVE"


def test_what_cannot_be_used_cannot_be_reserved(shop):
    item = an_item("T-1", tracking=Tracking.LOT)
    lot = a_lot(item, "L-1", status="HOLD")
    shop.receive("5", item=item, lot=lot)
    with pytest.raises(LotBlocked, match="Lot L-1 of T-1 is on hold and cannot be reserved"):
        shop.reserve("1", item=item, lot=lot)
    with pytest.raises(BadQuantity):
        shop.reserve("0")
    with pytest.raises(NoMove):
        shop.reserve("1", location=ledger.Location.objects.get(kind="SUPPLIER"))
    assert not Reservation.objects.exists()


def test_who_may_not_reserve_or_free_does_not(shop):
    shop.receive("5")
    kept = shop.reserve("1")
    for person in (shop.people.auditor, shop.people.stranger, shop.people.operator):
        with pytest.raises(Forbidden):
            shop.reserve("1", actor=person)
    with pytest.raises(Forbidden):
        give_back(shop, kept, shop.people.auditor)
    with pytest.raises(NoSuchReservation):
        give_back(shop, kept, shop.people.stranger)
    assert books() == (5, 1)


def test_the_stranger_sees_no_stock(shop):
    shop.receive("5")
    shop.reserve("1")
    for rows in (StockBalance.objects.filter(quantity__gt=0), StockMove.objects.all(), Reservation.objects.all()):
        assert visible(shop.people.storekeeper, rows).count() == 1
        assert visible(shop.people.stranger, rows).count() == 0
    assert offered(shop.people.stranger, shop.item, Decimal(1), shop.site, AT.date()) == []


def test_first_expired_goes_first_and_what_never_expires_last(shop):
    item = an_item(tracking=Tracking.LOT, pick_rule=PickRule.FEFO)
    days = {"LATE": date(2027, 5, 1), "SOON": date(2026, 12, 1), "GONE": date(2026, 11, 19), "EVER": None}
    for number, day in days.items():
        shop.receive("10", item=item, lot=a_lot(item, number, expires_on=day))
    held = a_lot(item, "HELD", status="HOLD", expires_on=date(2026, 12, 1))
    shop.receive("10", item=item, lot=held)
    found = offered(shop.people.storekeeper, item, Decimal("15"), shop.site, date(2026, 11, 20))
    assert [(one.lot.number, one.take, one.why) for one in found] == [
        ("SOON", 10, "expires on 2026-12-01"),
        ("LATE", 5, "expires on 2027-05-01"),
        ("EVER", 0, "here since 2026-11-20"),
    ]
    assert available(item, shop.site, date(2026, 11, 20)) == 30


def test_what_lies_longest_goes_first(shop, plant):
    quarantine = a_location(plant.site, "Q", "QUARANTINE")
    for place, day in ((shop.store, 3), (shop.bin, 1), (quarantine, 2)):
        shop.receive("10", to_location=place, at=datetime(2026, 11, day, tzinfo=AT.tzinfo))
    shop.reserve("4", location=shop.bin)
    found = offered(shop.people.storekeeper, shop.item, Decimal("8"), shop.site, AT.date())
    assert [(one.location.code, one.available, one.take) for one in found] == [("B", 6, 6), ("A", 10, 2)]
    assert (available(shop.item), on_hand(shop.item)) == (16, 30)
