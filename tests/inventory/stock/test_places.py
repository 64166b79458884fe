"""Places of stock: a tree without loops, retired only when empty, pallets with numbers of their own."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from factory_core.access.identity import acting
from factory_core.access.policy import Forbidden
from factory_core.errors import Refusal, StaleVersion
from factory_core.numbering.models import NumberSeries
from factory_core.people.models import User
from inventory.items.rules.gs1 import has_right_check_digit
from inventory.stock.models import Location
from inventory.stock.queries.places import NoSuchLocation, below, location_or_missing, path_of, paths_of, places_found
from inventory.stock.services.acts import receive
from inventory.stock.services.place_refusals import (
    BadPlace,
    BadSerialSeries,
    NotAPallet,
    OtherSite,
    PlaceExists,
    PlaceInItself,
    PlaceNotEmpty,
)
from inventory.stock.services.places import change_location, create_location, create_pallet, move_pallet
from inventory.stock.states import LocationKind
from tests.world.clock import Clock
from tests.world.inventory import a_location, an_item
from tests.world.people import Cast
from tests.world.plant import Plant, a_plant
from tests.world.production import minute


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


def place(actor: User, plant: Plant, code: str, **more: Any) -> Location:
    with acting(actor, channel="test"):
        return create_location(actor=actor, site=plant.site, code=code, name=code, at=minute(1), **more)


def change(actor: User, location: Location, **more: Any) -> Location:
    with acting(actor, channel="test"):
        return change_location(actor=actor, location_id=location.pk, at=minute(2), **more)


def fill(actor: User, location: Location, quantity: int = 5) -> None:
    with acting(actor, channel="test"):
        receive(actor=actor, item=an_item(), quantity=Decimal(quantity), to_location=location, at=minute(2))


def test_places_stand_in_each_other(plant: Plant, cast: Cast) -> None:
    store = place(cast.storekeeper, plant, "S1", kind=LocationKind.STORE)
    aisle = place(cast.storekeeper, plant, "A3", parent=store)
    bin_ = place(cast.storekeeper, plant, "A3-12", kind=LocationKind.BIN, parent=aisle)
    assert path_of(bin_) == "S1 › A3 › A3-12"
    assert paths_of([store.pk, aisle.pk]) == {store.pk: "S1", aisle.pk: "S1 › A3"}
    assert set(below(store)) == {store.pk, aisle.pk, bin_.pk}
    assert [one.code for one in places_found(cast.storekeeper, "a3")] == ["A3", "A3-12"]


def test_a_place_never_stands_inside_itself(plant: Plant, cast: Cast) -> None:
    top = place(cast.storekeeper, plant, "S1")
    middle = place(cast.storekeeper, plant, "A", parent=top)
    low = place(cast.storekeeper, plant, "B", parent=middle)
    for parent in (top, middle, low):
        with pytest.raises(PlaceInItself):
            change(cast.storekeeper, top, parent=parent)
    top.refresh_from_db()
    assert (top.parent, top.version) == (None, 1)


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_make_no_loop(plant: Plant, cast: Cast) -> None:
    here, there = place(cast.storekeeper, plant, "A"), place(cast.storekeeper, plant, "B")

    def put(pair: tuple[Location, Location]) -> str:
        try:
            change(cast.storekeeper, pair[0], parent=pair[1])
            return "done"
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(put, [(here, there), (there, here)])) == ["done", "place_in_itself"]


def test_refusals_of_a_place_set_nothing_up(plant: Plant, cast: Cast) -> None:
    other = a_plant("far")
    far = a_location(other.site, "FAR")
    gone = a_location(plant.site, "GONE", is_active=False)
    pallet = a_location(plant.site, "PAL", LocationKind.PALLET)
    place(cast.storekeeper, plant, "A")
    before = Location.objects.count()
    for wish, refusal in (
        ({"code": "A"}, PlaceExists),
        ({"code": ""}, BadPlace),
        ({"code": "A B"}, BadPlace),
        ({"code": "A/B"}, BadPlace),
        ({"code": "C", "kind": LocationKind.SUPPLIER}, BadPlace),
        ({"code": "C", "kind": LocationKind.PALLET}, BadPlace),
        ({"code": "C", "kind": LocationKind.SUBCONTRACTOR}, BadPlace),
        ({"code": "C", "parent": far}, OtherSite),
        ({"code": "C", "parent": gone}, BadPlace),
        ({"code": "C", "parent": pallet}, BadPlace),
    ):
        with pytest.raises(refusal):
            place(cast.storekeeper, plant, **wish)
    for actor in (cast.stranger, cast.operator, cast.auditor, cast.sales):
        with pytest.raises(Forbidden):
            place(actor, plant, "C")
    assert Location.objects.count() == before


def test_only_an_empty_place_goes_out_of_use(plant: Plant, cast: Cast) -> None:
    store = place(cast.storekeeper, plant, "S1", kind=LocationKind.STORE)
    bin_ = place(cast.storekeeper, plant, "B1", kind=LocationKind.BIN, parent=store)
    fill(cast.storekeeper, bin_)
    for one in (store, bin_):
        with pytest.raises(PlaceNotEmpty):
            change(cast.storekeeper, one, is_active=False)
    empty = place(cast.storekeeper, plant, "B2", parent=store)
    assert change(cast.storekeeper, empty, is_active=False).is_active is False
    assert not places_found(cast.storekeeper, "B2").exists()
    assert change(cast.storekeeper, empty, is_active=True).version == 3


def test_the_second_of_two_editors_is_told(plant: Plant, cast: Cast) -> None:
    aisle = place(cast.storekeeper, plant, "A")
    change(cast.storekeeper, aisle, version=1, name="Aisle A")
    with pytest.raises(StaleVersion) as refused:
        change(cast.storekeeper, aisle, version=1, name="Aisle 1")
    assert refused.value.details["current"]["name"] == "Aisle A"
    for actor in (cast.stranger, cast.disabled):
        with pytest.raises(Refusal):
            change(actor, aisle, name="Theirs")
    aisle.refresh_from_db()
    assert aisle.name == "Aisle A"


def pallet_of(actor: User, plant: Plant, **more: Any) -> Location:
    with acting(actor, channel="test"):
        return create_pallet(actor=actor, site=plant.site, at=minute(1), **more)


def test_a_pallet_gets_the_next_sscc_and_is_found_by_it(plant: Plant, cast: Cast) -> None:
    dock = a_location(plant.site, "DOCK")
    first, second = pallet_of(cast.storekeeper, plant, parent=dock), pallet_of(cast.dispatcher, plant)
    assert (first.code, first.sscc, second.sscc) == ("P000001", "020000000000000015", "020000000000000022")
    assert has_right_check_digit(first.sscc)
    for text in ("P000001", "020000000000000015", "00020000000000000015"):
        assert location_or_missing(cast.storekeeper, text) == first


def test_a_series_that_gives_no_sscc_is_refused_with_its_digits(plant: Plant, cast: Cast) -> None:
    with acting(cast.it_admin, channel="test"):
        NumberSeries.objects.create(code="sscc", prefix="0340", width=6)
    with pytest.raises(BadSerialSeries) as refused:
        pallet_of(cast.storekeeper, plant)
    assert "'0340000001'" in refused.value.sentence
    assert not Location.objects.filter(kind=LocationKind.PALLET).exists()


def test_a_pallet_moves_with_all_that_lies_on_it(plant: Plant, cast: Cast) -> None:
    dock, rack = a_location(plant.site, "DOCK"), a_location(plant.site, "RACK")
    pallet = pallet_of(cast.storekeeper, plant, parent=dock)
    fill(cast.storekeeper, pallet)
    with acting(cast.storekeeper, channel="test"):
        moved = move_pallet(actor=cast.storekeeper, pallet_id=pallet.pk, to_location=rack, at=minute(3))
    assert path_of(moved) == "RACK › P000001"
    assert pallet.pk in below(rack)
    assert pallet.pk not in below(dock)


def test_what_is_no_pallet_or_goes_nowhere_stays(plant: Plant, cast: Cast) -> None:
    dock, quarantine = a_location(plant.site, "DOCK"), a_location(plant.site, "Q", LocationKind.QUARANTINE)
    far = a_location(a_plant("far").site, "FAR")
    pallet = pallet_of(cast.storekeeper, plant, parent=dock)
    for actor, moved, to, refusal in (
        (cast.storekeeper, dock, quarantine, NotAPallet),
        (cast.storekeeper, pallet, quarantine, BadPlace),
        (cast.storekeeper, pallet, far, OtherSite),
        (cast.storekeeper, pallet, pallet, BadPlace),
        (cast.stranger, pallet, dock, NoSuchLocation),
        (cast.auditor, pallet, dock, Forbidden),
    ):
        with pytest.raises(refusal), acting(actor, channel="test"):
            move_pallet(actor=actor, pallet_id=moved.pk, to_location=to, at=minute(3))
    pallet.refresh_from_db()
    assert (pallet.parent, pallet.version) == (dock, 1)
