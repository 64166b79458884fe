"""The pages of stock: what lies where, the moves, and taking one back."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factory_core.clock import now
from inventory.lots.states import LotStatus
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.states import LocationKind
from tests.inventory.stock.store_people import as_, in_stock, page
from tests.world.inventory import a_location, a_lot, an_item
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12


@pytest.fixture
def shelf(plant: Plant) -> Location:
    """A bin in a store."""
    store = a_location(plant.site, "STORE-1", LocationKind.STORE)
    return a_location(plant.site, "A-01-1", LocationKind.BIN, parent=store)


def cells(text: str, item: str) -> list[str]:
    """The cells of an item's row, without tags."""
    row = next(row for row in re.findall(r"<tr>.*?</tr>", text, re.S) if f">{item}<" in row)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.S)]


def test_an_item_is_shown_with_what_there_is_and_what_of_it_is_free(plant: Plant, cast: Cast, shelf: Location) -> None:
    item = an_item("M-100", tracking="LOT", name="Flange")
    soon = a_lot(item, "L-SOON", expires_on=(now() + timedelta(days=10)).date())
    later = a_lot(item, "L-LATER", expires_on=(now() + timedelta(days=400)).date())
    held = a_lot(item, "L-HELD", status=LotStatus.HOLD)
    for lot, quantity in ((soon, "3"), (later, "10.5")):
        in_stock(cast.storekeeper, item, quantity, shelf, lot)
    other = a_location(plant.site, "B-02", LocationKind.BIN)
    in_stock(cast.storekeeper, item, "2", other, later)
    StockBalance.objects.create(item=item, lot=held, location=other, quantity=4, since=now())
    StockBalance.objects.filter(lot=later, location=shelf).update(reserved=5)
    text = page(as_(cast.storekeeper), "/stock/")
    assert cells(text, "M-100") == [
        "M-100 Flange", "19.5 pcs", "5", "10.5 4 not to be picked", "3", "A-01-1 13.5 · B-02 6",
    ]  # fmt: skip


def test_the_filters_tell_places_below_a_store_lots_and_states_apart(plant: Plant, cast: Cast, shelf: Location) -> None:
    tracked, plain = an_item("M-1", tracking="LOT"), an_item("M-2")
    elsewhere = a_location(plant.site, "YARD")
    lot = a_lot(tracked, "L-1")
    in_stock(cast.storekeeper, tracked, "1", shelf, lot)
    in_stock(cast.storekeeper, plain, "1", elsewhere)
    client = as_(cast.storekeeper)

    def found(query: str) -> set[str]:
        text = page(client, f"/stock/?{query}")
        return {number for number in ("M-1", "M-2") if f">{number}<" in text}

    assert found("") == {"M-1", "M-2"}
    assert found("q=m-2") == {"M-2"}
    assert found("location=store-1") == {"M-1"}
    assert found("location=NOWHERE") == set()
    assert found("lot=l-1") == {"M-1"}
    assert found("status=OPEN") == {"M-1"}
    assert found("status=HOLD") == set()
    assert found(f"site={plant.site.code}") == {"M-1", "M-2"}
    assert found("item=M-2") == {"M-2"}


def test_stock_of_another_site_is_not_seen(plant: Plant, cast: Cast, shelf: Location) -> None:
    abroad, theirs = a_plant("abroad"), an_item("M-FAR")
    StockBalance.objects.create(item=theirs, location=a_location(abroad.site, "FAR"), quantity=7, since=now())
    text = page(as_(cast.storekeeper), "/stock/?item=M-FAR")
    assert "FAR</a>" not in text
    assert "Nothing lies there" in text


@pytest.mark.parametrize("path", ["/stock/", "/stock/?location=STORE-1", "/stock/moves/", "/lots/"])
def test_a_list_asks_the_same_few_questions_however_long_it_is(
    plant: Plant, cast: Cast, shelf: Location, path: str
) -> None:
    def stocked(rows: range) -> None:
        for number in rows:
            item = an_item(f"Q-{number:03}", tracking="LOT")
            in_stock(cast.storekeeper, item, "1", shelf, a_lot(item, f"LQ-{number}"))

    client = as_(cast.storekeeper)
    stocked(range(2))
    page(client, path)
    with CaptureQueriesContext(connection) as few:
        page(client, path)
    stocked(range(2, 50))
    with CaptureQueriesContext(connection) as many:
        text = page(client, path)
    assert text.count("<tr") == 51
    assert (len(many), len(many) <= MOST_QUERIES) == (len(few), True)


def test_long_lists_have_pages(plant: Plant, cast: Cast, shelf: Location) -> None:
    for number in range(52):
        in_stock(cast.storekeeper, an_item(f"P-{number:03}"), "1", shelf)
    client = as_(cast.storekeeper)
    first, second = page(client, "/stock/"), page(client, "/stock/?page=2")
    assert (">P-049<" in first, ">P-050<" in first, "/stock/?page=2" in first) == (True, False, True)
    assert (">P-049<" in second, ">P-051<" in second) == (False, True)
    newest = page(client, "/stock/moves/")
    before = re.search(r"\?before=(\d+)", newest)
    assert before is not None
    assert page(client, f"/stock/moves/?before={before[1]}").count("<tr") == 3


def test_moves_are_found_by_item_lot_place_kind_and_person(plant: Plant, cast: Cast, shelf: Location) -> None:
    item, other = an_item("M-1", tracking="LOT"), an_item("M-2")
    in_stock(cast.storekeeper, item, "5", shelf, a_lot(item, "L-9"))
    in_stock(cast.buyer, other, "6", a_location(plant.site, "YARD"))
    client = as_(cast.storekeeper)

    def found(query: str) -> list[str]:
        return re.findall(r'/stock/\?item=(M-\d)"', page(client, f"/stock/moves/?{query}"))

    assert found("") == ["M-2", "M-1"]
    assert found("item=M-1") == ["M-1"]
    assert found("lot=l-9") == ["M-1"]
    assert found("location=yard") == ["M-2"]
    assert found("kind=RECEIVE") == ["M-2", "M-1"]
    assert found("kind=SCRAP") == []
    assert found("person=berta") == ["M-2"]


def test_a_move_is_taken_back_with_a_reason(plant: Plant, cast: Cast, shelf: Location) -> None:
    move = in_stock(cast.storekeeper, an_item("M-1"), "5", shelf)
    client = as_(cast.storekeeper)
    assert "Was this a mistake?" in page(client, f"/stock/moves/{move.pk}/")
    answer = client.post(f"/stock/moves/{move.pk}/correct/", {"reason": "counted twice"})
    counter = StockMove.objects.get(corrects=move)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/stock/moves/{counter.pk}/")
    assert (counter.reason, counter.quantity, counter.to_location_id) == (
        "counted twice", move.quantity, move.from_location_id,
    )  # fmt: skip
    assert not StockBalance.objects.filter(location=shelf).exists()
    assert "Was this a mistake?" not in page(client, f"/stock/moves/{move.pk}/")
    again = client.post(f"/stock/moves/{move.pk}/correct/", {"reason": "once more"})
    assert (again.status_code, "taken back already" in again.content.decode()) == (409, True)
    assert StockMove.objects.count() == 2


def test_a_move_without_a_reason_stays_and_the_words_come_back(plant: Plant, cast: Cast, shelf: Location) -> None:
    move = in_stock(cast.storekeeper, an_item("M-1"), "5", shelf)
    answer = as_(cast.storekeeper).post(f"/stock/moves/{move.pk}/correct/", {"reason": "  "})
    assert (answer.status_code, "Say why" in answer.content.decode()) == (422, True)
    assert StockMove.objects.count() == 1


def test_who_may_only_look_sees_no_way_to_take_back_and_is_refused(plant: Plant, cast: Cast, shelf: Location) -> None:
    move = in_stock(cast.storekeeper, an_item("M-1"), "5", shelf)
    client = as_(cast.sales)
    assert "Was this a mistake?" not in page(client, f"/stock/moves/{move.pk}/")
    assert client.post(f"/stock/moves/{move.pk}/correct/", {"reason": "because"}).status_code == 403
    assert StockMove.objects.count() == 1


@pytest.mark.parametrize("path", ["/stock/", "/stock/moves/", "/stock/scan/", "/lots/", "/stock/scan/codes/"])
def test_the_stranger_and_nobody_see_none_of_it(cast: Cast, path: str) -> None:
    assert as_(cast.stranger).get(path).status_code == 403
    assert as_(None).get(path).headers["Location"].startswith("/sign-in/")
    assert as_(cast.disabled).get(path).status_code in {302, 403}


def test_a_move_of_another_site_answers_like_one_that_is_not_there(plant: Plant, cast: Cast) -> None:
    abroad = a_plant("abroad")
    theirs = a_user("theo", "storekeeper", abroad.site)
    move = in_stock(theirs, an_item("M-1"), "5", a_location(abroad.site, "FAR"))
    client = as_(cast.storekeeper)
    assert (
        client.get(f"/stock/moves/{move.pk}/").status_code == client.get("/stock/moves/999999999/").status_code == 404
    )
    assert client.post(f"/stock/moves/{move.pk}/correct/", {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("path", ["/stock/", "/stock/moves/", "/lots/"])
@pytest.mark.parametrize(
    "query", ["q=%00&item=%00", "page=0&before=99999999999999999999", "site=x&kind=x&status=x", "lot='"]
)
def test_no_address_breaks_a_list(cast: Cast, path: str, query: str) -> None:
    assert as_(cast.storekeeper).get(f"{path}?{query}").status_code == 200
