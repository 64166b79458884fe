"""Pages and API of places and counts: what they show to whom, and how many questions they ask."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from factory_core.access.identity import acting
from factory_core.people.models import User
from inventory.items.models import Item
from inventory.stock.models import CountLine, Location, StockBalance, StockCount
from inventory.stock.services.acts import receive
from inventory.stock.services.counting import start_count
from inventory.stock.states import LocationKind
from tests.world.clock import Clock
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import Plant
from tests.world.production import minute


@pytest.fixture(autouse=True)
def _an_hour_in(clock: Clock) -> None:
    clock.set(minute(60))


@pytest.fixture
def store(plant: Plant) -> Location:
    return a_location(plant.site, "S1", LocationKind.STORE)


@pytest.fixture
def bin_(plant: Plant, store: Location) -> Location:
    return a_location(plant.site, "B1", LocationKind.BIN, store)


@pytest.fixture
def bolts(cast: Cast, bin_: Location) -> Item:
    return stocked(cast.storekeeper, bin_, "BOLT", 12)


def stocked(actor: User, place: Location, number: str, quantity: int) -> Item:
    item = an_item(number)
    with acting(actor, channel="test"):
        receive(actor=actor, item=item, quantity=Decimal(quantity), to_location=place, at=minute(1))
    return item


def begun(actor: User, place: Location, **more: Any) -> StockCount:
    with acting(actor, channel="test"):
        return start_count(actor=actor, location=place, at=minute(10), **more)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(user: User, address: str, **given: Any) -> str:
    answer = browser(user).get(address, given)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def post(client: Client, address: str, wish: dict[str, Any], **headers: str) -> Any:
    return client.post(f"/api/v1/{address}", wish, content_type="application/json", headers=headers)


def questions(user: User, address: str) -> int:
    client = browser(user)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_tree_and_the_search_show_where_places_are(cast: Cast, store: Location, bin_: Location) -> None:
    assert "B1" in page(cast.storekeeper, "/locations/")
    found = page(cast.storekeeper, "/locations/", q="b1")
    assert "S1 › B1" in found
    assert "No place found" in page(cast.storekeeper, "/locations/", q="nowhere")


def test_a_place_shows_what_lies_inside_and_leads_on(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    shown = page(cast.storekeeper, "/locations/S1/")
    assert "BOLT" in shown
    assert f"/labels/print/?subject=LOCATION&amp;id={store.pk}" in shown
    assert "/counts/start/?place=S1" in shown
    assert "/locations/S1/edit/" in shown
    # A reader without rights is offered no acts.
    read = page(cast.sales, "/locations/S1/")
    assert "BOLT" in read
    for act in ("/labels/print/", "/counts/start/", "/edit/"):
        assert act not in read


def test_lists_ask_the_same_number_of_questions_for_many_rows(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    begun(cast.storekeeper, bin_)
    addresses = (
        "/locations/",
        "/locations/?q=B",
        "/locations/S1/",
        "/counts/",
        "/counts/CNT-000001/",
        f"/counts/CNT-000001/?place={bin_.pk}",
    )
    few = {address: questions(cast.storekeeper, address) for address in addresses}
    for number in range(30):
        place = a_location(plant.site, f"B{number + 2}", LocationKind.BIN, store)
        stocked(cast.storekeeper, place, f"BOLT{number}", 3)
        begun(cast.storekeeper, place)
    many = {address: questions(cast.storekeeper, address) for address in addresses}
    assert many == few
    assert max(many.values()) <= 12, many


def test_places_are_set_up_and_changed_on_pages(plant: Plant, cast: Cast, store: Location) -> None:
    client = browser(cast.storekeeper)
    wish = {"code": "A3", "name": "Aisle 3", "kind": "LOCATION", "site": plant.site.pk, "parent": "S1"}
    assert client.post("/locations/add/place/", wish)["Location"] == "/locations/A3/"
    place = Location.objects.get(code="A3")
    assert place.parent == store
    again = client.post("/locations/add/place/", wish)
    assert again.status_code == 422
    assert "There is a place &#x27;A3&#x27; already." in again.content.decode()
    change = {"name": "Aisle three", "parent": "S1", "is_active": "on", "version": 1}
    assert client.post("/locations/A3/edit/", change).status_code == 302
    clash = client.post("/locations/A3/edit/", {**change, "name": "Aisle III"})
    assert clash.status_code == 412
    assert "Aisle III" in clash.content.decode()
    assert "Aisle three" in clash.content.decode()


def test_a_pallet_is_begun_and_moved_by_scan(plant: Plant, cast: Cast, store: Location, bin_: Location) -> None:
    client = browser(cast.dispatcher)
    assert (
        client.post("/locations/add/pallet/", {"site": plant.site.pk, "parent": "S1"})["Location"]
        == "/locations/P000001/"
    )
    pallet = Location.objects.get(code="P000001")
    assert f"/stock/scan/?act=TRANSFER&amp;to={pallet.pk}" in page(cast.dispatcher, "/locations/P000001/")
    assert client.get(f"/locations/00{pallet.sscc}/")["Location"] == "/locations/P000001/"
    assert client.post("/locations/P000001/move/", {"to": "B1"}).status_code == 302
    pallet.refresh_from_db()
    assert pallet.parent == bin_
    lost = client.post("/locations/P000001/move/", {"to": "B9"})
    assert lost.status_code == 404
    assert "There is no place &#x27;B9&#x27; that you may see." in lost.content.decode()


def test_a_count_goes_by_scan_from_start_to_acceptance(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    chief, client = a_user("chief.pages", "supervisor", plant.site), browser(cast.storekeeper)
    assert client.post("/counts/start/", {"place": "S1"})["Location"] == "/counts/CNT-000001/"
    assert "0 of 1 lines counted" in page(cast.storekeeper, "/counts/CNT-000001/")
    assert "scan or tap what you count" in page(cast.storekeeper, "/counts/CNT-000001/", code="B1")
    counting = page(cast.storekeeper, "/counts/CNT-000001/", place=bin_.pk, code="BOLT")
    assert 'id="quantity"' in counting
    # Blind: what is expected stands nowhere.
    assert "xpected" not in counting
    assert ">12<" not in counting
    wish = {"place": bin_.pk, "item": bolts.pk, "quantity": "10,5"}
    assert client.post("/counts/CNT-000001/note/", wish).status_code == 302
    assert CountLine.objects.get().counted == Decimal("10.5")
    twice = client.post("/counts/CNT-000001/note/", wish)
    assert twice.status_code == 409
    assert "Replaces it" in twice.content.decode()
    assert client.post("/counts/CNT-000001/note/", {**wish, "again": "replace", "quantity": "10"}).status_code == 302
    assert client.post("/counts/CNT-000001/finish/", {}).status_code == 302
    assert browser(cast.storekeeper).get("/counts/CNT-000001/accept/").status_code == 403
    assert "-2" in page(chief, "/counts/CNT-000001/accept/")
    reason = {f"reason-{CountLine.objects.get().pk}": "lost", "version": 2}
    assert browser(chief).post("/counts/CNT-000001/accept/", reason)["Location"] == "/counts/CNT-000001/"
    assert StockBalance.objects.get(item=bolts).quantity == 10
    assert "lost" in page(chief, "/counts/CNT-000001/")


def test_an_open_count_shows_what_is_expected_if_it_shall(
    cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    begun(cast.storekeeper, store, is_blind=False)
    assert "Expected: 12 pcs" in page(cast.storekeeper, "/counts/CNT-000001/", place=bin_.pk, code="BOLT")


def test_an_unknown_scan_says_what_was_read_and_a_foreign_place_what_was_expected(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    a_location(plant.site, "ELSEWHERE")
    begun(cast.storekeeper, store)
    assert "nonsense-77" in page(cast.storekeeper, "/counts/CNT-000001/", code="nonsense-77")
    assert "Expected a place inside S1." in page(cast.storekeeper, "/counts/CNT-000001/", code="ELSEWHERE")


def test_the_second_person_may_not_have_counted(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    chief = a_user("chief.alone", "supervisor", plant.site)
    client = browser(chief)
    client.post("/counts/start/", {"place": "S1"})
    client.post("/counts/CNT-000001/note/", {"place": bin_.pk, "item": bolts.pk, "quantity": "1"})
    client.post("/counts/CNT-000001/finish/", {})
    refused = client.post("/counts/CNT-000001/accept/", {})
    assert refused.status_code == 409
    assert "somebody else must accept it" in refused.content.decode()
    assert StockBalance.objects.get(item=bolts).quantity == 12


def test_strangers_find_every_door_closed(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    begun(cast.storekeeper, store)
    pages = (
        "/locations/",
        "/locations/S1/",
        "/locations/add/place/",
        "/locations/S1/edit/",
        "/counts/",
        "/counts/start/",
        "/counts/CNT-000001/",
        "/counts/CNT-000001/accept/",
    )
    for user in (cast.stranger, cast.disabled):
        client = browser(user)
        for address in pages:
            assert client.get(address).status_code in (302, 403), address
        for address in ("locations", "stock-counts"):
            assert client.get(f"/api/v1/{address}").status_code in (401, 403)
            assert post(client, address, {}).status_code in (401, 403, 422)
    for address in ("/locations/add/place/", "/counts/start/", "/counts/CNT-000001/accept/"):
        assert browser(cast.sales).get(address).status_code == 403
    # A person of one line sees no place of the site: as if it did not exist.
    assert browser(cast.operator).get("/locations/S1/").status_code == 404
    assert browser(cast.operator).get("/counts/CNT-000001/").status_code == 404


def test_the_one_field_finds_places_pallets_and_counts(
    plant: Plant, cast: Cast, store: Location, bin_: Location
) -> None:
    a_location(plant.site, "P7", LocationKind.PALLET, bin_, sscc="020000000000000015")
    begun(cast.storekeeper, store)
    client = browser(cast.storekeeper)
    for text, address in (
        ("B1", "/locations/B1/"),
        ("00020000000000000015", "/locations/P7/"),
        ("CNT-000001", "/counts/CNT-000001/"),
    ):
        assert client.get("/find/", {"q": text})["Location"] == address
    assert "/locations/B1/" not in browser(cast.operator).get("/find/", {"q": "B1"}).headers.get("Location", "")


def test_places_through_the_api(plant: Plant, cast: Cast, store: Location) -> None:
    client = browser(cast.storekeeper)
    made = post(
        client,
        "locations",
        {"site": plant.site.pk, "code": "A1", "parent": store.pk, "name": "Aisle"},
        **{"Idempotency-Key": "a"},
    )
    assert (made.status_code, made.json()["parent_code"], made.json()["version"]) == (201, "S1", 1)
    assert client.get(f"/api/v1/locations/{made.json()['id']}").json()["path"] == "S1 › Aisle"
    assert client.get("/api/v1/locations?code=A1").json()["results"][0]["name"] == "Aisle"
    loop = post(client, f"locations/{store.pk}/change", {"parent": made.json()["id"]})
    assert (loop.status_code, loop.json()["code"]) == (409, "place_in_itself")
    stale = post(client, f"locations/{made.json()['id']}/change", {"name": "B", "version": 7})
    assert (stale.status_code, stale.json()["current"]["name"]) == (412, "Aisle")
    pallet = post(client, "locations/pallet", {"site": plant.site.pk, "parent": store.pk}).json()
    for address in ("locations/move-pallet", "stock-moves/move-pallet"):
        moved = post(client, address, {"pallet": pallet["id"], "to_location": made.json()["id"]})
        assert (moved.status_code, moved.json()["parent_code"]) == (200, "A1")
    assert post(browser(cast.auditor), "locations", {"site": plant.site.pk, "code": "A2"}).status_code == 403


def test_counts_through_the_api_hide_what_is_expected(
    plant: Plant, cast: Cast, store: Location, bin_: Location, bolts: Item
) -> None:
    chief, client = a_user("chief.api", "supervisor", plant.site), browser(cast.storekeeper)
    count = post(client, "stock-counts", {"location": store.pk}).json()
    assert (count["number"], count["status"]) == ("CNT-000001", "OPEN")
    (line,) = client.get(f"/api/v1/stock-counts/{count['id']}/lines").json()
    assert "expected" not in line
    assert (line["item_number"], line["location_code"], line["counted"]) == ("BOLT", "B1", None)
    wish = {"item_number": "BOLT", "location_code": "B1", "quantity": "11", "unit": "pcs"}
    assert post(client, f"stock-counts/{count['id']}/note", wish, **{"Idempotency-Key": "n"}).status_code == 200
    assert post(client, f"stock-counts/{count['id']}/finish", {}).json()["status"] == "COUNTED"
    (line,) = client.get(f"/api/v1/stock-counts/{count['id']}/lines").json()
    assert (line["expected"], line["difference"]) == ("12.000000", "-1.000000")
    refused = post(client, f"stock-counts/{count['id']}/accept", {})
    assert refused.status_code == 403
    done = post(browser(chief), f"stock-counts/{count['id']}/accept", {"reasons": {str(line["id"]): "broken"}})
    assert (done.json()["status"], done.json()["accepted_by_name"]) == ("POSTED", "Chief")
    assert StockBalance.objects.get(item=bolts).quantity == 11


def test_a_lot_is_counted_by_its_own_line(plant: Plant, cast: Cast, store: Location, bin_: Location) -> None:
    item = an_item("LOTS", tracking="LOT")
    lot = a_lot(item, "L-7")
    with acting(cast.storekeeper, channel="test"):
        receive(actor=cast.storekeeper, item=item, lot=lot, quantity=Decimal(4), to_location=bin_, at=minute(1))
    begun(cast.storekeeper, store)
    by_item = page(cast.storekeeper, "/counts/CNT-000001/", place=bin_.pk, code="LOTS")
    assert "told apart by lots" in by_item
    assert 'id="quantity"' not in by_item
    by_lot = page(cast.storekeeper, "/counts/CNT-000001/", place=bin_.pk, code="L-7")
    assert 'id="quantity"' in by_lot
    assert f'name="lot" value="{lot.pk}"' in by_lot
