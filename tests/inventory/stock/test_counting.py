"""Stock counts: what is frozen, who may accept, and what happens to stock that moves meanwhile."""

from decimal import Decimal
from typing import Any

import pytest

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.stock.models import CountLine, Location, StockBalance, StockCount, StockMove
from inventory.stock.queries.counting import Told, counters_of, told_lines
from inventory.stock.services.acts import issue, receive, transfer
from inventory.stock.services.counting import (
    accept_count,
    cancel_count,
    count_again,
    finish_count,
    note_counted,
    start_count,
)
from inventory.stock.services.ledger import LotNeeded, NotEnough, SerialIsOne
from inventory.stock.services.place_refusals import (
    CountedAlready,
    CountUnderWay,
    NotAllCounted,
    NotInCount,
    TwoPeopleNeeded,
    WrongCountStatus,
)
from inventory.stock.services.refusals import BadQuantity
from inventory.stock.services.reserving import reserve
from inventory.stock.states import LocationKind, MoveKind
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import Plant
from tests.world.production import minute


@pytest.fixture(autouse=True)
def _stopped(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def chief(plant: Plant) -> User:
    """Somebody who may accept differences in the whole site."""
    return a_user("chief.counts", "supervisor", plant.site)


@pytest.fixture
def store(plant: Plant) -> Location:
    return a_location(plant.site, "S1", LocationKind.STORE)


@pytest.fixture
def bin_(plant: Plant, store: Location) -> Location:
    return a_location(plant.site, "B1", LocationKind.BIN, store)


@pytest.fixture
def bolts(cast: Cast, bin_: Location) -> Item:
    """Twelve bolts in the bin."""
    item = an_item("BOLT")
    put(cast.storekeeper, item, bin_, 12)
    return item


def put(actor: User, item: Item, location: Location, quantity: int, **more: Any) -> StockMove:
    with acting(actor, channel="test"):
        return receive(actor=actor, item=item, quantity=Decimal(quantity), to_location=location, at=minute(1), **more)


def start(actor: User, location: Location, **more: Any) -> StockCount:
    with acting(actor, channel="test"):
        return start_count(actor=actor, location=location, at=minute(10), **more)


def note(
    actor: User, count: StockCount, location: Location, item: Item, quantity: Any, at: float = 20, **more: Any
) -> CountLine:
    with acting(actor, channel="test"):
        return note_counted(
            actor=actor,
            count_id=count.pk,
            location=location,
            item=item,
            quantity=Decimal(quantity),
            at=minute(at),
            **more,
        )


def finish(actor: User, count: StockCount, **more: Any) -> StockCount:
    with acting(actor, channel="test"):
        return finish_count(actor=actor, count_id=count.pk, at=minute(30), **more)


def accept(actor: User, count: StockCount, **more: Any) -> StockCount:
    with acting(actor, channel="test"):
        return accept_count(actor=actor, count_id=count.pk, at=minute(40), **more)


def balance(item: Item, location: Location) -> Decimal:
    row = StockBalance.objects.filter(item=item, location=location).first()
    return row.quantity if row else Decimal(0)


def adjustments() -> list[tuple]:
    return list(
        StockMove.objects.filter(kind=MoveKind.ADJUST)
        .order_by("id")
        .values_list("item__number", "quantity", "from_location__code", "to_location__code", "source_label", "reason")
    )


def only(count: StockCount) -> Told:
    (told,) = told_lines(count)
    return told


def test_a_count_finds_less_and_the_books_follow(
    plant: Plant, cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    assert (count.number, count.is_blind, count.status) == ("CNT-000001", True, "OPEN")
    assert CountLine.objects.values_list("item__number", "location__code", "expected", "counted").get() == (
        "BOLT", "B1", Decimal(12), None,
    )  # fmt: skip
    note(cast.storekeeper, count, bin_, bolts, 10)
    finish(cast.storekeeper, count)
    assert (only(count).expected, only(count).difference) == (Decimal(12), Decimal(-2))
    line = CountLine.objects.get()
    posted = accept(chief, count, reasons={line.pk: "two fell behind the rack"})
    assert (posted.status, posted.accepted_by) == ("POSTED", chief)
    assert balance(bolts, bin_) == 10
    assert adjustments() == [
        ("BOLT", Decimal(2), "B1", f"{plant.site.code}-adjustment", "CNT-000001", "two fell behind the rack")
    ]
    assert (only(posted).expected, only(posted).difference) == (Decimal(12), Decimal(-2))


def test_what_nobody_expected_is_put_in_and_what_fits_moves_nothing(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    nuts = an_item("NUT")
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 12)
    note(cast.storekeeper, count, store, nuts, "2.5")
    finish(cast.storekeeper, count)
    accept(chief, count)
    assert (balance(bolts, bin_), balance(nuts, store)) == (12, Decimal("2.5"))
    assert [row[:2] for row in adjustments()] == [("NUT", Decimal("2.5"))]


def test_who_counted_or_began_does_not_accept(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item, plant: Plant
) -> None:
    second = a_user("second.counts", "supervisor", plant.site)
    count = start(cast.storekeeper, store)
    note(chief, count, bin_, bolts, 11)
    # That somebody else counted again does not make the first a stranger to the count.
    note(cast.storekeeper, count, bin_, bolts, 10, again="replace")
    finish(cast.storekeeper, count)
    assert counters_of(count) == {cast.storekeeper.pk, chief.pk}
    with pytest.raises(TwoPeopleNeeded) as refused:
        accept(chief, count)
    assert refused.value.sentence.startswith("You began CNT-000001 or counted in it, so somebody else must accept it")
    with pytest.raises(Forbidden):
        accept(cast.storekeeper, count)
    assert (balance(bolts, bin_), adjustments()) == (12, [])
    assert accept(second, count).accepted_by == second


def test_who_began_alone_does_not_accept_either(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(chief, store)
    note(cast.storekeeper, count, bin_, bolts, 10)
    finish(cast.storekeeper, count)
    with pytest.raises(TwoPeopleNeeded):
        accept(chief, count)
    assert balance(bolts, bin_) == 12


def test_strangers_neither_see_nor_count(cast: Cast, store: Location, bin_: Location, bolts: Item) -> None:
    count = start(cast.storekeeper, store)
    for actor in (cast.stranger, cast.disabled, cast.operator, cast.auditor, cast.sales):
        for act in (
            lambda who: start(who, bin_),
            lambda who: note(who, count, bin_, bolts, 1),
            lambda who: finish(who, count, rest_is_nothing=True),
            lambda who: accept(who, count),
        ):
            with pytest.raises(Refusal):
                act(actor)
    count.refresh_from_db()
    assert (count.status, count.version, StockCount.objects.count()) == ("OPEN", 1, 1)
    assert CountLine.objects.get().counted is None


def test_stock_that_moves_before_it_is_counted_is_no_difference(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    with acting(cast.storekeeper, channel="test"):
        issue(actor=cast.storekeeper, item=bolts, quantity=Decimal(5), from_location=bin_, at=minute(15))
    note(cast.storekeeper, count, bin_, bolts, 7, at=20)
    told = only(count)
    assert (told.line.expected, told.expected, told.moved, told.difference) == (12, 7, -5, 0)
    finish(cast.storekeeper, count)
    accept(chief, count)
    assert (balance(bolts, bin_), adjustments()) == (7, [])


def test_stock_that_moves_after_it_was_counted_is_no_difference(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 10, at=20)
    with acting(cast.storekeeper, channel="test"):
        issue(actor=cast.storekeeper, item=bolts, quantity=Decimal(4), from_location=bin_, at=minute(25))
    told = only(count)
    assert (told.expected, told.moved, told.difference) == (12, 0, -2)
    finish(cast.storekeeper, count)
    accept(chief, count)
    # Twelve, two of them missing, four issued.
    assert balance(bolts, bin_) == 6
    assert [row[:2] for row in adjustments()] == [("BOLT", Decimal(2))]


def test_a_move_entered_late_counts_by_when_it_happened(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 9, at=20)
    with acting(cast.storekeeper, channel="test"):
        issue(actor=cast.storekeeper, item=bolts, quantity=Decimal(3), from_location=bin_, at=minute(15))
    told = only(count)
    assert (told.expected, told.difference) == (9, 0)
    finish(cast.storekeeper, count)
    accept(chief, count)
    assert (balance(bolts, bin_), adjustments()) == (9, [])


def test_stock_moved_to_another_bin_of_the_count_is_found_once(
    cast: Cast, chief: User, plant: Plant, store: Location, bin_: Location, bolts: Item
) -> None:
    other = a_location(plant.site, "B2", LocationKind.BIN, store)
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 12, at=20)
    with acting(cast.storekeeper, channel="test"):
        transfer(
            actor=cast.storekeeper,
            item=bolts,
            quantity=Decimal(2),
            from_location=bin_,
            to_location=other,
            at=minute(22),
        )
    note(cast.storekeeper, count, other, bolts, 2, at=24)
    finish(cast.storekeeper, count)
    accept(chief, count)
    assert (balance(bolts, bin_), balance(bolts, other), adjustments()) == (10, 2, [])


def test_the_same_line_is_not_counted_twice_by_mistake(
    cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 7)
    with pytest.raises(CountedAlready) as refused:
        note(cast.storekeeper, count, bin_, bolts, 5)
    assert refused.value.sentence.startswith("Sami counted 7 pcs of BOLT here.")
    assert note(cast.storekeeper, count, bin_, bolts, 5, again="add").counted == 12
    assert note(cast.storekeeper, count, bin_, bolts, 11, again="replace").counted == 11


def test_what_cannot_have_been_counted_is_refused(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    elsewhere = a_location(plant.site, "Z")
    lots, serials = an_item("LOTS", tracking="LOT"), an_item("SERIAL", tracking="SERIAL")
    piece = a_lot(serials, "0007")
    count = start(cast.storekeeper, store)
    for location, item, quantity, more, refusal in (
        (elsewhere, bolts, 1, {}, NotInCount),
        (bin_, bolts, -1, {}, BadQuantity),
        (bin_, bolts, "0.0000001", {}, BadQuantity),
        (bin_, bolts, "NaN", {}, BadQuantity),
        (bin_, lots, 1, {}, LotNeeded),
        (bin_, serials, 2, {"lot": piece}, SerialIsOne),
    ):
        with pytest.raises(refusal):
            note(cast.storekeeper, count, location, item, quantity, **more)
    assert CountLine.objects.get().counted is None
    assert note(cast.storekeeper, count, bin_, serials, 1, lot=piece).expected == 0


def test_a_count_ends_when_all_is_counted_or_said_to_be_missing(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    with pytest.raises(NotAllCounted) as refused:
        finish(cast.storekeeper, count)
    assert refused.value.sentence.startswith("1 lines of CNT-000001 are not counted, the first in B1.")
    finish(cast.storekeeper, count, rest_is_nothing=True)
    accept(chief, count)
    assert (balance(bolts, bin_), CountLine.objects.get().counted) == (0, 0)


def test_a_doubtful_line_is_counted_again(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    line = note(cast.storekeeper, count, bin_, bolts, 2)
    finish(cast.storekeeper, count)
    with acting(chief, channel="test"):
        count_again(actor=chief, line_id=line.pk, at=minute(31))
    count.refresh_from_db()
    assert (count.status, CountLine.objects.get().counted) == ("OPEN", None)
    note(cast.storekeeper, count, bin_, bolts, 12)
    finish(cast.storekeeper, count)
    # Asking for another look is no counting.
    accept(chief, count)
    assert balance(bolts, bin_) == 12


def test_one_place_is_counted_once_at_a_time(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, bin_)
    for place in (bin_, store):
        with pytest.raises(CountUnderWay):
            start(cast.dispatcher, place)
    start(cast.dispatcher, a_location(plant.site, "B2", LocationKind.BIN, store))
    with acting(cast.storekeeper, channel="test"):
        cancel_count(actor=cast.storekeeper, count_id=count.pk, at=minute(12))
    assert start(cast.dispatcher, bin_).number == "CNT-000003"


def test_a_cancelled_or_accepted_count_stays(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    with pytest.raises(WrongCountStatus):
        accept(chief, count)
    with acting(cast.storekeeper, channel="test"):
        cancel_count(actor=cast.storekeeper, count_id=count.pk, at=minute(12))
    for act in (
        lambda: note(cast.storekeeper, count, bin_, bolts, 1),
        lambda: finish(cast.storekeeper, count, rest_is_nothing=True),
        lambda: accept(chief, count),
    ):
        with pytest.raises(WrongCountStatus):
            act()
    assert (balance(bolts, bin_), adjustments()) == (12, [])


def test_what_is_reserved_cannot_be_counted_away(
    cast: Cast, chief: User, store: Location, bin_: Location, bolts: Item
) -> None:
    count = start(cast.storekeeper, store)
    note(cast.storekeeper, count, bin_, bolts, 1)
    finish(cast.storekeeper, count)
    with acting(cast.storekeeper, channel="test"):
        reserve(
            actor=cast.storekeeper, item=bolts, quantity=Decimal(5), location=bin_, lot=None, source=None, at=minute(31)
        )
    with pytest.raises(NotEnough):
        accept(chief, count)
    count.refresh_from_db()
    assert (count.status, balance(bolts, bin_), adjustments()) == ("COUNTED", 12, [])
