"""Stock through the API: every act, its key, its right, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from factory_core.access.identity import acting
from factory_core.clock import now
from inventory.lots.models import Lot
from inventory.lots.services import judge_lot
from inventory.lots.states import LotStatus
from inventory.stock.models import Location, StockBalance, StockMove
from inventory.stock.states import LocationKind, MoveKind
from tests.inventory.stock.store_people import as_, in_stock
from tests.world.inventory import a_location, a_lot, a_partner, a_unit, an_item, an_item_unit
from tests.world.people import Cast, a_user
from tests.world.plant import Plant, a_plant

pytestmark = pytest.mark.django_db

MOVES = "/api/v1/stock-moves"


@pytest.fixture
def bin_a(plant: Plant) -> Location:
    """Where things lie."""
    return a_location(plant.site, "A-01", LocationKind.BIN)


@pytest.fixture
def bin_b(plant: Plant) -> Location:
    """Where things go."""
    return a_location(plant.site, "B-01", LocationKind.BIN)


def post(client: Client, act: str, key: str = "", **wish: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{MOVES}/{act}", wish, content_type="application/json", headers=headers)


def lies() -> dict[str, Decimal]:
    """Place → quantity of everything that lies somewhere."""
    return dict(StockBalance.objects.filter(quantity__gt=0).values_list("location__code", "quantity"))


def test_goods_come_in_by_number_and_pack_with_a_new_lot(plant: Plant, cast: Cast, bin_a: Location) -> None:
    item, supplier = an_item("M-1", tracking="LOT"), a_partner("ACME", supplier=True)
    an_item_unit(item, "box", "12")
    answer = post(
        as_(cast.storekeeper), "receive", item_number="M-1", quantity="2.5", unit="box",
        to_location_code="A-01", lot_number="L-77", supplier_lot="S-9", expires_on="2027-02-28", partner=supplier.pk,
    )  # fmt: skip
    lot = Lot.objects.get()
    assert (answer.status_code, answer.json()["quantity"], answer.json()["unit"]) == (201, "30.000000", "pcs")
    assert (answer.json()["lot_number"], answer.json()["kind"], answer.json()["to_code"]) == ("L-77", "RECEIVE", "A-01")
    assert (lot.supplier_lot, str(lot.expires_on), lot.supplier) == ("S-9", "2027-02-28", supplier)
    assert lies() == {"A-01": 30}


def test_stock_is_moved_issued_given_back_and_scrapped(
    plant: Plant, cast: Cast, bin_a: Location, bin_b: Location
) -> None:
    item = an_item("M-1")
    in_stock(cast.storekeeper, item, "10", bin_a)
    client = as_(cast.storekeeper)
    steps: list[tuple[str, dict[str, Any], dict[str, int]]] = [
        ("transfer", {"quantity": "4", "from_location": bin_a.pk, "to_location": bin_b.pk}, {"A-01": 6, "B-01": 4}),
        ("issue", {"quantity": "3", "from_location": bin_b.pk}, {"A-01": 6, "B-01": 1}),
        ("return", {"quantity": "1", "to_location": bin_a.pk}, {"A-01": 7, "B-01": 1}),
    ]
    for act, wish, left in steps:
        answer = post(client, act, item=item.pk, **wish)
        assert (act, answer.status_code, lies()) == (act, 201, left)
    scrapped = post(client, "scrap", item=item.pk, quantity="2", from_location=bin_a.pk, reason="dropped")
    assert (scrapped.status_code, scrapped.json()["reason"], lies()["A-01"]) == (201, "dropped", 5)
    assert StockMove.objects.latest("id").to_location.kind == LocationKind.SCRAP


def test_stock_becomes_another_item_with_its_past(plant: Plant, cast: Cast, bin_a: Location) -> None:
    first, second = an_item("FIRST", tracking="LOT"), an_item("SECOND", tracking="LOT")
    lot = a_lot(first, "L-1")
    in_stock(cast.storekeeper, first, "10", bin_a, lot)
    answer = post(
        as_(cast.storekeeper), "regrade", item=first.pk, lot_number="L-1", quantity="4", from_location=bin_a.pk,
        to_item=second.pk, to_lot_number="L-2B", reason="scratched",
    )  # fmt: skip
    assert (answer.status_code, answer.json()["item_number"], answer.json()["lot_number"]) == (201, "SECOND", "L-2B")
    assert dict(StockBalance.objects.values_list("lot__number", "quantity")) == {"L-1": 6, "L-2B": 4}
    assert list(lot.uses.values_list("output__number", "quantity")) == [("L-2B", Decimal(4))]


def test_a_key_sent_twice_makes_one_move(plant: Plant, cast: Cast, bin_a: Location) -> None:
    item, client = an_item("M-1"), as_(cast.storekeeper)
    wish = {"item": item.pk, "quantity": "5", "to_location": bin_a.pk}
    first, second = post(client, "receive", "k-1", **wish), post(client, "receive", "k-1", **wish)
    assert (first.status_code, second.status_code, second.json()["id"]) == (201, 201, first.json()["id"])
    assert second.headers["Idempotent-Replay"] == "true"
    other = post(client, "receive", "k-1", **{**wish, "quantity": "6"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert (StockMove.objects.count(), lies()) == (1, {"A-01": 5})


def test_a_move_is_taken_back_once(plant: Plant, cast: Cast, bin_a: Location) -> None:
    move, client = in_stock(cast.storekeeper, an_item("M-1"), "5", bin_a), as_(cast.storekeeper)
    back = post(client, f"{move.pk}/correct", reason="wrong box")
    assert (back.status_code, back.json()["corrects"], back.json()["reason"]) == (201, move.pk, "wrong box")
    assert lies() == {}
    again = post(client, f"{move.pk}/correct", reason="wrong box")
    assert (again.status_code, again.json()["code"]) == (409, "already_taken_back")
    assert StockMove.objects.count() == 2


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"quantity": "11"}, 409, "not_enough"),
        ({"quantity": "0"}, 422, "bad_quantity"),
        ({"quantity": "-1"}, 422, "bad_quantity"),
        ({"quantity": "1", "unit": "kg"}, 422, "no_conversion"),
        ({"quantity": "1", "unit": "zzz"}, 422, "no_such_unit"),
        ({"quantity": "1", "lot_number": "L-404"}, 422, "no_such_thing"),
        ({"quantity": "1", "from_location": 999999999}, 400, "invalid"),
        ({"quantity": "a few"}, 400, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    plant: Plant, cast: Cast, bin_a: Location, wish: dict[str, Any], status: int, code: str
) -> None:
    a_unit("kg", dimension="MASS")
    item = an_item("M-1")
    in_stock(cast.storekeeper, item, "10", bin_a)
    answer = post(as_(cast.storekeeper), "issue", **{"item": item.pk, "from_location": bin_a.pk, **wish})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (StockMove.objects.count(), lies()) == (1, {"A-01": 10})


def test_a_lot_on_hold_is_not_issued_but_may_be_scrapped(plant: Plant, cast: Cast, bin_a: Location) -> None:
    item = an_item("M-1", tracking="LOT")
    lot = a_lot(item, "L-1")
    in_stock(cast.storekeeper, item, "10", bin_a, lot)
    with acting(cast.quality, channel="test"):
        judge_lot(actor=cast.quality, lot_id=lot.pk, status=LotStatus.HOLD, reason="crack", at=now())
    client, wish = as_(cast.storekeeper), {"item": item.pk, "lot": lot.pk, "quantity": "1", "from_location": bin_a.pk}
    refused = post(client, "issue", **wish)
    assert (refused.status_code, refused.json()["code"], "crack" in refused.json()["detail"]) == (
        409,
        "lot_blocked",
        True,
    )
    assert lies() == {"A-01": 10}
    assert post(client, "scrap", **wish, reason="crack").status_code == 201


WISHES: list[tuple[str, dict[str, Any]]] = [
    ("receive", {"to_location_code": "A-01"}),
    ("transfer", {"from_location_code": "A-01", "to_location_code": "B-01"}),
    ("issue", {"from_location_code": "A-01"}),
    ("return", {"to_location_code": "A-01"}),
    ("scrap", {"from_location_code": "A-01", "reason": "x"}),
]


# An operator of a line sees no places of the site: to them there are none.
NO_RIGHT = [("stranger", 403), ("sales", 403), ("planner", 403), ("auditor", 403), ("disabled", 401), ("operator", 422)]


@pytest.mark.parametrize(("who", "status"), NO_RIGHT)
def test_who_has_no_right_moves_nothing(
    plant: Plant, cast: Cast, bin_a: Location, bin_b: Location, who: str, status: int
) -> None:
    in_stock(cast.storekeeper, an_item("M-1"), "10", bin_a)
    client = as_(getattr(cast, who))
    for act, wish in WISHES:
        answer = post(client, act, item_number="M-1", quantity="1", **wish)
        assert (act, answer.status_code) == (act, status)
    assert (StockMove.objects.count(), lies()) == (1, {"A-01": 10})


def test_a_place_of_another_site_is_as_if_it_were_not_there(plant: Plant, cast: Cast, bin_a: Location) -> None:
    abroad = a_plant("abroad")
    far, item = a_location(abroad.site, "FAR"), an_item("M-1")
    theirs = in_stock(a_user("theo", "storekeeper", abroad.site), item, "5", far)
    client = as_(cast.storekeeper)
    answer = post(client, "issue", item=item.pk, quantity="1", from_location_code="FAR")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_such_thing")
    assert post(client, f"{theirs.pk}/correct", reason="x").status_code == 404
    assert client.get(f"{MOVES}/{theirs.pk}").status_code == 404
    assert client.get("/api/v1/stock-balances").json()["results"] == []


def test_lists_are_filtered_and_told_in_decimals(plant: Plant, cast: Cast, bin_a: Location, bin_b: Location) -> None:
    item, other = an_item("M-1"), an_item("M-2")
    in_stock(cast.storekeeper, item, "1.5", bin_a)
    in_stock(cast.storekeeper, other, "2", bin_b)
    client = as_(cast.storekeeper)
    balances = client.get("/api/v1/stock-balances", {"item__number": "M-1"}).json()["results"]
    assert [(row["location_code"], row["quantity"], row["unit"], row["lot_number"]) for row in balances] == [
        ("A-01", "1.500000", "pcs", None)
    ]
    moves = client.get(MOVES, {"to_location__code": "B-01", "kind": MoveKind.RECEIVE}).json()["results"]
    assert [(row["item_number"], row["quantity"], row["by_name"]) for row in moves] == [
        ("M-2", "2.000000", cast.storekeeper.name)
    ]
    assert client.get(MOVES, {"kind": MoveKind.SCRAP}).json()["results"] == []
